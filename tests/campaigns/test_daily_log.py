"""The log takes up each day's signatures and erasures, only grows, and is what `verify` recomputes."""

import datetime

import pytest

from rightswire.campaigns.daily_log import write_head, write_logs
from rightswire.campaigns.erasing import erase
from rightswire.campaigns.holding import drop, release
from rightswire.campaigns.models import LogEntry, SignatureState, WaitingEntry
from rightswire.seal.verifying import verify

pytestmark = pytest.mark.django_db
TODAY = datetime.date.today()


def day(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


def kinds(petition) -> str:
    return "".join(sorted(petition.log_entries.values_list("kind", flat=True)))


def is_right(site) -> bool:
    return not verify(str(site), key_file=None, receipt=None).problems


def test_the_published_log_verifies_and_only_grows(petition, sign, bake, site):
    for number in range(10):
        sign(f"a{number}@example.org")
    first = write_head(petition, day(0))
    entries = list(LogEntry.objects.values_list("place", "kind", "value"))
    sign("b@example.org")
    second = write_head(petition, day(1))
    assert (first.size, second.size) == (10, 11)
    assert list(LogEntry.objects.filter(place__lt=10).values_list("place", "kind", "value")) == entries
    bake(everything=True)
    assert is_right(site)


def test_a_changed_entry_is_noticed(petition, sign, bake, site):
    sign("a@example.org")
    write_head(petition, day(0))
    bake(everything=True)
    file = site / f".well-known/rightswire/log/free-them/{day(0)}.entries"
    text = file.read_text().rstrip("\n")
    file.write_text(f"{text[:-1]}{'1' if text[-1] == '0' else '0'}\n")
    assert not is_right(site)


def test_entries_are_not_in_the_order_of_signing(petition, sign):
    from rightswire.seal.box import commitment

    rows = [sign(f"a{number}@example.org") for number in range(30)]
    write_head(petition, day(0))
    logged = [bytes(value) for value in petition.log_entries.values_list("value", flat=True)]
    signed = [commitment(bytes(row.sealed), petition.id_bytes) for row in rows]
    assert sorted(logged) == sorted(signed)
    assert logged != signed
    assert logged != sorted(logged)


def test_an_erased_signature_leaves_its_entry_and_one_of_its_erasure(petition, sign, bake, site):
    row = sign("a@example.org")
    sign("b@example.org")
    write_head(petition, day(0))
    erase(petition.pk, petition.id_bytes, bytes(row.address_key))
    write_head(petition, day(1))
    assert kinds(petition) == "ess"
    bake(everything=True)
    assert is_right(site)


def test_erased_on_the_day_of_signing_both_entries_come(petition, sign):
    row = sign("a@example.org")
    erase(petition.pk, petition.id_bytes, bytes(row.address_key))
    write_head(petition, day(0))
    assert kinds(petition) == "es"
    assert not WaitingEntry.objects.exists()


def test_what_is_held_is_not_logged_until_it_is_released(petition, sign):
    row = sign("a@example.org", state=SignatureState.HELD)
    type(row).objects.update(batch="x", state=SignatureState.HELD)
    write_head(petition, day(0))
    assert kinds(petition) == ""
    assert release(petition, "x") == 1
    write_head(petition, day(1))
    assert kinds(petition) == "s"


def test_what_is_dropped_never_is_and_the_head_says_how_many(petition, sign):
    sign("a@example.org", state=SignatureState.HELD)
    petition.signatures.update(batch="x")
    drop(petition, "x", 1)
    petition.refresh_from_db()
    head = write_head(petition, day(0))
    assert kinds(petition) == ""
    assert "set-aside 1\n" in head.text


def test_one_head_a_day_whatever_the_clock_does(petition, sign, later):
    petition.opened_at -= datetime.timedelta(days=5)
    petition.save()
    sign("a@example.org", days_ago=1)
    write_logs()
    write_logs()
    assert petition.log_heads.count() == 1
    later(days=-3)  # a clock that was wrong and is set back
    write_logs()
    assert petition.log_heads.count() == 1
    later(days=4)
    write_logs()
    assert petition.log_heads.count() == 2


def test_signatures_of_today_wait_for_tomorrow(petition, sign):
    petition.opened_at -= datetime.timedelta(days=5)
    petition.save()
    sign("a@example.org")
    write_logs()
    assert kinds(petition) == ""
