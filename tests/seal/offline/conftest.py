"""Verbs for opening what `exports.py` writes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from rightswire.seal.offline.delivery import Delivery
from rightswire.seal.offline.opening import Outcome, open_delivery
from rightswire.seal.offline.own_keys import OwnKeys
from rightswire.seal.offline.unsealing import Filters
from seal.offline.exports import Export


class Opened:
    """A delivery after opening: what was said, and what lies in the folder."""

    def __init__(self, outcome: Outcome, folder: Path) -> None:
        self.outcome = outcome
        self.folder = folder

    @property
    def alarms(self) -> dict[str, int]:
        return {alarm.kind: alarm.count for alarm in self.outcome.alarms}

    def sheet(self, name: str) -> list[tuple]:
        """The rows under the heading, without what is empty at their end."""
        rows = load_workbook(self.folder / "signers.xlsx")[name].iter_rows(min_row=2, values_only=True)
        return [tuple(value or "" for value in row) for row in rows]

    def names(self, sheet: str = "Sundar Pichai") -> list[str]:
        return [row[0] for row in self.sheet(sheet)]

    def letter(self, official: str = "sundar-pichai") -> str:
        """All words of an official's letter and lists, in one line."""
        pages = PdfReader(self.folder / f"for-{official}.pdf").pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Opened]:
    """opened(export, keys=…, country=…): writes the delivery, opens it with the keys, and returns what came of it."""

    def run(export: Export, *, keys=None, ids=frozenset(), target=None, **filters) -> Opened:
        keys = export.keys if keys is None else keys
        own = OwnKeys(tuple(keys), frozenset(key.public.id for key in keys) | ids)
        out = tmp_path / "out"
        delivery = Delivery(export.write(tmp_path / "delivery"))
        return Opened(open_delivery(delivery, own, out, Filters(**filters), target), out)

    return run
