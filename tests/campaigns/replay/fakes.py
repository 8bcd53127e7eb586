"""Invented machines that sign: each attack has its manner, from the careless to the careful."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import words
from honest import DAY, HOUR, Row, daytime, minutes_to_read, until_the_mail_is_read

Draw = Callable[[random.Random], float | None]


@dataclass
class Manner:
    """How one attack makes its sign-ups; each part draws by chance."""

    address: Callable[[random.Random, str], str]
    agent: Callable[[random.Random], str]
    fill: Draw
    confirm: Draw
    script: float = 0.0  # share that runs JavaScript
    comment: float = 0.0  # share with a comment
    countries: tuple[tuple[str, int], ...] = (("CA", 50), ("US", 30), ("GB", 20))
    lower: float = 0.0  # share of names written small


def between(low: float, high: float) -> Draw:
    return lambda chance: round(chance.uniform(low, high), 1)


def about(median: float, spread: float) -> Draw:
    return lambda chance: round(chance.lognormvariate(math.log(median), spread), 1)


def one_of(agents: list[str]) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice(agents)


def row(chance: random.Random, manner: Manner, at: float, ip: str) -> Row:
    name = f"{chance.choice(words.FIRST)} {chance.choice(words.LAST)}"
    runs_script = chance.random() < manner.script
    return {
        "at": round(at, 1),
        "ip": ip,
        "email": manner.address(chance, name),
        "name": name.lower() if chance.random() < manner.lower else name,
        "country": words.weighted(chance, manner.countries),
        "comment": chance.choice(words.COMMENTS[:4]) if chance.random() < manner.comment else "",
        "user_agent": manner.agent(chance),
        "language": "en" if chance.random() < 0.9 else "fr",
        "seconds_to_fill": manner.fill(chance) if runs_script else None,
        "javascript": runs_script,
        "honeypot": "",
        "confirms_after": manner.confirm(chance),
        "is_fake": True,
    }


def burst(chance: random.Random, manner: Manner, count: int, network: str, at: float, seconds: float) -> list[Row]:
    return [row(chance, manner, at + chance.uniform(0, seconds), host(chance, network)) for _ in range(count)]


def drip(chance: random.Random, manner: Manner, count: int, network: str, days: float) -> list[Row]:
    """Day and night at the same rate."""
    return [row(chance, manner, chance.uniform(0, days * DAY - HOUR), host(chance, network)) for _ in range(count)]


def host(chance: random.Random, network: str) -> str:
    return f"{network}{chance.randrange(1, 255):x}" if ":" in network else f"{network}.{chance.randrange(1, 255)}"


# Addresses.


def of_domains(domains: list[str], local: Callable[[random.Random, str], str]) -> Callable[[random.Random, str], str]:
    return lambda chance, name: f"{local(chance, name)}@{chance.choice(domains)}"


def of_big_providers(local: Callable[[random.Random, str], str]) -> Callable[[random.Random, str], str]:
    return lambda chance, name: f"{local(chance, name)}@{words.weighted(chance, words.BIG)}"


def jumbled(chance: random.Random, name: str) -> str:
    return words.jumble(chance, chance.randrange(8, 13))


def jumbled_letters(chance: random.Random, name: str) -> str:
    return words.jumble(chance, 10, "abcdefghijklmnopqrstuvwxyz")


def from_a_list(chance: random.Random, name: str) -> str:
    first, last = name.split()[0], name.split()[-1]
    return f"{words.plain(first)}.{words.plain(last)}{words.digits(chance, chance.choice((2, 3)))}"


def of_another(chance: random.Random, name: str) -> str:
    """The address list and the list of names were bought apart."""
    return from_a_list(chance, f"{chance.choice(words.FIRST)} {chance.choice(words.LAST)}")


def as_people(chance: random.Random, name: str) -> str:
    return words.local_part(chance, name.split()[0], name.split()[-1])


def spoken(chance: random.Random, name: str) -> str:
    return words.pronounceable(chance) + words.digits(chance, chance.randrange(0, 4))


# The manners. Agents are drawn once, as a machine is set up once.


def manners(chance: random.Random) -> dict[str, Manner]:
    catch_all = [f"{words.pronounceable(chance)}{chance.choice(('mail', 'post', '', 'net'))}.example" for _ in range(9)]
    own = [words.desktop(chance) for _ in range(6)]
    return {
        "script": Manner(
            of_domains(catch_all, from_a_list), one_of(own[:1]), between(0.5, 2), between(2, 9), lower=0.2
        ),
        "catch-all": Manner(of_domains(catch_all, jumbled_letters), one_of(own[:3]), between(1, 4), between(3, 20)),
        "catch-all, careful": Manner(
            of_domains(catch_all, as_people), words.browser, between(12, 60), between(20, 240), script=0.8, comment=0.1
        ),
        "disposable": Manner(
            of_domains(list(words.DISPOSABLE), spoken), one_of(own), between(2, 8), between(4, 40), script=0.2
        ),
        "jumble": Manner(of_big_providers(jumbled), one_of(own), between(4, 15), between(5, 60), script=0.3),
        "names": Manner(of_big_providers(from_a_list), words.desktop, between(8, 25), between(8, 50), script=0.6),
        "names apart": Manner(of_big_providers(of_another), words.browser, about(30, 0.4), about(40, 0.5), script=0.9),
        "spoken": Manner(
            of_big_providers(spoken), one_of(own[2:]), between(5, 20), between(10, 90), script=0.4, comment=0.3
        ),
        "library": Manner(
            of_big_providers(from_a_list), one_of(["python-requests/2.32.3"]), between(1, 2), between(1, 6)
        ),
        "browser farm": Manner(
            of_big_providers(from_a_list), one_of(own[3:5]), about(20, 0.3), between(15, 70), script=1.0
        ),
        "copies people": Manner(
            of_big_providers(as_people),
            words.browser,
            minutes_to_read,
            until_the_mail_is_read,
            script=0.97,
            comment=0.18,
            countries=words.COUNTRIES,
            lower=0.03,
        ),
    }


def networks(chance: random.Random, count: int) -> list[str]:
    """Hosting providers and bought exits: two in three IPv4 /24, the rest IPv6 /48."""
    found: list[str] = []
    while len(found) < count:
        network = (
            f"198.{chance.randrange(18, 20)}.{chance.randrange(256)}"
            if chance.random() < 0.66
            else f"2001:db8:{chance.randrange(65536):x}:{chance.randrange(65536):x}::"
        )
        if network not in found:
            found.append(network)
    return found


def residential(chance: random.Random, manner: Manner, count: int, days: float, an_hour: int) -> list[Row]:
    """Other people's machines: each network is used for some hours, `an_hour` sign-ups in each."""
    rows: list[Row] = []
    while len(rows) < count:
        network = f"10.{chance.randrange(4, 256)}.{chance.randrange(256)}"
        begins = daytime(chance, days)
        for hour in range(chance.randrange(1, 5)):
            rows += burst(chance, manner, an_hour, network, begins + hour * HOUR, HOUR)
    return rows[:count]
