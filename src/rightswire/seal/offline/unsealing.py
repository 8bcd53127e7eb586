"""Opening the records, in as many processes as the machine has cores where there are many."""

import datetime
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from rightswire.seal.box import Damaged, NotForThisKey, PrivateKey, commitment, key_ids, open_sealed
from rightswire.seal.offline import processes
from rightswire.seal.offline.delivery import Delivery, Row, Span, read_rows
from rightswire.seal.offline.harmless import harmless, sort_key
from rightswire.seal.offline.manifest import DeliveryError
from rightswire.seal.record import NotARecord, Record

ALONE = 400_000  # bytes of records, about a thousand; up to so many one process is faster
AHEAD = 12  # spans that wait for each process: enough to go on while the log is read
CONFIRMED, UNCONFIRMED = 0, 1
NO_COUNTRY = "ZZ"
_COUNTRY = re.compile("[A-Z]{2}")
_LANGUAGE = re.compile("[a-z]{2,3}(-[a-z]{2,4})?")


class AProcessEnded(DeliveryError):
    def __init__(self) -> None:
        super().__init__(
            "A part of this program was ended from outside, perhaps because memory ran out. Close other programs and "
            "try again. Nothing was written."
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """Which signatures are wanted."""

    country: str | None = None
    since_day: datetime.date | None = None
    language: str | None = None

    def want(self, country: str, language: str, day: int) -> bool:
        """`day` is an ordinal."""
        return (
            (self.country is None or country == self.country)
            and (self.language is None or language == self.language)
            and (self.since_day is None or day >= self.since_day.toordinal())
        )


class Opened(NamedTuple):
    """A run of rows after opening, as plain tuples, which go quickly from one process to another.

    `records`: number, commitment, address key, state, day, country, language, is good, is wanted; what is not good is
    neither counted nor listed. `shown`: number, country, official, name or None, comment or None, key for sorting.
    `alarms`: kind and number. `listed_keys`: ids of keys of which only the site says that they are the organisation's,
    one for each record that such a key can open.
    """

    records: list[tuple[int, bytes, bytes, int, int, str, str, bool, bool]]
    shown: list[tuple[int, str, int, str | None, str | None, str]]
    alarms: list[tuple[str, int]]
    listed_keys: list[bytes]


@dataclass(frozen=True, slots=True)
class Opener:
    """What is needed to open the rows of one delivery.

    `listed` are the ids of keys that only the site calls the organisation's; `officials` those of whom lists are made.
    """

    petition: bytes
    keys: tuple[PrivateKey, ...]
    own: frozenset[bytes]
    listed: frozenset[bytes]
    officials: frozenset[int]
    filters: Filters

    def open(self, rows: list[Row]) -> Opened:
        """One kind of work after another: record by record the processor's caches stay cold, and it takes longer."""
        insides = [self._inside(row.sealed) for row in rows]
        records = [_record(row, inside) for row, inside in zip(rows, insides, strict=True)]
        commitments = [commitment(row.sealed, self.petition) for row in rows]
        opened = Opened([], [], [], [])
        for row in rows:
            self._note_keys(row, opened)
        for row, record, committed in zip(rows, records, commitments, strict=True):
            self._enter(row, record, committed, opened)
        return opened

    def _inside(self, sealed: bytes) -> bytes | str:
        """What the record holds, or the kind of alarm."""
        kind = "locked"
        for key in self.keys:
            try:
                return open_sealed(sealed, self.petition, key)
            except NotForThisKey:
                continue
            except Damaged:
                kind = "damaged"  # what is there for another key may be whole
        return kind

    def _note_keys(self, row: Row, opened: Opened) -> None:
        """Notes by which keys, other than those that the person gave, the record can be opened."""
        try:
            strange = [key_id for key_id in key_ids(row.sealed) if key_id not in self.own]
        except Damaged:
            return
        listed = [key_id for key_id in strange if key_id in self.listed]
        opened.listed_keys.extend(listed)
        if len(listed) < len(strange):
            opened.alarms.append(("unknown_key", row.number))

    def _enter(self, row: Row, record: Record | str, committed: bytes, opened: Opened) -> None:
        country, language, is_good, is_wanted = NO_COUNTRY, "", False, False
        if isinstance(record, str):
            opened.alarms.append((record, row.number))
        else:
            is_good = True
            country = record.country if _COUNTRY.fullmatch(record.country) else NO_COUNTRY
            language = record.language if _LANGUAGE.fullmatch(record.language) else ""
            is_wanted = self.filters.want(country, language, row.day)
            if is_wanted and (record.show_name_to or record.show_comment_to):
                self._show(row.number, record, country, opened)
            if record.country != row.country or record.language != row.language:
                opened.alarms.append(("altered", row.number))
        opened.records.append(
            (row.number, committed, row.address_key, row.state, row.day, country, language, is_good, is_wanted)
        )

    def _show(self, number: int, record: Record, country: str, opened: Opened) -> None:
        """Adds what the signer lets each official see, and nothing else."""
        name = harmless(record.name) or "—" if record.show_name_to else ""
        comment = harmless(record.comment) if record.show_comment_to else ""
        for official in self.officials.intersection(record.show_name_to + record.show_comment_to):
            shows_name = official in record.show_name_to
            shows_comment = official in record.show_comment_to and bool(comment)
            if shows_name or shows_comment:
                opened.shown.append(
                    (
                        number,
                        country,
                        official,
                        name if shows_name else None,
                        comment if shows_comment else None,
                        sort_key(name) if shows_name else "",
                    )
                )


def _record(row: Row, inside: bytes | str) -> Record | str:
    """The signer's record, or the kind of alarm that says why it cannot be used."""
    if isinstance(inside, str):
        return inside
    try:
        record = Record.unpack(inside)
    except (NotARecord, OverflowError, RecursionError):  # the last two where it was made to stop us
        return "damaged"
    if record.is_test:
        return "test_record"
    if record.address_key != row.address_key:
        return "moved"
    return record if row.state in (CONFIRMED, UNCONFIRMED) else "damaged"


def open_all(delivery: Delivery, opener: Opener, meanwhile: Callable[[], None]) -> Iterator[tuple[Span, Opened]]:
    """All spans, opened, in their order; `meanwhile` is called once, while others work.

    Memory does not grow with their number. Raises AProcessEnded.
    """
    if delivery.parts["records.bin"].size <= ALONE:
        meanwhile()
        with delivery.file.open("rb") as stream:
            for span in delivery.spans():
                yield span, opener.open(list(read_rows(stream, span)))
        return
    pool = ProcessPoolExecutor(
        processes.COUNT,
        processes.beside(),
        _start,
        (str(delivery.file), _Portable.of(opener)),
    )
    waiting: deque[tuple[Span, Future[Opened]]] = deque()
    spans = delivery.spans()
    try:
        for span in itertools.islice(spans, AHEAD * processes.COUNT):
            waiting.append((span, pool.submit(_open, span)))
        meanwhile()
        while waiting:
            first, opened = waiting.popleft()
            yield first, opened.result()
            if following := next(spans, None):
                waiting.append((following, pool.submit(_open, following)))
    except BrokenProcessPool:
        raise AProcessEnded from None
    finally:
        pool.shutdown(cancel_futures=True)


class _Portable(NamedTuple):
    """An opener on its way to another process, through a pipe and never through a file."""

    opener: Opener
    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, opener: Opener) -> "_Portable":
        bare = Opener(opener.petition, (), opener.own, opener.listed, opener.officials, opener.filters)
        return cls(bare, tuple(key._key.private_bytes_raw() for key in opener.keys))

    def unpacked(self) -> Opener:
        keys = tuple(PrivateKey(X25519PrivateKey.from_private_bytes(raw)) for raw in self.keys)
        bare = self.opener
        return Opener(bare.petition, keys, bare.own, bare.listed, bare.officials, bare.filters)


_opener: Opener
_stream: BinaryIO


def _start(file: str, portable: _Portable) -> None:
    global _opener, _stream
    processes.begin()
    _opener = portable.unpacked()
    _stream = Path(file).open("rb")  # noqa: SIM115 - stays open as long as the process lives


def _open(span: Span) -> Opened:
    return _opener.open(list(read_rows(_stream, span)))
