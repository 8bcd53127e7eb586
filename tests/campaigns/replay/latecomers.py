"""Replays that were written when the detector was finished, to try it on what it had not been fitted to."""

import random
from collections.abc import Iterator

from strangers import AGENTS, Row, anywhere, crowd, fake_ip, name_of, row

_TOR = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
_RELAYS = ("privaterelay.appleid.com", "mozmail.com", "simplelogin.com")


def patchwork(dice: random.Random) -> list[Row]:
    """Ten networks to each kind of fake; in one kind each has a mail domain of its own; the provider is unknown."""
    rows = [_signer(dice, *whence) for whence in _signers(dice)]
    for network in range(50):
        begins = dice.uniform(0, 300_000)
        rows += [_kind_of_fake(dice, network, begins) for _ in range(200)]
    return rows


def _signers(dice: random.Random) -> Iterator[tuple[float, str, str, str]]:
    for _ in range(600):
        yield 40_000 + dice.uniform(0, 60), anywhere(dice), "bigmail.example", dice.choice(AGENTS)
    for _ in range(100):
        domain = dice.choice(("bigmail.example", "gmail.com", "yahoo.com"))
        yield 40_000 + dice.uniform(0, 3600), "100.99.1.1", domain, dice.choice(AGENTS[:2])
    for _ in range(30):
        yield 120_000 + dice.uniform(0, 300), "10.20.30.40", "school.example", AGENTS[2]
    for _ in range(20):
        domain = dice.choice(("proton.me", "gmail.com", "riseup.net"))
        yield dice.uniform(0, 400_000), f"185.220.101.{dice.randrange(3)}", domain, _TOR
    for _ in range(30):
        yield dice.uniform(0, 400_000), anywhere(dice), dice.choice(_RELAYS), AGENTS[0]
    for _ in range(220):
        domain = dice.choice(("gmail.com", "outlook.com", "bigmail.example", "orange.fr"))
        yield dice.uniform(0, 400_000), anywhere(dice), domain, dice.choice(AGENTS)


def _signer(dice: random.Random, at: float, ip: str, domain: str, agent: str) -> Row:
    first, last, name = name_of(dice)
    forms = (f"{first}.{last}", f"{first}{dice.randrange(100)}", f"{last}.{first}", f"{first[0]}{last}")
    return row(
        at,
        ip,
        f"{dice.choice((*forms, f'{last}{dice.randrange(1940, 2005)}'))}@{domain}",
        name,
        "CA",
        False,
        user_agent=agent,
        seconds_to_fill=(2 if agent == _TOR else 1) * (8 + dice.expovariate(1 / 35)),
        confirms_after=15 + dice.expovariate(1 / 900),
        javascript=agent != _TOR,
    )


def _kind_of_fake(dice: random.Random, network: int, begins: float) -> Row:
    first, last, _ = name_of(dice)
    kind = network // 10
    if kind == 0:
        address, times, agents = f"{first}{last}{dice.randrange(9999)}@gmail.com", (1, 3, 2, 10), AGENTS[3:]
        at, script = begins + dice.uniform(0, 600), 0.0
    elif kind == 1:
        address, times, agents = f"{first}.{last}@domain{network}.example", (10, 40, 10, 120), AGENTS
        at, script = dice.uniform(0, 260_000), 1.0
    elif kind == 2:
        address, times, agents = f"{first}{dice.randrange(999)}@tmp{dice.randrange(5)}.example", (3, 12, 5, 60), AGENTS
        at, script = dice.uniform(0, 400_000), 0.5
    elif kind == 3:
        local = "".join(dice.choice("abcdef0123456789") for _ in range(10))
        address, times, agents = f"{local}@outlook.com", (5, 30, 5, 60), AGENTS
        at, script = begins + dice.uniform(0, 86_400), 1.0
    else:
        address, times, agents = f"{first}.{last}{dice.randrange(99)}@yahoo.com", (15, 60, 20, 300), AGENTS[:2]
        at, script = dice.uniform(0, 400_000), 1.0
    return _fake(dice, at, fake_ip(dice, network), address, times, dice.choice(agents), script)


def _fake(
    dice: random.Random,
    at: float,
    ip: str,
    address: str,
    times: tuple[float, float, float, float],
    agent: str,
    script: float,
) -> Row:
    return row(
        at,
        ip,
        address,
        name_of(dice)[2],
        "CA",
        True,
        user_agent=agent,
        seconds_to_fill=dice.uniform(times[0], times[1]),
        confirms_after=dice.uniform(times[2], times[3]),
        javascript=dice.random() < script,
    )


def patient(dice: random.Random) -> list[Row]:
    """Twenty days; ten a day from each of fifty IPv6 networks, confirmed after hours, typed at a human pace."""
    agents = (*AGENTS, "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0")
    rows = []
    for at, ip, domain, country in crowd(dice, 20):
        first, last, name = name_of(dice)
        forms = (f"{first}.{last}", f"{first}{last}", f"{last}-{first}", f"{first}{dice.randrange(1950, 2008)}")
        is_home = not ip.startswith(("100", "185", "10."))
        if is_home and dice.random() < 0.4:
            ip = f"2001:db8:{dice.randrange(65536):x}:{dice.randrange(65536):x}::1"
        address = f"{dice.choice((*forms, f'{first[0]}{last}{dice.randrange(99)}'))}@{domain}"
        more = {
            "user_agent": dice.choice(agents),
            "seconds_to_fill": 10 + dice.gammavariate(2, 22),
            "javascript": dice.random() > 0.05,
            "confirms_after": 20 + dice.expovariate(1 / 3000),
        }
        rows.append(row(at, ip, address, name, country, False, **more))
    for number in range(10_000):
        first, last, name = name_of(dice)
        address = f"{first}_{last}{dice.randrange(100, 1000)}@{dice.choice(('gmail.com', 'outlook.com'))}"
        ip = f"2001:db8:{4096 + number % 50:x}:{dice.randrange(65536):x}::9"
        more = {
            "user_agent": dice.choice(agents[2:]),
            "seconds_to_fill": dice.uniform(20, 90),
            "javascript": True,
            "confirms_after": dice.uniform(600, 6 * 3600),
        }
        rows.append(row(dice.uniform(0, 20 * 86_400), ip, address, name, dice.choice(("US", "GB")), True, **more))
    return rows
