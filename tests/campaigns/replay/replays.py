"""The replays by name, the same for the same seed: `python tests/campaigns/replay/replays.py issue > issue.jsonl`."""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # run as a script and loaded by tests alike

import fakes
import honest
import latecomers
import strangers
from honest import DAY, HOUR, Row

KINDS_OF_ATTACK = (
    ("script", 1500, "burst"),
    ("catch-all", 1500, "burst"),
    ("catch-all, careful", 700, "drip"),
    ("disposable", 1000, "drip"),
    ("jumble", 1500, "drip"),
    ("names", 1500, "drip"),
    ("names apart", 500, "drip"),
    ("spoken", 800, "burst"),
    ("library", 400, "burst"),
    ("browser farm", 600, "drip"),
)
TOR_EXITS = [f"10.2.{number}" for number in range(240, 248)]


def _attack(chance: random.Random, kinds: tuple, networks: list[str], days: float) -> list[Row]:
    """Each kind over its share of the networks, unevenly, as machines are rented."""
    known = fakes.manners(chance)
    whole = sum(count for _, count, _ in kinds)
    rows: list[Row] = []
    places = networks[:]
    for kind, count, pace in kinds:
        own = [places.pop() for _ in range(max(1, round(len(networks) * count / whole))) if places]
        own = own or [chance.choice(networks)]
        weights = [chance.uniform(0.4, 1.6) for _ in own]
        for network, weight in zip(own, weights, strict=True):
            some = round(count * weight / sum(weights))
            if pace == "drip":
                rows += fakes.drip(chance, known[kind], some, network, days)
            else:
                at = chance.uniform(HOUR, (days - 1) * DAY)
                rows += fakes.burst(chance, known[kind], some, network, at, chance.uniform(0.3, 6) * HOUR)
    while len(rows) > whole:
        rows.pop(chance.randrange(len(rows)))
    return rows + [{**chance.choice(rows), "honeypot": "https://spam.example"} for _ in range(whole - len(rows))]


def _people(chance: random.Random, days: float = 7) -> list[Row]:
    """The thousand of the issue."""
    rows = honest.television(chance, 600, 1.4 * DAY)
    rows += honest.gateway(chance, 100, "100.64.7", "CA", days)
    rows += honest.one_house(
        chance,
        30,
        2 * DAY + HOUR,
        900,
        "10.3.77.5",
        domain="college-bellevue.example",
        share=0.6,
        local=honest.first_dot_last,
        agent=fakes.words.desktop(chance),
    )
    rows += honest.over_tor(chance, 40, TOR_EXITS, days)
    rows += honest.by_relay(chance, 60, days)
    return rows + honest.ordinary(chance, 170, days)


def issue(chance: random.Random) -> list[Row]:
    networks = fakes.networks(chance, 48) + TOR_EXITS[:2]
    return _people(chance) + _attack(chance, KINDS_OF_ATTACK, networks, 7)


def drip(chance: random.Random) -> list[Row]:
    """Nothing but slow drips, two weeks long."""
    kinds = (("jumble", 3000, "drip"), ("names", 3000, "drip"), ("spoken", 2000, "drip"), ("catch-all", 2000, "drip"))
    return _people(chance, 14) + _attack(chance, kinds, fakes.networks(chance, 50), 14)


def one_provider(chance: random.Random) -> list[Row]:
    """Every address, honest or not, is of one big provider."""
    kinds = (("jumble", 3000, "drip"), ("names", 4000, "burst"), ("spoken", 3000, "drip"))
    rows = _people(chance) + _attack(chance, kinds, fakes.networks(chance, 50), 5)
    for row in rows:
        if row["is_fake"] or chance.random() < 0.9:
            row["email"] = row["email"].partition("@")[0] + "@gmail.com"
    return rows


def botnet(chance: random.Random) -> list[Row]:
    """Other people's machines in some thousand networks, three sign-ups an hour from each."""
    known = fakes.manners(chance)
    rows = _people(chance)
    for kind, count in (("jumble", 2500), ("catch-all", 2500), ("spoken", 2500), ("browser farm", 2500)):
        rows += fakes.residential(chance, known[kind], count, 7, 3)
    return rows


def mimics(chance: random.Random) -> list[Row]:
    """Addresses, browsers, times and countries drawn as those of people are: only the networks differ."""
    kinds = (("copies people", 10000, "drip"),)
    return _people(chance) + _attack(chance, kinds, fakes.networks(chance, 50), 5)


def viral(chance: random.Random) -> list[Row]:
    """Five thousand people in a day, a third of them on the telephone networks of four companies; some fakes."""

    def when(chance: random.Random) -> float:
        return honest.daytime(chance, 1)

    rows = honest.ordinary(chance, 3000, 1) + honest.television(chance, 300, 10 * HOUR, 120)
    for company, (count, width) in enumerate(((700, 12), (500, 8), (300, 5), (100, 1))):
        for _ in range(count):
            network = f"100.{70 + company}.{min(int(chance.expovariate(3 / width)), width - 1)}"
            rows += honest.gateway(chance, 1, network, ("CA", "CA", "FR", "MA")[company], 1, when)
    rows += honest.over_tor(chance, 60, TOR_EXITS, 1) + honest.by_relay(chance, 40, 1)
    kinds = (("names", 700, "drip"), ("jumble", 700, "drip"), ("catch-all", 600, "burst"))
    return rows + _attack(chance, kinds, fakes.networks(chance, 20), 1.9)


def rooms(chance: random.Random) -> list[Row]:
    """Schools, a union, a parish, a company; hardly an attack."""
    rows = honest.ordinary(chance, 500, 6)
    agent = fakes.words.desktop(chance)
    for school in range(8):
        at = (school % 5) * DAY + chance.uniform(0, 6) * HOUR
        local = (honest.first_dot_last, honest.pupil_number)[school % 2]
        rows += honest.one_house(
            chance,
            28,
            at,
            1200,
            f"10.3.{school}.9",
            domain=f"lycee{school}.example",
            share=1,
            local=local,
            agent=agent,
        )
    rows += honest.one_house(
        chance,
        160,
        1.1 * DAY,
        9 * HOUR,
        "10.3.50.4",
        domain="hospital-union.example",
        share=0.9,
        local=honest.first_dot_last,
    )
    rows += honest.one_house(chance, 70, 3 * DAY + 2 * HOUR, 5400, "10.3.51.4", domain="parish.example", share=0.2)
    rows += honest.one_house(
        chance,
        120,
        2 * DAY,
        8 * HOUR,
        "10.3.52.4",
        domain="engineers.example",
        share=0.95,
        local=honest.first_dot_last,
        agent=fakes.words.desktop(chance),
    )
    for _ in range(150):  # the union's other members, at home, after its newsletter
        at = 1.2 * DAY + chance.expovariate(1 / (8 * HOUR))
        row = honest.person(chance, at, honest.home(chance), domain="hospital-union.example")
        row["email"] = f"{honest.first_dot_last(chance, row['name'], 0)}@hospital-union.example"
        rows.append(row)
    kinds = (("names", 300, "drip"), ("jumble", 300, "burst"))
    return rows + _attack(chance, kinds, fakes.networks(chance, 6), 4)


def shared(chance: random.Random) -> list[Row]:
    """Every network of the attack mixes all kinds; fakes come through the people's own gateway and Tor exits too."""
    rows = _people(chance)
    for row in rows:  # half of the television's audience watches on telephones of one company
        if row["email"].endswith("@gmail.com") and row["ip"][0] == "1" and chance.random() < 0.5:
            row["ip"], row["user_agent"] = f"100.80.{chance.randrange(30)}.9", fakes.words.mobile(chance)
    known = fakes.manners(chance)
    kinds = [kind for kind, _, _ in KINDS_OF_ATTACK]
    networks = fakes.networks(chance, 44) + TOR_EXITS[:5] + ["100.64.7"]
    for number in range(10000):
        network = networks[number % len(networks)] if number < 9000 else networks[number % 44]
        rows += fakes.drip(chance, known[chance.choice(kinds)], 1, network, 7)
    return rows


REPLAYS: dict[str, Callable[[random.Random], list[Row]]] = {
    **{make.__name__: make for make in (issue, drip, one_provider, botnet, mimics, viral, rooms, shared)},
    **{
        f"stranger_{make.__name__}": make
        for make in (
            strangers.bare,
            strangers.bare_lists,
            strangers.full,
            strangers.careless,
            strangers.twins,
            latecomers.patchwork,
            latecomers.patient,
        )
    },
}


def lines(name: str, seed: int = 1) -> str:
    """The replay as JSON lines, in the order of time. Raises KeyError for a name there is not."""
    rows = REPLAYS[name](random.Random(f"{name} {seed}"))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in sorted(rows, key=lambda row: row["at"]))


if __name__ == "__main__":
    sys.stdout.write(lines(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1))
