"""How far a long step is: a bar on a terminal, plain lines elsewhere, always on the error output."""

import sys
from typing import Self

from tqdm import tqdm

LINES_A_STEP = 10


class Progress:
    """One step; `total` in the units that `advance` is called with."""

    def __init__(self, words: str, total: int) -> None:
        self.words = words
        self.total = total
        self.done = 0
        self._said = 0
        self._bar: tqdm | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            tqdm.monitor_interval = 0  # no thread beside ours
            self._bar = tqdm(total=self.total, desc=self.words, unit_scale=True, leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, units: int = 1) -> None:
        self.done += units
        if self._bar is not None:
            self._bar.update(units)
            return
        tenth = LINES_A_STEP * self.done // max(self.total, 1)
        if tenth > self._said:
            self._said = tenth
            sys.stderr.write(f"{self.words}: {100 * self.done // max(self.total, 1)} %\n")
            sys.stderr.flush()
