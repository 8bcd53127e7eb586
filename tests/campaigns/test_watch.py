"""Machines are found, also late; a school, a telephone company, Tor or one big mail provider is no attack."""

import hashlib
import importlib.util
import json
import random
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.campaigns import cohorts, watch
from rightswire.campaigns.limits import client_network
from rightswire.campaigns.marks import Marks
from rightswire.campaigns.traits import Arrival
from rightswire.campaigns.watch import Verdict, Watch

ROOT = Path(__file__).resolve().parents[2]
NOON = 1_800_014_400.0 // 86400 * 86400 + 12 * 3600
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
TELEPHONE = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"
FIRST = ["Amina", "Julien", "Claire", "Omar", "Helen", "Lukas", "Rosa", "Piotr", "Mei", "Nadia"]
LAST = ["Moreau", "Haddad", "Walker", "Rossi", "Novak", "Gagnon", "Weber", "Costa", "Park", "Mensah"]
FIVE_FIELDS = {"at", "ip", "email", "name", "country", "is_fake"}


def module(path: str) -> ModuleType:
    name = Path(path).stem
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / path)
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def lines(name: str) -> str:
    return module("tests/campaigns/replay/replays.py").lines(name)


def figures(name: str, fields: set[str] | None = None) -> dict:
    rows = [json.loads(line) for line in lines(name).splitlines()]
    if fields:
        rows = [{key: value for key, value in row.items() if key in fields} for row in rows]
    return module("benchmarks/replay.py").figures(rows)


def person(number: int, network: bytes | None = None, **known) -> Arrival:
    """Somebody at home, unlike the next one."""
    chance = random.Random(number)
    first, last = chance.choice(FIRST), chance.choice(LAST)
    local = chance.choice(
        [f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{first}{chance.randrange(99)}", "sunflower"]
    )
    facts = {
        "petition": 1,
        "at": NOON + number * 20,
        "network": network or b"6" + number.to_bytes(6, "big"),
        "email": f"{local.lower()}@{chance.choice(['gmail.com', 'orange.fr', 'gmx.de', 'yahoo.com'])}",
        "name": f"{first} {last}",
        "country": "CA",
        "user_agent": chance.choice([FIREFOX, TELEPHONE]),
    }
    return Arrival(**{**facts, **known})


def machine(number: int, network: bytes = b"4bad", **known) -> Arrival:
    chance = random.Random(number)
    local = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(11))
    facts = {
        "email": f"{local}@gmail.com",
        "user_agent": FIREFOX,
    }
    return person(number, network, **{**facts, **known})


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def signs(own: Watch, arrival: Arrival, number: int, after: float = 100.0) -> Verdict:
    """Signs and confirms; the marks travel as in the link."""
    packed = own.sign_up(arrival).pack()
    return own.confirm(arrival.petition, key(number), Marks.unpack(packed), arrival.at + after)


def people_sign(own: Watch, count: int = 60) -> None:
    for number in range(count):
        signs(own, person(number), number, after=60 + number * 7)


def attack(own: Watch, numbers: range, network: bytes = b"4bad") -> tuple[set[int], set[int]]:
    """Those held at once, and those held late."""
    at_once, late = set(), set()
    for number in numbers:
        verdict = signs(own, machine(number, network), number, after=4)
        at_once |= {number} if verdict.is_held else set()
        late |= {int.from_bytes(held.address_key, "big") for held in verdict.also_hold}
    return at_once, late


# The replays.


def test_what_the_watch_looks_at_is_what_the_server_knows_of_a_sign_up():
    from rightswire.campaigns.sending import Sending
    from rightswire.campaigns.sign_form import read_form
    from rightswire.campaigns.signing import arrival

    typed = {"name": "Ada", "email": "ada@example.org", "country": "CA", "comment": "Free them."}
    sending = Sending("POST", "free-them", "fr", b"4abc", FIREFOX, typed)
    found = arrival(1, read_form(typed, needs_address=True), sending, has_solved=True, now=NOON)
    assert all(asdict(found).values()), "a trait that is never told finds nobody outside of tests"


def test_the_replay_is_the_one_whose_assumptions_are_written_down():
    text = lines("issue")
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "0637126d44654a7d2649341c79e975ba31215500bbe0d75a8d3509c77ff15f55"
    )
    rows = [json.loads(line) for line in text.splitlines()]
    fakes = [row for row in rows if row["is_fake"]]
    honest = [row for row in rows if not row["is_fake"]]
    assert len(fakes) == 10_000
    assert len({client_network(row["ip"]) for row in fakes}) == 50
    assert len(honest) == 1_000
    minutes = Counter(row["at"] // 60 for row in honest if row["email"].endswith("@gmail.com"))
    assert sum(count for _, count in minutes.most_common(2)) >= 600
    networks = Counter(client_network(row["ip"]) for row in honest)
    assert networks[client_network("100.64.7.9")] == 100
    assert networks[client_network("10.3.77.5")] == 30


@pytest.mark.parametrize("name", ["issue", "rooms", "viral"])
def test_of_a_hundred_fakes_99_are_held_and_of_a_hundred_people_at_most_one(name):
    found = figures(name)
    assert found["fakes_held_share"] >= 0.99
    assert found["honest_held_share"] <= 0.01


def test_it_does_so_where_only_five_fields_are_known():
    found = figures("stranger_bare", FIVE_FIELDS)
    assert found["fakes_held_share"] >= 0.99
    assert found["honest_held_share"] <= 0.01


def test_a_watch_that_does_not_look_at_groups_lets_most_fakes_through(monkeypatch):
    monkeypatch.setattr(cohorts, "evidence", lambda *_: 0.0)
    monkeypatch.setattr(cohorts.Likeness, "of", lambda *_: 0.0)
    monkeypatch.setattr(Watch, "_is_swarm", lambda *_: False)
    assert figures("issue")["fakes_held_share"] < 0.2


# One thing at a time.


def test_what_is_found_late_reaches_back_to_the_first():
    own = Watch()
    people_sign(own)
    at_once, late = attack(own, range(100, 140))
    assert 100 not in at_once
    assert at_once | late == set(range(100, 140))


def test_what_the_log_has_taken_is_not_held_any_more():
    own = Watch()
    people_sign(own)
    signs(own, machine(100), 100)
    own.end_day(NOON + 4000)
    at_once, late = attack(own, range(200, 240))
    assert at_once | late == set(range(200, 240))


def test_the_end_of_the_day_finds_what_was_too_little_at_first():
    own = Watch()
    people_sign(own)
    few = set(range(1000, 1003))
    assert attack(own, range(1000, 1003), b"4few") == (set(), set())
    late: set[int] = set()
    for network in range(6):
        late |= attack(own, range(100 * network + 2000, 100 * network + 2030), b"4%03d" % network)[1]
    late |= {int.from_bytes(held.address_key, "big") for held in own.end_day(NOON + 80_000)}
    assert few <= late


def test_the_same_link_again_changes_nothing():
    own = Watch()
    marks = own.sign_up(person(1))
    first = own.confirm(1, key(1), marks, NOON + 50)
    for _ in range(50):
        assert own.confirm(1, key(1), marks, NOON + 60) == first
    assert own._members[1].at == person(1).at
    assert next(iter(own._networks.values())).size == 1


def test_a_clock_that_is_set_back_makes_nobody_suspicious():
    own = Watch()
    people_sign(own)
    verdicts = [signs(own, person(number, b"4tel", user_agent=TELEPHONE), number, -500) for number in range(100, 160)]
    assert not any(verdict.is_held for verdict in verdicts)
    assert not signs(own, person(200, at=NOON - 40 * 86400), 200).is_held


def test_forms_that_nobody_confirms_harm_nobody():
    own = Watch()
    for number in range(500):
        own.sign_up(machine(number, b"4uni"))
    assert not signs(own, person(900, b"4uni"), 900).is_held


def test_a_hundred_telephones_behind_one_address_are_no_attack():
    own = Watch()
    people_sign(own, 40)
    verdicts = [signs(own, person(n, b"4tel", user_agent=TELEPHONE), n, after=40 + n) for n in range(100, 200)]
    assert not any(verdict.is_held or verdict.also_hold for verdict in verdicts)
    assert not own.end_day(NOON + 9000)


def test_six_hundred_of_one_mail_provider_in_a_minute_are_no_attack():
    own = Watch()
    for number in range(600):
        arrival = person(number, at=NOON + number / 10)
        name = arrival.email.partition("@")[0]
        verdict = signs(own, person(number, at=arrival.at, email=f"{name}@newmail.example"), number, after=30 + number)
        assert not verdict.is_held
    assert not own.end_day(NOON + 9000)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"user_agent": "python-requests/2.32"}, "program"),
        ({"email": "anna@mailinator.com"}, "disposable"),
        ({"email": "anna@box.mailinator.com"}, "disposable"),
        ({"email": "x7k2p9@privaterelay.appleid.com"}, ""),
        ({"email": "k3jd8s@mozmail.com"}, ""),
        ({"email": "anna.x7f3@simplelogin.com"}, ""),
        ({"user_agent": ""}, ""),
    ],
)
def test_what_is_held_without_looking_at_others(known, reason):
    verdict = signs(Watch(), person(7, **known), 7)
    assert verdict.reason == reason
    assert verdict.is_held == bool(reason)


def test_the_name_of_every_batch_fits_into_its_column():
    from rightswire.campaigns.marks import REASONS
    from rightswire.campaigns.models import Signature

    names = {Watch()._own_batch(reason, NOON) for reason in REASONS}
    assert len(names) == len(REASONS)
    assert max(map(len, names)) <= Signature._meta.get_field("batch").max_length


def test_staff_find_a_batch_honest_and_its_network_is_trusted():
    own = Watch()
    people_sign(own)
    attack(own, range(100, 140))
    verdict = signs(own, machine(140), 140)
    assert verdict.batch.startswith("n-")
    own.release(verdict.batch)
    assert attack(own, range(141, 160)) == (set(), set())
    assert not own.end_day(NOON + 9000)


def test_a_pardoned_reason_counts_no_more_that_day():
    own = Watch()
    verdict = signs(own, person(1, email="anna@mailinator.com"), 1)
    own.release(verdict.batch)
    assert not signs(own, person(2, email="omar@mailinator.com"), 2).is_held


def test_after_a_restart_the_marks_are_what_is_left():
    before, after = Watch(), Watch()
    after._run = before._run ^ 1
    people_sign(before)
    attack(before, range(100, 140))
    assert after.confirm(1, key(1), before.sign_up(machine(141)), NOON).reason == "earlier"
    assert after.confirm(1, key(2), before.sign_up(person(3, email="a@mailinator.com")), NOON).reason == "disposable"
    assert not after.confirm(1, key(3), before.sign_up(person(3)), NOON).is_held


def test_a_link_of_another_petition_is_not_counted():
    own = Watch()
    marks = own.sign_up(person(1, petition=1))
    own.confirm(2, key(1), marks, NOON)
    assert own._members[1].address_key == b""


@given(st.binary(min_size=8, max_size=8))
def test_any_eight_bytes_are_marks(packed):
    assert not Watch().confirm(1, key(1), Marks.unpack(packed), NOON).also_hold


@given(st.integers(1, 2**32 - 1), st.integers(0, 2**16 - 1), st.floats(-200, 200), st.sampled_from(["", "program"]))
def test_marks_come_out_of_the_link_as_they_went_in(member, run, odds, reason):
    marks = Marks.of(member, run, odds, reason)
    assert len(marks.pack()) == 8
    assert Marks.unpack(marks.pack()) == marks


def test_a_puzzle_is_wanted_in_an_attack_and_from_a_busy_network_only():
    own = Watch()
    people_sign(own)
    now = NOON + 2000
    assert not own.wants_puzzle(now)
    for number in range(25):
        own.sign_up(person(number, b"4bus"))
    assert own.wants_puzzle(now, b"4bus")
    assert not own.wants_puzzle(now, b"4one")
    attack(own, range(100, 200))
    assert own.wants_puzzle(now, b"4one")
    assert not own.wants_puzzle(now + 86400, b"4one")


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(watch, "MOST_MEMBERS", 50)
    monkeypatch.setattr(watch, "MOST_NETWORKS", 20)
    monkeypatch.setattr(watch, "MOST_DOMAINS", 10)
    own = Watch()
    for number in range(300):
        signs(own, person(number, email=f"info@house{number}.example"), number)
    assert len(own._members) <= 50
    assert len(own._networks) <= 20
    assert len(own._domains) <= 10
    attack(own, range(400, 500))
    own.end_day(NOON + 20_000)


def test_old_networks_and_domains_are_forgotten():
    own = Watch()
    signs(own, person(1, email="info@house.example"), 1)
    signs(own, person(2, at=NOON + 4 * 86400), 2)
    assert len(own._networks) == 1
    assert not own._domains


def test_nothing_is_kept_by_which_a_person_could_be_named():
    own = Watch()
    secret = person(
        1, b"4\xc6\x33\x64", email="rare.person@small-house.example", name="Rare Person", comment="My own words",
        user_agent="Mozilla/5.0 Peculiar/1.0", country="IS",
    )  # fmt: skip
    signs(own, secret, 1)
    signs(own, machine(2), 2)
    kept = set(inside(own))
    assert "IS" in kept  # so that the search is known to search
    texts = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in kept).lower()
    for word in ("rare", "person", "small-house", "words", "peculiar"):
        assert word.encode() not in texts
    assert secret.network not in kept


def inside(thing: object, seen: set[int] | None = None):
    """Everything that can be reached from an object."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, str | bytes | int | float | type(None)):
        yield thing
    elif isinstance(thing, dict):
        for part in (*thing.keys(), *thing.values()):
            yield from inside(part, seen)
    elif hasattr(thing, "__iter__"):
        for part in thing:
            yield from inside(part, seen)
    else:
        names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
        for name in (*names, *getattr(thing, "__dict__", {})):
            yield from inside(getattr(thing, name, None), seen)
