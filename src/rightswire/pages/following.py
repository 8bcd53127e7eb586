"""The page of all ways to follow: what it says of feeds, and what an app above adds to it."""

from collections.abc import Callable
from typing import Any

from rightswire.pages.sheet import Sheet

Part = Callable[[Sheet], tuple[str, dict[str, Any]] | None]

_parts: list[Part] = []


def add_part(part: Part) -> Part:
    """Puts a part before the feeds, for an app above: `part` gives a template and what it shows, or None."""
    _parts.append(part)
    return part


def parts(sheet: Sheet) -> list[tuple[str, dict[str, Any]]]:
    return [shown for part in _parts if (shown := part(sheet)) is not None]
