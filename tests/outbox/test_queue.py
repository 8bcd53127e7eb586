import sqlite3
import time
import uuid
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rightswire.outbox.models import Message
from rightswire.outbox.queue import (
    INSERT,
    MessageError,
    Unreadable,
    destroy_idle_keys,
    pack,
    queue,
    unpack,
)

DAY = 86_400
FIELDS = ("to", "subject", "text", "html", "language", "kind", "from_name", "from_address", "reply_to", "headers", "id")


def row_of(values) -> Message:
    number, next_attempt_at, expires_at, attempts, sealed = values
    return Message(uuid.UUID(number), next_attempt_at, expires_at, attempts, sealed)


def shown(message) -> dict:
    return {name: getattr(message, name) for name in FIELDS}


def key_files(outbox: Path) -> list[str]:
    """The hours that have a key, such as 23/2026-11-22."""
    return sorted(f"{file.parent.name}/{file.name}" for file in (outbox / "keys" / "outbox").glob("*/*"))


def test_a_queued_mail_is_the_same_when_it_is_taken_out(outbox, mail, db):
    message = mail(text="مرحبا\n", reply_to="press@everyname.example", headers=(("List-Id", "<news.example.org>"),))
    queue(message)
    assert shown(unpack(Message.objects.get())) == shown(message)


def test_the_statement_and_values_go_into_the_database_many_at_once(outbox, mail, db):
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [pack(mail(to=f"person-{n}@example.org")) for n in range(3)])
    assert {unpack(row).to for row in Message.objects.all()} == {f"person-{n}@example.org" for n in range(3)}
    assert len(Message.objects.due(time.time())) == 3


def test_they_go_into_sqlite_without_django_too(outbox, mail, tmp_path: Path):
    with sqlite3.connect(tmp_path / "plain.sqlite3") as database:
        database.execute("CREATE TABLE outbox_message (id, next_attempt_at, expires_at, attempts, sealed)")
        database.executemany(INSERT.replace("%s", "?"), [pack(mail())])
        (values,) = database.execute("SELECT * FROM outbox_message").fetchall()
    database.close()
    assert unpack(row_of(values)).to == "noor.haddad@example.org"


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(text=st.text(), html=st.text(), moment=st.integers(1_500_000_000, 4_000_000_000))
def test_whatever_a_mail_says_it_comes_out_again(outbox, mail, text, html, moment):
    with time_machine.travel(moment, tick=False):
        row = row_of(pack(mail(text=text, html=html)))
    assert unpack(row).text == text.encode("utf-8", "replace").decode()
    assert unpack(row).html == html.encode("utf-8", "replace").decode()
    assert moment + DAY - 3600 < row.expires_at <= moment + DAY
    assert moment - 60 < row.next_attempt_at <= moment


def test_a_row_does_not_tell_how_long_its_mail_is(outbox, mail):
    short, longer = pack(mail(text="a"))[-1], pack(mail(text="Other words are told here. " * 3))[-1]
    assert len(short) == len(longer)


def test_a_row_with_anything_changed_is_not_opened(outbox, mail):
    values = pack(mail())
    number, next_attempt_at, expires_at, attempts, sealed = values
    assert unpack(row_of(values))
    for changed in (
        (uuid.uuid4().hex, next_attempt_at, expires_at, attempts, sealed),
        (number, next_attempt_at, expires_at + 1, attempts, sealed),
        (number, next_attempt_at, expires_at, attempts, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (number, next_attempt_at, expires_at, attempts, b""),
    ):
        with pytest.raises(Unreadable):
            unpack(row_of(changed))


def test_an_hour_has_a_key_of_its_own_that_goes_when_none_of_its_mails_waits(outbox, mail):
    with time_machine.travel("2026-11-22T23:59:00Z", tick=False):
        late = row_of(pack(mail()))
    with time_machine.travel("2026-11-23T00:01:00Z", tick=False):
        early = row_of(pack(mail()))
        assert key_files(outbox) == ["00/2026-11-23", "23/2026-11-22"]
        destroy_idle_keys(time.time(), set())
        assert unpack(late)  # a moment ago: it may not be committed yet
    with time_machine.travel("2026-11-23T00:11:00Z", tick=False):
        destroy_idle_keys(time.time(), {late.expires_at})
        assert unpack(late)
        destroy_idle_keys(time.time(), {early.expires_at})
        with pytest.raises(Unreadable):
            unpack(late)
        assert unpack(early)
        assert key_files(outbox) == ["00/2026-11-23"]


@pytest.mark.parametrize("name", ["03/2018-11-29.orig", "03/2018-13-40", "27/2018-11-29"])
def test_a_file_that_is_no_key_keeps_no_key_from_going(outbox, mail, name):
    stray = outbox / "keys" / "outbox" / name
    stray.parent.mkdir(parents=True)
    stray.touch()
    with time_machine.travel("2026-11-22T12:30:00Z", tick=False) as clock:
        pack(mail())
        clock.shift(2 * 3600)
        destroy_idle_keys(time.time(), set())
    assert key_files(outbox) == [name]


def test_no_process_holds_on_to_a_key_that_another_has_destroyed(outbox, mail):
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False) as clock:
        row = row_of(pack(mail()))
        assert unpack(row)
        clock.move_to("2026-11-22T13:10:00Z")
        (outbox / "keys" / "outbox" / "12" / "2026-11-22").unlink()
        with pytest.raises(Unreadable):
            unpack(row)


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x00", "\x0b", "\x85", "\u2028"])
@pytest.mark.parametrize("name", ["to", "subject", "language", "kind", "from_name", "from_address", "reply_to"])
def test_no_field_of_a_mail_can_begin_a_new_header(mail, name, break_):
    value = f"hello@example.org{break_}Bcc: secret.person@example.org"
    with pytest.raises(MessageError) as refused:
        mail(**{name: value})
    assert "secret.person" not in str(refused.value)


@pytest.mark.parametrize(
    "header",
    [
        ("List-Id", "<a>\r\nBcc: x@example.org"),
        ("List-Id\r\nBcc", "x"),
        ("Bcc", "x@example.org"),
        ("From", "x@example.org"),
        ("List-Id", "é"),
        ("List-Id", "a" * 1000),
    ],
)
def test_a_further_header_cannot_do_it_either(mail, header):
    with pytest.raises(MessageError):
        mail(headers=(header,))


@pytest.mark.parametrize("to", ["", "nobody", "@example.org", "a b@example.org", "<a@example.org>", "a@b@c d"])
def test_what_is_no_address_is_refused_without_being_repeated(mail, to):
    with pytest.raises(MessageError, match="is not an e-mail address") as refused:
        mail(to=to)
    assert not to or to not in str(refused.value)


def test_a_mail_shows_nothing_of_itself(mail):
    message = mail(subject="Something private")
    assert "noor" not in f"{message!r} {message}"
    assert "private" not in f"{message!r} {message}"
