"""How a language writes: dates, numbers, lists and the names of countries.

The data is Unicode's CLDR, as Babel ships it. Where the field or the country of a language writes
differently (Canadian French, names of countries), this module says so itself.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_day_names,
    get_month_names,
    get_timezone_name,
)
from babel.lists import format_list
from babel.numbers import format_decimal

NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"

# Where the bare code leaves the country open, ours is Canada.
HOME_LOCALES = {"en": "en-CA", "fr": "fr-CA"}

# The first digit, zero, of the number systems that the Arabic script is written with.
ARABIC_ZEROS = {"arab": "٠", "arabext": "۰"}

LIST_COMMAS = dict.fromkeys(("ar", "ckb", "fa", "ps", "sd", "ug", "ur"), "، ") | {"ja": "、", "zh": "、"}

# Codes that CLDR names and ISO 3166-1 does not list as a country or territory.
NOT_COUNTRIES = frozenset(("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"))
ORGANISATIONS = ("EU", "UN")

COUNTRY_CODES: tuple[str, ...] = tuple(
    code
    for code in sorted(map(str, Locale("en").territories))
    if re.fullmatch("[A-Z]{2}", code) and code not in NOT_COUNTRIES
)

# What human rights organisations write where CLDR writes something else.
FIELD_NAMES: dict[str, dict[str, str]] = {
    "en": {
        "CD": "DR Congo",
        "CG": "Republic of the Congo",
        "HK": "Hong Kong",
        "MM": "Myanmar",
        "MO": "Macao",
        "PS": "Palestine",
        "TR": "Turkey",
        "VN": "Viet Nam",
    },
    "fr": {
        "CD": "République démocratique du Congo",
        "CG": "République du Congo",
        "HK": "Hong Kong",
        "MM": "Myanmar",
        "MO": "Macao",
        "PS": "Palestine",
    },
    "ar": {
        "CD": "جمهورية الكونغو الديمقراطية",
        "CG": "جمهورية الكونغو",
        "HK": "هونغ كونغ",
        "MM": "ميانمار",
        "MO": "ماكاو",
        "PS": "فلسطين",
        "SA": "السعودية",
        "TL": "تيمور-ليشتي",
    },
}


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the site: its code in addresses, its name in itself, and how it runs."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"]
    locale: Locale


class DateParts(NamedTuple):
    """The words and numerals of a listing's large date, each ready to print."""

    weekday: str
    day: str
    month: str
    year: str


@lru_cache(maxsize=64)
def language(code: str) -> Language:
    """The language of a code such as "en", "ar" or "zh-hans". ValueError where there is none."""
    written = code.replace("_", "-").lower()
    try:
        locale = Locale.parse(HOME_LOCALES.get(written, written), sep="-")
        name = Locale.parse(written, sep="-").display_name or written
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(
            f"No language has the code “{code}”. Use a code such as en, fr or zh-hans. Nothing was changed."
        ) from error
    direction: Literal["ltr", "rtl"] = "rtl" if locale.text_direction == "rtl" else "ltr"
    return Language(written, _with_capital(name), direction, locale)


def date_parts(day: date, code: str, arabic_digits: bool = True) -> DateParts:
    """The parts of a day for the large date: weekday and month in words, day and year in numerals."""
    locale = language(code).locale
    return DateParts(
        weekday=get_day_names("wide", "stand-alone", locale)[day.weekday()],
        day=digits(str(day.day), code, arabic_digits),
        month=get_month_names("wide", "format", locale)[day.month],
        year=digits(str(day.year), code, arabic_digits),
    )


def long_date(day: date, code: str, arabic_digits: bool = True) -> str:
    """A day in a sentence: "November 29, 2018", "1er décembre 2018", "٢٩ نوفمبر ٢٠١٨"."""
    locale = language(code).locale
    written = format_date(day, "long", locale=locale)
    if locale.language == "fr" and day.day == 1:
        written = "1er" + written.removeprefix("1")
    return digits(written, code, arabic_digits)


def long_moment(moment: datetime, code: str, arabic_digits: bool = True) -> str:
    """A moment in a sentence, in the time zone that it carries: "November 28, 2018, 9:40 a.m.".

    All its spaces are plain ones. ValueError for a moment without a time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError("This moment has no time zone, so it cannot be written. Give it one first.")
    day = long_date(moment.date(), code, arabic_digits)
    locale = language(code).locale
    if locale.language == "fr":
        # As the Office québécois de la langue française writes hours: "9 h", "9 h 40".
        return f"{day} à {moment.hour} h" + (f" {moment.minute:02}" if moment.minute else "")
    hour = digits(format_time(moment.time(), "short", locale=locale), code, arabic_digits)
    pattern = str(locale.datetime_formats["long"]).replace("'", "")
    written = pattern.replace("{0}", hour).replace("{1}", day)
    return written.replace(NARROW_NO_BREAK_SPACE, " ").replace(NO_BREAK_SPACE, " ")


def zoned_moment(moment: datetime, code: str, arabic_digits: bool = True) -> str:
    """A moment for readers anywhere: with the name of the time zone that it carries. ValueError without one."""
    written = long_moment(moment, code, arabic_digits)
    zone = digits(get_timezone_name(moment, "long", locale=language(code).locale), code, arabic_digits)
    return joined([written, zone], code)


def month_name(month: int, code: str) -> str:
    """The name of a month (1 to 12) standing alone, as in an archive. ValueError for any other number."""
    if not 1 <= month <= 12:
        raise ValueError(f"There is no month {month}. Months are numbered from 1 to 12.")
    return get_month_names("wide", "stand-alone", language(code).locale)[month]


def month_and_year(year: int, month: int, code: str, arabic_digits: bool = True) -> str:
    """A month of a year: "November 2018", "novembre 2018". ValueError for a month that is none."""
    month_name(month, code)
    written = format_skeleton("yMMMM", date(year, month, 1), locale=language(code).locale)
    return digits(written, code, arabic_digits)


def digits(value: str | int, code: str, arabic_digits: bool = True) -> str:
    """A number, or the numbers in a text, in the digits of a language.

    A whole number is grouped: "18,412", "18 412" (narrow no-break space), "١٨٬٤١٢". A text keeps its
    form. Arabic-script digits only where `arabic_digits` is set.
    """
    locale = language(code).locale
    system = _number_system(locale) if arabic_digits else "latn"
    if isinstance(value, int):
        value = format_decimal(value, locale=locale, numbering_system=system)
        value = value.replace(NO_BREAK_SPACE, NARROW_NO_BREAK_SPACE)
    if system == "latn":
        return value
    zero = ord(ARABIC_ZEROS[system])
    return value.translate({ord("0") + n: zero + n for n in range(10)})


def country_name(alpha2: str, code: str) -> str:
    """The name of a country (ISO 3166-1 alpha-2, in any case), of the United Nations (UN) or of the
    European Union (EU), as human rights organisations write it. ValueError for any other code.
    """
    wanted = alpha2.upper()
    if wanted not in COUNTRY_CODES and wanted not in ORGANISATIONS:
        raise ValueError(
            f"“{alpha2}” is no country code. Use the two letters of ISO 3166-1, such as SA for Saudi Arabia, "
            "or UN or EU. Nothing was changed."
        )
    locale = language(code).locale
    name = FIELD_NAMES.get(locale.language, {}).get(wanted) or locale.territories.get(wanted)
    return _with_capital(name or Locale("en").territories[wanted])


def countries(code: str) -> list[tuple[str, str]]:
    """Every country and territory as (alpha-2 code, name), in the alphabetical order of the language."""
    named = [(alpha2, country_name(alpha2, code)) for alpha2 in COUNTRY_CODES]
    return sorted(named, key=lambda country: (_place_in_alphabet(country[1]), country[0]))


def joined(names: Sequence[str], code: str) -> str:
    """Names in a row, with the comma of the language: "Canada, Iran", "كندا، إيران"."""
    return LIST_COMMAS.get(language(code).locale.language, ", ").join(names)


def listed(names: Sequence[str], code: str) -> str:
    """Names with the word before the last: "Canada and Iran", "Canada et Iran", "كندا وإيران"."""
    return format_list(list(names), "standard", language(code).locale)


def plural_category(n: float, code: str) -> str:
    """The plural form that a number takes: "zero", "one", "two", "few", "many" or "other" (CLDR)."""
    return language(code).locale.plural_form(n)


def typeset(text: str, code: str) -> str:
    """Our own plain text with the spaces and apostrophes that print wants; only French needs any.

    No-break spaces stand inside « » and before a colon. Before ; ? ! Canadian French has none, and the
    French of elsewhere a narrow one. Web addresses and times stay as they are; doing it twice
    changes nothing more.
    """
    locale = language(code).locale
    if locale.language != "fr":
        return text
    gap = "" if locale.territory == "CA" else NARROW_NO_BREAK_SPACE
    return FRENCH_MARKS.sub(_french_mark(gap), text)


FRENCH_MARKS = re.compile(
    r"""
    (?P<address> (?: https?:// | www\. | mailto: ) [^\s«»]+ )
    | (?P<opening> « ) [ \u00a0\u202f]*
    | [ \u00a0\u202f]* (?P<closing> » )
    | (?<=[^\s:«]) [ \u00a0\u202f]* (?P<colon> : ) (?= [\s»] | $ )
    | (?<=[^\s«:;?!]) [ \u00a0\u202f]* (?P<mark> [;?!] )
    | (?<=\w) (?P<apostrophe> ' ) (?= [\w«] )
    """,
    re.VERBOSE,
)


def _french_mark(gap: str) -> Callable[[re.Match[str]], str]:
    """What each mark of FRENCH_MARKS becomes, with `gap` before ; ? and !."""

    def written(found: re.Match[str]) -> str:
        mark = found[found.lastgroup or 0]
        match found.lastgroup:
            case "opening":
                return mark + NO_BREAK_SPACE
            case "closing" | "colon":
                return NO_BREAK_SPACE + mark
            case "mark":
                return gap + mark
            case "apostrophe":
                return "’"
        return mark

    return written


def _number_system(locale: Locale) -> str:
    """The CLDR number system to print with: Arabic's own, the default elsewhere if we have its digits."""
    system = "arab" if locale.language == "ar" else locale.default_numbering_system
    return system if system in ARABIC_ZEROS else "latn"


def _with_capital(name: str) -> str:
    # Title case, not upper case: Georgian has capitals that no name begins with.
    return name[:1].title() + name[1:]


def _place_in_alphabet(name: str) -> str:
    """A key that orders names roughly as their language does: no accents, no Arabic article."""
    # First the article: once its accents are gone, the beginning of ألبانيا looks like one.
    name = name.removeprefix("ال")
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", bare.casefold()).strip()
