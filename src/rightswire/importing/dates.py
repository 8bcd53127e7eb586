"""Date lines: a line of text that is a date and nothing else, in English, French or Arabic."""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from babel import Locale

# Levantine, Moroccan, Algerian and Mauritanian Arabic each have month names of their own.
_LOCALES = ("en", "fr", "ar", "ar_LB", "ar_IQ", "ar_MA", "ar_DZ", "ar_TN", "ar_MR")
_EXTRA_MONTHS = {"sept": 9, "جويلية": 7, "ماي": 5}
# Direction marks and isolates, zero-width spaces, the soft hyphen and the byte order mark.
_INVISIBLE = r"\u00ad\u061c\u200b\u200e\u200f\ufeff\u202a-\u202e\u2066-\u2069"
_VISIBLE = re.compile(rf"[^\s{_INVISIBLE}]")
# Accents, Arabic vowel signs and hamza above or below, and the stroke that lengthens an Arabic word.
_MARKS = re.compile(
    rf"[{_INVISIBLE}\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+"
)
_LONGEST_DATE_LINE = 80
_YEARS = range(1900, 2101)

_YEAR = r"(?P<year>\d{4})"
_DAY = r"(?P<day>\d{1,2})"
_MONTH = r"(?P<month>[^\W\d_][^\d,،]*?)"
_WEEKDAY = r"(?:(?P<weekday>[^\W\d_]+)\s*[,،.]?\s+)?"
_TIME = r"(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?"
_PATTERNS = (
    ("month first", re.compile(rf"{_WEEKDAY}{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\s*[,،]?\s+{_YEAR}")),
    (
        "day first",
        re.compile(rf"(?:le\s+)?{_WEEKDAY}{_DAY}(?:st|nd|rd|th|er)?\s+(?:of\s+)?{_MONTH}\s*[,،]?\s+{_YEAR}\s?م?"),
    ),
    ("ISO 8601", re.compile(rf"{_YEAR}([-‐–/])(?P<month>\d{{2}})\2{_DAY}{_TIME}")),
)


class ImpossibleDateError(ValueError):
    """The line has the form of a date, but there is no such day (30 February) or no such year of news."""


@dataclass(frozen=True, slots=True)
class DateLine:
    date: datetime.date
    form: str  # which of the ways to write a date, to tell a listing's own date lines from others


def is_blank(line: str) -> bool:
    """Whether nobody sees anything in the line: only spaces, direction marks and the like."""
    return _VISIBLE.search(line) is None


def fold(text: str) -> str:
    """The text in the form in which words are compared: no accents, vowel signs, hamza or invisible marks."""
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFKD", text))


@cache
def _months() -> dict[str, int]:
    months = {fold(name): number for name, number in _EXTRA_MONTHS.items()}
    for identifier in _LOCALES:
        by_context = Locale.parse(identifier).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in by_context[context][width].items():
                    months.setdefault(fold(name).casefold().rstrip("."), number)
    return months


@cache
def _weekdays() -> frozenset[str]:
    return frozenset(
        fold(name).casefold().rstrip(".")
        for identifier in ("en", "fr", "ar")
        for width in ("wide", "abbreviated")
        for name in Locale.parse(identifier).days["format"][width].values()
    )


def _month_number(words: str) -> int | None:
    """The number of a month that may be written twice, as is usual in Arabic: "نوفمبر/تشرين الثاني"."""
    if words.isdecimal():
        return int(words)
    numbers = {_months().get(name.strip().rstrip(".")) for name in words.split("/")}
    return numbers.pop() if len(numbers) == 1 else None


def read_date_line(line: str) -> DateLine | None:
    """The date that a line consists of, or None where it is no date line.

    Understands "November 29, 2018", "29 November 2018", "1er décembre 2018", "٢٩ تشرين الثاني ٢٠١٨" and
    "2018-11-29" (ISO 8601), each with or without its weekday.
    Raises ImpossibleDateError for "February 30, 2018".
    """
    # The length is looked at first: almost every line of a listing is a long paragraph.
    if len(line) > 2 * _LONGEST_DATE_LINE:
        return None
    text = " ".join(fold(line).casefold().split())
    if not text or len(text) > _LONGEST_DATE_LINE or not any(map(str.isdecimal, text)):
        return None
    for form, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        month = _month_number(match["month"])
        weekday = match.groupdict().get("weekday")
        if month is None or (weekday and weekday not in _weekdays()):
            continue
        year = int(match["year"])
        if year not in _YEARS:
            raise ImpossibleDateError(text)
        try:
            return DateLine(datetime.date(year, month, int(match["day"])), form)
        except ValueError as error:
            raise ImpossibleDateError(text) from error
    return None
