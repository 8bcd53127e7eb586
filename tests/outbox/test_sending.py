import logging
import ssl
import time
from collections import Counter
from pathlib import Path

import pytest
import time_machine

from mail_server import HANG_UP, MailServer, certificate, free_port, running
from rightswire.outbox import line
from rightswire.outbox.dkim import DkimKeyError, make_dkim_key
from rightswire.outbox.models import MailTrouble, Message
from rightswire.outbox.queue import Unreadable, queue, unpack
from rightswire.outbox.sending import Mailer

pytestmark = pytest.mark.django_db

DAY = 86_400


def first_then(*answers: str):
    """The answers one after the other, the last for ever."""
    left = list(answers)
    return lambda address: left.pop(0) if len(left) > 1 else left[0]


def steps(mailer: Mailer, until) -> None:
    """Step after step until it is so; fails after half a minute rather than go on for ever."""
    ends_at = time.monotonic() + 30
    while not until(mailer.step()):
        assert time.monotonic() < ends_at, f"{Message.objects.count()} mails still wait"
        time.sleep(0.005)


def all_is_sent(is_busy: bool) -> bool:
    return not is_busy and not Message.objects.exists()


def troubles() -> dict[tuple[str, str], int]:
    return {(row.kind, row.reply): row.number for row in MailTrouble.objects.all()}


def test_a_mail_arrives_and_is_gone_from_the_database(server, mail, send):
    queue(mail(text="سلام\n"))
    send()
    (message,) = server.messages()
    assert server.recipients() == ["noor.haddad@example.org"]
    assert message.get_body(("plain",)).get_content().strip() == "سلام"
    assert not Message.objects.exists()
    assert not troubles()


def test_a_thousand_mails_go_once_each_over_four_connections(server, mail, send):
    for number in range(1000):
        queue(mail(to=f"person-{number}@example.org"))
    send()
    assert sorted(server.recipients()) == sorted(f"person-{number}@example.org" for number in range(1000))
    assert len(server.peers) == 4
    assert not Message.objects.exists()


def test_a_slow_server_is_given_four_mails_at_once(server, mail, send):
    server.slowness = 0.05
    for number in range(20):
        queue(mail(to=f"person-{number}@example.org"))
    send()
    assert server.most_under_way == 4
    assert len(server.accepted) == 20


def test_the_newest_are_sent_first(server, mail, send, monkeypatch):
    monkeypatch.setattr("rightswire.outbox.sending.LINES", 1)
    for minute in range(5):
        with time_machine.travel(f"2026-11-22T12:0{minute}:30Z", tick=False):
            queue(mail(to=f"minute-{minute}@example.org"))
    with time_machine.travel("2026-11-22T12:10:00Z"):
        send()
    assert server.recipients() == [f"minute-{minute}@example.org" for minute in (4, 3, 2, 1, 0)]


def test_a_mail_put_off_by_the_server_is_tried_again_after_longer_and_longer_waits(server, mail, send):
    server.on_rcpt = first_then(*["450 4.2.0 noor.haddad@example.org is greylisted"] * 5, "250 OK")
    with time_machine.travel("2026-11-22T01:00:00Z", tick=False) as clock:
        queue(mail())
        waits = []
        for _ in range(5):
            send()
            waits.append(Message.objects.get().next_attempt_at - int(time.time()))
            send()
            assert Message.objects.get().next_attempt_at == int(time.time()) + waits[-1]
            clock.shift(waits[-1])
        assert waits == [30, 120, 600, 3600, 3600]
        send()
    assert len(server.accepted) == 1
    assert not Message.objects.exists()
    assert not troubles()


@pytest.mark.parametrize(
    ("stage", "answer", "reply"),
    [
        ("on_rcpt", "550 5.1.1 <noor.haddad@example.org>: no such person", "550 5.1.1"),
        ("on_rcpt", "550 noor.haddad@example.org unknown", "550"),
        ("on_rcpt", "553 5.1.3.999999 odd", "553"),
        ("on_data", "554 5.7.1 noor.haddad@example.org does not want this", "554 5.7.1"),
        ("on_mail", "552 5.3.4 too large", "552 5.3.4"),
    ],
)
def test_a_mail_refused_for_good_is_counted_without_its_address(server, mail, send, caplog, stage, answer, reply):
    setattr(server, stage, first_then(answer, "250 OK"))
    queue(mail())
    send()
    assert not server.accepted
    queue(mail(to="second@example.org"))
    send()
    assert server.recipients() == ["second@example.org"]
    assert not Message.objects.exists()
    assert troubles() == {("petition-confirm", reply): 1}
    assert "noor" not in caplog.text


def test_refusals_add_up_by_kind_and_reply(server, mail, send):
    server.on_rcpt = lambda address: "550 5.1.1 unknown" if "bad" in address else "250 OK"
    for number in range(3):
        queue(mail(to=f"bad-{number}@example.org"))
    queue(mail(to="bad@example.org", kind="erasure"))
    queue(mail(to="good@example.org"))
    send()
    queue(mail(to="bad@example.org"))
    send()
    assert troubles() == {("petition-confirm", "550 5.1.1"): 4, ("erasure", "550 5.1.1"): 1}


@pytest.mark.parametrize("stage", ["on_rcpt", "on_data"])
def test_a_mail_at_which_the_server_hangs_up_waits_and_the_others_go_on(server, mail, send, stage):
    setattr(server, stage, lambda address: HANG_UP if address.startswith("poison") else "250 OK")
    queue(mail(to="poison@example.org"))
    for number in range(10):
        queue(mail(to=f"person-{number}@example.org"))
    send()
    assert len(server.accepted) == 10
    row = Message.objects.get()
    assert row.attempts == 1
    assert not troubles()


def test_a_connection_that_was_closed_while_idle_is_opened_again(server, mail, send, caplog):
    hung_up = iter([False, True])
    server.on_mail = lambda address: HANG_UP if next(hung_up, False) else "250 OK"
    mailer = Mailer()
    mailer.open()
    for to in ("first@example.org", "second@example.org", "third@example.org"):
        queue(mail(to=to))
        steps(mailer, until=all_is_sent)
    mailer.close()
    assert sorted(server.recipients()) == ["first@example.org", "second@example.org", "third@example.org"]
    assert not troubles()


def test_a_server_that_is_away_loses_nothing(outbox, mail, send, settings, caplog):
    port = free_port()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    for number in range(20):
        queue(mail(to=f"person-{number}@example.org"))
    send(until=lambda: "cannot be reached" in caplog.text)
    assert Message.objects.filter(attempts=0).count() == 20
    with running(MailServer(port)) as server:
        send(until=lambda: not Message.objects.exists())
    assert sorted(server.recipients()) == sorted(f"person-{number}@example.org" for number in range(20))
    assert not troubles()


def test_a_server_that_comes_back_while_we_wait_gets_everything(outbox, mail, settings, monkeypatch):
    tried: list[str] = []
    monkeypatch.setattr(line.Complaints, "add", watched(line.Complaints.add, tried))
    port = free_port()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    for number in range(200):
        queue(mail(to=f"person-{number}@example.org"))
    mailer = Mailer()
    mailer.open()
    steps(mailer, until=lambda is_busy: tried)
    assert "ConnectionRefusedError" in tried[0]
    with running(MailServer(port)) as server:
        steps(mailer, until=all_is_sent)
        mailer.close()
    assert len(server.recipients()) == len(set(server.recipients())) == 200


@pytest.mark.parametrize("answer", ["550 5.7.1 who are you", "451 4.3.0 busy", "530 5.7.0 sign in first"])
def test_a_server_that_does_not_like_us_loses_nothing(server, mail, send, caplog, answer):
    server.on_mail = first_then(*[answer] * 8, "250 OK")
    queue(mail())
    send(until=lambda: not Message.objects.exists())
    assert server.recipients() == ["noor.haddad@example.org"]
    assert "does not accept our sender" in caplog.text
    assert not troubles()


def test_a_server_that_wants_a_password_for_every_recipient_loses_nothing(server, mail, send, caplog):
    server.on_rcpt = lambda address: "530 5.7.0 sign in first"
    queue(mail())
    send(until=lambda: "wants a user" in caplog.text)
    assert Message.objects.get().attempts == 0
    assert not troubles()


@pytest.mark.parametrize(("password", "arrived"), [("right", 1), ("wrong", 0)])
def test_user_and_password(outbox, mail, send, settings, caplog, tmp_path, password, arrived):
    server = MailServer(auth_required=True, tls_context=certificate(tmp_path)[0])
    server.options["authenticator"] = server.authenticate
    with running(server):
        settings.EMAIL_URL = f"smtp://somebody:{password}@127.0.0.1:{server.port}"
        queue(mail())
        send(until=lambda: "user and password" in caplog.text or not Message.objects.exists())
    assert len(server.accepted) == arrived
    assert Message.objects.count() == 1 - arrived
    assert server.passwords[0] == (b"somebody", password.encode())
    assert "somebody" not in caplog.text
    assert password not in caplog.text


def test_trouble_is_said_once_a_minute(outbox, mail, send, settings, caplog, monkeypatch):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    tried = []
    monkeypatch.setattr(line.Complaints, "add", watched(line.Complaints.add, tried))
    queue(mail())
    send(until=lambda: len(tried) > 10)
    (record,) = [record for record in caplog.records if record.name.startswith("rightswire.outbox")]
    assert record.levelno == logging.ERROR
    assert "ConnectionRefusedError" in record.getMessage()
    assert "nothing is lost" in record.getMessage()


def watched(method, calls: list):
    def add(self, trouble: str) -> None:
        calls.append(trouble)
        method(self, trouble)

    return add


# Encryption


def test_a_server_that_offers_encryption_gets_it(outbox, mail, send, settings, tmp_path: Path):
    context, _ = certificate(tmp_path)
    with running(MailServer(tls_context=context)) as server:
        settings.EMAIL_URL = server.url
        queue(mail())
        send()
    assert server.was_encrypted
    assert len(server.accepted) == 1


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_certificate_must_be_one_we_trust(outbox, mail, send, settings, caplog, tmp_path, monkeypatch, scheme):
    context, trusted = certificate(tmp_path)
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    with running(MailServer(**options)) as server:
        settings.EMAIL_URL = f"{scheme}://127.0.0.1:{server.port}"
        queue(mail())
        send(until=lambda: "certificate" in caplog.text)
        assert not server.accepted
        assert Message.objects.get().attempts == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        send(until=lambda: not Message.objects.exists())
    assert server.was_encrypted
    assert len(server.accepted) == 1


def test_encryption_that_was_asked_for_is_never_done_without(server, mail, send, settings, caplog):
    settings.EMAIL_URL = server.url.replace("smtp:", "smtp+starttls:")
    queue(mail())
    send(until=lambda: "offers no encryption" in caplog.text)
    assert not server.accepted


def test_a_password_does_not_go_over_a_network_in_clear(server, mail, send, settings, caplog, monkeypatch):
    settings.EMAIL_URL = f"smtp://somebody:right@127.0.0.1:{server.port}"
    monkeypatch.setattr("rightswire.outbox.server.MailServer.is_local", False)
    queue(mail())
    send(until=lambda: "password is not sent" in caplog.text)
    assert not server.passwords
    assert not server.accepted


# Addresses in any script


def test_an_address_in_another_script_goes_to_a_server_that_knows_it(server, mail, send):
    queue(mail(to="نور@bücher.example"))
    queue(mail(to="noor@example.org"))
    send()
    assert sorted(server.recipients()) == ["noor@example.org", "نور@xn--bcher-kva.example"]
    assert server.was_international


def test_a_server_that_does_not_know_it_is_counted(outbox, mail, send, settings):
    with running(MailServer(enable_SMTPUTF8=False)) as server:
        settings.EMAIL_URL = server.url
        queue(mail(to="نور@example.org"))
        queue(mail(to="noor@bücher.example"))
        send()
    assert server.recipients() == ["noor@xn--bcher-kva.example"]
    assert troubles() == {("petition-confirm", "no SMTPUTF8"): 1}


def test_an_address_that_cannot_be_written_to_is_counted(server, mail, send):
    queue(mail(to="noor@example..org"))
    send()
    assert troubles() == {("petition-confirm", "address"): 1}


# The end of a mail's time


def test_a_mail_is_given_up_and_counted_after_a_day(outbox, mail, send, settings, caplog):
    port = free_port()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    with time_machine.travel("2026-11-22T12:30:00Z", tick=False) as clock:
        for number in range(3):
            queue(mail(to=f"person-{number}@example.org"))
        clock.shift(22 * 3600)
        queue(mail(to="later@example.org"))
        clock.shift(2 * 3600)
        with running(MailServer(port)) as server:
            send(until=lambda: not Message.objects.exists())
    assert server.recipients() == ["later@example.org"]
    assert troubles() == {("petition-confirm", "expired"): 3}
    assert "person" not in caplog.text


def test_a_mail_in_hand_whose_time_ends_is_not_sent(server, mail, send):
    with time_machine.travel("2026-11-22T12:30:00Z", tick=False) as clock:
        queue(mail())
        mailer = Mailer()
        mailer._tidied_at = time.monotonic()  # only the line itself can notice
        mailer._take(time.time())
        clock.shift(DAY)
        mailer.open()
        steps(mailer, until=lambda is_busy: not is_busy)
        mailer.close()
    assert not server.accepted
    assert troubles() == {("petition-confirm", "expired"): 1}


def test_soon_nobody_can_read_what_a_database_kept_of_mails_that_were_sent(server, mail, send):
    with time_machine.travel("2026-11-22T12:30:00Z", tick=False) as clock:
        queue(mail())
        left_behind = Message.objects.get()
        send()
        assert unpack(left_behind).to == "noor.haddad@example.org"
        clock.shift(3600)
        queue(mail(to="second@example.org"))
        send()
        with pytest.raises(Unreadable):
            unpack(left_behind)


def test_a_mail_that_waits_for_long_stays_readable_for_us(server, mail, send):
    server.on_rcpt = first_then(*["450 later"] * 3, "250 OK")
    with time_machine.travel("2026-11-22T12:30:00Z", tick=False) as clock:
        queue(mail())
        for _ in range(4):
            send()
            clock.shift(2 * 3600)
    assert len(server.accepted) == 1


def test_what_nobody_can_read_any_more_is_counted(server, mail, send):
    queue(mail())
    Message.objects.update(sealed=b"x" * 100)
    send()
    assert troubles() == {("unknown", "unreadable"): 1}
    assert not Message.objects.exists()


def test_mail_goes_out_though_what_has_expired_cannot_be_removed(server, mail, send, caplog, monkeypatch):
    def forbidden(now, waiting):
        tried.append(now)
        raise PermissionError(13, "Permission denied", "/keys/outbox/noor")

    tried: list[float] = []
    monkeypatch.setattr("rightswire.outbox.sending.destroy_idle_keys", forbidden)
    queue(mail())
    send()
    assert len(server.accepted) == 1
    assert len(tried) == 1  # and then once a minute
    assert "PermissionError" in caplog.text
    assert "noor" not in caplog.text


def test_a_clock_that_ran_ahead_when_it_was_queued_keeps_no_mail_back(server, mail, send):
    with time_machine.travel("2026-11-22T18:00:00Z", tick=False):
        queue(mail())
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        send()
    assert len(server.accepted) == 1


def test_a_fault_of_ours_puts_the_mail_off_and_shows_nothing_of_it(server, mail, send, caplog, monkeypatch):
    def broken(message, now):
        raise RuntimeError(f"cannot write to {message.to}")

    queue(mail())
    monkeypatch.setattr(line, "make_mail", broken)
    send()
    assert Message.objects.get().attempts == 1
    assert "RuntimeError" in caplog.text
    assert "noor" not in caplog.text


def test_a_database_that_fails_for_a_moment_sends_nothing_twice(server, mail, send, monkeypatch):
    from django.db.utils import OperationalError

    failures = iter([True, True, False])

    def add(self, *arguments):
        if next(failures, False):
            raise OperationalError

    monkeypatch.setattr("rightswire.outbox.models.MailTroubleQuerySet.add", add)
    queue(mail())
    mailer = Mailer()
    mailer._tidied_at = time.monotonic()
    mailer.open()
    for _ in range(2):
        with pytest.raises(OperationalError):
            steps(mailer, until=lambda is_busy: False)
    steps(mailer, until=all_is_sent)
    mailer.close()
    assert len(server.accepted) == 1


# Signing, files


def test_with_a_key_every_mail_is_signed(server, mail, send, outbox):
    make_dkim_key(outbox / "keys")
    queue(mail())
    send()
    assert server.messages()[0]["DKIM-Signature"].startswith("v=1; a=rsa-sha256")


def test_with_a_key_that_cannot_be_used_nothing_is_sent(server, outbox):
    (outbox / "keys").mkdir()
    (outbox / "keys" / "dkim.pem").write_text("not a key")
    with pytest.raises(DkimKeyError):
        Mailer().start()


def test_mail_as_files_for_demos(outbox, mail, send):
    queue(mail())
    queue(mail(to="second@example.org"))
    send()
    files = list((outbox / "mail").iterdir())
    assert Counter(b"second@example.org" in file.read_bytes() for file in files) == {True: 1, False: 1}
    assert {file.suffix for file in files} == {".eml"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (outbox / "mail").stat().st_mode & 0o777 == 0o700
    assert not Message.objects.exists()


def test_files_go_after_a_day_and_other_files_stay(outbox, mail, send):
    queue(mail())
    send()
    (outbox / "mail" / "notes.txt").write_text("kept")
    with time_machine.travel(time.time() + DAY + 1, tick=False):
        send()
    assert [file.name for file in (outbox / "mail").iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_written_to_loses_nothing(outbox, mail, send, caplog):
    (outbox / "mail").write_text("in the way")
    queue(mail())
    send(until=lambda: "cannot be written to" in caplog.text)
    assert Message.objects.get().attempts == 0
    (outbox / "mail").unlink()
    send(until=lambda: not Message.objects.exists())
    assert len(list((outbox / "mail").glob("*.eml"))) == 1


def test_the_certificate_of_these_tests_would_be_refused_by_a_stranger(tmp_path: Path):
    """The control of the tests above: this machine does not trust it by itself."""
    context, _ = certificate(tmp_path)
    with running(MailServer(ssl_context=context)) as server:
        import smtplib

        with pytest.raises(ssl.SSLCertVerificationError):
            smtplib.SMTP_SSL("127.0.0.1", server.port, context=ssl.create_default_context())
