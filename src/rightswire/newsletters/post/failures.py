"""Failures in a row: too many halt a sending at once, whatever of it is in hand."""

import threading
from collections import Counter


class Failures:
    """Told by the lines, read by the post office. `most`: in a row, before a sending is halted."""

    def __init__(self) -> None:
        self.most = 50
        self._lock = threading.Lock()
        self._in_a_row: Counter[int] = Counter()
        self._halted: set[int] = set()
        self._untold: set[int] = set()

    def failed(self, sending: int) -> None:
        with self._lock:
            self._in_a_row[sending] += 1
            if self._in_a_row[sending] >= self.most and sending not in self._halted:
                self._halted.add(sending)
                self._untold.add(sending)

    def went_well(self, sending: int) -> None:
        with self._lock:
            self._in_a_row.pop(sending, None)

    def is_halted(self, sending: int) -> bool:
        return sending in self._halted

    def untold(self) -> list[int]:
        """Those that were halted and of which the database does not know yet."""
        with self._lock:
            return sorted(self._untold)

    def told(self, sending: int) -> None:
        with self._lock:
            self._untold.discard(sending)

    def begin_anew(self, sending: int) -> None:
        """It is running: where it was halted, staff have resumed it."""
        with self._lock:
            if sending in self._halted and sending not in self._untold:
                self._halted.discard(sending)
                self._in_a_row.pop(sending, None)
