"""What supporters wrote, made harmless before it stands in a spreadsheet or a letter.

Ordinary names and comments come out as they went in. What goes: control characters, line breaks, and everything that
turns the direction of writing or is invisible and has no use in a name.
"""

import re
import unicodedata

LONGEST_STACK = 4  # marks on one letter; pointed Hebrew and vocalised Arabic need three
REPLACEMENT = "\ufffd"
# Joiners that Persian, Indian names and emoji need, and the visible signs that Unicode counts as formatting.
_KEPT = {"\u200c", "\u200d", *map(chr, range(0x600, 0x606)), "\u06dd", "\u070f", "\u08e2"}
_SPACES = re.compile(" {2,}")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class _Characters(dict[int, str]):
    """Filled as characters are met: what each becomes, and which of them are marks on others."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: set[str] = set()

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        if kind in ("Mn", "Me"):
            self.marks.add(character)
        if kind in ("Cc", "Zl", "Zp"):
            becomes = " "
        elif kind == "Cf":
            becomes = character if character in _KEPT else ""
        elif kind in ("Cs", "Co") or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            becomes = REPLACEMENT
        else:
            becomes = character
        self[code] = becomes
        return becomes


_characters = _Characters()


def harmless(text: str) -> str:
    """One line without anything that could reorder, hide or break what stands around it."""
    if not (text.isascii() and text.isprintable()):
        text = _without_towers(text.translate(_characters))
    return _SPACES.sub(" ", text).strip(" ")


def harmless_lines(text: str) -> list[str]:
    """The lines of a longer text that have words in them, each harmless."""
    return [line for line in map(harmless, text.splitlines()) if line]


def cell(text: str) -> str:
    """A harmless line as the value of a spreadsheet's cell, for XlsxWriter's inline strings.

    Excel reads `_x202E_` as the character of that number, and XlsxWriter writes a string between <r> and </r> as it is.
    """
    text = _ESCAPED.sub("-", text)
    return " " + text if text.startswith("<r>") else text


def _without_towers(text: str) -> str:
    """Cuts stacks of marks that would grow into the lines above and below. The text was translated before."""
    if _characters.marks.isdisjoint(text):
        return text
    kept, height = [], 0
    for character in text:
        height = height + 1 if character in _characters.marks else 0
        if height <= LONGEST_STACK:
            kept.append(character)
    return "".join(kept)


def runs_right(text: str) -> bool:
    """Whether the first letter that has a direction is written from right to left."""
    if text.isascii():
        return False
    directions = map(unicodedata.bidirectional, text)
    return next((direction for direction in directions if direction in ("L", "R", "AL")), "L") != "L"


def sort_key(text: str) -> str:
    """For an alphabetical order that looks past accents and capitals."""
    if text.isascii():
        return text.casefold()
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))
