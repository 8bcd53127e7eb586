"""Replays as somebody else might make them: other habits, fields left out, nothing shared with the other generators."""

import random

_FIRST_NAMES = """
alice bob carol dave erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent victor walter
wendy xavier yvonne zoe adam bella colin dora eric fiona george helen ian julia kurt linda mark nora oscar paula
quentin rita simon tina ulf vera will
"""
_FIRST = _FIRST_NAMES.split()
_LAST_NAMES = """
adams baker carter dixon ellis foster grant hayes irwin jensen keller lawson mason norris owens porter quinn reeves
sutton turner upton vance warren young ziegler archer barton cole drake emerson flynn gibson harper ingram
"""
_LAST = _LAST_NAMES.split()
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 "
    "Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
)
Row = dict


def row(at: float, ip: str, email: str, name: str, country: str, is_fake: bool, **more: object) -> Row:
    return {"at": at, "ip": ip, "email": email, "name": name, "country": country, "is_fake": is_fake, **more}


def name_of(dice: random.Random) -> tuple[str, str, str]:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    return first, last, f"{first.title()} {last.title()}"


def crowd(dice: random.Random, days: float) -> list[tuple[float, str, str, str]]:
    """When and whence the thousand come, with the mail domain and country that go with it."""
    providers = ["gmail.com"] * 5 + ["outlook.com", "yahoo.com", "hotmail.com", "proton.me", "icloud.com"]
    ends = days * 86400
    people = [(dice.uniform(0, 60) + 7200, anywhere(dice), "gmail.com", "US") for _ in range(600)]
    people += [
        (dice.uniform(0, ends), f"100.99.1.{dice.randrange(4)}", dice.choice(providers), "US") for _ in range(100)
    ]
    people += [(90000 + dice.uniform(0, 600), "10.20.30.40", "school.example", "US") for _ in range(30)]
    people += [
        (
            dice.uniform(0, ends),
            f"185.220.10{dice.randrange(3)}.7",
            dice.choice(providers),
            dice.choice(("DE", "US", "FR")),
        )
        for _ in range(40)
    ]
    relays = ("privaterelay.appleid.com", "mozmail.com", "simplelogin.com")
    people += [(dice.uniform(0, ends), anywhere(dice), dice.choice(relays), "US") for _ in range(50)]
    people += [
        (dice.uniform(0, ends), anywhere(dice), dice.choice(providers), dice.choice(("US", "GB", "FR", "DE")))
        for _ in range(180)
    ]
    return people


def anywhere(dice: random.Random) -> str:
    return f"{dice.randrange(11, 99)}.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"


def fake_ip(dice: random.Random, number: int) -> str:
    return f"203.{number}.113.{dice.randrange(1, 255)}"


def bare(dice: random.Random) -> list[Row]:
    """Five fields only. Fakes: eight letters at one of forty domains, an hour from each network."""
    rows = []
    for at, ip, domain, country in crowd(dice, 5):
        first, last, name = name_of(dice)
        local = dice.choice((f"{first}.{last}", f"{first}{last}{dice.randrange(100)}", f"{first[0]}{last}"))
        rows.append(row(at, ip, f"{local}@{domain}", name, country, False))
    for network in range(50):
        begins = dice.uniform(0, 5 * 86400 - 3600)
        for _ in range(200):
            local = "".join(dice.choice(_LETTERS) for _ in range(8))
            address = f"{local}@mail{dice.randrange(40)}.example"
            rows.append(
                row(begins + dice.uniform(0, 3600), fake_ip(dice, network), address, name_of(dice)[2], "US", True)
            )
    return rows


def bare_lists(dice: random.Random) -> list[Row]:
    """Five fields only. Fakes: name, dot, name, number at three providers; three days long."""
    rows = []
    for at, ip, domain, country in crowd(dice, 3):
        first, last, name = name_of(dice)
        forms = (
            f"{first}.{last}",
            f"{first}{last}",
            f"{first[0]}{last}{dice.randrange(99)}",
            f"{first}{dice.randrange(1950, 2008)}",
            f"{first}.{last}{dice.randrange(99)}",
        )
        rows.append(row(at, ip, f"{dice.choice(forms)}@{domain}", name, country, False))
    for number in range(10000):
        first, last, name = name_of(dice)
        address = f"{first}.{last}{dice.randrange(1, 1000)}@{dice.choice(('gmail.com', 'yahoo.com', 'outlook.com'))}"
        rows.append(
            row(dice.uniform(0, 3 * 86400), fake_ip(dice, number % 50), address, name, dice.choice(("US", "GB")), True)
        )
    return rows


def full(dice: random.Random) -> list[Row]:
    """All fields; fakes are hurried and run no script, and are spread over a week."""
    rows = []
    for at, ip, domain, country in crowd(dice, 7):
        first, last, name = name_of(dice)
        local = dice.choice(
            (f"{first}.{last}", f"{first}{dice.randrange(1000)}", f"{first[0]}.{last}", f"{last}{first}")
        )
        rows.append(
            row(
                at,
                ip,
                f"{local}@{domain}",
                name,
                country,
                False,
                comment=dice.choice(("", "", "Please act.", "Enough!")),
                user_agent=dice.choice(AGENTS),
                language="en",
                seconds_to_fill=max(6, dice.gauss(45, 20)),
                javascript=not ip.startswith("185."),
                honeypot="",
                confirms_after=dice.expovariate(1 / 600) + 10,
            )
        )
    for number in range(10000):
        first, last, name = name_of(dice)
        rows.append(
            row(
                dice.uniform(0, 7 * 86400),
                fake_ip(dice, number % 50),
                f"{first}.{last}{dice.randrange(1000)}@gmail.com",
                name,
                "US",
                True,
                comment="",
                user_agent=AGENTS[2],
                language="en",
                seconds_to_fill=dice.uniform(1, 6),
                javascript=dice.random() < 0.1,
                honeypot="",
                confirms_after=dice.uniform(3, 30),
            )
        )
    return rows


def careless(dice: random.Random) -> list[Row]:
    """People whose addresses say nothing of their names; every browser is the same."""
    rows = []
    for number, (at, ip, domain, country) in enumerate(crowd(dice, 4)):
        local = f"pupil{number % 30:02}" if domain == "school.example" else f"user{number}"
        rows.append(
            row(
                at,
                ip,
                f"{local}@{domain}",
                name_of(dice)[2],
                country,
                False,
                user_agent=AGENTS[2],
                seconds_to_fill=dice.randrange(20, 120),
                confirms_after=dice.randrange(30, 3600),
            )
        )
    for number in range(10000):
        local = "".join(dice.choice(_LETTERS + "0123456789") for _ in range(12))
        rows.append(
            row(
                dice.uniform(0, 4 * 86400),
                fake_ip(dice, number % 50),
                f"{local}@{dice.choice(('gmail.com', 'tempbox.example'))}",
                name_of(dice)[2],
                country,
                True,
                user_agent=AGENTS[2],
                seconds_to_fill=dice.randrange(1, 15),
                confirms_after=dice.randrange(1, 60),
            )
        )
    return rows


def twins(dice: random.Random) -> list[Row]:
    """Five fields only, and fakes drawn exactly as people are: nothing but the number from a network differs."""
    rows = []
    for at, ip, domain, country in crowd(dice, 4):
        first, last, name = name_of(dice)
        rows.append(row(at, ip, f"{first}.{last}{dice.randrange(100)}@{domain}", name, country, False))
    for number in range(10000):
        first, last, name = name_of(dice)
        domain = dice.choice(("gmail.com", "gmail.com", "outlook.com", "yahoo.com"))
        at, country = dice.uniform(0, 4 * 86400), dice.choice(("US", "GB", "FR", "DE"))
        rows.append(
            row(at, fake_ip(dice, number % 50), f"{first}.{last}{dice.randrange(100)}@{domain}", name, country, True)
        )
    return rows
