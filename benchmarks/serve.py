"""Reading a listing page of 40 KB: the web server against nginx, one process each, on the same file."""

import contextlib
import gzip
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import brotli

CONNECTIONS = 32
RUNS = 5
SECONDS_A_RUN = 2
WARM_UP_SECONDS = 1
WORDS = ("court", "prison", "release", "appeal", "family", "lawyer", "report", "country", "letter", "verdict")
COMPRESSED = ("-H", "Accept-Encoding: br, gzip")

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; }} sendfile on; access_log off; keepalive_timeout 65;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/home/site; }}
}}
"""


def run() -> Iterator[dict]:
    """Requests a second of both, alternating, as medians of RUNS after a warm-up; in about 40 seconds.

    nginx: one worker process, sendfile, keep-alive, no access log, the file as it is, no further headers.
    Ours: one worker process (of several threads), all security headers, the file checked at each request.
    """
    if missing := [tool for tool in ("nginx", "wrk") if not _tool(tool)]:
        reason = f"{' and '.join(missing)} not installed"
        yield {"name": "serve", "value": None, "unit": "", "against": None, "ratio": None, "missing": reason}
        return
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as running:
        folder = Path(name)
        _write_page(folder / "home/site")
        nginx, ours = _free_port(), _free_port()
        running.enter_context(_program(_nginx_command(folder, nginx), folder, nginx))
        running.enter_context(_program(_our_command(ours), folder, ours))
        ways = {"nginx": (nginx, ()), "plain": (ours, ()), "br": (ours, COMPRESSED)}
        for port, headers in ways.values():
            _requests_a_second(port, headers, WARM_UP_SECONDS)
        rounds = [
            {way: _requests_a_second(port, headers, SECONDS_A_RUN) for way, (port, headers) in ways.items()}
            for _ in range(RUNS)
        ]
    for way, words in (("plain", "the file as it is"), ("br", "by a reader who takes br")):
        yield _figure(f"serve: a 40 KB listing, {words}", rounds, way)


def _figure(name: str, rounds: list[dict[str, float]], way: str) -> dict:
    value = statistics.median(each[way] for each in rounds)
    against = statistics.median(each["nginx"] for each in rounds)
    ratios = [each[way] / each["nginx"] for each in rounds]
    return {
        "name": name,
        "value": round(value),
        "unit": "requests/s",
        "against": round(against),
        "ratio": round(value / against, 2),
        "spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
    }


def _write_page(site: Path) -> None:
    site.mkdir(parents=True)
    chance = random.Random(1)
    page = "<!doctype html><html lang=en><title>News</title><ul>"
    while len(page) < 40_000:
        words = " ".join(chance.choices(WORDS, k=20))
        page += f'<li><a href="/en/news/{chance.randrange(10_000)}/">{words}</a></li>\n'
    content = page.encode()
    (site / "index.html").write_bytes(content)
    (site / "index.html.br").write_bytes(brotli.compress(content, quality=5))
    (site / "index.html.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def _nginx_command(folder: Path, port: int) -> list[str]:
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port))
    folder.chmod(0o755)  # nginx's worker may be another user
    return [str(_tool("nginx")), "-p", str(folder), "-c", str(configuration)]


def _our_command(port: int) -> list[str]:
    return [sys.executable, "-m", "rightswire.web.server", "127.0.0.1", str(port), "1"]


@contextlib.contextmanager
def _program(command: list[str], folder: Path, port: int) -> Iterator[None]:
    environment = {"RIGHTSWIRE_HOME": str(folder / "home"), "RIGHTSWIRE_BASE_URL": "http://localhost"}
    with (folder / "output.txt").open("a") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_until_listening(process, port)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_listening(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + 15
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not start to listen")


def _requests_a_second(port: int, headers: tuple[str, ...], seconds: int) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", *headers, f"http://127.0.0.1:{port}/"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None or "Non-2xx" in output:
        raise RuntimeError(f"wrk did not measure pages:\n{output}")
    return float(found.group(1))


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _tool(name: str) -> str | None:
    return shutil.which(name, path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")


if __name__ == "__main__":
    for figure in run():
        print(figure)
