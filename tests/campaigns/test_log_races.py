"""What happens while the day's log is written, where the database lets others commit in between (PostgreSQL)."""

import datetime
import threading

import pytest
from django.db import connection

from rightswire.campaigns import daily_log
from rightswire.campaigns.erasing import erase
from rightswire.campaigns.holding import release
from rightswire.campaigns.models import SignatureState
from rightswire.seal.box import commitment

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


@pytest.mark.parametrize("deed", ["release", "erase"])
def test_every_logged_signature_has_its_entry_once(petition, sign, monkeypatch, deed):
    from django.utils import timezone

    first = sign("a@example.org")
    held = sign("b@example.org", state=SignatureState.HELD)
    petition.signatures.filter(address_key=held.address_key).update(batch="n-1", reason="network")

    def other() -> None:
        try:
            if deed == "release":
                release(petition, "n-1")
            else:
                erase(petition.pk, petition.id_bytes, bytes(first.address_key))
        finally:
            connection.close()

    honest, threads = daily_log._confirmed, []

    def with_company(*arguments):
        found = honest(*arguments)
        threads.append(threading.Thread(target=other))
        threads[0].start()
        threads[0].join(1)
        return found

    monkeypatch.setattr(daily_log, "_confirmed", with_company)
    daily_log.write_head(petition, timezone.localdate())
    threads[0].join(10)
    monkeypatch.setattr(daily_log, "_confirmed", honest)
    daily_log.write_head(petition, timezone.localdate() + datetime.timedelta(days=1))
    entries = [bytes(value) for value in petition.log_entries.filter(kind="s").values_list("value", flat=True)]
    expected = {commitment(bytes(row.sealed), petition.id_bytes) for row in petition.signatures.filter(state=0)}
    if deed == "erase":
        expected.add(commitment(bytes(first.sealed), petition.id_bytes))
    assert sorted(entries) == sorted(expected)
