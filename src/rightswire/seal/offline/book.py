"""The book of one opening: what was read, in a database beside the output that goes when the opening ends.

It holds of each signer only what lists and checks need: what nobody may see is not written down.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rightswire.seal.offline.unsealing import CONFIRMED, Opened
from rightswire.seal.offline.words import Words

CACHE = 16 << 10  # KiB, however large the delivery
TABLES = """
CREATE TABLE entry (position INTEGER PRIMARY KEY, day INTEGER, is_removal INTEGER, value BLOB);
CREATE TABLE record (
    number INTEGER PRIMARY KEY, value BLOB, address_key BLOB, state INTEGER, day INTEGER,
    country TEXT, language TEXT, is_good INTEGER, is_wanted INTEGER
);
CREATE TABLE shown (number INTEGER, country TEXT, official INTEGER, name TEXT, comment TEXT, sort_key TEXT);
CREATE TABLE place (official INTEGER, country TEXT, position INTEGER, PRIMARY KEY (official, country)) WITHOUT ROWID;
CREATE TABLE listed (
    position INTEGER PRIMARY KEY, official INTEGER, state INTEGER, country TEXT, name TEXT, comment TEXT
);
"""
INDEXES = """
CREATE INDEX entry_signed ON entry (value) WHERE NOT is_removal;
CREATE INDEX entry_removed ON entry (value) WHERE is_removal;
CREATE INDEX record_value ON record (value);
CREATE INDEX record_person ON record (address_key);
"""
IS_REMOVED = "EXISTS (SELECT 1 FROM entry WHERE value = {value} AND is_removal)"
IS_SIGNED = "EXISTS (SELECT 1 FROM entry WHERE value = {value} AND NOT is_removal)"


class Line(NamedTuple):
    """One line of an official's list; a name or a comment may be withheld."""

    country: str
    name: str | None
    comment: str | None


class Book:
    """Every number comes from records that are good and, where the person asked for some only, wanted."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{CACHE}"
        )

    def begin(self) -> None:
        self._database.executescript(TABLES)
        self._database.execute("BEGIN")

    def close(self) -> None:
        self._database.close()

    # Filling

    def add_entries(self, entries: Iterable[tuple[int, int, bool, bytes]]) -> None:
        """Each with its position, the number of its day, and whether it is a removal."""
        self._database.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", entries)

    def add_opened(self, opened: Opened) -> None:
        self._database.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", opened.records)
        self._database.executemany("INSERT INTO shown VALUES (?, ?, ?, ?, ?, ?)", opened.shown)

    def finish_reading(self) -> None:
        self._database.execute("COMMIT")
        self._database.executescript(INDEXES)

    # Checking: each returns the numbers of records or the positions of entries that are wrong

    def _numbers(self, question: str, values: Iterable[object] = ()) -> list[int]:
        return [number for (number,) in self._database.execute(question, tuple(values))]

    def entries_twice(self) -> list[int]:
        return [
            number
            for is_removal in ("NOT is_removal", "is_removal")
            for number in self._numbers(
                f"SELECT max(position) FROM entry WHERE {is_removal} GROUP BY value HAVING count(*) > 1 ORDER BY 1"
            )
        ]

    def removals_of_nothing(self) -> list[int]:
        """The entries of one day are shuffled: there a removal may stand before its signature."""
        return self._numbers(
            "SELECT position FROM entry AS removal WHERE is_removal AND NOT EXISTS (SELECT 1 FROM entry WHERE "
            "value = removal.value AND NOT is_removal AND day <= removal.day)"
        )

    def signed_without_record(self) -> list[int]:
        return self._numbers(
            "SELECT position FROM entry AS signed WHERE NOT is_removal "
            "AND NOT EXISTS (SELECT 1 FROM record WHERE value = signed.value) AND NOT "
            + IS_REMOVED.format(value="signed.value")
        )

    def removed_with_record(self) -> list[int]:
        return self._numbers(f"SELECT number FROM record WHERE is_good AND {IS_REMOVED.format(value='record.value')}")

    def find_unlogged(self) -> None:
        """To be called once the log and all records are in."""
        self._database.execute(
            f"CREATE TABLE unlogged AS SELECT number, day FROM record WHERE is_good AND state = {CONFIRMED} AND NOT "
            + IS_SIGNED.format(value="record.value")
        )

    def unlogged(self, before: int) -> list[int]:
        """Confirmed before the day of that ordinal, yet not in the log."""
        return self._numbers("SELECT number FROM unlogged WHERE day < ?", [before])

    def of_a_person_again(self) -> list[int]:
        """Of several records of one person all but one: confirmed before unconfirmed, then the first."""
        again = self._database.execute(
            "SELECT address_key FROM record GROUP BY address_key HAVING count(*) > 1 AND sum(is_good) > 1"
        ).fetchall()
        return [
            number
            for person in again
            for number in self._numbers(
                "SELECT number FROM record WHERE is_good AND address_key = ? ORDER BY state, number LIMIT -1 OFFSET 1",
                person,
            )
        ]

    def leave_out(self, numbers: Iterable[int]) -> None:
        self._database.executemany("UPDATE record SET is_good = 0 WHERE number = ?", ((number,) for number in numbers))

    # Counting

    def _count(self, question: str, *values: object) -> int:
        (count,) = self._database.execute(question, values).fetchone()
        return int(count)

    def counted_by_site(self, state: int) -> int:
        """All that the site could count in that state, whether they can be used here or not."""
        return self._count("SELECT count(*) FROM record WHERE state = ?", state)

    def signatures(self, state: int) -> int:
        return self._count("SELECT count(*) FROM record WHERE is_good AND is_wanted AND state = ?", state)

    def not_yet_in_log(self) -> int:
        return self._count("SELECT count(*) FROM unlogged JOIN record USING (number) WHERE is_good AND is_wanted")

    def entries(self) -> tuple[int, int]:
        """Signatures and removals in the log."""
        removals = self._count("SELECT count(*) FROM entry WHERE is_removal")
        return self._count("SELECT count(*) FROM entry") - removals, removals

    def signatures_by(self, column: str) -> dict[Any, int]:
        """Confirmed signatures by `country`, `language` or `day`, the largest number first."""
        return dict(
            self._database.execute(
                f"SELECT {column}, count(*) FROM record WHERE is_good AND is_wanted AND state = {CONFIRMED} "
                "GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
        )

    # Listing

    def arrange(self, officials: dict[int, Words]) -> None:
        """Puts what each official may see in order: by country, as the official's language sorts them, and name."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO place VALUES (?, ?, ?)",
            [
                (official, country, position)
                for official, words in officials.items()
                for position, country in enumerate(words.countries)
            ],
        )
        self._database.execute(
            "INSERT INTO listed (official, state, country, name, comment) "
            "SELECT shown.official, state, shown.country, name, comment FROM shown JOIN record USING (number) "
            "LEFT JOIN place ON place.official = shown.official AND place.country = shown.country WHERE is_good "
            "ORDER BY shown.official, state, name IS NULL, ifnull(position, 999), shown.country, sort_key, name, number"
        )
        self._database.execute("CREATE INDEX listed_official ON listed (official, state, position)")
        self._database.execute("COMMIT")

    def lines(self, official: int, state: int, first: int = 0, last: int = 1 << 62) -> Iterator[Line]:
        """The lines of a list from one position to another, both included."""
        found = self._database.execute(
            "SELECT country, name, comment FROM listed WHERE official = ? AND state = ? AND position BETWEEN ? AND ? "
            "ORDER BY position",
            (official, state, first, last),
        )
        return map(Line._make, found)

    def positions(self, official: int, state: int, column: str) -> Iterator[int]:
        """The positions of the lines of a list that have a `name`, or a `comment`."""
        found = self._database.execute(
            f"SELECT position FROM listed WHERE official = ? AND state = ? AND {column} IS NOT NULL ORDER BY position",
            (official, state),
        )
        return (position for (position,) in found)

    def lines_beyond_ascii(self) -> Iterator[str]:
        """The names and comments that have other characters than those of ASCII, for each official."""
        found = self._database.execute(
            "SELECT ifnull(name, '') || ifnull(comment, '') FROM listed "
            "WHERE name GLOB '*[^ -~]*' OR comment GLOB '*[^ -~]*'"
        )
        return (text for (text,) in found)

    def shown(self, official: int, column: str) -> int:
        """How many let the official see their `name`, or their `comment`."""
        return self._count(f"SELECT count({column}) FROM listed WHERE official = ?", official)
