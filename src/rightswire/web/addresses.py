"""Addresses that changed or ended: `addresses.json`, written by the baker, read again when it changes."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

logger = logging.getLogger("rightswire.web")

_MOVES = (("moved", 301), ("temporary", 302))


class Addresses:
    """What to answer at addresses without a page of their own. Withdrawn ones are known by hash only."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp: tuple[int, int, int] | None = None
        self._was_read = False
        self._gone: frozenset[str] = frozenset()
        self._moves: dict[str, tuple[int, str]] = {}

    def refresh(self) -> None:
        """Read the file again if it is another than last time; a missing or broken one counts as empty."""
        try:
            seen = self._file.stat()
            stamp = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        except OSError:
            stamp = None
        if self._was_read and stamp == self._stamp:
            return
        self._stamp, self._was_read = stamp, True
        self._gone, self._moves = frozenset(), {}
        try:
            self._gone, self._moves = _read(json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            logger.info("%s is not there yet: no address has moved or gone.", self._file.name)
        except (OSError, ValueError) as error:
            logger.error(
                "%s cannot be read (%s): moved addresses answer 'not found' until the next bake writes it again.",
                self._file.name,
                type(error).__name__,
            )

    def is_gone(self, path: str) -> bool:
        """Whether the page at `path` was withdrawn, also when asked for by a variant of its address."""
        return bool(self._gone) and any(
            hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest() in self._gone
            for address in _same_page(path)
        )

    def move(self, path: str) -> tuple[int, str] | None:
        """The status (301 or 302) and the new address, where the page at `path` has moved."""
        for address in _same_page(path):
            if found := self._moves.get(address):
                return found
        return None


def _same_page(path: str) -> tuple[str, ...]:
    """`path`, and the address with a slash at its end that a reader may have meant by it."""
    if path.endswith("/index.html"):
        return path, path.removesuffix("index.html")
    return (path,) if path.endswith("/") else (path, path + "/")


def _read(content: Any) -> tuple[frozenset[str], dict[str, tuple[int, str]]]:
    """The withdrawn hashes and the moves in the file's content. Raises ValueError for any other shape."""
    if not isinstance(content, dict):
        raise ValueError
    gone = content.get("gone", [])
    if not isinstance(gone, list) or not all(isinstance(item, str) for item in gone):
        raise ValueError
    moves: dict[str, tuple[int, str]] = {}
    for key, status in _MOVES:
        table = content.get(key, {})
        if not isinstance(table, dict) or not all(isinstance(target, str) for target in table.values()):
            raise ValueError
        moves.update((old, (status, new)) for old, new in table.items())
    return frozenset(item.lower() for item in gone), moves
