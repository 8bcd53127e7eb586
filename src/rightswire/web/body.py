"""A request's body, taken in before Django hears of it: slow senders occupy no thread."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from typing import IO

from rightswire.web.app import Exchange, Scope

KEPT_IN_MEMORY = 256 * 1024
SECONDS_BETWEEN_PIECES = 30
SECONDS_TO_DISCARD = 10


class BodyTooLargeError(Exception):
    """The body is longer than the limit (answer 413)."""


class BodyIncompleteError(Exception):
    """The sender stopped, or went away, before the body was complete."""


def has_body(scope: Scope) -> bool:
    """Whether there may be one to receive."""
    header = scope.headers.get
    return header("content-length", "0") != "0" or header("transfer-encoding") is not None or scope.http_version == "2"


async def receive_body(scope: Scope, exchange: Exchange, limit: int) -> IO[bytes]:
    """The request's body as a file at its start: in memory while small, else in an unnamed temporary file.

    `limit` is in bytes. Raises BodyTooLargeError and BodyIncompleteError.
    """
    header = scope.headers.get
    body = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 (the caller closes it)
    if not has_body(scope):
        return body
    declared = int(header("content-length") or 0)
    try:
        await _copy(exchange, body, declared, limit, may_discard=header("expect") is None)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


async def _copy(exchange: Exchange, body: IO[bytes], declared: int, limit: int, may_discard: bool) -> None:
    # Somebody who waits to be told to send (Expect: 100-continue) has sent nothing that had to be discarded.
    if declared > limit and not may_discard:
        raise BodyTooLargeError
    loop = asyncio.get_running_loop()
    pieces = _pieces(exchange)
    received, trailing_empty = 0, 0
    try:
        async with asyncio.timeout(SECONDS_BETWEEN_PIECES) as patience:
            while declared <= limit and (piece := await anext(pieces, None)) is not None:
                patience.reschedule(loop.time() + SECONDS_BETWEEN_PIECES)
                received += len(piece)
                trailing_empty = 0 if piece else trailing_empty + 1
                if received > limit:
                    break
                if received > KEPT_IN_MEMORY:
                    await loop.run_in_executor(None, body.write, piece)
                else:
                    body.write(piece)
    except TimeoutError:
        raise BodyIncompleteError from None
    if max(received, declared) > limit:
        await _discard(pieces)
        raise BodyTooLargeError
    # Granian ends every body with one empty piece, and tells of a broken one by another before it.
    if (declared and received != declared) or trailing_empty > 1:
        raise BodyIncompleteError


async def _pieces(exchange: Exchange) -> AsyncIterator[bytes]:
    async for piece in exchange:
        yield piece


async def _discard(pieces: AsyncIterator[bytes]) -> None:
    """Let a browser finish sending for a while: it shows no answer before, only a broken connection."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS_TO_DISCARD):
            async for _ in pieces:
                pass
