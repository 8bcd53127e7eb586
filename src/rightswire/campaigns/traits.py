"""What one sign-up shows of who, or what, sent it: a few coarse traits, and nothing from which a person could be named.

Each trait puts the sign-up into one of a few bins. With each come the shares of the bins among people and among
machines as a first guess, and `firmness`: how alike honest groups are in this trait. Schools differ in their browsers
(soft) and not in how long a person needs to fill in a form (firm).
"""

import re
import unicodedata
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rightswire.campaigns.disposable import MailDomain, kind_of

UNKNOWN = 255


@dataclass(frozen=True, slots=True)
class Arrival:
    """One form as it was sent. `at` in seconds since 1970; None stands for what was not observed.

    `network` is what `limits.client_network` gives. It is turned into a pseudonym at once and kept nowhere.
    """

    petition: int
    at: float
    network: bytes
    email: str
    name: str
    country: str
    comment: str = ""
    language: str = ""
    user_agent: str = ""
    has_solved_puzzle: bool | None = None


class Trait(NamedTuple):
    name: str
    people: tuple[float, ...]
    machines: tuple[float, ...]
    firmness: float


TRAITS = (
    # Both names with a point; both joined; initial and name; both, point, digits; both joined, digits; one name and
    # digits; one name; other words; other words and digits; five digits or more; cannot be compared;
    # other words, point, digits.
    Trait(
        "form",
        (0.17, 0.13, 0.12, 0.10, 0.08, 0.14, 0.06, 0.06, 0.08, 0.02, 0.03, 0.01),
        (0.10, 0.08, 0.04, 0.16, 0.10, 0.10, 0.02, 0.15, 0.10, 0.08, 0.02, 0.05),
        10,
    ),
    Trait("jumble", (0.97, 0.03), (0.5, 0.5), 12),
    # Digits at the end of the address: none, one, two, three, a year, other four, more.
    Trait("digits", (0.58, 0.06, 0.18, 0.06, 0.06, 0.04, 0.02), (0.3, 0.1, 0.15, 0.15, 0.05, 0.15, 0.1), 10),
    # Mail domain: a provider, a house's own, one seen in several busy networks, a relay, disposable.
    Trait("domain", (0.84, 0.10, 0.02, 0.035, 0.005), (0.40, 0.15, 0.25, 0.05, 0.15), 5),
    Trait("puzzle", (0.08, 0.92), (0.4, 0.6), 2),
    # Browser: on a telephone, on a desk, none named, a program, Tor's.
    Trait("browser", (0.55, 0.417, 0.01, 0.003, 0.02), (0.15, 0.45, 0.15, 0.20, 0.05), 2),
    Trait("agent", (1 / 16,) * 16, (1 / 16,) * 16, 2),
    # Name: usual, one word, all small or all capitals, with digits or jumbled.
    Trait("name", (0.88, 0.06, 0.05, 0.01), (0.6, 0.1, 0.2, 0.1), 6),
    Trait("comment", (0.75, 0.25), (0.8, 0.2), 3),
    # Seconds from the mail to the button: under 5, 10, 20, 40, 90; more.
    Trait("confirm", (0.01, 0.03, 0.08, 0.14, 0.2, 0.54), (0.2, 0.2, 0.2, 0.16, 0.12, 0.12), 15),
)
A_PROVIDER, OWN_DOMAIN, SCATTERED_DOMAIN, RELAY_DOMAIN, DISPOSABLE_DOMAIN = range(5)
A_TELEPHONE, A_PROGRAM, TOR = 0, 3, 4
_DOMAINS = {
    MailDomain.PROVIDER: A_PROVIDER,
    MailDomain.OWN: OWN_DOMAIN,
    MailDomain.RELAY: RELAY_DOMAIN,
    MailDomain.DISPOSABLE: DISPOSABLE_DOMAIN,
}
PLACE = {trait.name: place for place, trait in enumerate(TRAITS)}
CONFIRM_ENDS = (5, 10, 20, 40, 90)

# Which letters follow each letter in the words of 27 languages that write in Latin letters: 96 in 100 of all pairs.
_PAIRS = """
aabcdefghijklmnopqrstuvwyz baeiloru caehikoru dadeinorsuyz eabcdegijklmnoprstuvwyz faioru gaehiloru haeiortu
iabcdegijklmnoprstuvyz jaeiosu kaehiklmorstuwy labdegiklostu mabeiopsuy nacdeghijknostuvyz oabcdeghijklmnoprstuvz
paeiortu qu rabcdegiklmnorstuwy sacehikloprstuvwyz tacehiorstuy uabcdegiklmnprstvz vaeio waeio xaeiopty yaenorsu
zaeiou
"""
_FOLLOWERS = {pair[0]: frozenset(pair[1:]) for pair in _PAIRS.split()}
_RUNS = re.compile(r"[a-z]+|[0-9]+")
_NAMES_OF_PROGRAMS = """
headless phantomjs selenium puppeteer playwright python curl/ wget/ go-http okhttp java/ libwww scrapy axios
node-fetch aiohttp httpx spider crawler
"""
_PROGRAMS = _NAMES_OF_PROGRAMS.split()
_YEAR = re.compile(r"^(19[2-9]|20[0-2])[0-9]$")


def read(arrival: Arrival) -> list[int]:
    """The bin of every trait, UNKNOWN where it was not observed or is not known yet."""
    local, _, domain = arrival.email.rpartition("@")
    kind = kind_of(domain.lower())
    bins = [UNKNOWN] * len(TRAITS)
    if kind is not MailDomain.RELAY:
        plain = _latin(local.partition("+")[0])
        bins[PLACE["form"]] = form_of(plain, arrival.name)
        bins[PLACE["jumble"]] = int(is_jumbled(plain))
        bins[PLACE["digits"]] = _digits_at_the_end(plain)
    bins[PLACE["domain"]] = _DOMAINS[kind]
    if arrival.has_solved_puzzle is not None:
        bins[PLACE["puzzle"]] = int(arrival.has_solved_puzzle)
    bins[PLACE["browser"]] = _browser(arrival.user_agent)
    bins[PLACE["agent"]] = zlib.crc32(arrival.user_agent.encode()) & 15
    bins[PLACE["name"]] = _look_of_name(arrival.name)
    bins[PLACE["comment"]] = int(bool(arrival.comment.strip()))
    return bins


def bin_of(value: float, ends: tuple[int, ...]) -> int:
    return sum(value >= end for end in ends)


def is_jumbled(local: str) -> bool:
    """Whether letters follow each other as in no language, or letters and digits alternate."""
    runs = _RUNS.findall(local)
    if len(runs) - local.count(".") - local.count("_") - local.count("-") > 3:
        return True
    rare = pairs = 0
    for run in runs:
        if run.isalpha():
            pairs += len(run) - 1
            rare += sum(second not in _FOLLOWERS[first] for first, second in pairwise(run))
    return rare >= 2 and rare >= 0.34 * pairs


def form_of(local: str, name: str) -> int:
    """How the part before the @ is made of the signer's name."""
    letters = "".join(run for run in _RUNS.findall(local) if run.isalpha())
    digits = sum(character.isdigit() for character in local)
    if digits >= 5:
        return 9
    parts = [part for part in re.split(r"[\s\-'’.]+", name) if part]
    words = [latin for part in parts if (latin := re.sub(r"[^a-z]", "", _latin(part)))]
    if not words:
        return 10
    whole = [word for word in words if len(word) > 2 and word in letters]
    if len(whole) > 1:
        return (3 if "." in local else 4) if digits else 0 if "." in local else 1
    if whole:
        rest = letters.replace(whole[0], "", 1)
        is_initial = len(rest) == 1 and any(word[0] == rest for word in words)
        return 2 if is_initial and not digits else 5 if digits else 6
    if digits:
        return 11 if "." in local or "_" in local else 8
    return 7


def _latin(text: str) -> str:
    return unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()


def _digits_at_the_end(local: str) -> int:
    digits = local[len(local.rstrip("0123456789")) :]
    if len(digits) == 4:
        return 4 if _YEAR.match(digits) else 5
    return 6 if len(digits) > 4 else len(digits)


def _browser(agent: str) -> int:
    small = agent.lower()
    if any(word in small for word in _PROGRAMS):
        return A_PROGRAM
    if len(agent) < 20:
        return 2
    if "(Windows NT 10.0; rv:" in agent:
        return TOR
    return 0 if "Mobi" in agent or "Android" in agent else 1


def _look_of_name(name: str) -> int:
    words = name.split()
    letters = [character for character in name if character.isalpha()]
    if any(character.isdigit() for character in name) or is_jumbled(_latin(name).replace(" ", ".")):
        return 3
    has_cases = any(letter.lower() != letter.upper() for letter in letters)
    if has_cases and (name.islower() or (name.isupper() and len(letters) > 4)):
        return 2
    return int(len(words) < 2)
