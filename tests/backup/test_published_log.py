"""A restored petition's log goes on from its newest published head, or it is said why not.

`backup()` in these tests notes the database as it is; `restored()` makes it so again, whatever happened since.
"""

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction
from installation import day, erase_row, petition, publish_logs, sign

from rightswire.backup.published_log import Continued, ends, go_on
from rightswire.campaigns.daily_log import write_head
from rightswire.campaigns.erasing import tombstone_file
from rightswire.seal.box import PrivateKey, commitment
from rightswire.seal.keys import Keys
from rightswire.seal.verifying import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def free_them(home: Path, settings, offline_key):
    settings.BASE_URL = "https://everyname.example"
    return petition(offline_key)


@pytest.fixture
def backup() -> Callable[[], None]:
    made: list[str] = []

    def note() -> None:
        made.append(transaction.savepoint())

    def restored() -> None:
        transaction.savepoint_rollback(made[-1])

    note.restored = restored
    return note


@pytest.fixture
def follow(home: Path, tmp_path: Path) -> Callable[..., Continued]:
    """follow(site) -> what became of the one petition's log."""

    def run(site: Path, tombstones: set[bytes] = frozenset(), key: bytes | None = None) -> Continued:
        (found,) = go_on(str(site), key or Keys(home / "keys").site_public_key(), tombstones, tmp_path)
        return found

    return run


def published(tmp_path: Path, name: str = "published") -> Path:
    return publish_logs(tmp_path / name)


def value_of(row) -> bytes:
    return commitment(bytes(row.sealed), row.petition.id_bytes)


def states(of) -> dict[str, tuple[int, bool]]:
    """State and whether it is in the log, by country: the tests' signers are each of another one."""
    return {row.country: (row.state, row.is_logged) for row in of.signatures.all()}


def continues(of, tmp_path: Path, site: Path) -> bool:
    """Whether the next day's log verifies and holds every published file as it was."""
    write_head(of, day(5))
    later = published(tmp_path, "later")
    report = verify(str(later), key_file=None, receipt=None)
    assert report.problems == []
    kept = [file for file in site.rglob("20*") if file.is_file()]
    assert kept
    return all((later / file.relative_to(site)).read_bytes() == file.read_bytes() for file in kept)


def test_later_days_are_taken_over_and_the_log_goes_on(free_them, backup, follow, tmp_path):
    sign("free-them", "ada@example.org", country="CA")
    write_head(free_them, day(0))
    sign("free-them", "ben@example.org", country="FR")
    backup()
    write_head(free_them, day(1))
    sign("free-them", "cleo@example.org", country="LB")
    write_head(free_them, day(2))
    write_head(free_them, day(3))
    site = published(tmp_path)
    backup.restored()
    done = follow(site)
    assert (done.problem, done.days, done.newest, done.erased, done.lost) == ("", 3, day(3), 0, 1)
    assert states(free_them) == {"CA": (0, True), "FR": (0, True)}
    assert continues(free_them, tmp_path, site)


def test_what_was_erased_after_the_backup_goes_again(free_them, backup, follow, tmp_path):
    from rightswire.campaigns.models import ChangedDay, TakenAway

    rows = {name: sign("free-them", f"{name}@example.org", country=c) for name, c in (("ada", "CA"), ("ben", "FR"))}
    write_head(free_them, day(0))
    sign("free-them", "cleo@example.org", country="LB")
    backup()
    erase_row(rows["ada"])  # was in the log
    erase_row(sign("free-them", "cleo@example.org"))  # was not yet
    erase_row(sign("free-them", "dora@example.org", country="TN"))  # came and went
    write_head(free_them, day(1))
    site = published(tmp_path)
    backup.restored()
    tombstone_file().unlink()
    done = follow(site)
    assert (done.problem, done.erased, done.lost) == ("", 3, 0)
    assert states(free_them) == {"FR": (0, True)}
    assert not free_them.waiting_entries.exists()
    assert TakenAway.objects.count() == 3  # no link brings them back, not even hers who is not in the backup
    assert value_of(rows["ada"]).hex() in tombstone_file().read_text()
    assert ChangedDay.objects.filter(petition=free_them).exists()
    assert continues(free_them, tmp_path, site)


def test_an_erasure_that_waited_at_the_time_of_the_backup_is_not_logged_twice(free_them, backup, follow, tmp_path):
    ada = sign("free-them", "ada@example.org")
    write_head(free_them, day(0))
    erase_row(ada)
    erase_row(sign("free-them", "ben@example.org"))
    backup()
    write_head(free_them, day(1))
    site = published(tmp_path)
    backup.restored()
    assert free_them.waiting_entries.count() == 3
    assert follow(site).problem == ""
    assert not free_them.waiting_entries.exists()
    assert continues(free_them, tmp_path, site)


def test_an_erasure_that_is_known_but_not_published_yet_enters_the_log(free_them, backup, follow, tmp_path):
    sign("free-them", "ada@example.org")
    write_head(free_them, day(0))
    backup()
    ben = sign("free-them", "ben@example.org")
    value = value_of(ben)
    write_head(free_them, day(1))
    site = published(tmp_path)
    erase_row(ben)
    backup.restored()
    done = follow(site, {value})
    assert done.lost == 0  # not lost: erased
    assert [(row.kind, bytes(row.value)) for row in free_them.waiting_entries.all()] == [("e", value)]
    assert free_them.taken_away.filter(commitment=value).exists()
    assert continues(free_them, tmp_path, site)


def test_a_held_signature_that_was_released_since_counts_again(free_them, backup, follow, tmp_path):
    from rightswire.campaigns.holding import release
    from rightswire.campaigns.models import Signature

    sign("free-them", "ada@example.org", country="CA")
    sign("free-them", "ben@example.org", country="FR", state=2)
    sign("free-them", "cleo@example.org", country="LB", state=2)
    Signature.objects.filter(country="FR").update(batch="a")
    backup()
    release(free_them, "a")
    write_head(free_them, day(0))
    site = published(tmp_path)
    backup.restored()
    assert follow(site).problem == ""
    assert states(free_them) == {"CA": (0, True), "FR": (0, True), "LB": (2, False)}
    assert continues(free_them, tmp_path, site)


def test_the_number_of_those_set_aside_does_not_go_back(free_them, backup, follow, tmp_path):
    from rightswire.campaigns.holding import drop

    sign("free-them", "ada@example.org", state=2)
    backup()
    drop(free_them, "", 1)
    free_them.refresh_from_db()
    write_head(free_them, day(0))
    site = published(tmp_path)
    backup.restored()
    follow(site)
    free_them.refresh_from_db()
    assert free_them.dropped == 1
    assert continues(free_them, tmp_path, site)


def test_where_nothing_newer_is_published_nothing_changes(free_them, backup, follow, tmp_path):
    sign("free-them", "ada@example.org")
    write_head(free_them, day(0))
    site = published(tmp_path)
    sign("free-them", "ben@example.org")
    write_head(free_them, day(1))  # the copy is older than the backup
    done = follow(site)
    assert (done.problem, done.days) == ("", 0)
    assert free_them.log_heads.count() == 2
    assert continues(free_them, tmp_path, site)


# What does not fit


def nothing_was_taken(of, done: Continued, words: str) -> bool:
    assert words in done.problem
    assert "free-them" in str(done)
    return of.log_heads.count() == 1 and states(of) == {"CA": (0, True), "FR": (0, False)}


@pytest.fixture
def two_days(free_them, backup, tmp_path) -> Path:
    """Published: two days; restored: the first of them."""
    sign("free-them", "ada@example.org", country="CA")
    write_head(free_them, day(0))
    sign("free-them", "ben@example.org", country="FR")
    backup()
    erase_row(sign("free-them", "ben@example.org"))
    sign("free-them", "cleo@example.org", country="LB")
    write_head(free_them, day(1))
    site = published(tmp_path)
    backup.restored()
    return site


def log_file(site: Path, name: str) -> Path:
    return site / ".well-known/rightswire/log/free-them" / name


def test_a_log_with_another_beginning_is_not_taken_over(free_them, two_days, follow):
    from rightswire.campaigns.models import LogEntry

    LogEntry.objects.filter(place=0).update(value=bytes(32))
    assert nothing_was_taken(free_them, follow(two_days), "does not go on from the restored one")


def test_another_head_of_a_restored_day_is_not_taken_over(free_them, two_days, follow):
    from rightswire.campaigns.models import LogHead

    LogHead.objects.update(text="another")
    assert nothing_was_taken(free_them, follow(two_days), "heads are not the restored ones")


def test_a_damaged_log_is_not_taken_over(free_them, two_days, follow):
    entries = log_file(two_days, f"{day(1)}.entries")
    entries.write_text(next(line for line in entries.read_text().splitlines(keepends=True) if line.startswith("s")))
    assert nothing_was_taken(free_them, follow(two_days), "entries")


def test_a_log_under_another_key_is_not_taken_over(free_them, two_days, tmp_path):
    other = PrivateKey.generate().public.raw
    found = go_on(str(two_days), other, frozenset(), tmp_path)
    assert {one.petition for one in found} == {"The published copy", "free-them"}
    assert nothing_was_taken(free_them, found[-1], "not signed with this key")


def test_a_log_of_another_address_is_not_taken_over_and_the_setting_is_named(free_them, two_days, follow, settings):
    settings.BASE_URL = "http://localhost:8000"
    assert nothing_was_taken(free_them, follow(two_days), "RIGHTSWIRE_BASE_URL")


def test_a_copy_without_the_log_is_said(free_them, two_days, follow):
    shutil.rmtree(log_file(two_days, "").parent)
    (two_days / ".well-known/rightswire/log").mkdir()
    (two_days / ".well-known/rightswire/log/petitions.json").write_text(json.dumps([]))
    found = go_on(str(two_days), Keys(two_days / "x").site_public_key(), frozenset(), two_days)
    assert any("its log is not in the published copy" in one.problem for one in found)


def test_a_petition_that_was_opened_after_the_backup_cannot_go_on(free_them, backup, follow, tmp_path, offline_key):
    sign("free-them", "ada@example.org", country="CA")
    write_head(free_them, day(0))
    sign("free-them", "ben@example.org", country="FR")
    backup()
    petition(offline_key, "second")
    site = published(tmp_path)
    backup.restored()
    found = go_on(str(site), Keys(tmp_path / "keys").site_public_key(), frozenset(), tmp_path)
    assert {one.petition: bool(one.problem) for one in found} == {"free-them": False, "second": True}


def test_one_log_that_does_not_fit_keeps_no_other_back(free_them, backup, follow, tmp_path, offline_key):
    second = petition(offline_key, "second")
    backup()
    for slug, made in (("free-them", free_them), ("second", second)):
        sign(slug, "ada@example.org")
        write_head(made, day(0))
    site = published(tmp_path)
    backup.restored()
    log_file(site, f"{day(0)}.entries").unlink()
    found = go_on(str(site), Keys(tmp_path / "keys").site_public_key(), frozenset(), tmp_path)
    assert {one.petition: bool(one.problem) for one in found} == {"free-them": True, "second": False}
    assert [made.log_heads.count() for made in (free_them, second)] == [0, 1]


def test_without_a_copy_an_address_that_the_log_does_not_have_is_said(free_them, settings):
    sign("free-them", "ada@example.org")
    write_head(free_them, datetime.date.today())
    assert list(ends(free_them)) == []
    settings.BASE_URL = "http://localhost:8000"
    (words,) = ends(free_them)
    assert "everyname.example/log/free-them" in words
    assert "RIGHTSWIRE_BASE_URL" in words
