"""Dates for a reader's own calendar: an iCalendar file (RFC 5545)."""

import datetime
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.encoding import iri_to_uri

LONGEST_LINE = 75  # bytes, without the line break


@dataclass(frozen=True, slots=True)
class Event:
    """What is entered under a date: from a moment to another one, or whole days, the last one included.

    Moments have a time zone. `end` None: a moment without an end, or a single day. `uid` stays the same for the same
    event in every language and for ever.
    """

    uid: str
    start: datetime.date
    end: datetime.date | None
    changed: datetime.datetime
    title: str
    text: str
    place: str
    url: str


def calendar_file(events: Sequence[Event], language: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rightswire//Day of action//EN"]
    for event in events:
        lines += _lines(event, language)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line)).encode()


def _lines(event: Event, language: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(event.changed)}"
    if isinstance(event.start, datetime.datetime):
        yield f"DTSTART:{_moment(event.start)}"
        if isinstance(event.end, datetime.datetime):
            yield f"DTEND:{_moment(event.end)}"
    else:
        after = (event.end or event.start) + datetime.timedelta(days=1)
        yield f"DTSTART;VALUE=DATE:{event.start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{after:%Y%m%d}"
        yield "TRANSP:TRANSPARENT"  # a whole day is no appointment
    for name, words in (("SUMMARY", event.title), ("DESCRIPTION", event.text), ("LOCATION", event.place)):
        if words:
            yield f"{name};LANGUAGE={language}:{_text(words)}"
    yield f"URL:{iri_to_uri(event.url)}"
    yield "END:VEVENT"


def _moment(moment: datetime.datetime) -> str:
    """In universal time, so that no file has to carry the history of a time zone."""
    return f"{moment.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A text with what has a meaning in the format set apart, and without signs that it does not know."""
    words = "\n".join(words.splitlines())
    words = "".join(sign for sign in words if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
    for sign in "\\;,":
        words = words.replace(sign, f"\\{sign}")
    return words.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line in parts that are short enough, never cut inside a letter; each but the first begins with a space."""
    part, length = "", 0
    for sign in line:
        size = len(sign.encode())
        if length + size > LONGEST_LINE:
            yield part
            part, length = " ", 1
        part += sign
        length += size
    yield part
