"""`signers.xlsx`: for each official a sheet of what the signers let that official see, and a sheet of totals."""

import errno
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from rightswire.seal.offline.book import Book, Line
from rightswire.seal.offline.harmless import cell, harmless
from rightswire.seal.offline.unsealing import CONFIRMED, UNCONFIRMED
from rightswire.seal.offline.words import Words

FILE_NAME = "signers.xlsx"
MOST_ROWS = 1_048_575  # of a sheet, under its heading
LONGEST_SHEET_NAME = 31
COLUMNS = (("Name", 36), ("Country", 24), ("Comment", 90))
WARNING = "Each sheet is for the official named on it and for nobody else: to hand one over, open the delivery with "


@dataclass(frozen=True, slots=True)
class Sheet:
    """The list of one official. The numbers are of people: who shows a name, who a comment, who shows no name."""

    official: int
    name: str
    words: Words
    named: int
    commented: int
    withheld: int


def write_sheets(book: Book, sheets: list[Sheet], totals: list[tuple[str, int]], file: Path) -> None:
    """Raises OSError where the disk is full."""
    options = {
        "constant_memory": True,
        "tmpdir": str(file.parent),
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    try:
        _write(xlsxwriter.Workbook(str(file), options), book, sheets, totals)
    except FileCreateError:  # XlsxWriter's own, for whatever the disk said
        raise OSError(errno.EIO, "the disk is full or does not answer", file.name) from None


def _write(workbook: xlsxwriter.Workbook, book: Book, sheets: list[Sheet], totals: list[tuple[str, int]]) -> None:
    with workbook:
        text = workbook.add_format({"num_format": "@"})  # so that editing a cell makes no formula of it
        heading = workbook.add_format({"num_format": "@", "bold": True, "bottom": 1})
        taken = {"totals"}
        _write_totals(workbook.add_worksheet("Totals"), sheets, totals, heading)
        for sheet in sheets:
            for state, suffix in ((CONFIRMED, ""), (UNCONFIRMED, " (not confirmed)")):
                for lines in _stretches(book.lines(sheet.official, state), is_needed=state == CONFIRMED):
                    worksheet = workbook.add_worksheet(_free_name(sheet.name, suffix, taken))
                    _write_list(worksheet, lines, sheet.words, text, heading)


def _stretches(lines: Iterator[Line], *, is_needed: bool) -> Iterator[Iterator[Line]]:
    """As many lines as one sheet of Excel's takes, again and again; once nothing where a sheet is needed anyway."""
    first = next(lines, None)
    if first is None and is_needed:
        yield iter(())
    while first is not None:
        yield itertools.chain([first], itertools.islice(lines, MOST_ROWS - 1))
        first = next(lines, None)


def _write_totals(worksheet: Worksheet, sheets: list[Sheet], totals: list[tuple[str, int]], heading: Format) -> None:
    worksheet.set_column(0, 0, 48)
    worksheet.set_column(1, 3, 16)
    row = 0
    if len(sheets) > 1:
        worksheet.write_string(row, 0, f"{WARNING}--target.", heading)
        row += 2
    for words, number in totals:
        worksheet.write_string(row, 0, words)
        worksheet.write_number(row, 1, number)
        row += 1
    row += 1
    for column, words in enumerate(("Addressed to", "Names shown", "Names withheld", "Comments shown")):
        worksheet.write_string(row, column, words, heading)
    for sheet in sheets:
        row += 1
        worksheet.write_string(row, 0, cell(harmless(sheet.name)))
        for column, number in enumerate((sheet.named, sheet.withheld, sheet.commented), start=1):
            worksheet.write_number(row, column, number)


def _write_list(worksheet: Worksheet, lines: Iterator[Line], words: Words, text: Format, heading: Format) -> None:
    if words.direction == "rtl":
        worksheet.right_to_left()
    worksheet.freeze_panes(1, 0)
    for column, (name, width) in enumerate(COLUMNS):
        worksheet.set_column(column, column, width, text)
        worksheet.write_string(0, column, name, heading)
    for row, line in enumerate(lines, start=1):
        if line.name is None:  # then the country could tell who it is
            worksheet.write_string(row, 0, words.text["name_withheld"])
        else:
            worksheet.write_string(row, 0, cell(line.name))
            worksheet.write_string(row, 1, words.country(line.country))
        if line.comment is not None:
            worksheet.write_string(row, 2, cell(line.comment))


def _free_name(name: str, suffix: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet, not yet taken."""
    bare = re.sub(r"[\[\]:*?/\\']", " ", cell(harmless(name))).strip() or "Official"
    for number in itertools.count(1):
        end = suffix if number == 1 else f"{suffix} {number}"
        wanted = bare[: LONGEST_SHEET_NAME - len(end)].strip() + end
        if wanted.casefold() not in taken:
            taken.add(wanted.casefold())
            return wanted
    raise AssertionError
