"""The organisation's accent colour, made readable in light and in dark.

An organisation gives one colour. Its hue is kept, and its lightness moved only as far as the contrasts
of the look ask for, in OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020;
CSS Color Module Level 4, section 9).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

WHITE = "#ffffff"
LIGHT_SHEET = "#edf0ed"
DARK_SHEET = "#1b2326"
LIGHT_INK = "#12191c"
DARK_INK = "#eceeea"
LIGHT_QUIET = "#4d585b"

ON_SHEET = 5.0
UNDER_WHITE = 4.5
DARK_BAND_UNDER_WHITE = 7.0

LEAST_CHROMA = 0.04
LIGHTNESS_STEP = 0.004


@dataclass(frozen=True, slots=True)
class Palette:
    """The accent and the band behind white words, in light and in dark, each as "#rrggbb"."""

    light: str
    dark: str
    light_band: str
    dark_band: str


HOUSE_ACCENT = "#c22a0b"
# The look's own colours were chosen by eye, past what the contrasts ask for.
HOUSE_PALETTE = Palette(light=HOUSE_ACCENT, dark="#ff8361", light_band=HOUSE_ACCENT, dark_band="#6f1a08")
# A grey accent would say nothing: ink takes its place, and a grey that white can stand on.
INK_PALETTE = Palette(light=LIGHT_INK, dark=DARK_INK, light_band=LIGHT_INK, dark_band=LIGHT_QUIET)


@dataclass(frozen=True, slots=True)
class Oklch:
    """A colour in OKLCH: lightness from 0 to 1, chroma from 0, hue in radians."""

    lightness: float
    chroma: float
    hue: float


def palette(accent: str) -> Palette:
    """The readable colours of an accent such as "#c22a0b". ValueError, for a person, if it is no colour.

    Light: at least 5.0 on the light sheet and 4.5 under white. Dark: at least 5.0 on the dark sheet. Dark
    band: at least 7.0 under white. An accent that is good enough already comes back as it was.
    """
    given = _plain_hex(accent)
    if given == HOUSE_ACCENT:
        return HOUSE_PALETTE
    if _oklch(given).chroma < LEAST_CHROMA:
        return INK_PALETTE
    light = _moved(given, -LIGHTNESS_STEP, _reads_in_light)
    return Palette(
        light=light,
        dark=_moved(given, LIGHTNESS_STEP, lambda colour: contrast(colour, DARK_SHEET) >= ON_SHEET),
        light_band=light,
        dark_band=_moved(given, -LIGHTNESS_STEP, lambda colour: contrast(colour, WHITE) >= DARK_BAND_UNDER_WHITE),
    )


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). ValueError as above."""
    lighter, darker = sorted((_luminance(_plain_hex(first)), _luminance(_plain_hex(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _reads_in_light(colour: str) -> bool:
    return contrast(colour, LIGHT_SHEET) >= ON_SHEET and contrast(colour, WHITE) >= UNDER_WHITE


def _moved(colour: str, step: float, reads: Callable[[str], bool]) -> str:
    """The nearest colour of the same hue that reads well, going lighter or darker by steps.

    Black or white, where every walk ends, satisfies each of the look's contrasts.
    """
    start = _oklch(colour)
    lightness = start.lightness
    while not reads(colour):
        lightness += step
        colour = _nearest_hex(Oklch(min(max(lightness, 0.0), 1.0), start.chroma, start.hue))
    return colour


def _plain_hex(colour: str) -> str:
    """A colour as "#rrggbb" in small letters, from #rgb or #rrggbb."""
    written = colour.strip().lower()
    if not re.fullmatch("#(?:[0-9a-f]{3}|[0-9a-f]{6})", written):
        raise ValueError(
            f"“{colour}” is not a colour that can be read. Write # and six digits or letters from a to f, "
            f"such as {HOUSE_ACCENT}. Nothing was changed."
        )
    if len(written) == 4:
        return "#" + "".join(digit * 2 for digit in written[1:])
    return written


def _linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1 in linear light (IEC 61966-2-1, sRGB)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _undo_gamma(red), _undo_gamma(green), _undo_gamma(blue)


def _undo_gamma(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _apply_gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    """Relative luminance from 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _oklch(colour: str) -> Oklch:
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.atan2(b, a))


def _light_parts(colour: Oklch) -> tuple[float, float, float]:
    """Red, green and blue in linear light; outside 0 to 1 where a screen cannot show the colour."""
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _nearest_hex(colour: Oklch) -> str:
    """The colour as "#rrggbb", with as much of its chroma as a screen can show."""
    if not _is_showable(_light_parts(colour)):
        least, most = 0.0, colour.chroma
        while most - least > 0.0005:
            middle = (least + most) / 2
            if _is_showable(_light_parts(Oklch(colour.lightness, middle, colour.hue))):
                least = middle
            else:
                most = middle
        colour = Oklch(colour.lightness, least, colour.hue)
    parts = (min(max(part, 0.0), 1.0) for part in _light_parts(colour))
    return "#" + "".join(f"{round(_apply_gamma(part) * 255):02x}" for part in parts)


def _is_showable(parts: tuple[float, float, float]) -> bool:
    return all(-0.0001 <= part <= 1.0001 for part in parts)
