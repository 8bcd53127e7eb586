"""Time zones: guessed from a country, and those that a reader may choose from, as people read their names."""

import functools
import importlib.resources
import unicodedata
import zoneinfo
from collections import Counter

from babel import Locale
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from rightswire.pages.language import countries, country_name, language

# Where zone.tab begins at one end of a country rather than where most people live.
_MOST_PEOPLE = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}
# What the first parts of zones' names stand for: territories of CLDR, and oceans, which it does not name.
_REGIONS = {
    "Africa": "002",
    "America": "019",
    "Antarctica": "AQ",
    "Arctic": "150",
    "Asia": "142",
    "Australia": "009",
    "Europe": "150",
    "Pacific": "009",
}
_OCEANS = {"Atlantic": _("Atlantic Ocean"), "Indian": _("Indian Ocean")}
# CLDR has a few cities under the names that their zones had before.
_BEFORE = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Argentina/Catamarca": "America/Catamarca",
    "America/Argentina/Cordoba": "America/Cordoba",
    "America/Argentina/Jujuy": "America/Jujuy",
    "America/Argentina/Mendoza": "America/Mendoza",
    "America/Atikokan": "America/Coral_Harbour",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville",
    "America/Nuuk": "America/Godthab",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
    "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Pohnpei": "Pacific/Ponape",
}

Group = tuple[str, list[tuple[str, str]]]


@functools.cache
def _countries() -> dict[str, str]:
    """The country of each zone in the IANA database's zone.tab: no aliases, each country's largest mostly first."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@functools.cache
def _first_zones() -> dict[str, str]:
    return {country: zone for zone, country in reversed(_countries().items())} | _MOST_PEOPLE


@functools.cache
def _with_several() -> frozenset[str]:
    """The countries that have several zones."""
    return frozenset(country for country, number in Counter(_countries().values()).items() if number > 1)


def zone_of(country: str) -> str:
    """The time zone of a country (ISO alpha-2), or the organisation's own."""
    return _first_zones().get(country.upper(), settings.TIME_ZONE)


@functools.cache
def known_zones() -> frozenset[str]:
    """Every name that is taken: places, under old names as well, and no technical ones but UTC."""
    names = {name for name in zoneinfo.available_timezones() if name.partition("/")[0] in {*_REGIONS, *_OCEANS}}
    return frozenset({*names, "UTC", settings.TIME_ZONE})


@functools.cache
def zone_name(zone: str, code: str) -> str:
    """As people read it in a language: its country, with the city where a country has several zones."""
    country = _countries().get(zone)
    if country is None:
        return zone
    named = country_name(country, code)
    return f"{named} ({_city(zone, language(code).locale)})" if country in _with_several() else named


def _city(zone: str, locale: Locale) -> str:
    names = locale.time_zones
    for name in (zone, _BEFORE.get(zone, zone)):
        if city := names.get(name, {}).get("city"):
            return str(city)
    return zone.rpartition("/")[2].replace("_", " ")


def offered_zones(code: str, chosen: str) -> list[Group]:
    """What a reader chooses from: regions with their zones, each as posted and as read, in the order of the language.

    `chosen` is among them even where it is an old name.
    """
    more = sorted({"UTC", settings.TIME_ZONE, chosen} - _countries().keys())
    return [*_offered(code), (str(_("Other")), [(zone, zone) for zone in more])]


@functools.cache
def _offered(code: str) -> list[Group]:
    place = {alpha2: number for number, (alpha2, _name) in enumerate(countries(code))}
    found: dict[str, list[tuple[str, str]]] = {}
    zones = [(place[country], _bare(zone_name(zone, code)), zone) for zone, country in _countries().items()]
    for _place, _name, zone in sorted(zones):
        found.setdefault(_region(zone, code), []).append((zone, zone_name(zone, code)))
    return sorted(found.items(), key=lambda group: _bare(group[0]))


def _region(zone: str, code: str) -> str:
    first = zone.partition("/")[0]
    if first in _OCEANS:
        with translation.override(code):
            return str(_OCEANS[first])
    return str(language(code).locale.territories[_REGIONS[first]])


def _bare(name: str) -> str:
    """Without accents, which an alphabet passes over."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))
