"""The fonts that come along, and which characters they have."""

import struct
from functools import lru_cache
from pathlib import Path

import typst

FOLDER = Path(__file__).with_name("fonts")
_IGNORED = {*range(0x200C, 0x200E), *range(0xFE00, 0xFE10)}  # joiners and variants need no glyph of their own


@lru_cache
def for_typst() -> typst.Fonts:
    """Ours first; then those of this computer, for writing systems whose fonts are too large to bring along."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[FOLDER])


@lru_cache
def covered() -> frozenset[str]:
    """The characters for which one of our fonts has a glyph."""
    found = set(_IGNORED)
    for file in FOLDER.glob("*.ttf"):
        found |= _code_points(file.read_bytes())
    return frozenset(map(chr, found))


def cover(text: str) -> bool:
    """Whether our own fonts can print the whole text."""
    return covered().issuperset(text)


def _code_points(font: bytes) -> set[int]:
    """The characters of an OpenType font: formats 4 and 12 of its `cmap` table, which all of ours have."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for number in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * number)
        if tag == b"cmap":
            break
    found: set[int] = set()
    (maps,) = struct.unpack_from(">H", font, start + 2)
    for number in range(maps):
        (offset,) = struct.unpack_from(">L", font, start + 4 + 8 * number + 4)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == 4:
            found |= _of_segments(font, start + offset)
        elif form == 12:
            (groups,) = struct.unpack_from(">L", font, start + offset + 12)
            for group in range(groups):
                first, last = struct.unpack_from(">LL", font, start + offset + 16 + 12 * group)
                found.update(range(first, last + 1))
    return found


def _of_segments(font: bytes, start: int) -> set[int]:
    (doubled,) = struct.unpack_from(">H", font, start + 6)
    ends = struct.unpack_from(f">{doubled // 2}H", font, start + 14)
    begins = struct.unpack_from(f">{doubled // 2}H", font, start + 16 + doubled)
    return {code for begin, end in zip(begins, ends, strict=True) if begin != 0xFFFF for code in range(begin, end + 1)}
