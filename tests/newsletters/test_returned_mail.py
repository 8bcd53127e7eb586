"""The ways by which returned mail reaches us: a mail server's pipe, a maildir, a mail provider's webhooks."""

import base64
import hashlib
import hmac
import logging
import mailbox
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import returned_samples as samples
from django.db import OperationalError, connection

from mail_server import MailServer
from rightswire.newsletters import bounces, returned_mail
from rightswire.newsletters.addresses import keys
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.models import Fate, Handover, Subscriber, SubscriberState, Suppression
from rightswire.newsletters.post import office
from rightswire.newsletters.post.office import PostOffice
from rightswire.newsletters.reports import Verdict
from rightswire.newsletters.return_path import return_address
from rightswire.newsletters.returned_mail import take_from_maildir
from rightswire.outbox.models import MailTrouble
from rightswire.seal.keys import Keys

HOME = "bounces@news.example.org"


def address_for(subscriber: Subscriber) -> str:
    return return_address(subscriber.pk, 3, keys().list_secret("bounces"), HOME)


def report(to: str, text: str = samples.POSTFIX) -> bytes:
    return text.format(to=to, action="failed", status="5.1.1").encode()


def suspended() -> set[Subscriber]:
    return set(Subscriber.objects.filter(state=SubscriberState.SUSPENDED))


@pytest.fixture
def ada(subscribe):
    return subscribe("ada@example.org")


# The whole way: a mail goes out, and what the server was given as its sender comes back


class Noting(MailServer):
    """Knows the envelope's senders too."""

    def __init__(self) -> None:
        super().__init__()
        self.senders: list[str] = []

    async def handle_DATA(self, server, session, envelope):
        self.senders.append(envelope.mail_from)
        return await super().handle_DATA(server, session, envelope)


@pytest.mark.parametrize("where", [HOME, "@bounces.example.org"])
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_mail_that_went_out_comes_back(ada, news, strongbox, settings, monkeypatch, where):
    server = Noting().start()
    settings.EMAIL_URL, settings.BOUNCE_ADDRESS = server.url, where
    monkeypatch.setattr(office, "PRESSES", 1)
    news("A verdict")
    send_at_once()
    own = PostOffice(strongbox)
    own.start()
    ends_at = time.monotonic() + 20
    while not Handover.objects.filter(fate=Fate.HANDED_OVER).exists() and time.monotonic() < ends_at:
        time.sleep(0.05)
    own.stop()
    server.stop()
    (sender,) = server.senders
    assert sender.endswith(where.partition("@")[2])
    assert bounces.take(report(sender)) is Verdict.HARD
    assert suspended() == {ada}
    assert Handover.objects.values_list("fate", "reply").get() == (Fate.REFUSED, "5.1.1")


# The pipe, as a process of its own


def pipe(home: Path, raw: bytes, *arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RIGHTSWIRE_", "DJANGO_"))}
    environment |= {"RIGHTSWIRE_HOME": str(home), "RIGHTSWIRE_BOUNCE_ADDRESS": HOME} | settings
    command = [sys.executable, "-m", "rightswire.cli", "take_bounce", *arguments]
    return subprocess.run(command, input=raw, env=environment, capture_output=True, check=False, timeout=60)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it works on a copy of the tests' database")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_mail_server_hands_a_report_over(ada, home):
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(home / "db.sqlite3")])
    done = pipe(home, report("somebody@example.org"), address_for(ada))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    with sqlite3.connect(home / "db.sqlite3") as database:
        states = database.execute("SELECT state FROM newsletters_subscriber").fetchall()
        totals = database.execute("SELECT kind, reply, number FROM outbox_mailtrouble").fetchall()
    database.close()
    assert states == [(SubscriberState.SUSPENDED,)]
    assert totals == [("bounce-hard", "5.1.1", 1)]


@pytest.mark.parametrize(
    "raw",
    [b"", b"To: x\n\nhello", report("ada@example.org"), b"a" * 10_000_000],
    ids=["none", "other", "foreign", "10 MB"],
)
def test_what_is_none_of_ours_is_done_with_so_that_no_mail_loops(tmp_path: Path, raw):
    done = pipe(tmp_path, raw, "someone@example.org", RIGHTSWIRE_DATABASE_URL="postgres://a:b@127.0.0.1:9/none")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("database", ["postgres://a:b@127.0.0.1:9/none", ""], ids=["gone", "not prepared"])
def test_where_the_database_does_not_answer_the_mail_server_tries_again(tmp_path: Path, database):
    from uuid import uuid4

    address = return_address(uuid4(), 3, Keys(tmp_path / "keys").list_secret("bounces"), HOME)
    done = pipe(tmp_path, report(address), RIGHTSWIRE_DATABASE_URL=database)
    assert done.returncode == os.EX_TEMPFAIL
    assert b"OperationalError" in done.stderr
    assert b"Traceback" not in done.stderr
    assert address.partition("@")[0].encode() not in done.stderr


@pytest.mark.parametrize("wrong", [{"RIGHTSWIRE_BOUNCE_ADDRESS": ""}, {"RIGHTSWIRE_TIME_ZONE": "Mars/Olympus"}])
def test_with_other_settings_than_the_services_nothing_is_lost(tmp_path: Path, wrong):
    done = pipe(tmp_path, b"To: x\n\n", **wrong)
    assert done.returncode == os.EX_TEMPFAIL
    assert next(iter(wrong)).encode() in done.stderr


# The maildir


@pytest.fixture
def box(tmp_path: Path, settings) -> mailbox.Maildir:
    settings.BOUNCE_MAILDIR = str(tmp_path / "bounces")
    return mailbox.Maildir(settings.BOUNCE_MAILDIR, create=True)


@pytest.mark.django_db
def test_a_maildir_with_several_messages_is_emptied(ada, subscribe, box):
    ben = subscribe("ben@example.org")
    subscribe("cleo@example.org")
    for raw in (report(address_for(ada)), report("somebody@example.org"), report(address_for(ben), samples.QMAIL)):
        box.add(raw)
    assert take_from_maildir() == 3
    assert len(box) == 0
    assert suspended() == {ada, ben}
    assert take_from_maildir() == 0


@pytest.mark.django_db
def test_what_a_mail_program_has_seen_is_taken_too(ada, box):
    message = mailbox.MaildirMessage(report(address_for(ada)))
    message.set_subdir("cur")
    message.set_flags("S")
    box.add(message)
    assert take_from_maildir() == 1
    assert suspended() == {ada}


@pytest.mark.django_db
def test_hostile_mail_goes_without_holding_the_others_up(ada, box):
    box.add(b"Content-Type: message/rfc822\n\n" * 3_000)
    box.add(b"X-Original-To: " + address_for(ada).encode() + b"\n" + b"Content-Type: message/rfc822\n\n" * 3_000)
    box.add(b"a" * 10_000_000)
    box.add(report(address_for(ada)))
    assert take_from_maildir() == 4
    assert len(box) == 0
    assert suspended() == {ada}


@pytest.mark.django_db
def test_what_cannot_be_read_is_set_aside_and_not_tried_for_ever(ada, box, monkeypatch, caplog):
    broken, take = report("ada@example.org"), returned_mail.take

    def read(raw: bytes):
        if raw == broken:
            raise LookupError("ada@example.org")
        return take(raw)

    monkeypatch.setattr(returned_mail, "take", read)
    box.add(broken)
    box.add(report(address_for(ada)))
    assert take_from_maildir() == 2
    assert suspended() == {ada}
    assert take_from_maildir() == 0
    (left,) = box
    assert (left.get_subdir(), left.get_flags(), left.get_payload() != "") == ("cur", "F", True)
    assert "ada" not in caplog.text
    assert "LookupError" in caplog.text


@pytest.mark.django_db
def test_a_file_of_somebody_else_does_not_hold_the_others_up(ada, box, monkeypatch, caplog):
    name = box.add(report("ada@example.org"))
    box.add(report(address_for(ada)))
    open_file = Path.open

    def refuse(file: Path, *arguments, **named):
        if file.name == name:
            raise PermissionError
        return open_file(file, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        assert take_from_maildir() == 2
    assert suspended() == {ada}
    assert [message.get_flags() for message in box] == ["F"]
    assert take_from_maildir() == 0
    assert "PermissionError" in caplog.text


@pytest.mark.django_db
def test_while_the_database_does_not_answer_the_message_stays(ada, box, monkeypatch):
    def away(raw: bytes):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(returned_mail, "take", away)
        box.add(report(address_for(ada)))
        with pytest.raises(OperationalError):
            take_from_maildir()
    assert len(box) == 1
    assert take_from_maildir() == 1
    assert suspended() == {ada}


def test_a_maildir_that_is_not_there_is_told_of(settings, tmp_path: Path, caplog):
    settings.BOUNCE_MAILDIR = str(tmp_path / "none")
    assert take_from_maildir() == 0
    assert "RIGHTSWIRE_BOUNCE_MAILDIR" in caplog.text
    settings.BOUNCE_MAILDIR = ""
    assert take_from_maildir() == 0


# Webhooks

PASSWORD = "a long password of the hook"
SECRET = f"provider:{PASSWORD}"
POSTMARK = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Email": "Ada@example.org", "ID": 1}
MAILGUN = {
    "event": "failed",
    "severity": "permanent",
    "reason": "bounce",
    "recipient": "ada@example.org",
    "timestamp": 1795684364.1,
    "message": {"headers": {"message-id": "1@example.org"}},
    "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
}
SENDGRID = {
    "event": "bounce",
    "type": "bounce",
    "email": "ada@example.org",
    "timestamp": 1795684364,
    "reason": "550 5.1.1 The account does not exist",
    "status": "5.1.1",
}
WITHOUT_CODE = SENDGRID | {"reason": "500 gone", "status": "5.0.0", "bounce_classification": "Invalid Address"}
BREVO = {"event": "hard_bounce", "email": "ada@example.org", "ts_epoch": 1795684364000, "message-id": "<1@example.org>"}


RESEND = {
    "type": "email.bounced",
    "created_at": "2026-11-26T09:12:44.000Z",
    "data": {
        "to": ["ada@example.org"],
        "bounce": {"type": "Permanent", "subType": "General", "message": "It is gone."},
    },
}


@pytest.fixture
def webhooks(settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": PASSWORD}


@pytest.fixture
def tell(client, db):
    """tell("postmark", {…}) -> the status that the provider gets."""
    client.raise_request_exception = False

    def post(provider: str, told: object, secret: str = SECRET) -> int:
        authorization = "Basic " + base64.b64encode(secret.encode()).decode()
        answer = client.post(
            f"/do/mail-event/{provider}/",
            told,
            content_type="application/json",
            headers={"authorization": authorization} if secret else {},
        )
        return answer.status_code

    return post


def signed(event: dict, key: str = PASSWORD) -> dict:
    proof = hmac.digest(key.encode(), b"1795684364token", hashlib.sha256).hex()
    return {"signature": {"timestamp": "1795684364", "token": "token", "signature": proof}, "event-data": event}


def test_postmark_tells_of_a_mailbox_that_is_gone(tell, ada, webhooks):
    assert tell("postmark", POSTMARK) == 200
    assert suspended() == {ada}
    assert MailTrouble.objects.get().kind == "bounce-hard"


def test_mailgun_tells_of_a_mailbox_that_is_gone(tell, ada, webhooks):
    assert tell("mailgun", signed(MAILGUN, "another key")) == 400
    assert suspended() == set()
    assert tell("mailgun", signed(MAILGUN)) == 200
    assert suspended() == {ada}
    assert MailTrouble.objects.get().reply == "5.1.1"


@pytest.mark.filterwarnings("ignore:django-anymail has dropped")
def test_sendgrid_tells_of_several_at_once(tell, ada, subscribe, webhooks):
    ben = subscribe("ben@example.org")
    others = [SENDGRID | {"email": address} for address in ("nobody@example.org", "no address", "BEN@example.org")]
    assert tell("sendgrid", [SENDGRID, *others]) == 200
    assert suspended() == {ada, ben}


def test_brevo_tells_of_a_mailbox_that_is_gone(tell, ada, webhooks):
    assert tell("brevo", BREVO) == 200
    assert suspended() == {ada}


@pytest.mark.filterwarnings("ignore:django-anymail has dropped")
@pytest.mark.parametrize(("provider", "told"), [("resend", RESEND), ("sendgrid", [WITHOUT_CODE])])
def test_a_provider_that_passes_no_code_on_says_it_in_words(tell, ada, webhooks, provider, told):
    assert tell(provider, told) == 200
    assert suspended() == {ada}
    assert tell(provider, told) == 200
    assert MailTrouble.objects.values_list("kind", "number").get() == ("bounce-hard", 1)


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("resend", RESEND | {"data": RESEND["data"] | {"bounce": {"type": "Transient", "message": "full"}}}),
        ("postmark", POSTMARK | {"Type": "SoftBounce"}),
        ("postmark", POSTMARK | {"Details": "smtp;550 5.7.1 taken for spam"}),
        ("brevo", BREVO | {"event": "soft_bounce"}),
        ("mailgun", signed(MAILGUN | {"delivery-status": {"code": 552, "message": "5.2.2 full"}})),
        ("mailgun", signed(MAILGUN | {"severity": "temporary"})),
        ("postmark", POSTMARK | {"RecordType": "Delivery", "Recipient": "ada@example.org"}),
    ],
    ids=["transient", "soft", "spam filter", "soft", "full", "temporary", "delivered"],
)
def test_other_troubles_suspend_nobody(tell, ada, webhooks, provider, told):
    assert tell(provider, told) == 200
    assert suspended() == set()


def test_a_provider_tells_of_a_complaint(tell, ada, webhooks):
    assert tell("postmark", POSTMARK | {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}) == 200
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "complaint"


@pytest.mark.parametrize("secret", ["", "provider:a guess", PASSWORD])
def test_nobody_else_can(tell, ada, webhooks, secret):
    assert tell("postmark", POSTMARK, secret) == 400
    assert suspended() == set()


def test_without_the_secret_there_is_no_such_address(tell, ada, settings):
    settings.MAIL_WEBHOOK_SECRET = ""
    assert tell("postmark", POSTMARK) == 404


@pytest.mark.parametrize("provider", ["nonsense", "amazon_ses", "mandrill", "sendinblue"])
def test_only_the_providers_named_have_one(tell, webhooks, provider):
    assert tell(provider, POSTMARK) == 404


def test_no_address_is_logged(tell, ada, webhooks, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for told in (POSTMARK, "ada@example.org", POSTMARK | {"Email": 3}, POSTMARK | {"Email": "ada@example.org\0"}):
        tell("postmark", told)
    shown = caplog.text + "".join(capfd.readouterr())
    assert "ada@" not in shown.lower()
