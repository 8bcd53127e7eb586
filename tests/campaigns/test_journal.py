from pathlib import Path

import pytest
from django.db import connection

from rightswire.campaigns.clock import CampaignClock
from rightswire.campaigns.journal import empty_journal
from rightswire.campaigns.models import Signature

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its own journal"),
]


def files() -> bytes:
    database = Path(connection.settings_dict["NAME"])
    return database.read_bytes() + journal().read_bytes()


def journal() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-wal")


def test_what_was_erased_is_gone_from_the_disk_once_the_journal_is_emptied(sign):
    row = sign("ada@example.org")
    sealed = bytes(row.sealed)
    assert sealed in files()
    Signature.objects.all().delete()
    assert sealed in files()
    empty_journal()
    assert sealed not in files()
    assert journal().stat().st_size == 0


def test_a_reader_puts_it_off_and_holds_nobody_up_for_long(sign):
    sign("ada@example.org")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM campaigns_signature")
            empty_journal()
            assert journal().stat().st_size
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    empty_journal()
    assert journal().stat().st_size == 0
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)


def test_the_clock_does_it(sign):
    sign("ada@example.org")
    assert journal().stat().st_size
    CampaignClock().catch_up()
    assert journal().stat().st_size == 0
