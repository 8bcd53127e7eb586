"""Mail that comes back: who is written to no more, and who can make us think so."""

import datetime
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from rightswire.newsletters import returned_mail
from rightswire.newsletters.addresses import keys
from rightswire.newsletters.bounces import SOFT_BOUNCES, Verdict, take
from rightswire.newsletters.models import Fate, Handover, Subscriber, SubscriberState, Suppression
from rightswire.newsletters.return_path import return_address
from rightswire.outbox.models import MailTrouble

pytestmark = pytest.mark.django_db
HOME = "bounces@news.example.org"

POSTFIX = """Return-Path: <>
To: {to}
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I could not deliver your message.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; ada@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} says the server
--B
Content-Type: message/rfc822

Subject: A digest

--B--
"""
EXIM = """To: {to}
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-type: text/plain

  ada@example.org
--B
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Action: failed
Final-Recipient: rfc822;ada@example.org
Status: 5.0.0
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 Unknown user
--B--
"""
GLOBAL = """Delivered-To: {to}
From: postmaster@mx.example.net
Content-Type: multipart/report; report-type=global-delivery-status; boundary="B"

--B
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: utf-8; mx.example.net

Final-Recipient: utf-8; leïla@exämple.org
Action: failed
Status: 5.1.10
--B--
"""
QMAIL = """From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Subject: A digest
"""
ARF = """To: {to}
From: feedback@provider.example.net
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an e-mail abuse report.
--B
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
--B--
"""
HOLIDAY = """To: {to}
From: ada@example.org
Subject: Out of office
Auto-Submitted: auto-replied

I am away. Error 5.1.1 is what I study.
"""


@pytest.fixture
def ada(subscribe):
    return subscribe("ada@example.org")


@pytest.fixture
def to(ada):
    return return_address(ada.pk, 3, keys().list_secret("bounces"), HOME)


def report(text: str, to: str, **more: str) -> bytes:
    return text.format(to=to, **({"action": "failed", "status": "5.1.1"} | more)).encode()


def state() -> int | None:
    return Subscriber.objects.values_list("state", flat=True).first()


@pytest.mark.parametrize("text", [POSTFIX, EXIM, GLOBAL, QMAIL])
def test_a_mailbox_that_does_not_exist_suspends(to, text):
    assert take(report(text, to)) is Verdict.HARD
    assert state() == SubscriberState.SUSPENDED
    assert take(report(text, to)) is Verdict.HARD  # twice
    assert state() == SubscriberState.SUSPENDED
    assert MailTrouble.objects.get().kind == "bounce-hard"


@pytest.mark.parametrize("status", ["5.7.1", "5.7.26", "5.2.2", "5.3.4", "5.4.4"])
def test_a_full_mailbox_or_a_spam_filter_does_not(to, status):
    assert take(report(POSTFIX, to, status=status)) is Verdict.SOFT
    assert state() == SubscriberState.ACTIVE


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.7"), ("relayed", "2.0.0"), ("delivered", "2.1.5")])
def test_news_of_a_delay_or_a_delivery_changes_nothing(to, action, status):
    assert take(report(POSTFIX, to, action=action, status=status)) is Verdict.NOTHING
    assert (state(), MailTrouble.objects.count()) == (SubscriberState.ACTIVE, 0)


def test_soft_ones_suspend_once_they_go_on_for_days(to, time_machine):
    start = timezone.now()
    for number in range(SOFT_BOUNCES):
        assert state() == SubscriberState.ACTIVE
        time_machine.move_to(start + datetime.timedelta(days=3 * number))
        take(report(POSTFIX, to, status="5.2.2"))
    assert state() == SubscriberState.SUSPENDED


def test_many_soft_ones_of_one_bad_day_do_not(to):
    for _ in range(3 * SOFT_BOUNCES):
        take(report(POSTFIX, to, status="5.2.2"))
    assert state() == SubscriberState.ACTIVE


def test_old_soft_ones_are_forgotten(to, time_machine):
    start = timezone.now()
    for number in range(2 * SOFT_BOUNCES):
        time_machine.move_to(start + datetime.timedelta(days=61 * number))
        take(report(POSTFIX, to, status="5.2.2"))
    assert state() == SubscriberState.ACTIVE


def test_a_complaint_unsubscribes_and_no_import_brings_her_back(to):
    assert take(report(ARF, to)) is Verdict.COMPLAINT
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "complaint"
    assert take(report(ARF, to)) is Verdict.COMPLAINT


def test_an_answer_from_a_holiday_changes_nothing(to):
    assert take(report(HOLIDAY, to)) is Verdict.NOTHING
    assert state() == SubscriberState.ACTIVE


def test_forged_reports_are_ignored(ada, to):
    forged = return_address(ada.pk, 3, b"a guess" * 5, HOME)
    for address in (forged, "ada@example.org", "bounces@news.example.org", to[:-30] + "x" + to[-29:], ""):
        assert take(report(POSTFIX, address)) is Verdict.NOTHING
    assert state() == SubscriberState.ACTIVE


def test_the_envelope_tells_where_the_headers_do_not(to):
    assert take(report(POSTFIX, "somebody@example.org"), to) is Verdict.HARD


def test_what_came_back_is_noted_in_the_ledger(ada, news):
    from rightswire.newsletters.digests import send_at_once

    news("A verdict")
    sending = send_at_once()
    Handover.objects.update(fate=Fate.HANDED_OVER)
    address = return_address(ada.pk, sending.pk, keys().list_secret("bounces"), HOME)
    take(report(POSTFIX, address))
    assert Handover.objects.values_list("fate", "reply").get() == (Fate.REFUSED, "5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"Content-Type: multipart/report; boundary=x\n\n" + b"--x\n" * 50_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 2_000,
        b"Content-Type: message/rfc822\n\n" * 3_000,
        "To: \udcff\nContent-Type: text/plain; charset=nonsense\n\nÄ".encode("utf-8", "surrogatepass"),
        b"Subject: x\n\n" + b"a" * 10_000_000,
    ],
)
def test_anything_is_survived(to, raw):
    try:
        assert take(raw) is Verdict.NOTHING
    except RecursionError:
        pytest.fail("a mail can end the reader")


def test_a_maildir_is_emptied_and_what_cannot_be_read_is_set_aside(to, tmp_path: Path, settings, monkeypatch):
    import mailbox

    box = mailbox.Maildir(tmp_path / "mail", create=True)
    settings.BOUNCE_MAILDIR = str(tmp_path / "mail")
    box.add(report(POSTFIX, to))
    box.add(report(POSTFIX, "somebody@example.org"))
    assert returned_mail.take_from_maildir() == 2
    assert len(box) == 0
    assert state() == SubscriberState.SUSPENDED
    box.add(report(POSTFIX, to))

    def broken(raw: bytes) -> None:
        raise ValueError

    monkeypatch.setattr(returned_mail, "take", broken)
    assert returned_mail.take_from_maildir() == 1
    assert returned_mail.take_from_maildir() == 0
    assert len(mailbox.Maildir(tmp_path / "mail")) == 1


def test_a_pipe_ends_well_also_for_what_is_none_of_ours(tmp_path: Path):
    import os

    environment = {**os.environ, "RIGHTSWIRE_HOME": str(tmp_path), "RIGHTSWIRE_DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "rightswire.conf.settings"
    command = [sys.executable, "-m", "rightswire.cli", "take_bounce", "someone@example.org"]
    done = subprocess.run(command, input=b"To: x\n\nhello", env=environment, check=False)
    assert done.returncode == 0


SECRET = "user:a long secret"
POSTMARK = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Email": "Ada@example.org", "ID": 1}


@pytest.fixture
def webhooks(settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def told(client, secret: str = SECRET, **fields):
    import base64

    authorization = "Basic " + base64.b64encode(secret.encode()).decode()
    return client.post(
        "/do/mail-event/postmark/",
        POSTMARK | fields,
        content_type="application/json",
        headers={"authorization": authorization},
    )


def test_a_provider_tells_of_a_bounce(client, ada, webhooks):
    assert told(client).status_code == 200
    assert state() == SubscriberState.SUSPENDED


def test_a_provider_tells_of_a_complaint(client, ada, webhooks):
    assert told(client, RecordType="SpamComplaint", Type="SpamComplaint").status_code == 200
    assert not Subscriber.objects.exists()


def test_nobody_else_can(client, ada, webhooks, settings):
    assert told(client, "user:a guess").status_code == 400
    settings.MAIL_WEBHOOK_SECRET = ""
    assert told(client).status_code == 404
    assert client.post("/do/mail-event/nonsense/").status_code == 404
    assert state() == SubscriberState.ACTIVE
