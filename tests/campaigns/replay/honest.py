"""Invented people who sign: at home, before the television, in school, behind a gateway, over Tor."""

import math
import random
from collections.abc import Callable

import words

Row = dict
HOUR, DAY = 3600.0, 86400.0
# How many sign in each hour of the day, from midnight; opened at nine.
_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 12, 11, 9, 9, 9, 10, 11, 12, 14, 13, 9, 5)


def home(chance: random.Random) -> str:
    """The address of a household: IPv6 as often as not; some share the network of their provider."""
    if chance.random() < 0.5:
        return f"2001:db8:{chance.randrange(65536):x}:{chance.randrange(256):x}::{chance.randrange(1, 65536):x}"
    if chance.random() < 0.15:
        return f"10.{chance.randrange(4)}.{chance.randrange(60)}.{chance.randrange(1, 255)}"
    return f"10.{chance.randrange(4, 256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"


def minutes_to_read(chance: random.Random) -> float:
    """Seconds from the first touch of the form to sending it; a few let the browser fill it in."""
    return round(chance.uniform(3, 8) if chance.random() < 0.06 else chance.lognormvariate(math.log(48), 0.65), 1)


def until_the_mail_is_read(chance: random.Random) -> float | None:
    kind = chance.random()
    if kind < 0.03:
        return None
    if kind < 0.62:
        return round(max(6, chance.lognormvariate(math.log(75), 0.9)), 1)
    if kind < 0.92:
        return round(chance.lognormvariate(math.log(1500), 1.3), 1)
    return round(min(6 * DAY, chance.lognormvariate(math.log(20000), 1.0)), 1)


def person(chance: random.Random, at: float, ip: str, *, domain: str = "", country: str = "", agent: str = "") -> Row:
    """One signer; what is not given is as it is among people."""
    country = country or words.weighted(chance, words.COUNTRIES)
    if country in ("MA", "TN", "LB") and chance.random() < 0.5:
        name = f"{chance.choice(words.ARABIC_FIRST)} {chance.choice(words.ARABIC_LAST)}"
        local, language = chance.choice(words.ARABIC_LATIN) + words.digits(chance, chance.randrange(0, 5)), "ar"
    else:
        first, last = chance.choice(words.FIRST), chance.choice(words.LAST)
        name, local = f"{first} {last}", words.local_part(chance, first, last)
        language = "fr" if country in ("FR", "BE", "MA", "TN") or chance.random() < 0.2 else "en"
        kind = chance.random()
        if kind < 0.04:
            name = first
        elif kind < 0.07:
            name = name.lower()
        elif kind < 0.09:
            name = f"{first} {chance.choice(words.FIRST)} {last}"
    if not domain:
        domain = words.weighted(chance, words.BIG)
        if chance.random() < 0.07:
            house = chance.choice(words.LAST), chance.choice(("", "-family", "design", "consulting"))
            domain = f"{words.plain(house[0])}{house[1]}.example"
    has_script = chance.random() > 0.03
    return {
        "at": round(at, 1),
        "ip": ip,
        "email": f"{local}@{domain}",
        "name": name,
        "country": country,
        "comment": chance.choice(words.COMMENTS) if chance.random() < 0.18 else "",
        "user_agent": agent or words.browser(chance),
        "language": language,
        "seconds_to_fill": minutes_to_read(chance) if has_script else None,
        "javascript": has_script,
        "honeypot": "",
        "confirms_after": until_the_mail_is_read(chance),
        "is_fake": False,
    }


def daytime(chance: random.Random, days: float, fades: float = 3.0) -> float:
    """A moment as people choose it: by day rather than by night, most in the first days."""
    while True:
        at = min(chance.expovariate(1 / (fades * DAY)), days * DAY - 1)
        if chance.random() < _HOURS[int(at / HOUR + 9) % 24] / max(_HOURS):
            return at


def ordinary(chance: random.Random, count: int, days: float) -> list[Row]:
    rows = [person(chance, daytime(chance, days), home(chance)) for _ in range(count)]
    for row in chance.sample(rows, count // 12):  # the household signs at one table
        rows.remove(chance.choice([other for other in rows if other is not row]))
        rows.append(person(chance, row["at"] + chance.uniform(60, 900), row["ip"], country=row["country"]))
    return rows


def television(
    chance: random.Random, count: int, at: float, seconds: float = 60.0, domain: str = "gmail.com"
) -> list[Row]:
    rows = []
    for _ in range(count):
        row = person(chance, at + chance.triangular(0, seconds, seconds / 4), home(chance), domain=domain)
        row["country"] = "CA" if chance.random() < 0.9 else row["country"]
        rows.append(row)
    return rows


def gateway(
    chance: random.Random, count: int, network: str, country: str, days: float, when: Callable | None = None
) -> list[Row]:
    """Telephones behind few addresses of one network."""
    rows = []
    for _ in range(count):
        at = when(chance) if when else daytime(chance, days)
        ip = f"{network}.{chance.randrange(8, 16)}"
        rows.append(person(chance, at, ip, country=country, agent=words.mobile(chance)))
    return rows


def one_house(
    chance: random.Random,
    count: int,
    at: float,
    seconds: float,
    ip: str,
    *,
    domain: str,
    share: float,
    local: Callable | None = None,
    agent: str = "",
    country: str = "CA",
) -> list[Row]:
    """A class, a parish hall, an office: one network, mostly one mail domain, often one kind of machine."""
    rows = []
    for number in range(count):
        inside = chance.random() < share
        row = person(
            chance, at + chance.uniform(0, seconds), ip, domain=domain if inside else "", country=country, agent=agent
        )
        if inside and local:
            row["email"] = f"{local(chance, row['name'], number)}@{domain}"
        rows.append(row)
    return rows


def first_dot_last(chance: random.Random, name: str, number: int) -> str:
    return ".".join(filter(None, (words.plain(part) for part in name.split()))) or f"p{number}"


def pupil_number(chance: random.Random, name: str, number: int) -> str:
    return f"s{20240000 + number * 7 + chance.randrange(7)}"


def over_tor(chance: random.Random, count: int, exits: list[str], days: float) -> list[Row]:
    rows = []
    for _ in range(count):
        row = person(
            chance,
            daytime(chance, days),
            f"{chance.choice(exits)}.{chance.randrange(1, 20)}",
            domain=words.weighted(chance, words.PRIVACY),
            agent=words.TOR,
        )
        if chance.random() < 0.4:
            row["javascript"], row["seconds_to_fill"] = False, None
        elif row["seconds_to_fill"]:
            row["seconds_to_fill"] = round(row["seconds_to_fill"] * 1.5, 1)
        if chance.random() < 0.25:
            row["name"] = chance.choice(words.NICKNAMES).capitalize()
        rows.append(row)
    return rows


def by_relay(chance: random.Random, count: int, days: float) -> list[Row]:
    rows = []
    for _ in range(count):
        row = person(chance, daytime(chance, days), home(chance), domain=chance.choice(words.RELAYS))
        word = words.plain(row["name"].split()[0]) or "me"
        local = {
            "privaterelay.appleid.com": words.jumble(chance, 10),
            "mozmail.com": words.jumble(chance, 9),
        }.get(row["email"].partition("@")[2], f"{word}.{words.jumble(chance, 5)}")
        row["email"] = f"{local}@{row['email'].partition('@')[2]}"
        rows.append(row)
    return rows
