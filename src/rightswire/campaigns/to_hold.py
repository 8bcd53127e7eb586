"""What the watch found late and the database does not have as held yet. It waits here, and no log is written meanwhile.

The web server's processes find, the worker writes the logs: an advisory lock (`flock`) tells it, which the kernel gives
up for a process that dies. It is on the folder `keys`, because a full disk takes no new file.
"""

import fcntl
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from rightswire.campaigns.watch import Held

logger = logging.getLogger(__name__)


class ToHold:
    """Of one process and one thread."""

    def __init__(self) -> None:
        self._waiting: set[Held] = set()
        self._lock: int | None = None

    def add(self, found: Iterable[Held]) -> None:
        self._waiting.update(found)
        if self._waiting and self._lock is None:
            try:
                self._lock = os.open(_folder(), os.O_RDONLY)
                fcntl.flock(self._lock, fcntl.LOCK_SH)
            except OSError as error:
                logger.error("The log cannot be told to wait for what is to be held (%s)", type(error).__name__)

    def waiting(self) -> list[Held]:
        return sorted(self._waiting)

    def remove(self, held: Iterable[Held]) -> None:
        """To be called when it is committed."""
        self._waiting.difference_update(held)
        if not self._waiting and self._lock is not None:
            os.close(self._lock)
            self._lock = None


def is_any_to_hold() -> bool:
    """Whether a process of this installation has found what it could not hold yet."""
    try:
        folder = os.open(_folder(), os.O_RDONLY)
    except FileNotFoundError:  # no petition was ever made
        return False
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False


def _folder() -> Path:
    return Path(settings.HOME) / "keys"
