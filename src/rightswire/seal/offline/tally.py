"""The numbers of a delivery: `tally.json` and `tally.csv`."""

import csv
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rightswire.seal.offline.book import Book
from rightswire.seal.offline.manifest import Manifest
from rightswire.seal.offline.unsealing import CONFIRMED, UNCONFIRMED


@dataclass(frozen=True, slots=True)
class Seen:
    """What an official sees: how many show a name, how many a comment, and how many sign without a name."""

    named: int
    commented: int
    withheld: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the wanted signatures that could be opened; paper, elsewhere and held are the site's own numbers.

    `countries` and `languages` have the largest number first, `days` are in their order.
    """

    confirmed: int
    unconfirmed: int
    not_yet_in_log: int
    paper: int
    elsewhere: int
    held: int
    erased: int
    countries: dict[str, int]
    languages: dict[str, int]
    days: dict[str, int]
    officials: dict[int, Seen]

    def numbers(self) -> dict[str, int]:
        names = ("confirmed", "unconfirmed", "not_yet_in_log", "paper", "elsewhere", "held", "erased")
        return {name: getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        return self.numbers() | {
            "countries": self.countries,
            "languages": self.languages,
            "days": self.days,
            "officials": [
                {"id": number, "named": seen.named, "withheld": seen.withheld, "commented": seen.commented}
                for number, seen in self.officials.items()
            ],
        }

    def write_csv(self, file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("what", "which", "number"))
            writer.writerows(self._csv_rows())

    def _csv_rows(self) -> Iterator[tuple[str, str, int]]:
        for name, number in self.numbers().items():
            yield name, "", number
        for what, numbers in (("country", self.countries), ("language", self.languages), ("day", self.days)):
            for which, number in numbers.items():
                yield what, which, number
        for official, seen in self.officials.items():
            yield "names shown to official", str(official), seen.named
            yield "names withheld from official", str(official), seen.withheld
            yield "comments shown to official", str(official), seen.commented


def tally(book: Book, manifest: Manifest, officials: list[int], *, is_filtered: bool) -> Tally:
    """Counts what the book holds. What was not signed here is left out where only some signatures are wanted."""
    confirmed, unconfirmed = book.signatures(CONFIRMED), book.signatures(UNCONFIRMED)
    named = {official: book.shown(official, "name") for official in officials}
    return Tally(
        confirmed=confirmed,
        unconfirmed=unconfirmed,
        not_yet_in_log=book.not_yet_in_log(),
        paper=0 if is_filtered else manifest.totals["paper"],
        elsewhere=0 if is_filtered else manifest.totals["elsewhere"],
        held=manifest.totals["held"],
        erased=manifest.totals["erased"],
        countries=book.signatures_by("country"),
        languages=book.signatures_by("language"),
        days=dict(sorted((_day(day), number) for day, number in book.signatures_by("day").items())),
        officials={
            official: Seen(named[official], book.shown(official, "comment"), confirmed + unconfirmed - named[official])
            for official in officials
        },
    )


def _day(ordinal: int) -> str:
    try:
        return datetime.date.fromordinal(ordinal).isoformat()
    except (ValueError, OverflowError):
        return "unknown"
