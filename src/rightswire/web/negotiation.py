"""What a request's headers ask for: encodings, conditions, byte ranges (RFC 9110). Pure functions."""

import re
from functools import lru_cache

IDENTITY = ""
PREFERRED = ("br", "gzip", IDENTITY)

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_LONGEST_ACCEPT = 256


class UnsatisfiableRangeError(Exception):
    """The range starts behind the end of the file (RFC 9110, 14.4: answer 416)."""


def accepted_encodings(header: str | None) -> tuple[str, ...]:
    """The encodings to try, best first; the last resort is always the file as it is (RFC 9110, 12.5.3)."""
    if not header or len(header) > _LONGEST_ACCEPT:
        return (IDENTITY,)
    return _ranked(header)


@lru_cache(maxsize=256)
def _ranked(header: str) -> tuple[str, ...]:
    qualities: dict[str, float] = {}
    for item in header.lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        qualities[coding] = _quality(parameters)
    anything_else = qualities.get("*", 0.0)
    wanted = {
        "br": qualities.get("br", anything_else),
        "gzip": qualities.get("gzip", qualities.get("x-gzip", anything_else)),
        # Without a word about it, the file as it is stays acceptable, after all that was named.
        IDENTITY: qualities.get("identity", qualities.get("*", 0.0001)),
    }
    ranked = [coding for coding in sorted(PREFERRED, key=lambda coding: -wanted[coding]) if wanted[coding] > 0]
    return tuple(ranked if IDENTITY in ranked else [*ranked, IDENTITY])


def _quality(parameters: list[str]) -> float:
    """The weight among an item's parameters; an unreadable one counts as a refusal."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            return float(value) if _QUALITY.fullmatch(value) else 0.0
    return 1.0


def matches_etag(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names `etag`, by weak comparison (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    return any(item.strip().removeprefix("W/") in (etag, "*") for item in header.split(","))


def byte_range(header: str | None, if_range: str | None, etag: str, size: int) -> tuple[int, int] | None:
    """The bytes asked for as (first, behind the last), or None for the whole file.

    Several ranges at once, or a range in another unit, are answered with the whole file, as RFC 9110
    (14.2) permits; so is a range under an If-Range that names another version. Raises
    UnsatisfiableRangeError.
    """
    if header is None or (if_range is not None and if_range.strip() != etag):
        return None
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise UnsatisfiableRangeError
    return start, end
