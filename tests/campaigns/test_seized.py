"""Somebody has a copy of the switched-off server and a list of addresses. What does he learn?"""

import datetime
import hashlib
import hmac
import itertools
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from canaries import Search, files_in, forms_of_word, new_word
from django.db import connection
from django.utils import timezone

from rightswire.campaigns.clock import CampaignClock
from rightswire.campaigns.daily_log import write_logs
from rightswire.campaigns.facts import load_facts
from rightswire.campaigns.models import Petition, Signature, SignatureState, State
from rightswire.campaigns.sign_form import read_form
from rightswire.campaigns.signing import INSERT, prepare, row
from rightswire.seal.address import canonical
from rightswire.seal.keys import Keys

pytestmark = pytest.mark.django_db

SIGNERS = 500
CHANCE = 0.1  # from one half; it is five standard deviations of a guess


class Loot:
    """Every row of every table, the database's own bytes where it has a file, and every file of the data folder."""

    def __init__(self, home: Path) -> None:
        self.files = {str(file): file.read_bytes() for file in files_in(home)}
        self.values: set[bytes] = set()
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                for row in cursor.fetchall():
                    self.values |= {_as_bytes(value) for value in row}
        if connection.vendor == "sqlite":
            self.files["the database"] = connection.connection.serialize()

    def secrets(self) -> list[bytes]:
        """All that may have been a key: each small file and each short value, as it is and read as hex."""
        short_files = [content for content in self.files.values() if len(content) <= 200]
        small = {*short_files, *(content.strip() for content in short_files)}  # a key may begin with a space
        short = {value for value in self.values if len(value) in (16, 32)}
        marks = self.marks()
        return [b"", *small, *(_unhex(each) for each in small), *(short - marks)]

    def marks(self) -> set[bytes]:
        """What may have been made from an address."""
        return {value for value in self.values if len(value) == 32}

    def search(self, word: str) -> set[str]:
        search = Search(forms_of_word(word))
        pieces = [*self.files.values(), b"\0".join(self.values)]
        return {name for content in pieces for name in search.in_bytes(content)}


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def _unhex(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode())
    except ValueError:
        return b""


def suspicion(addresses: list[str], loot: Loot) -> dict[str, tuple[int, int]]:
    """For each address how many marks it fits, with all that may have been a key; then how nearly it fits one."""
    marks = {int.from_bytes(mark) for mark in loot.marks()}
    some = random.Random(1).sample(sorted(marks), min(len(marks), SIGNERS))
    keys = loot.secrets()
    scores = {}
    for address in addresses:
        digests = [int.from_bytes(digest) for digest in _digests(address, keys)]
        nearest = min((mark ^ digest).bit_count() for mark in some for digest in digests[:4])
        scores[address] = (sum(digest in marks for digest in digests), -nearest)
    return scores


def _digests(address: str, keys: Iterable[bytes]) -> Iterable[bytes]:
    spellings = {address.encode(), canonical(address).encode()}
    for spelling, key in itertools.product(sorted(spellings), keys):
        yield hmac.digest(key, spelling, hashlib.sha256)
        yield hashlib.sha256(key + spelling).digest()
        yield hashlib.sha256(spelling + key).digest()


def area(scores: dict[str, tuple[int, int]], signers: set[str]) -> float:
    """How often somebody who signed looks more suspicious than somebody who did not: one half is a guess."""
    ranked = sorted(scores.items(), key=lambda pair: pair[1])
    total, place = 0.0, 0
    for _, group in itertools.groupby(ranked, key=lambda pair: pair[1]):
        names = [name for name, _ in group]
        total += sum(name in signers for name in names) * (place + (len(names) + 1) / 2)
        place += len(names)
    others = len(scores) - len(signers)
    return (total - len(signers) * (len(signers) + 1) / 2) / (len(signers) * others)


@pytest.fixture
def word() -> str:
    return new_word()


@pytest.fixture
def addresses(petition, home, word) -> tuple[list[str], set[str]]:
    """A thousand addresses, and the half of them that signed."""
    numbers = list(range(2 * SIGNERS))
    random.shuffle(numbers)
    everybody = [f"{word}.{number}@example.org" for number in numbers]
    signers = everybody[:SIGNERS]
    sign_all(
        petition, home, [{"email": each, "name": f"Ada {word}", "comment": f"For all. {word}"} for each in signers]
    )
    return everybody, set(signers)


def sign_all(petition, home, forms: list[dict[str, str]]) -> list[bytes]:
    """Confirmed signatures of yesterday, one after another; returns their keys."""
    (facts,) = load_facts()
    keys, made = Keys(home / "keys"), []
    yesterday = (timezone.localdate() - datetime.timedelta(days=1)).isoformat()
    with connection.cursor() as cursor:
        for fields in forms:
            form = read_form({"country": "CA"} | fields, needs_address=True)
            made.append(prepare(form, facts, "en", keys))
            values = row(facts, made[-1], SignatureState.CONFIRMED)
            # Not by an update, which PostgreSQL may make in the order of an index.
            cursor.execute(INSERT.text, (*values[:5], yesterday, *values[6:]))
    return [each.address_key for each in made]


def close(petition: Petition) -> None:
    now = timezone.now()
    Petition.objects.filter(pk=petition.pk).update(state=State.CLOSED, closed_at=now, closes_at=now)


def pass_days(later, number: int) -> None:
    """The nights pass; the secrets' time ends with them."""
    for _ in range(number):
        later(days=1)
    CampaignClock().tick()


def test_the_server_fits_no_address_once_the_secret_is_destroyed(home, petition, addresses, word, later):
    everybody, signers = addresses
    close(petition)
    CampaignClock().tick()
    with_secret = Loot(home)
    scores = suspicion(everybody, with_secret)
    # The control: until then an address that is known can be tested, and the attack finds everybody.
    assert {address for address, (fits, _) in scores.items() if fits} == signers
    assert area(scores, signers) == 1.0
    pass_days(later, 31)
    assert Signature.objects.count() == SIGNERS
    loot = Loot(home)
    scores = suspicion(everybody, loot)
    assert {fits for fits, _ in scores.values()} == {0}
    assert abs(area(scores, signers) - 0.5) < CHANCE
    # What was typed is nowhere, before or after: the control of that search is in test_canary.py.
    assert (with_secret.search(word), loot.search(word)) == (set(), set())


def test_thirty_days_after_closing_and_not_before(home, petition, sign, later):
    sign("ada@example.org")
    close(petition)
    for days, fits in ((29, 1), (2, 0)):
        pass_days(later, days)
        assert suspicion(["ada@example.org"], Loot(home))["ada@example.org"][0] == fits


# Order


def stored_order() -> list[bytes]:
    """The keys of addresses as the table holds them."""
    where = "ORDER BY ctid" if connection.vendor == "postgresql" else "NOT INDEXED"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT address_key FROM campaigns_signature {where}")
        return [bytes(row[0]) for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)  # the order is made once the log is committed
def test_the_table_keeps_no_order_of_time(petition, home):
    signed = sign_all(petition, home, [{"email": f"{n}@example.org", "name": "Ada"} for n in range(40)])
    Petition.objects.update(opened_at=timezone.now() - datetime.timedelta(days=2))
    if connection.vendor == "postgresql":
        assert stored_order() == signed  # the control: until the night the order is there
    write_logs()
    assert stored_order() == sorted(signed)
    assert stored_order() != signed
