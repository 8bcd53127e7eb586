"""A storm: signatures with their mails and confirmations, while everybody reads, on the machine as it is."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
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


def run() -> Iterator[dict[str, Any]]:
    """What was reached of what was offered, all errors, p99; how far the published count lags behind.

    Server, worker, mail server and the generator of the load share the machine. People come from many networks (the
    load generator is their proxy). A signature is the form, its mail, and the confirmation.
    """
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
        self._seconds: dict[str, list[float]] = {"read": [], "sign": [], "confirm": []}
        self._errors: Counter[str] = Counter()
        self._links: asyncio.Queue[str] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._confirmed_at: list[float] = []
        self._looks: list[tuple[float, int]] = []
        self._reads_due = self._signs_due = itertools.count()
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
        self._reads_due, self._signs_due = itertools.count(), itertools.count()
        self._began = time.monotonic()
        looking = threading.Event()
        look = threading.Thread(target=self._look, args=(looking,))
        look.start()
        people = [self._people("read", READS, self._reads_due, self._page) for _ in range(READERS)]
        people += [self._people("sign", SIGNATURES, self._signs_due, self._form) for _ in range(SIGNERS)]
        confirming = [asyncio.create_task(self._confirm()) for _ in range(SIGNERS)]
        await asyncio.gather(*people)
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

    def _page(self) -> bytes:
        return f"GET {random.choice(PAGES)} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n\r\n".encode()

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
        offered = {"read": READS, "sign": SIGNATURES, "confirm": SIGNATURES}
        for kind, seconds in self._seconds.items():
            ranked = sorted(seconds) or [0.0]
            yield {
                "name": f"storm: {kind}, {SECONDS} s, median {1000 * statistics.median(ranked):.0f} ms,"
                f" p99 {1000 * ranked[int(0.99 * (len(ranked) - 1))]:.0f} ms",
                "value": round(len(seconds) / SECONDS),
                "unit": "requests/s",
                "against": f"offered: {round(offered[kind])}/s",
                "ratio": round(len(seconds) / SECONDS / offered[kind], 2),
                "errors": {name: n for name, n in self._errors.items() if name.startswith(kind)},
                "load": round(os.getloadavg()[0], 1),
            }
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
