"""Opening a delivery: reading, checking, leaving out, listing, in this order."""

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rightswire.seal import minisign
from rightswire.seal.box import SealError, open_sealed
from rightswire.seal.log import Checkpoint
from rightswire.seal.offline import fonts, jobs, letters, sheets
from rightswire.seal.offline.alarms import Alarm, Alarms
from rightswire.seal.offline.book import Book
from rightswire.seal.offline.checking import check, read_log
from rightswire.seal.offline.delivery import Delivery, read_rows
from rightswire.seal.offline.harmless import harmless
from rightswire.seal.offline.manifest import DeliveryError, Official
from rightswire.seal.offline.own_keys import OwnKeys
from rightswire.seal.offline.progress import Progress
from rightswire.seal.offline.tally import Tally, tally
from rightswire.seal.offline.unsealing import Filters, Opener, open_all
from rightswire.seal.offline.words import words
from rightswire.seal.record import NotARecord, Record

TEST_CODE = re.compile(r"[0-9]{3,6}-[0-9]{3,6}")
FEW = 1_000  # lines that are written in this process, which is then faster


class OutputProblem(DeliveryError):
    """The folder for what is opened cannot be used."""


class NoKeyFits(DeliveryError):
    def __init__(self, delivery: Delivery) -> None:
        labels = ", ".join(f"“{harmless(label)}” ({key.hex()})" for key, label in delivery.manifest.keys.items())
        super().__init__(
            f"None of the keys you gave opens this delivery. It is encrypted for: {labels or 'other keys'}. "
            "Nothing was written."
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an opening; `notices` are nothing wrong, but something to know."""

    delivery: Delivery
    head: Checkpoint | None
    filters: Filters
    tally: Tally
    alarms: list[Alarm]
    notices: list[str]
    files: list[str]

    def as_json(self) -> dict[str, Any]:
        manifest, day = self.delivery.manifest, self.filters.since_day
        return {
            "petition": manifest.slug,
            "site": manifest.site,
            "site_key": minisign.key_line(manifest.site_key),
            "made_at": manifest.made_at.isoformat(),
            "only": {
                "country": self.filters.country,
                "language": self.filters.language,
                "since": day.isoformat() if day else None,
            },
            **self.tally.as_json(),
            "log": {"date": self.head.date.isoformat(), "entries": self.head.size} if self.head else None,
            "alarms": [
                {"kind": alarm.kind, "count": alarm.count, "places": alarm.places, "text": alarm.text()}
                for alarm in self.alarms
            ],
            "notices": self.notices,
            "files": self.files,
        }


def open_test(delivery: Delivery, keys: OwnKeys) -> list[str]:
    """The codes of a delivery that was made to try a key. Raises DeliveryError."""
    found = []
    with delivery.file.open("rb") as stream:
        for row in (row for span in delivery.spans() for row in read_rows(stream, span)):
            for key in keys.private:
                try:
                    record = Record.unpack(open_sealed(row.sealed, delivery.manifest.petition, key))
                except (SealError, NotARecord):
                    continue
                if record.is_test and TEST_CODE.fullmatch(record.name):
                    found.append(record.name)
                    break
    if not found:
        raise NoKeyFits(delivery)
    return found


def open_delivery(delivery: Delivery, keys: OwnKeys, out: Path, filters: Filters, target: int | None) -> Outcome:
    """Writes the folder `out`, whole or not at all. Raises DeliveryError, or OSError where the disk refuses."""
    officials = _chosen(delivery, target)
    with _unfinished(out) as folder:
        try:
            return _Opening(delivery, keys, filters, officials, folder).run()
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
                raise
            raise jobs.NotWritten("the disk is full or does not answer") from None


def _chosen(delivery: Delivery, target: int | None) -> tuple[Official, ...]:
    officials = delivery.manifest.officials
    if target is None:
        return officials
    chosen = tuple(official for official in officials if official.id == target)
    if not chosen:
        there = ", ".join(f"{official.id} ({harmless(official.name)})" for official in officials)
        raise DeliveryError(f"The petition is not addressed to number {target}. Choose from: {there}.")
    return chosen


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    """A folder beside `out` that becomes it when all is written, and goes when something fails."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputProblem(f"{out} is there already. Give the name of a new folder with --out; nothing was changed.")
    if not out.absolute().parent.is_dir():
        raise OutputProblem(f"The folder {out.absolute().parent} is not there. Make it first; nothing was changed.")
    folder = out.absolute().with_name(f".{out.absolute().name}.unfinished")
    shutil.rmtree(folder, ignore_errors=True)  # of an opening that was killed
    folder.mkdir(mode=0o700)
    try:
        yield folder
        folder.replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Opening:
    """One run, step by step."""

    def __init__(
        self, delivery: Delivery, keys: OwnKeys, filters: Filters, officials: tuple[Official, ...], folder: Path
    ) -> None:
        self.delivery = delivery
        self.keys = keys
        self.filters = filters
        self.officials = officials
        self.folder = folder
        self.alarms = Alarms()
        self.notices: list[str] = []
        self.head: Checkpoint | None = None
        self.book = Book(folder / "book")

    def run(self) -> Outcome:
        try:
            self.book.begin()
            self._open_records()
            self.book.finish_reading()
            check(self.delivery, self.book, self.head, self.alarms)
            self.book.arrange({official.id: words(letters.language_of(official)) for official in self.officials})
            numbers = tally(
                self.book,
                self.delivery.manifest,
                [official.id for official in self.officials],
                is_filtered=self.filters != Filters(),
            )
            self._write_lists(numbers)
        finally:
            self.book.close()
        (self.folder / "book").unlink()
        return self._write_tally(numbers)

    def _read_log(self) -> None:
        if not self.delivery.is_genuine():
            self.alarms.add("signature")
        self.head = read_log(self.delivery, self.book, self.alarms)

    def _open_records(self) -> None:
        manifest = self.delivery.manifest
        opener = Opener(
            manifest.petition,
            self.keys.private,
            self.keys.ids,
            frozenset(manifest.keys) - self.keys.ids,
            frozenset(official.id for official in self.officials),
            self.filters,
        )
        listed: Counter[bytes] = Counter()
        rows = 0
        with Progress("Opening", self.delivery.parts["records.bin"].size) as progress:
            for span, opened in open_all(self.delivery, opener, self._read_log):
                self.book.add_opened(opened)
                listed.update(opened.listed_keys)
                for kind, number in opened.alarms:
                    self.alarms.add_record(kind, number)
                rows += len(opened.records)
                progress.advance(span.end - span.start)
        if rows and self.alarms.count("locked") == rows:
            raise NoKeyFits(self.delivery)
        for key, number in listed.items():
            self.notices.append(
                f"The key “{harmless(manifest.keys[key])}” ({key.hex()}) can open {number:,} of these records too. The "
                "site says that it is yours; if you give its public file with --key as well, this is checked."
            )

    def _write_lists(self, numbers: Tally) -> None:
        manifest = self.delivery.manifest
        stems = letters.file_stems(manifest.officials)
        todo: list[jobs.Job] = [(_write_sheets, (self.folder, self._sheets(numbers), self._totals(numbers)))]
        for official in self.officials:
            volumes = letters.volumes_of(self.book, official.id)
            letter = letters.compose(manifest, official, stems[official.id], numbers, self.filters, volumes)
            for volume in volumes:
                file = self.folder / letter.file_name(volume)
                todo.append((letters.write_volume, (self.folder / "book", letter, volume, file)))
        self._note_missing_letters()
        lines = sum(seen.named + seen.commented for seen in numbers.officials.values())
        with Progress("Writing", len(todo)) as progress:
            (jobs.do_here if lines <= FEW else jobs.do_beside)(todo, progress.advance)

    def _sheets(self, numbers: Tally) -> list[sheets.Sheet]:
        return [
            sheets.Sheet(
                official.id,
                official.name,
                words(letters.language_of(official)),
                numbers.officials[official.id].named,
                numbers.officials[official.id].commented,
                numbers.officials[official.id].withheld,
            )
            for official in self.officials
        ]

    def _totals(self, numbers: Tally) -> list[tuple[str, int]]:
        return [(name.replace("_", " ").capitalize(), number) for name, number in numbers.numbers().items()]

    def _note_missing_letters(self) -> None:
        missing = sum(not fonts.cover(text) for text in self.book.lines_beyond_ascii())
        if missing:
            self.notices.append(
                f"Names or comments with letters for which this program brings no font along: {missing:,}. Look at "
                f"them in the letters; in {sheets.FILE_NAME} they are complete."
            )

    def _write_tally(self, numbers: Tally) -> Outcome:
        files = sorted([file.name for file in self.folder.iterdir()] + ["tally.csv", "tally.json"])
        outcome = Outcome(self.delivery, self.head, self.filters, numbers, self.alarms.listed(), self.notices, files)
        numbers.write_csv(self.folder / "tally.csv")
        text = json.dumps(outcome.as_json(), ensure_ascii=False, indent=1)
        (self.folder / "tally.json").write_text(text + "\n", encoding="utf-8")
        return outcome


def _write_sheets(folder: Path, wanted: list[sheets.Sheet], totals: list[tuple[str, int]]) -> None:
    book = Book(folder / "book")
    try:
        sheets.write_sheets(book, wanted, totals, folder / sheets.FILE_NAME)
    finally:
        book.close()
