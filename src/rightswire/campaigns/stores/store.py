"""What a store of personal data is, and ways to count what it holds."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Model

SERVER = "Whoever has the server, or a copy of it."


@dataclass(frozen=True, slots=True)
class Line:
    """How much of one thing there is now. `problem`: what is wrong with that, and what to do."""

    what: str
    number: int | None = None
    until: datetime.date | None = None
    note: str = ""
    problem: str = ""

    @property
    def shown_number(self) -> str:
        return "" if self.number is None else f"{self.number:,}"


@dataclass(frozen=True, slots=True)
class Store:
    """One place where something about people is kept.

    `models` by their labels; `files` in the data folder, with `*`. `count` says how much is there.
    """

    name: str
    holds: str
    why: str
    until: str
    readers: str
    count: Callable[[], list[Line]]
    models: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    stores: tuple[Store, ...]


def in_folder(*patterns: str) -> list[Path]:
    """The files of the data folder that fit a pattern; none where the folder is missing."""
    home = Path(settings.HOME)
    return sorted(file for pattern in patterns for file in home.glob(pattern) if file.is_file())


def counted(what: str, models: Sequence[type[Model]], note: str = "") -> Line:
    """All rows of some models as one number."""
    return Line(what, sum(model._default_manager.count() for model in models), note=note)
