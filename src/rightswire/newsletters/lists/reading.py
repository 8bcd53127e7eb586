"""Lists of people as other programs write them: CSV of unknown making, read row by row in flat memory. No Django.

Any encoding, also several in one file; any of four delimiters; rows too short or too long; quotes that nobody closed.
Nothing in a file stops the reading: what cannot be used is a row with a problem, at its line.
"""

import csv
import io
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rightswire.newsletters.lists.columns import (
    Columns,
    Standing,
    cell_at,
    columns_of,
    written_address,
)
from rightswire.seal.address import AddressError, read_address

DELIMITERS = ",;\t|"
NO_DELIMITER = "\x1e"  # a sign that no list has: the line is one cell
LONGEST = 1 << 20  # characters of one row
MOST_LINES = 100  # of one quoted cell; after that it was a quotation mark that nobody closed
FIRST_LINES = 20  # among which the heading or the first address must be
HEAD = 1 << 16
_END = "\x1f"
_ARABIC = re.compile(rb"[\xc0-\xff]{3}")  # three letters in a row: in Latin scripts hardly ever all with accents
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)  # a first line that is for Excel

Line = tuple[int, str | None]  # its number, from 1, and its text; None: it is too long
Record = tuple[int, list[str] | None]


class NotAList(Exception):
    """The file cannot be read as a list of people; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person. `written` is what may be the address; `standing` what the row itself says, None for nothing.

    `problem`: empty, `too_long`, or `too_many_cells` where a stray delimiter may have moved the cells.
    """

    line: int
    written: str = ""
    standing: Standing | None = None
    language: str = ""
    country: str = ""
    zone: str = ""
    consented: str = ""
    problem: str = ""


class ListFile:
    """A list in a file that can be read from its beginning, again and again. Raises NotAList."""

    def __init__(self, stream: BinaryIO, consented_column: str = "") -> None:
        self._stream = stream
        stream.seek(0)
        self._encoding = _encoding(stream.read(HEAD))
        first = list(itertools.islice(self._lines(), FIRST_LINES))
        if all(text is not None and not text.strip() for _number, text in first):
            raise NotAList("The file is empty.")
        found = [shape for delimiter in DELIMITERS if (shape := _shape(first, delimiter, consented_column))]
        if not found:
            raise NotAList(
                "No column of e-mail addresses was found. The first line should name the columns, one of them “email”."
            )
        self._delimiter, self._start, self.columns = max(found, key=_plausibility)
        if consented_column and not self.columns.consented:
            raise NotAList(f"There is no column “{consented_column}” in the file's first line.")

    def rows(self) -> Iterator[Row]:
        records = _records(self._lines(), self._delimiter, self.columns.width)
        for line, cells in records:
            if line < self._start:
                continue
            if cells is None:
                yield Row(line, problem="too_long")
            elif any(cells):
                yield self._row(line, cells)

    def position(self) -> int:
        """How many bytes have been read."""
        return self._stream.tell()

    def _row(self, line: int, cells: list[str]) -> Row:
        columns = self.columns
        cells = [_text(cell) for cell in cells]
        return Row(
            line=line,
            written=written_address(cell_at(cells, columns.address)),
            standing=columns.standing(cells),
            language=cell_at(cells, columns.language),
            country=cell_at(cells, columns.country),
            zone=cell_at(cells, columns.zone),
            consented=next((cell for at in columns.consented if (cell := cell_at(cells, at))), ""),
            problem="too_many_cells" if columns.has_heading and any(cells[columns.width :]) else "",
        )

    def _lines(self) -> Iterator[Line]:
        self._stream.seek(0)
        errors = "surrogateescape" if self._encoding == "utf-8-sig" else "replace"
        text = io.TextIOWrapper(self._stream, self._encoding, errors, newline="")
        try:
            number = 0
            while line := text.readline(LONGEST):
                number += 1
                if len(line) < LONGEST or _is_whole(line):
                    yield number, line.rstrip("\r\n").replace("\0", "")
                else:
                    while (line := text.readline(LONGEST)) and not _is_whole(line):
                        pass
                    yield number, None
        finally:
            text.detach()  # or it would close the file


def _is_whole(line: str) -> bool:
    return line.endswith(("\n", "\r"))


def _encoding(head: bytes) -> str:
    """UTF-16 by its mark or its many zeros; otherwise UTF-8, whose bad bytes are looked at cell by cell."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    zeros = head.count(0)
    if zeros > len(head) * 0.3 and (head[:1] == b"\0") != (head[1:2] == b"\0"):
        at_even = head[::2].count(0)
        if at_even < zeros * 0.1:
            return "utf-16-le"
        if at_even > zeros * 0.9:
            return "utf-16-be"
    return "utf-8-sig"


def _text(cell: str) -> str:
    """The cell, from Windows' Latin or Arabic code page where its bytes are not UTF-8."""
    if cell.isascii():
        return cell
    try:
        cell.encode()
    except UnicodeEncodeError:
        raw = cell.encode("utf-8", "surrogateescape")
        return raw.decode("cp1256" if _ARABIC.search(raw) else "cp1252", "replace")
    return cell


# Rows


def _records(lines: Iterator[Line], delimiter: str, width: int) -> Iterator[Record]:
    """The cells of each row, with the number of its first line; an empty line has none."""
    ahead: deque[Line] = deque()

    def take() -> Line | None:
        return ahead.popleft() if ahead else next(lines, None)

    while (line := take()) is not None:
        number, text = line
        if text is None:
            yield number, None
        elif not text.strip():
            yield number, []
        else:
            cells = _split(text, delimiter)
            if cells and cells[-1] != _END:
                joined, read = _joined(text, delimiter, take)
                if joined is None:
                    ahead.extendleft(reversed(read))
                cells = joined or _alone(cells, text, delimiter, width)
            yield number, cells[:-1] if cells else None


def _split(text: str, delimiter: str, *, strict: bool = False) -> list[str] | None:
    """The cells and, last, a mark that is not there alone where a quotation mark is still open.

    None where a cell is too long. `strict`: raises csv.Error for that, and where quotation marks are not in order.
    """
    try:
        return next(csv.reader([text + delimiter + _END], delimiter=delimiter, skipinitialspace=True, strict=strict))
    except csv.Error:
        if strict:
            raise
        return None


def _joined(text: str, delimiter: str, take: Callable[[], Line | None]) -> tuple[list[str] | None, list[Line]]:
    """The cells of a row that goes on in the lines that follow, None if no line ends it; and the lines read."""
    parts, length = [text], len(text)
    read: list[Line] = []
    while len(read) < MOST_LINES and length < LONGEST and (line := take()) is not None:
        read.append(line)
        if line[1] is None:
            break
        parts.append(line[1])
        length += len(line[1])
        if '"' not in line[1]:
            continue
        try:
            return _split("\n".join(parts), delimiter, strict=True), read
        except csv.Error as error:
            if "unexpected end" not in str(error):
                break
    return None, read


def _alone(cells: list[str], text: str, delimiter: str, width: int) -> list[str]:
    """The cells of one line with a quotation mark that nobody closed: it ends with the line, or means nothing."""
    whole = [*cells[:-1], cells[-1].removesuffix(delimiter + _END)]
    return [*(whole if len(whole) >= width else _literally(text, delimiter)), _END]


def _literally(text: str, delimiter: str) -> list[str]:
    """The cells where quotation marks mean nothing."""
    return [cell.strip().strip('"') for cell in text.split(delimiter)]


# What kind of file it is

_Shape = tuple[str, int, Columns]  # delimiter, the first line that is a row, columns


def _shape(lines: list[Line], delimiter: str, consented_column: str) -> _Shape | None:
    """How the file reads with this delimiter; None: it shows no addresses."""
    is_first = True
    for number, cells in _records(iter(lines), delimiter, 1):
        if not cells:
            continue
        if is_first and (said := _SEPARATOR_LINE.fullmatch(delimiter.join(cells))):
            if said[1] != delimiter:
                return None
            continue
        texts = [_text(cell) for cell in cells]
        if columns := columns_of(texts, consented_column):
            return delimiter, number + 1, columns
        if (at := _address_in(texts)) is not None:
            if any("<" in text for text in texts):  # Mailman's “Name <address>”: a comma there is one of the name
                return NO_DELIMITER, number, Columns(1, 0)
            return delimiter, number, Columns(len(texts), at)
        if len(texts) > 1:  # a heading that names no addresses; its other columns could say who has left
            return None
        is_first = False
    return None


def _address_in(cells: list[str]) -> int | None:
    for at, cell in enumerate(cells):
        try:
            read_address(written_address(cell))
        except AddressError:
            continue
        return at
    return None


def _plausibility(shape: _Shape) -> tuple[bool, int, int]:
    _delimiter, _start, columns = shape
    return columns.has_heading, columns.number_known, columns.width
