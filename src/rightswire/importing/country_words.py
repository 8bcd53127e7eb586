"""The words that name countries, read from the Unicode CLDR (Babel) and from country_words.toml."""

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources

from babel import Locale

from rightswire.importing.dates import fold

TOKEN = re.compile(r"[^\W\d_]+")
# Codes of the CLDR that are no countries or areas of ISO 3166-1.
_NOT_ISO = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])
_ARABIC_ENDINGS = ("ة", "ين", "ون", "ات", "ا")
_FRENCH_FEMININES = {"grec": "grecque", "turc": "turque"}


class Role(Enum):
    """What a word says by itself."""

    NAME = "a name, a capital or a region"
    ADJECTIVE = "an adjective or a people's name"
    BESIDE_GOVERNMENT = "counts only beside a word for a government"
    AFTER_GOVERNMENT = "counts only after such a word"
    WHERE_CERTAIN = "counts only where the country is certain by other words"
    NO_COUNTRY = "hides a country's name within it"


@dataclass(frozen=True, slots=True)
class CountryWord:
    tokens: tuple[str, ...]  # folded and in small letters
    spelling: str  # folded, as written
    code: str  # "" for what is no country
    role: Role

    def is_spelled_like(self, spelling: str) -> bool:
        """Whether capitals stand where they must: "US" is not "us", and "Turkey" is not "turkey"."""
        if self.spelling.isupper():
            return spelling == self.spelling
        return spelling[0].isupper() or not self.spelling[0].isupper()


@cache
def _table() -> dict[str, dict]:
    file = resources.files("rightswire.importing") / "country_words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


def _english_forms(adjective: str) -> list[str]:
    has_plural = not adjective.endswith(("ese", "sh", "ch", "ss", "ois"))
    return [adjective, adjective + "s"] if has_plural else [adjective]


def _french_forms(adjective: str) -> list[str]:
    if adjective in _FRENCH_FEMININES:
        feminine = _FRENCH_FEMININES[adjective]
    elif adjective.endswith("e"):
        feminine = adjective
    elif adjective.endswith(("en", "on")):
        feminine = adjective + "ne"
    else:
        feminine = adjective + "e"
    masculines = [adjective] if adjective.endswith("s") else [adjective, adjective + "s"]
    return [*masculines, feminine, feminine + "s"]


def _adjective_words(code: str, language: str, adjective: str) -> list[CountryWord]:
    role = Role.BESIDE_GOVERNMENT if adjective.endswith("?") else Role.ADJECTIVE
    adjective = fold(adjective.rstrip("?"))
    if language == "ar":
        # In the masculine singular these are surnames too ("Ahmed al-Masri"); after "the army" they are not.
        masculine = _word(code, adjective, Role.AFTER_GOVERNMENT)
        others = [_word(code, adjective + ending, role) for ending in _ARABIC_ENDINGS]
        return [masculine, *others]
    forms = _french_forms(adjective) if language == "fr" else _english_forms(adjective)
    return [_word(code, form, role) for form in forms]


def _word(code: str, spelling: str, role: Role) -> CountryWord:
    folded = fold(spelling)
    return CountryWord(tuple(TOKEN.findall(folded.lower())), folded, code, role)


def _cldr_words(language: str) -> list[CountryWord]:
    left_out = _NOT_ISO | set(_listed(_table()["left_out"][language]))
    words = []
    for code, full_name in Locale(language).territories.items():
        if len(code) != 2 or code in left_out:
            continue
        for name in re.split(r"\s*[()]\s*", full_name):
            spellings = {name, name.replace("&", "and"), name.replace("St.", "Saint")} if name else set()
            words += [_word(code, spelling, Role.NAME) for spelling in spellings]
    return words


def _own_words(language: str) -> list[CountryWord]:
    words = []
    for code, by_language in _table()["words"].items():
        adjectives, _, names = by_language.get(language, "").partition("|")
        for adjective in _listed(adjectives):
            words += _adjective_words(code, language, adjective)
        for name in _listed(names):
            role = Role.WHERE_CERTAIN if name.endswith("*") else Role.NAME
            words.append(_word(code, name.rstrip("*"), role))
    phrases = _listed(_table()["not_countries"][language])
    return words + [_word("", phrase, Role.NO_COUNTRY) for phrase in phrases]


@cache
def country_words(language: str) -> dict[str, tuple[CountryWord, ...]]:
    """The words of a language (en, fr or ar) by their first token, the longest first."""
    by_first: dict[str, list[CountryWord]] = {}
    # Our own words come last, so that they stand before those of the CLDR when equally long.
    for word in reversed([*_cldr_words(language), *_own_words(language)]):
        by_first.setdefault(word.tokens[0], []).append(word)
    return {first: tuple(sorted(words, key=lambda word: -len(word.tokens))) for first, words in by_first.items()}


@cache
def government_words(language: str) -> frozenset[str]:
    """The words for governments, courts and armies beside which an unsure adjective is sure."""
    return frozenset(fold(word).lower() for word in _listed(_table()["governments"][language]))
