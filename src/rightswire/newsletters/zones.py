"""Time zones: guessed from a country, and the names that a reader may choose from."""

import functools
import importlib.resources
import zoneinfo

from django.conf import settings

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
# Where zone.tab begins at one end of a country rather than where most people live.
_MOST_PEOPLE = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}


@functools.cache
def _first_zones() -> dict[str, str]:
    """The zone that stands first for a country in the IANA database's zone.tab, mostly the one most people live in."""
    found: dict[str, str] = {}
    table = importlib.resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _place, zone = line.split("\t")[:3]
            found.setdefault(country, zone)
    return found | _MOST_PEOPLE


def zone_of(country: str) -> str:
    """The time zone of a country (ISO alpha-2), or the organisation's own."""
    return _first_zones().get(country.upper(), settings.TIME_ZONE)


@functools.cache
def known_zones() -> tuple[str, ...]:
    """The names to choose from, in the order of the alphabet: places, without old and technical names."""
    names = {name for name in zoneinfo.available_timezones() if name.startswith(_REGIONS)}
    return tuple(sorted({*names, "UTC", settings.TIME_ZONE}))
