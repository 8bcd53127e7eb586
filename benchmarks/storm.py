"""A storm: signatures with their mails and confirmations, while everybody reads, on the machine as it is."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiosmtpd.controller import Controller
from tests.campaigns.trial_installation import Installation, free_port

SECONDS = 60 if os.environ.get("BENCH_LONG") else 15
FASTER = 5
SIGNATURES = 2_000 * FASTER / 60  # a second
READS = 100_000 * FASTER / 60
READERS, SIGNERS = 48, 32  # connections
SAMPLE = 0.1  # seconds between looks at the published count
SLUG = "free-them"
PAGES = (f"/en/act/{SLUG}/", f"/counts/{SLUG}.json", "/en/", f"/counts/{SLUG}.json")
LINK = re.compile(rb"/do/confirm/([\w-]+)/")
PERCENTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000}

# Readers, so many a second whatever the answers take; wrk alone would send as many as it can.
READING = """
local ffi = require("ffi")
ffi.cdef("typedef struct { long s, us; } moment; int gettimeofday(moment *, void *);")
local clock, pages, rate, began, number = ffi.new("moment"), {}, 0, 0, 0
local function now()
    ffi.C.gettimeofday(clock, nil)
    return tonumber(clock.s) + tonumber(clock.us) / 1e6
end
function init(args)
    rate, began = tonumber(args[1]), now()
    wrk.headers["Accept-Encoding"] = "br"
    for place = 2, #args do pages[#pages + 1] = wrk.format("GET", args[place]) end
end
function request() return pages[math.random(#pages)] end
function delay()
    number = number + 1
    return math.max(0, (began + number / rate - now()) * 1000)
end
"""


def run() -> Iterator[dict[str, Any]]:
    """What was reached of what was offered, all errors, p99; how far the published count lags behind.

    Server, worker, mail server and the generators of the load (wrk for readers) share the machine. People come from
    many networks (the load generator is their proxy). A signature is the form, its mail, and the confirmation.
    """
    if not shutil.which("wrk"):
        yield {"name": "storm", "value": None, "unit": "", "against": None, "ratio": None, "missing": "wrk"}
        return
    with tempfile.TemporaryDirectory() as folder:
        mail_port = free_port()
        url = f"smtp://127.0.0.1:{mail_port}"
        with Installation(Path(folder) / "home", RIGHTSWIRE_EMAIL_URL=url) as installation:
            installation.make()
            storm = Storm(installation)
            controller = Controller(storm, hostname="127.0.0.1", port=mail_port)
            controller.start()
            installation.start_server(2)
            installation.start_worker()
            installation.wait_until_ready()
            try:
                asyncio.run(storm.blow())
            finally:
                controller.stop()
            yield from storm.figures()


class Storm:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._seconds: dict[str, list[float]] = {"sign": [], "confirm": []}
        self._read = ""  # what wrk says
        self._errors: Counter[str] = Counter()
        self._links: asyncio.Queue[str] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._confirmed_at: list[float] = []
        self._looks: list[tuple[float, int]] = []
        self._signs_due = itertools.count()
        self._began = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """What aiosmtpd calls, in a thread of its own."""
        import email
        import email.policy

        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = message.get_body(("plain",))
        found = LINK.search(part.get_content().encode() if part else b"")
        if found and self._loop and self._links:
            self._loop.call_soon_threadsafe(self._links.put_nowait, found[1].decode())
        return "250 OK"

    async def blow(self) -> None:
        self._loop, self._links = asyncio.get_running_loop(), asyncio.Queue()
        self._signs_due = itertools.count()
        self._began = time.monotonic()
        looking = threading.Event()
        look = threading.Thread(target=self._look, args=(looking,))
        look.start()
        people = [self._people("sign", SIGNATURES, self._signs_due, self._form) for _ in range(SIGNERS)]
        confirming = [asyncio.create_task(self._confirm()) for _ in range(SIGNERS)]
        reading = asyncio.to_thread(read, self._installation.port)
        self._read, *_ = await asyncio.gather(reading, *people)
        for _ in range(100):  # the mails that are on their way
            if len(self._confirmed_at) >= len(self._seconds["sign"]):
                break
            await asyncio.sleep(0.1)
        for task in confirming:
            task.cancel()
        await asyncio.gather(*confirming, return_exceptions=True)
        await asyncio.sleep(3)
        looking.set()
        look.join()

    async def _people(self, kind: str, rate: float, due: Iterator[int], make: Any) -> None:
        """Sends what is due at `rate` a second; what could not be sent in time counts as not reached."""
        async with _Connection(self._installation.port) as connection:
            while (at := self._began + next(due) / rate) < self._began + SECONDS:
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                if time.monotonic() > self._began + SECONDS:
                    return
                await self._send(kind, connection, make())

    async def _send(self, kind: str, connection: "_Connection", request: bytes) -> bool:
        began = time.monotonic()
        try:
            status = await connection.send(request)
        except (OSError, asyncio.IncompleteReadError):
            self._errors[f"{kind}: connection"] += 1
            return False
        self._seconds[kind].append(time.monotonic() - began)
        if status != 200:
            self._errors[f"{kind}: {status}"] += 1
        return status == 200

    async def _confirm(self) -> None:
        assert self._links
        async with _Connection(self._installation.port) as connection:
            while True:
                token = await self._links.get()
                if await self._send("confirm", connection, _post(f"/do/confirm/{token}/", "")):
                    self._confirmed_at.append(time.monotonic())

    def _form(self) -> bytes:
        number = random.getrandbits(60)
        fields = {"lang": "en", "name": f"Ada Example {number % 997}", "email": f"ada.{number:x}@example.org"}
        return _post(f"/do/sign/{SLUG}/", urlencode(fields | {"country": random.choice(["CA", "FR", "EG"])}))

    def _look(self, is_over: threading.Event) -> None:
        """Reads the count as it is published, in a thread so that the load does not delay it."""
        file = self._installation.home / "site/counts" / f"{SLUG}.json"
        while not is_over.wait(SAMPLE):
            with contextlib.suppress(OSError, ValueError):
                self._looks.append((time.monotonic(), json.loads(file.read_text())["confirmed"]))

    def figures(self) -> Iterator[dict[str, Any]]:
        yield _figure("read", READS, *_as_wrk_says(self._read))
        for kind, seconds in self._seconds.items():
            ranked = sorted(seconds) or [0.0]
            median, slow = 1000 * statistics.median(ranked), 1000 * ranked[int(0.99 * (len(ranked) - 1))]
            errors = {name: n for name, n in self._errors.items() if name.startswith(kind)}
            yield _figure(kind, SIGNATURES, len(seconds), median, slow, errors)
        lags = sorted(self._lags()) or [0.0]
        yield {
            "name": "storm: how old the published count is, 99 of 100 samples",
            "value": round(lags[int(0.99 * (len(lags) - 1))], 2),
            "unit": "s",
            "against": f"2 s; the worst of {len(lags)}: {lags[-1]:.2f} s",
            "ratio": round(lags[int(0.99 * (len(lags) - 1))] / 2, 2),
            "held": self._installation.signatures() - (self._looks[-1][1] if self._looks else 0),
        }

    def _lags(self) -> Iterator[float]:
        """At each look: since when the first signature that the count lacks has been acknowledged."""
        acknowledged = sorted(self._confirmed_at)
        for at, shown in self._looks:
            is_missing = shown < len(acknowledged) and acknowledged[shown] < at
            yield at - acknowledged[shown] if is_missing else 0.0


def read(port: int) -> str:
    """Reads pages and counts for SECONDS; returns what wrk says of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(READING)
        script.flush()
        command = ["wrk", "--latency", "-t1", f"-c{READERS}", f"-d{SECONDS}", "-s", script.name]
        command += [f"http://127.0.0.1:{port}", "--", str(READS), *PAGES]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _as_wrk_says(output: str) -> tuple[int, float, float, dict[str, str]]:
    """Requests, median and 99th percentile in milliseconds, errors."""
    number = re.search(r"(\d+) requests in", output)
    reached = {name: float(value) * MILLISECONDS[unit] for name, value, unit in PERCENTILE.findall(output)}
    errors = dict(line.strip().split(": ", 1) for line in output.splitlines() if "errors:" in line or "Non-2xx" in line)
    if number is None or len(reached) != 2:
        raise RuntimeError(f"wrk did not read:\n{output}")
    return int(number[1]), reached["50"], reached["99"], errors


def _figure(
    kind: str, offered: float, number: int, median: float, slow: float, errors: Mapping[str, int | str]
) -> dict[str, Any]:
    """`median` and `slow`, the 99th percentile, in milliseconds."""
    return {
        "name": f"storm: {kind}, {SECONDS} s, median {median:.1f} ms, p99 {slow:.0f} ms",
        "value": round(number / SECONDS),
        "unit": "requests/s",
        "against": f"offered: {round(offered)}/s",
        "ratio": round(number / SECONDS / offered, 2),
        "errors": errors,
        "load": round(os.getloadavg()[0], 1),
    }


class _Connection:
    """One kept connection; requests one after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> int:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await self._reader.readexactly(int(length[1]) if length else 0)
        except (OSError, asyncio.IncompleteReadError):
            self._writer.close()
            self._writer = None
            raise
        return int(head.split(b" ", 2)[1])

    async def __aenter__(self) -> "_Connection":
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._writer:
            self._writer.close()


def _post(path: str, form: str) -> bytes:
    """From one of very many networks: whoever sends it acts as the proxy before the server."""
    network = ".".join(str(random.randrange(1, 224)) for _ in range(4))
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {network}\r\nContent-Length: {len(form)}\r\n"
        f"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        f"Accept-Language: en\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
    ).encode()


if __name__ == "__main__":
    for figure in run():
        json.dump(figure, sys.stdout)
        print()
