"""`for-OFFICIAL.pdf`: a cover letter in the official's language, and the names and comments that signers chose to show.

A long list is cut into volumes, because the memory that typesetting takes grows with the pages.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import typst

from rightswire.seal.offline import fonts
from rightswire.seal.offline.book import Book, Line
from rightswire.seal.offline.harmless import harmless, harmless_lines, runs_right
from rightswire.seal.offline.manifest import Manifest, Official
from rightswire.seal.offline.tally import Tally
from rightswire.seal.offline.unsealing import CONFIRMED, NO_COUNTRY, UNCONFIRMED, Filters
from rightswire.seal.offline.words import LANGUAGES, Words, words

TEMPLATE = Path(__file__).with_name("letter.typ")
NAMES_A_VOLUME = 10_000
COMMENTS_A_VOLUME = 3_000
FEWEST_OF_A_COUNTRY = 20  # fewer could tell who signed
PAGES_AT_MOST = 999  # for which page numbers are written in the letter's digits


class Part(NamedTuple):
    """A stretch of an official's list: the `name`s or the `comment`s of a state, from one position to another."""

    column: str
    state: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Volume:
    number: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """All that the volumes of one official share; `cover` is for the first one."""

    official: int
    language: str
    shared: dict[str, Any]
    cover: dict[str, Any]
    volumes: tuple[Volume, ...]

    def file_name(self, volume: Volume) -> str:
        stem, digits = self.shared["stem"], len(str(len(self.volumes)))
        return f"{stem}.pdf" if volume.number == 1 else f"{stem}-part-{volume.number:0{digits}}.pdf"


def language_of(official: Official) -> str:
    """The first of the official's languages in which letters can be written, else English."""
    return next((code for code in official.languages if code in LANGUAGES), "en")


def in_language(texts: dict[str, str], code: str) -> str:
    return texts.get(code) or texts.get("en") or next(iter(texts.values()), "")


def file_stems(officials: tuple[Official, ...]) -> dict[int, str]:
    """A file name for each: the name in plain letters, and the number where that is not enough."""
    plain = {}
    for official in officials:
        letters = unicodedata.normalize("NFKD", official.name).encode("ascii", "ignore").decode().lower()
        plain[official.id] = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60].strip("-")
    taken = list(plain.values())
    return {
        number: f"for-{name}" if name and taken.count(name) == 1 else f"for-{name or 'official'}-{number}"
        for number, name in plain.items()
    }


def volumes_of(book: Book, official: int) -> tuple[Volume, ...]:
    """The list cut up; the first volume is there even where nothing is shown."""
    parts = [
        part
        for state in (CONFIRMED, UNCONFIRMED)
        for column, most in (("name", NAMES_A_VOLUME), ("comment", COMMENTS_A_VOLUME))
        for part in _parts(book, official, state, column, most)
    ]
    weight = book.shown(official, "name") / NAMES_A_VOLUME + book.shown(official, "comment") / COMMENTS_A_VOLUME
    if weight <= 1:
        return (Volume(1, tuple(parts)),)
    return tuple(Volume(number, (part,)) for number, part in enumerate(parts, start=1))


def _parts(book: Book, official: int, state: int, column: str, most: int) -> Iterator[Part]:
    positions = book.positions(official, state, column)
    while stretch := list(itertools.islice(positions, most)):
        yield Part(column, state, stretch[0], stretch[-1])


def compose(
    manifest: Manifest, official: Official, stem: str, tally: Tally, filters: Filters, volumes: tuple[Volume, ...]
) -> Letter:
    """Everything that is said in the letter, in its language."""
    language = words(language_of(official))
    organisation = harmless(in_language(manifest.organisation, language.code))
    title = harmless(in_language(manifest.titles, language.code))
    shared = {
        "stem": stem,
        "language": language.code,
        "direction": language.direction,
        "digits": [language.digits(str(page)) for page in range(1, PAGES_AT_MOST + 1)],
        "organisation": organisation,
        "title": title,
        "running": language.text["running"].format(organisation=organisation, title=title),
        "comma": language.text["comma"],
    }
    return Letter(official.id, language.code, shared, _cover(manifest, official, tally, filters, language), volumes)


def _cover(manifest: Manifest, official: Official, tally: Tally, filters: Filters, language: Words) -> dict[str, Any]:
    text = language.text
    day = language.date(manifest.made_at.date())
    salutation = official.salutations.get(language.code) or text["salutation"]
    return {
        "date": day,
        "recipient": _recipient(official, language),
        "salutation": harmless(salutation.replace("{name}", official.names.get(language.code) or official.name)),
        "count": language.number(tally.confirmed or tally.unconfirmed),
        "opening": _opening(tally, language),
        "ask-follows": text["ask_follows"],
        "ask": [_directed(line, language) for line in harmless_lines(in_language(manifest.asks, language.code))],
        "paragraphs": [*_only(filters, language), *_about_names(official.id, tally, language), text["answer"]],
        "closing": text["closing"],
        "count-on": text["count_on"].format(date=day),
        "figures": _figures(tally, language),
        "by-country": text["by_country"],
        "countries": _countries(tally, language),
    }


def _recipient(official: Official, language: Words) -> list[str | list[str]]:
    lines = [
        official.names.get(language.code) or official.name,
        official.roles.get(language.code) or official.role,
        official.organisations.get(language.code) or official.organisation,
        *official.address.splitlines(),
    ]
    kept = [line for line in map(harmless, lines) if line]
    country = language.country(official.country)
    if country and country not in kept:
        kept.append(harmless(country))
    return [_directed(line, language) for line in kept]


def _opening(tally: Tally, language: Words) -> str:
    """The sentence under the large number. Where both kinds of signatures are there, a table parts them."""
    if tally.unconfirmed and not tally.confirmed:
        return language.counted("unsure", tally.unconfirmed)
    return language.counted("people", tally.confirmed)


def _only(filters: Filters, language: Words) -> list[str]:
    """What the letter leaves out, if it does."""
    said = []
    if filters.country:
        said.append(language.text["only_country"].format(country=language.country(filters.country)))
    if filters.language:
        name = language.text["languages"].get(filters.language, filters.language)
        said.append(language.text["only_language"].format(language=name))
    if filters.since_day:
        said.append(language.text["only_since"].format(date=language.date(filters.since_day)))
    if not said:
        return []
    return [language.text["only"].format(which=language.text["comma"].join(said))]


def _about_names(official: int, tally: Tally, language: Words) -> list[str]:
    seen = tally.officials[official]
    counts = (("named", seen.named), ("commented", seen.commented), ("withheld", seen.withheld))
    about = " ".join(sentence for key, number in counts if number and (sentence := language.counted(key, number)))
    return [each for each in (about, language.text["privately"] if seen.named else "") if each]


def _figures(tally: Tally, language: Words) -> list[tuple[str, str]]:
    """The count in its parts, where it has more than one."""
    parts = [
        (language.text[name], language.number(number))
        for name in ("confirmed", "unconfirmed", "paper", "elsewhere")
        if (number := getattr(tally, name))
    ]
    return parts if len(parts) > 1 else []


def _countries(tally: Tally, language: Words) -> list[tuple[str, str]]:
    """The countries with enough signers, and all others in one figure."""
    large = {code: number for code, number in tally.countries.items() if number >= FEWEST_OF_A_COUNTRY}
    large.pop(NO_COUNTRY, None)
    listed = [(language.country(code), language.number(number)) for code, number in large.items()]
    if rest := sum(tally.countries.values()) - sum(large.values()):
        listed.append((language.text["other_countries"], language.number(rest)))
    return listed if len(listed) > 1 else []


def write_volume(database: Path, letter: Letter, volume: Volume, file: Path) -> None:
    """Typesets one volume. Memory grows with its names, by about 6 KB a name. Raises OSError or TypstError."""
    language = words(letter.language)
    book = Book(database)
    parts = [_part_data(book, letter.official, part, language) for part in volume.parts]
    book.close()
    number_of = language.text["volume"].format(
        number=language.number(volume.number), total=language.number(len(letter.volumes))
    )
    data = letter.shared | {"volume": number_of if len(letter.volumes) > 1 else "", "parts": parts}
    if volume.number == 1:
        data["letter"] = letter.cover
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts.for_typst())
    pdf = compiler.compile(format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    assert isinstance(pdf, bytes)  # a list only for pictures
    file.write_bytes(pdf)


def _part_data(book: Book, official: int, part: Part, language: Words) -> dict[str, Any]:
    lines = book.lines(official, part.state, part.first, part.last)
    text = language.text
    if part.column == "name":
        groups = [
            {"country": _country(code, language), "names": [_directed(line.name or "", language) for line in group]}
            for code, group in itertools.groupby(lines, key=lambda line: line.country)
        ]
        heading = text["names"] if part.state == CONFIRMED else text["unconfirmed"]
        return {"kind": "names", "heading": heading, "groups": groups}
    comments = [_comment(line, language) for line in lines if line.comment]
    return {"kind": "comments", "heading": text["comments"], "comments": comments}


def _comment(line: Line, language: Words) -> tuple[str | list[str], str | list[str], str]:
    comment = _directed(line.comment or "", language)
    if line.name is None:  # then the country could tell who it is
        return comment, language.text["name_withheld"], ""
    return comment, _directed(line.name, language), _country(line.country, language)


def _directed(text: str, language: Words) -> str | list[str]:
    """As it is, or in a list where it runs against the direction of the letter."""
    return text if runs_right(text) == (language.direction == "rtl") else [text]


def _country(code: str, language: Words) -> str:
    return language.text["other_countries"] if code == NO_COUNTRY else language.country(code)
