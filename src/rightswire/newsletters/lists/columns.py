"""What the columns of other programs' lists are called, and what stands in them. No Django in here.

Known: Mailchimp's four exports, listmonk, Mailman, Brevo (Sendinblue), Action Network, and files made by hand.
"""

import datetime
import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EARLIEST = 1990  # nobody agreed to e-mail before; programs without a date write 1970 or 0000
_ISO = re.compile(r"\s*(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_OTHER = re.compile(r"\s*(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")


class Standing(enum.Enum):
    """What a list says of somebody."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"
    NEVER = "nonsubscribed"  # known to the program, but never agreed to a newsletter
    UNCLEAR = "unclear"


BARRED = (Standing.UNSUBSCRIBED, Standing.CLEANED)


def plain(text: str) -> str:
    """A name without case, accents, spaces and signs, so that E-mail, EMAIL and email are one."""
    split = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in split if sign.isalnum())


def _plain(names: str) -> tuple[str, ...]:
    return tuple(plain(name) for name in names.split(","))


# Of several columns that would do the first named here is taken. Mailchimp's “Address” is a postal one.
ADDRESS = _plain(
    "email address,email,e-mail address,subscriber email,contact email,mail,adresse email,adresse e-mail,"
    "adresse électronique,adresse courriel,courriel,correo electrónico,البريد الإلكتروني,بريد إلكتروني,address"
)
LANGUAGE = _plain("language,lang,locale,preferred language,langue,اللغة")
COUNTRY = _plain("cc,country code,country,pays")
ZONE = _plain("timezone,time zone,tz")
STATUS = _plain("status,subscription status,can2_subscription_status,email subscription status,email marketing,statut")
CONSENTED = _plain("confirm_time,optin_time,consent date,date of consent,opt-in date,confirmed at")
UNSUBSCRIBED = _plain(
    "unsub_time,unsubscribed,unsubscribed at,unsubscribe date,blacklisted,blocklisted,email blacklisted,"
    "email blocklisted,opted out,opt-out date"
)
CLEANED = _plain("clean_time,bounced,hard bounced,cleaned")

_NOT = frozenset(_plain("0,no,n,false,f,non,null,none,لا")) | {""}
_WORDS = {
    word: standing
    for standing, words in {
        Standing.SUBSCRIBED: "subscribed,active,enabled,confirmed,opted in,opt-in,abonné,inscrit",
        Standing.UNSUBSCRIBED: "unsubscribed,unsub,opted out,opt-out,disabled,blocklisted,blacklisted,blocked,"
        "suppressed,spam complaint,complained,complaint,désabonné,désinscrit",
        Standing.CLEANED: "cleaned,suspended,bounced,bouncing,hard bounced,hard bounce,invalid,undeliverable",
        Standing.NEVER: "nonsubscribed,non-subscribed,transactional,unconfirmed,not confirmed,pending,archived",
    }.items()
    for word in _plain(words)
}


def standing_of(word: str) -> Standing | None:
    """None: it is no word for it."""
    return _WORDS.get(plain(word))


def standing_of_file(name: str) -> Standing | None:
    """Mailchimp says it in the file's name: unsubscribed_members_export_1a2b.csv."""
    return standing_of(re.split("[_ ]", name, maxsplit=1)[0])


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in a row; -1: nowhere. Without a heading a word anywhere in the row says its standing."""

    width: int
    address: int
    has_heading: bool = False
    language: int = -1
    country: int = -1
    zone: int = -1
    status: int = -1
    consented: tuple[int, ...] = ()
    unsubscribed: tuple[int, ...] = ()
    cleaned: tuple[int, ...] = ()

    @property
    def number_known(self) -> int:
        one = (self.language, self.country, self.zone, self.status)
        return sum(at >= 0 for at in one) + len(self.consented) + len(self.unsubscribed) + len(self.cleaned)

    @property
    def say_standing(self) -> bool:
        return self.status >= 0 or bool(self.unsubscribed or self.cleaned)

    def standing(self, cells: Sequence[str]) -> Standing | None:
        """What the row itself says; what bars weighs more than what does not. None: nothing."""
        if any(plain(cell_at(cells, at)) not in _NOT for at in self.unsubscribed):
            return Standing.UNSUBSCRIBED
        if any(plain(cell_at(cells, at)) not in _NOT for at in self.cleaned):
            return Standing.CLEANED
        if self.status >= 0:
            word = cell_at(cells, self.status)
            return (standing_of(word) or Standing.UNCLEAR) if word else None
        if not self.has_heading:
            said = {standing_of(cell) for cell in cells}
            return next((standing for standing in (*BARRED, Standing.NEVER) if standing in said), None)
        return None


def cell_at(cells: Sequence[str], at: int) -> str:
    """Empty where the row is too short."""
    return cells[at].strip() if 0 <= at < len(cells) else ""


def columns_of(heading: Sequence[str], consented: str = "") -> Columns | None:
    """None where no column is called as one of addresses. `consented`: the name of another column of days."""
    names = [plain(cell) for cell in heading]
    address = _first(names, ADDRESS)
    if address < 0:
        return None
    return Columns(
        width=len(heading),
        address=address,
        has_heading=True,
        language=_first(names, LANGUAGE),
        country=_first(names, COUNTRY),
        zone=_first(names, ZONE),
        status=_first(names, STATUS),
        consented=_all(names, (plain(consented),) if consented else CONSENTED),
        unsubscribed=_all(names, UNSUBSCRIBED),
        cleaned=_all(names, CLEANED),
    )


def _all(names: list[str], wanted: Iterable[str]) -> tuple[int, ...]:
    return tuple(names.index(name) for name in wanted if name in names)


def _first(names: list[str], wanted: Iterable[str]) -> int:
    return next(iter(_all(names, wanted)), -1)


def written_address(cell: str) -> str:
    """What may be an address: the cell, or what its last angle brackets hold (“Name <name@example.org>”)."""
    brackets = _IN_BRACKETS.search(cell) if cell.rstrip().endswith(">") else None
    return brackets[1] if brackets else cell


class UnclearDay(Exception):
    """A day such as 3/4/2019, in a list that nowhere shows whether days or months stand first."""


class Days:
    """Days as a list writes them. Whether 3/4 is in March or April is learnt from all of its rows first."""

    def __init__(self) -> None:
        self._day_first = self._month_first = False

    def learn(self, text: str) -> None:
        if (found := _OTHER.match(text)) and found[2] != ".":
            self._day_first |= int(found[1]) > 12
            self._month_first |= int(found[3]) > 12

    def read(self, text: str) -> datetime.date | None:
        """None: there is no day. Raises UnclearDay."""
        if found := _ISO.match(text):
            return _day(found[1], found[3], found[4])
        if not (found := _OTHER.match(text)):
            return None
        first, second = int(found[1]), int(found[3])
        if first > 12 or first == second or found[2] == ".":
            return _day(found[4], found[3], found[1])
        if second > 12:
            return _day(found[4], found[1], found[3])
        if self._day_first == self._month_first:
            raise UnclearDay
        day, month = (found[1], found[3]) if self._day_first else (found[3], found[1])
        return _day(found[4], month, day)


def _day(year: str, month: str, day: str) -> datetime.date | None:
    try:
        found = datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found.year >= EARLIEST else None
