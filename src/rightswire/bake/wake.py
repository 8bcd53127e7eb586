"""Wakes the worker as soon as something is due. The database is the queue; this only shortens the wait."""

import contextlib
import select
import socket
from pathlib import Path
from types import TracebackType

from django.conf import settings


def _address() -> str:
    return str(Path(settings.HOME) / "worker.sock")


def wake_worker() -> None:
    """Tells a running worker to look at the queue; says nothing where there is none: it also polls."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(b"due", _address())


class Bell:
    """The worker's end: waits until it is woken or `seconds` have passed."""

    def __enter__(self) -> "Bell":
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):  # a path too long for a socket: polling remains
            Path(_address()).unlink(missing_ok=True)
            self._socket.bind(_address())
            Path(_address()).chmod(0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        Path(_address()).unlink(missing_ok=True)

    def wait(self, seconds: float) -> None:
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if ready:
            with contextlib.suppress(BlockingIOError):
                while self._socket.recv(16):
                    pass
