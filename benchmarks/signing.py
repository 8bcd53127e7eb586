"""Confirmations over HTTP, kept durably: the desk against the usual way and against a request that does nothing."""

import contextlib
import itertools
import os
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
from typing import Any

from tests.campaigns.trial_installation import Installation, free_port, has_postgresql, postgresql_database

from benchmarks.usual import PAGE_BYTES

CLIENTS = 128
PROCESSES = (1, 2)  # of the server, in every way: one, as it is installed, and one for each core
RUNS = 3
SECONDS_A_RUN = 2
WARM_UP_SECONDS = 1
LINKS_A_SECOND = {"ours": 16_000, "usual": 2_500, "nothing": 100}  # more than are used, but for nothing
FLUSH_SECONDS = 0.5
ROW_BYTES = 512
AGAINST = {
    "usual": "a Django view with one ORM insert, the same server and durability",
    "nothing": "a request that does nothing",
    "flushes": "append and fdatasync",
}
WAYS = ("ours", "usual", "nothing")

# Every request confirms with the next link of a file; one thread, so that no link is sent twice.
SCRIPT = """
local links, place = {}, 0
function init(args)
    for line in io.lines(args[1]) do links[#links + 1] = line end
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end
function request()
    place = place % #links + 1
    return wrk.format("POST", "/do/confirm/" .. links[place] .. "/", nil, "")
end
"""


def run() -> Iterator[dict[str, Any]]:
    """Confirmations a second with CLIENTS keep-alive connections of wrk: medians of RUNS, the ways alternating.

    The usual way: a Django view behind the whole middleware, one ORM insert a request, kept connections, the same
    server (Granian), as many processes, the same durability. The request that does nothing reads a body and answers a
    page of the same size. The flushes: append and fdatasync of one row's bytes, one after the other.
    """
    if not shutil.which("wrk"):
        yield {"name": "signing", "value": None, "unit": "", "against": None, "ratio": None, "missing": "wrk"}
        return
    with tempfile.TemporaryDirectory() as folder:
        yield from _measure("SQLite", Installation(Path(folder) / "home"))
    if not has_postgresql():
        row = {"name": "signing: PostgreSQL", "value": None, "unit": "", "against": None, "ratio": None}
        yield row | {"missing": "PostgreSQL at 127.0.0.1:5432"}
        return
    with tempfile.TemporaryDirectory() as folder, postgresql_database() as database:
        yield from _measure("PostgreSQL", Installation(Path(folder) / "home", database))


def _measure(database: str, installation: Installation) -> Iterator[dict[str, Any]]:
    with installation:
        installation.make()
        for processes in PROCESSES:
            yield from _compare(database, installation, processes)
            installation.stop()


def _compare(database: str, installation: Installation, processes: int) -> Iterator[dict[str, Any]]:
    ports = _start(installation, processes)
    links = _Links(installation)
    for way in WAYS:
        _rate(installation, way, ports[way], links.take(way, WARM_UP_SECONDS), WARM_UP_SECONDS)
    rounds = []
    for _ in range(RUNS):
        rates = {
            way: _rate(installation, way, ports[way], links.take(way, SECONDS_A_RUN), SECONDS_A_RUN) for way in WAYS
        }
        rounds.append(rates | {"flushes": _flushes(installation.home)})
    name = f"signing: confirmations a second, {database}, {CLIENTS} clients, server processes: {processes}"
    for way in WAYS[1:]:
        yield _figure(name, rounds, way)
    yield _figure("flushes of the disk a second beside it", rounds, "flushes")


def _figure(name: str, rounds: list[dict[str, float]], against: str) -> dict[str, Any]:
    ratios = [each["ours"] / each[against] for each in rounds]
    return {
        "name": name,
        "value": round(statistics.median(each["ours"] for each in rounds)),
        "unit": "signatures/s",
        "against": f"{AGAINST[against]}: {round(statistics.median(each[against] for each in rounds))}/s",
        "ratio": round(statistics.median(ratios), 2),
        "spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
        "load": round(os.getloadavg()[0], 1),
    }


class _Links:
    """Files of fresh links, all of them made beforehand."""

    def __init__(self, installation: Installation) -> None:
        seconds = WARM_UP_SECONDS + RUNS * SECONDS_A_RUN
        self._file = installation.home / "run.txt"
        self._fresh = iter(installation.links(seconds * sum(LINKS_A_SECOND.values())))

    def take(self, way: str, seconds: int) -> Path:
        some = itertools.islice(self._fresh, seconds * LINKS_A_SECOND[way])
        self._file.write_text("".join(f"{token}\n" for token, _key in some), encoding="ascii")
        return self._file


def _start(installation: Installation, processes: int) -> dict[str, int]:
    """The three servers; returns their ports."""
    installation.start_server(processes)
    installation.wait_until_ready()
    (token, _key), *_rest = installation.links(1)
    body = installation.post(f"/do/confirm/{token}/").partition(b"\r\n\r\n")[2]
    ports = {"ours": installation.port}
    for way, kind in (("usual", "django"), ("nothing", "nothing")):
        port = ports[way] = free_port()
        command = [sys.executable, "-m", "benchmarks.usual", kind, str(port), str(processes)]
        installation.start(way, command, **{PAGE_BYTES: str(len(body))})
        _wait(port)
    return ports


def _wait(port: int) -> None:
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise RuntimeError("a server of the benchmark did not start")


def _rate(installation: Installation, way: str, port: int, links: Path, seconds: int) -> float:
    """Requests a second. Raises RuntimeError where an answer was no page, or was no row."""
    before = _settled(installation)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT)
        script.flush()
        command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}", "-s", script.name]
        command += [f"http://127.0.0.1:{port}", "--", str(links)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    number = re.search(r"(\d+) requests in", output)
    added = _settled(installation) - before
    if rate is None or number is None or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk did not measure confirmations:\n{output}")
    if way != "nothing" and added < int(number[1]):
        raise RuntimeError(f"{number[1]} were acknowledged and {added} kept: links were used twice")
    return float(rate[1])


def _settled(installation: Installation) -> int:
    """How many signatures there are when no more come: wrk leaves without waiting for the last answers."""
    number = -1
    while number != (number := installation.signatures()):
        time.sleep(0.2)
    return number


def _flushes(folder: Path) -> float:
    """Appends of ROW_BYTES with fdatasync a second, one after the other."""
    file = folder / "flushes"
    number, began = 0, time.perf_counter()
    with file.open("ab", buffering=0) as appended:
        while time.perf_counter() - began < FLUSH_SECONDS:
            appended.write(bytes(ROW_BYTES))
            os.fdatasync(appended.fileno())
            number += 1
    file.unlink()
    return number / (time.perf_counter() - began)
