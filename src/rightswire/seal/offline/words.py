"""The words of a letter, its dates, numbers and countries, in each language that letters can be written in.

Small tables of our own, so that the file that opens deliveries stays small; tests hold them against the site's.
"""

import datetime
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "fr", "ar")
_ARABIC = {ord("0") + n: 0x660 + n for n in range(10)}


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `text` of the sentences, `countries` by alpha-2 code in alphabetical order."""

    code: str
    direction: str
    text: dict[str, Any]
    countries: dict[str, str]

    def digits(self, text: str) -> str:
        return text.translate(_ARABIC) if self.code == "ar" else text

    def number(self, number: int) -> str:
        return self.digits(f"{number:,}".replace(",", self.text["grouping"]))

    def date(self, day: datetime.date) -> str:
        written = self.text["first_day"] if day.day == 1 else self.digits(str(day.day))
        month = self.text["months"][day.month - 1]
        return self.text["date"].format(day=written, month=month, year=self.digits(str(day.year)))

    def country(self, code: str) -> str:
        return self.countries.get(code, code)

    def counted(self, sentence: str, number: int) -> str:
        """The sentence in the form that the number takes, with the number in it."""
        forms = self.text[sentence]
        return forms.get(plural(self.code, number), forms["other"]).format(number=self.number(number))


@lru_cache
def words(code: str) -> Words:
    text = tomllib.loads(Path(__file__).with_name("words").joinpath(f"{code}.toml").read_text(encoding="utf-8"))
    return Words(code, text.pop("direction"), text, text.pop("countries"))


def plural(code: str, number: int) -> str:
    """The plural form of a whole number, as Unicode's CLDR gives it for our three languages."""
    if code == "ar":
        if number in (0, 1, 2):
            return ("zero", "one", "two")[number]
        rest = number % 100
        return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"
    if code == "fr" and number and number % 1_000_000 == 0:
        return "many"
    return "one" if number == 1 or (code == "fr" and number == 0) else "other"
