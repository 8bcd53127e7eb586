"""Reading a listing: the text of a news page, with items that each begin with a date on its own line.

A page's text has no marks that tell an item from its surroundings. What decides is that the items stand in
order, newest first: a date line that breaks the order is part of an item.
"""

import datetime
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rightswire.importing.dates import ImpossibleDateError, is_blank, read_date_line
from rightswire.importing.headline import headline_for, is_kicker
from rightswire.importing.sources.furniture import is_known_furniture, may_be_furniture
from rightswire.importing.sources.order import items_in_order
from rightswire.importing.sources.text import SourceError, read_text
from rightswire.importing.suggest import suggest

_SHOWN_OF_A_LINE = 60
_MOST_WARNINGS_OF_A_KIND = 10


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One dated item of a source, as it stands there, with what is suggested for it."""

    identity: str  # 32 hexadecimal digits; the same item of the same source has the same ones every time
    date: datetime.date
    position: int  # 0 = first in the source
    line: int  # where its date line stands, from 1
    headline: str
    headline_is_found: bool  # the source had none, so an editor should look at this one
    kicker: str | None
    paragraphs: tuple[str, ...]  # the kicker first, where there is one
    kind: str  # one of suggest.KINDS; "release" when unsure
    countries: tuple[str, ...]  # ISO 3166-1 alpha-2, the most certain first
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[SourceItem, ...]
    furniture: tuple[str, ...]  # the page's own lines, before and after the items
    warnings: tuple[str, ...]  # sentences for the person who imports


@dataclass(frozen=True, slots=True)
class _Line:
    number: int  # from 1
    text: str  # without indentation
    indent: int
    blanks_before: int  # how many blank lines stand directly above


@dataclass(frozen=True, slots=True)
class _Heading:
    """A date line that may head an item."""

    at: int  # its index among the lines that are not blank
    date: datetime.date
    look: tuple[str, int, bool]  # the date's form, its indentation, whether a blank line stands above


@dataclass(frozen=True, slots=True)
class _Block:
    """A date line and the lines down to the next item's."""

    date: datetime.date
    heading: _Line
    body: Sequence[_Line]


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    blanks = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        # Only plain spaces and tabs are layout; a no-break space belongs to the paragraph.
        stripped = raw.strip(" \t")
        if is_blank(stripped):
            blanks += 1
            continue
        lines.append(_Line(number, stripped, len(raw) - len(raw.lstrip(" \t")), blanks))
        blanks = 0
    return lines


def _shown(line: _Line) -> str:
    cut = line.text[:_SHOWN_OF_A_LINE]
    return f"Line {line.number}, “{cut}”"


def _first_few(warnings: list[str]) -> list[str]:
    more = len(warnings) - _MOST_WARNINGS_OF_A_KIND
    if more <= 0:
        return warnings
    return [*warnings[:_MOST_WARNINGS_OF_A_KIND], f"{more} more lines are like the one above."]


def _find_headings(lines: Sequence[_Line], warnings: list[str]) -> list[_Heading]:
    headings = []
    impossible = []
    for at, line in enumerate(lines):
        try:
            found = read_date_line(line.text)
        except ImpossibleDateError:
            impossible.append(
                f"{_shown(line)}: there is no such day, so the line was kept as text. "
                "If an item begins there, correct the date and import again."
            )
            continue
        if found is not None:
            headings.append(_Heading(at, found.date, (found.form, line.indent, at == 0 or line.blanks_before > 0)))
    warnings += _first_few(impossible)
    return headings


def _blocks(lines: Sequence[_Line], headings: Sequence[_Heading], warnings: list[str]) -> list[_Block]:
    """The items' lines: from each date line that stands in the listing's order to the next such line."""
    usual_look = Counter(heading.look for heading in headings).most_common(1)[0][0]
    dates = [heading.date for heading in headings]
    chosen, is_oldest_first = items_in_order(dates, [heading.look == usual_look for heading in headings])
    if is_oldest_first:
        warnings.append("The listing goes from the oldest item to the newest; it was read in that order.")
    warnings += _first_few(
        [
            f"{_shown(lines[heading.at])}: this date is out of the listing's order, "
            "so it was kept as text of the item above it."
            for index, heading in enumerate(headings)
            if index not in chosen
        ]
    )
    starts = [headings[index] for index in sorted(chosen)]
    ends = [heading.at for heading in starts[1:]] + [len(lines)]
    return [
        _Block(start.date, lines[start.at], lines[start.at + 1 : end]) for start, end in zip(starts, ends, strict=True)
    ]


def _length_without_furniture(block: _Block) -> int:
    """How many lines of the last item are its own; the rest is the foot of the page."""
    body = block.body
    end = next((index for index, line in enumerate(body) if is_known_furniture(line.text)), len(body))
    foot = end
    while foot > 1 and may_be_furniture(body[foot - 1].text):
        foot -= 1
    for index in range(foot, end):
        if index and (body[index].blanks_before >= 2 or body[index].indent < block.heading.indent):
            return index
    return end


def _warn_of_wrapped_lines(blocks: Sequence[_Block], warnings: list[str]) -> None:
    """Three lines without a blank one between them look like one paragraph that was cut into lines."""
    if not any(line.blanks_before for block in blocks for line in block.body[1:]):
        return
    for block in blocks:
        for first, second, third in zip(block.body, block.body[1:], block.body[2:], strict=False):
            if first.blanks_before and not second.blanks_before and not third.blanks_before:
                warnings.append(
                    f"Line {first.number} and those below it have no blank line between them. Every line was "
                    "read as a paragraph; if they are one paragraph, put it on one line and import again."
                )
                return


def _identity(date: datetime.date, paragraphs: Sequence[str], seen: Counter[str]) -> str:
    basis = "\n".join([date.isoformat(), *paragraphs[:2]])
    seen[basis] += 1
    if seen[basis] > 1:
        basis += f"\n{seen[basis]}"
    return hashlib.sha256(basis.encode("utf-8")).hexdigest()[:32]


def _items(blocks: Sequence[_Block], language: str) -> list[SourceItem]:
    dates_stand_apart = 2 * sum(block.body[0].blanks_before > 0 for block in blocks) > len(blocks)
    seen: Counter[str] = Counter()
    items = []
    for position, block in enumerate(blocks):
        paragraphs = tuple(line.text for line in block.body)
        joins_the_date = dates_stand_apart and block.body[0].blanks_before == 0
        followed_by_blank = len(block.body) > 1 and block.body[1].blanks_before > 0
        has_kicker = len(paragraphs) > 1 and is_kicker(
            paragraphs[0], may_end_in_full_stop=joins_the_date and followed_by_blank
        )
        kicker = paragraphs[0] if has_kicker else None
        suggestion = suggest(paragraphs, kicker, language)
        items.append(
            SourceItem(
                identity=_identity(block.date, paragraphs, seen),
                date=block.date,
                position=position,
                line=block.heading.number,
                headline=headline_for(paragraphs, kicker),
                headline_is_found=True,
                kicker=kicker,
                paragraphs=paragraphs,
                kind=suggestion.kind,
                countries=suggestion.countries,
                people=suggestion.people,
            )
        )
    return items


def _no_item(path: Path, lines: Sequence[_Line], warnings: Sequence[str]) -> SourceError:
    tags = sum(line.text.startswith(("<div", "<p", "<span", "<article", "<h2", "<a ")) for line in lines)
    if tags > len(lines) // 10:
        return SourceError(
            f"“{path.name}” is HTML, the code of a page. The text of the page is wanted: open the page in a "
            "browser, select everything, copy it into a plain text file and import that."
        )
    return SourceError(
        f"No item was found in “{path.name}”: none of its {lines[-1].number} lines is a date with text "
        "below it. An item begins with its date on a line of its own, such as “November 29, 2018”, "
        "“29 novembre 2018”, "
        "“29 نوفمبر 2018” or “2018-11-29”. " + " ".join(warnings[:3])
    )


def read_listing(path: Path, language: str = "en") -> Listing:
    """The items of a listing, the page's furniture around them, and what the reader should know.

    `language` (BCP 47) is that of the text; countries and people are suggested in English, French and Arabic.
    Raises SourceError where the file cannot be read as a listing.
    """
    lines = _lines(read_text(path))
    warnings: list[str] = []
    headings = _find_headings(lines, warnings)
    if not headings:
        raise _no_item(path, lines, warnings)
    blocks = _blocks(lines, headings, warnings)
    furniture = [line.text for line in lines[: headings[0].at]]

    last = blocks[-1]
    own = _length_without_furniture(last)
    foot = [line.text for line in last.body[own:]]
    blocks[-1] = _Block(last.date, last.heading, last.body[:own])

    filled = []
    for block in blocks:
        if all(is_known_furniture(line.text) for line in block.body):
            warnings.append(f"{_shown(block.heading)}: no text stands below this date, so it makes no item.")
            furniture += [block.heading.text, *(line.text for line in block.body)]
        else:
            filled.append(block)
    if not filled:
        raise _no_item(path, lines, warnings)
    _warn_of_wrapped_lines(filled, warnings)
    return Listing(tuple(_items(filled, language)), (*furniture, *foot), tuple(warnings))
