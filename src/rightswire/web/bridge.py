"""Hands requests to a WSGI application (Django) in a bounded pool of threads."""

import asyncio
import contextlib
import itertools
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from granian.rsgi import ProtocolClosed

from rightswire.web.app import Exchange, Scope, Transport
from rightswire.web.body import BodyIncompleteError, BodyTooLargeError, receive_body
from rightswire.web.environ import FileBody, wsgi_environ
from rightswire.web.headers import HeaderList

logger = logging.getLogger("rightswire.web")

THREADS = 8
MOST_WAITING = 128
LARGEST_BODY = 60 * 1024 * 1024
SECONDS_TO_START = 20
DATABASE_DOWN = "rightswire.database_down"

UNAVAILABLE = "This page is not available at the moment. Nothing is lost: please go back and try again in a minute."
TOO_LARGE = "What you sent is larger than {limit} MB and was not kept: please send a smaller file."
INCOMPLETE = "What you sent did not arrive completely and was not kept: please send it again."
BROKEN = "Something went wrong on our side. Please go back and try again."

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiBridge:
    """An RSGI handler that answers with a WSGI application, which may still be loading.

    While it loads, requests wait for up to SECONDS_TO_START; if it cannot be loaded, or puts
    `environ[DATABASE_DOWN]` to True before an answer of 500, they are answered 503. No request's path,
    address or content is logged.
    """

    def __init__(
        self, application: "Future[WsgiApplication]", is_multiprocess: bool, largest_body: int = LARGEST_BODY
    ) -> None:
        self._application = application
        self._is_multiprocess = is_multiprocess
        self._largest_body = largest_body
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")
        self._waiting = 0

    def stop(self) -> None:
        """Wait for the running requests' threads to end."""
        self._threads.shutdown(cancel_futures=True)

    async def __call__(self, scope: Scope, exchange: Exchange) -> None:
        if self._waiting >= MOST_WAITING:
            _answer(exchange, 503, UNAVAILABLE)
            return
        self._waiting += 1
        try:
            with await receive_body(scope, exchange, self._largest_body) as body:
                await self._hand_over(scope, exchange, body)
        except BodyTooLargeError:
            _answer(exchange, 413, TOO_LARGE.format(limit=self._largest_body // (1024 * 1024)))
        except BodyIncompleteError:
            _answer(exchange, 400, INCOMPLETE)
        finally:
            self._waiting -= 1

    async def _hand_over(self, scope: Scope, exchange: Exchange, body: IO[bytes]) -> None:
        body_bytes = body.seek(0, os.SEEK_END)
        body.seek(0)
        environ = wsgi_environ(scope, body, body_bytes, self._is_multiprocess)
        loop = asyncio.get_running_loop()
        has_left = threading.Event()
        watch = asyncio.ensure_future(_notice(exchange, has_left))
        try:
            await loop.run_in_executor(self._threads, self._run, environ, exchange, loop, has_left)
        finally:
            watch.cancel()

    def _run(
        self,
        environ: dict[str, Any],
        exchange: Exchange,
        loop: asyncio.AbstractEventLoop,
        has_left: threading.Event,
    ) -> None:
        """Answer one request; in a thread of the pool."""
        method = environ["REQUEST_METHOD"]
        if has_left.is_set() and method in ("GET", "HEAD"):
            return  # nobody waits for the answer, and what only reads leaves nothing undone
        try:
            application = self._application.result(timeout=SECONDS_TO_START)
        except Exception:
            _answer(exchange, 503, UNAVAILABLE)
            return
        response = _Response(environ, exchange, loop, has_left)
        try:
            response.run(application)
        except ProtocolClosed:
            pass  # the reader went away
        except Exception as error:
            # Only the kind: the message could hold what somebody typed.
            logger.error("A request ended with %s.", type(error).__qualname__)
            if not response.is_sent:
                _answer(exchange, 500, BROKEN)


class _Response:
    """One run of the application, and the way of its answer to the reader."""

    def __init__(
        self,
        environ: dict[str, Any],
        exchange: Exchange,
        loop: asyncio.AbstractEventLoop,
        has_left: threading.Event,
    ) -> None:
        self.is_sent = False
        self._environ = environ
        self._exchange = exchange
        self._loop = loop
        self._has_left = has_left
        self._status = 0
        self._headers: HeaderList = []
        self._written: list[bytes] = []

    def run(self, application: WsgiApplication) -> None:
        result = application(self._environ, self._start)
        try:
            self._send(result)
        finally:
            if close := getattr(result, "close", None):
                close()

    def _start(self, status: str, headers: HeaderList, exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info and self.is_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status = int(status.split(" ", 1)[0])
        self._headers = list(headers)
        return self._written.append

    def _send(self, result: Iterable[bytes]) -> None:
        pieces = iter(result)
        first = next(pieces, b"")  # an application may begin its answer as late as with the first piece
        if self._status == 500 and self._environ.get(DATABASE_DOWN):
            self.is_sent = True
            _answer(self._exchange, 503, UNAVAILABLE)
        elif self._environ["REQUEST_METHOD"] == "HEAD" or self._status in (204, 304):
            self.is_sent = True
            self._exchange.response_empty(self._status, self._headers)
        elif isinstance(result, FileBody) and (part := _on_disk(result.file, len(first))):
            self.is_sent = True
            self._exchange.response_file_range(self._status, self._headers, *part)
        else:
            self._send_pieces(itertools.chain(self._written, [first], pieces), len(first))

    def _send_pieces(self, pieces: Iterator[bytes], first_bytes: int) -> None:
        declared = next((value for name, value in self._headers if name.lower() == "content-length"), None)
        if declared is not None and not self._written and int(declared) == first_bytes:
            self.is_sent = True
            self._exchange.response_bytes(self._status, self._headers, next(pieces))
            return
        transport = self._exchange.response_stream(self._status, self._headers)
        self.is_sent = True
        for piece in pieces:
            if self._has_left.is_set():
                return
            if piece:
                asyncio.run_coroutine_threadsafe(_pass_on(transport, piece), self._loop).result()


async def _pass_on(transport: Transport, piece: bytes) -> None:
    await transport.send_bytes(piece)


async def _notice(exchange: Exchange, has_left: threading.Event) -> None:
    """Set `has_left` when the reader's connection ends."""
    await exchange.client_disconnect()
    has_left.set()


def _on_disk(file: Any, already_read: int) -> tuple[str, int, int] | None:
    """Name, start and end of a file that Granian can send by itself, at the reader's pace."""
    with contextlib.suppress(AttributeError, OSError, TypeError, ValueError):
        opened, named = os.fstat(file.fileno()), Path(file.name).stat()
        start = file.tell() - already_read
        if os.path.samestat(opened, named) and stat.S_ISREG(opened.st_mode) and start < opened.st_size:
            return os.fspath(file.name), start, opened.st_size
    return None


def _answer(exchange: Exchange, status: int, sentence: str) -> None:
    body = (sentence + "\n").encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if status == 503:
        headers.append(("Retry-After", "30"))
    exchange.response_bytes(status, headers, body)
