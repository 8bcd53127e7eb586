"""Mail that comes back: who is written to no more, and who can make us think so."""

import base64
import datetime
import logging
import time

import pytest
import returned_samples as samples
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightswire.newsletters.addresses import keys
from rightswire.newsletters.bounces import LARGEST, SOFT_BOUNCES, take
from rightswire.newsletters.models import Fate, Handover, Sending, Subscriber, SubscriberState, Suppression
from rightswire.newsletters.reports import HARD, Verdict, read_report
from rightswire.newsletters.return_path import return_address
from rightswire.outbox.models import MailTrouble

pytestmark = pytest.mark.django_db
HOME = "bounces@news.example.org"


@pytest.fixture
def ada(subscribe):
    return subscribe("ada@example.org")


@pytest.fixture
def to(ada):
    return address_for(ada, 3)


def address_for(subscriber: Subscriber, sending: int) -> str:
    return return_address(subscriber.pk, sending, keys().list_secret("bounces"), HOME)


def report(text: str, to: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    return text.format(to=to, action=action, status=status).encode()


def state() -> int | None:
    return Subscriber.objects.values_list("state", flat=True).first()


def totals() -> dict[tuple[str, str], int]:
    return {(row.kind, row.reply): row.number for row in MailTrouble.objects.all()}


# Who suspends whom


@pytest.mark.parametrize(
    "name",
    ["POSTFIX", "EXIM", "OLD_EXIM", "MICROSOFT", "GMAIL", "SENDMAIL", "OLD_SENDMAIL", "QMAIL", "GLOBAL", "ENCODED"],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_mailbox_that_does_not_exist_suspends(to, name, line_end):
    raw = report(getattr(samples, name), to).replace(b"\n", line_end.encode())
    assert take(raw) is Verdict.HARD
    assert state() == SubscriberState.SUSPENDED
    assert set(totals()) == {("bounce-hard", "5.1.10" if name == "MICROSOFT" else "5.1.1")}


def test_a_report_that_was_passed_on_counts_too(to):
    raw = samples.FORWARDED.encode() + report(samples.POSTFIX, to) + b"\n--OUTER--\n"
    assert take(raw) is Verdict.HARD
    assert state() == SubscriberState.SUSPENDED


@pytest.mark.parametrize("status", sorted(HARD))
def test_codes_that_speak_of_the_mailbox_suspend(to, status):
    assert take(report(samples.POSTFIX, to, status=status)) is Verdict.HARD


@pytest.mark.parametrize(
    "status", ["5.7.1", "5.7.26", "5.2.2", "5.2.3", "5.3.4", "5.4.4", "5.1.2", "5.1.8", "5.1.0", "5.0.0", "4.4.7"]
)
def test_a_full_mailbox_a_spam_filter_or_a_lost_domain_does_not(to, status):
    assert take(report(samples.POSTFIX, to, status=status)) is Verdict.SOFT
    assert state() == SubscriberState.ACTIVE
    assert totals() == {("bounce-soft", status): 1}


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.7"), ("delayed", "5.1.1"), ("relayed", "2.0.0"), ("delivered", "2.1.5"), ("expanded", "2.1.5")],
)
def test_news_of_a_delay_or_a_delivery_changes_nothing(to, action, status):
    assert take(report(samples.POSTFIX, to, action=action, status=status)) is Verdict.NOTHING
    assert (state(), totals()) == (SubscriberState.ACTIVE, {})


@pytest.mark.parametrize("name", ["HOLIDAY", "OLD_HOLIDAY", "READ", "WARNING", "LETTER"])
def test_answers_receipts_and_letters_change_nothing(to, name):
    assert take(report(getattr(samples, name), to)) is Verdict.NOTHING
    assert (state(), totals()) == (SubscriberState.ACTIVE, {})


def test_what_our_own_mail_says_is_no_reason(to):
    """The copy of it that comes back without any standard may speak of anything."""
    raw = report(samples.QMAIL, to).replace(b"(#5.1.1)", b"") + b"\nSection 5.1.1 of the law.\n"
    assert take(raw) is Verdict.SOFT
    assert state() == SubscriberState.ACTIVE


def test_an_address_of_a_server_is_no_code(to):
    raw = report(samples.EXIM, to).replace(b"smtp; 550 5.1.1 Unknown user", b"smtp; [5.1.1.7] refused, also 85.1.1")
    assert take(raw) is Verdict.SOFT


def test_codes_that_nobody_knows_do_not_fill_the_table(to):
    for status in ("5.999.999", "5.1.351", "5.1.352", "5.77.351"):
        take(report(samples.POSTFIX, to, status=status))
    assert set(totals()) == {("bounce-soft", "5.8.0"), ("bounce-soft", "5.1.0")}


# Soft ones


def test_soft_ones_suspend_once_they_go_on_for_days(to, time_machine):
    start = timezone.now()
    for number in range(SOFT_BOUNCES):
        assert state() == SubscriberState.ACTIVE
        time_machine.move_to(start + datetime.timedelta(days=3 * number))
        take(report(samples.POSTFIX, to, status="5.2.2"))
    assert state() == SubscriberState.SUSPENDED


def test_many_soft_ones_of_one_bad_day_do_not(to):
    for _ in range(3 * SOFT_BOUNCES):
        take(report(samples.POSTFIX, to, status="5.2.2"))
    assert state() == SubscriberState.ACTIVE
    assert Subscriber.objects.get().bounces == SOFT_BOUNCES  # and no number grows without end


def test_old_soft_ones_are_forgotten(to, time_machine):
    start = timezone.now()
    for number in range(2 * SOFT_BOUNCES):
        time_machine.move_to(start + datetime.timedelta(days=61 * number))
        take(report(samples.POSTFIX, to, status="5.2.2"))
    assert state() == SubscriberState.ACTIVE


def test_who_confirms_again_is_active_again(to, subscribe):
    take(report(samples.POSTFIX, to))
    subscribe("ada@example.org")
    assert state() == SubscriberState.ACTIVE


# Complaints


@pytest.mark.parametrize("kind", ["abuse", "Fraud", "opt-out"])
def test_a_complaint_unsubscribes_and_no_import_brings_her_back(to, kind):
    assert take(report(samples.COMPLAINT, to, action=kind)) is Verdict.COMPLAINT
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "complaint"
    take(report(samples.COMPLAINT, to, action=kind))
    assert totals() == {("complaint", kind.lower()): 1}


@pytest.mark.parametrize("kind", ["not-spam", "virus", "auth-failure", "nonsense"])
def test_other_feedback_does_not(to, kind):
    assert take(report(samples.COMPLAINT, to, action=kind)) is Verdict.NOTHING
    assert state() == SubscriberState.ACTIVE


# The ledger


@pytest.fixture
def sending(ada, news) -> Sending:
    from rightswire.newsletters.digests import send_at_once

    news("A verdict")
    sending = send_at_once()
    Handover.objects.update(fate=Fate.HANDED_OVER)
    return sending


def ledger() -> tuple[int, str]:
    return Handover.objects.values_list("fate", "reply").get()


def test_what_came_back_is_noted_in_the_ledger(ada, sending):
    take(report(samples.POSTFIX, address_for(ada, sending.pk)))
    assert ledger() == (Fate.REFUSED, "5.1.1")


def test_an_unknown_one_that_came_back_is_known(ada, sending):
    Handover.objects.update(fate=Fate.UNKNOWN)
    take(report(samples.POSTFIX, address_for(ada, sending.pk), status="5.7.1"))
    assert ledger() == (Fate.REFUSED, "5.7.1")


def test_what_is_still_going_out_is_not_touched(ada, sending):
    Handover.objects.update(fate=Fate.PUT_OFF)
    take(report(samples.POSTFIX, address_for(ada, sending.pk), status="5.7.1"))
    assert ledger() == (Fate.PUT_OFF, "")


def test_a_report_that_comes_twice_counts_once(ada, sending, time_machine):
    raw = report(samples.POSTFIX, address_for(ada, sending.pk), status="5.2.2")
    start = timezone.now()
    for number in range(2 * SOFT_BOUNCES):
        time_machine.move_to(start + datetime.timedelta(days=number))
        assert take(raw) is Verdict.SOFT
    assert (state(), totals()) == (SubscriberState.ACTIVE, {("bounce-soft", "5.2.2"): 1})


def test_a_mailbox_that_is_gone_is_counted_once_also_without_the_ledger(to):
    for _ in range(3):
        assert take(report(samples.POSTFIX, to)) is Verdict.HARD
    assert (state(), totals()) == (SubscriberState.SUSPENDED, {("bounce-hard", "5.1.1"): 1})


def test_each_mail_to_a_mailbox_that_is_gone_is_noted_in_its_ledger(ada, to, sending):
    take(report(samples.POSTFIX, to))  # of a sending that is gone
    take(report(samples.POSTFIX, address_for(ada, sending.pk)))
    assert ledger() == (Fate.REFUSED, "5.1.1")
    assert totals() == {("bounce-hard", "5.1.1"): 2}


def test_an_old_report_does_not_suspend_her_who_came_back(ada, sending, subscribe):
    raw = report(samples.POSTFIX, address_for(ada, sending.pk))
    take(raw)
    subscribe("ada@example.org")
    take(raw)
    assert state() == SubscriberState.ACTIVE


# Whose it is


def test_forged_reports_are_ignored(ada, to):
    forged = return_address(ada.pk, 3, b"a guess" * 5, HOME)
    damaged = to[:-40] + ("a" if to[-40] != "a" else "b") + to[-39:]
    for address in (forged, damaged, f"{ada.pk}@news.example.org", "ada@example.org", HOME, ""):
        for text in (samples.POSTFIX, samples.COMPLAINT, samples.QMAIL):
            assert take(report(text, address, action="failed"), address) is Verdict.NOTHING
    assert (state(), totals()) == (SubscriberState.ACTIVE, {})


def test_a_report_counts_for_nobody_else(ada, subscribe):
    ben = subscribe("ben@example.org")
    take(report(samples.POSTFIX, address_for(ben, 3)))
    assert set(Subscriber.objects.active()) == {ada}


def test_the_envelope_tells_where_the_headers_do_not(to):
    assert take(report(samples.POSTFIX, "somebody@example.org"), to.upper()) is Verdict.HARD


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "To", "Envelope-To"])
def test_any_header_may_tell(to, header):
    raw = f"{header}: <{to}>\n".encode() + report(samples.POSTFIX, "somebody@example.org")
    assert take(raw) is Verdict.HARD


# Hostile and broken mail

BOUNDARY = b"Content-Type: multipart/mixed; boundary=a"
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(900))
BAD = {
    "empty": b"",
    "zeros": b"\0" * 1000,
    "many parts": b"Content-Type: multipart/report; boundary=x\n\n" + b"--x\n" * 50_000,
    "many multiparts": (BOUNDARY + b"\n\n--a\n") * 2_000,
    "deep multiparts, many lines": DEEP + b"x\n" * 300_000,
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 3_000,
    "10 MB": b"Subject: x\n\n" + b"a" * 10_000_000,
    "a long header": b"To: " + b"a" * 900_000,
    "a long folded header": b"To: x\n" + b" aaaaaaaaaaaaa\n" * 60_000,
    "many parameters": b'Content-Type: multipart/report; x="\n' + b' ;";";";";";";";"\n' * 40_000,
    "many addresses": b"To: " + b"a@example.org, " * 60_000,
    "many marks": b"To: x\n\n" + (b"a" * 47 + b"@\n") * 20_000,
    "lines for every pattern": b"Subject: x\n\n" + b"the following addresses had\n" * 30_000,
    "no such charset": "Content-Type: text/plain; charset=nonsense\n\nÄ failed".encode("utf-16"),
    "surrogates": "To: \udcff\nSubject: =?utf-8?b?\udcff?=\n\nÄ".encode("utf-8", "surrogatepass"),
    "no such encoding": b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n%%%\xff",
    "uuencoded": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n!!!!\nend\n",
    "a status that is none": b"Content-Type: message/delivery-status\n\nStatus\n: 5.1.1\n\n\n\nAction\n\n",
    "only a boundary": b"Content-Type: multipart/report; report-type=delivery-status; boundary=\n\n--\n----\n",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_mail_is_survived_quickly_also_of_one_who_may_report(to, name):
    raw = f"X-Original-To: {to}\nFrom: MAILER-DAEMON@mx.example.net\n".encode() + BAD[name]
    began = time.perf_counter()
    assert take(BAD[name]) is Verdict.NOTHING
    assert take(raw) is Verdict.NOTHING
    assert time.perf_counter() - began < 5
    assert (state(), totals()) == (SubscriberState.ACTIVE, {})


def test_what_lies_beyond_a_megabyte_is_not_read(to):
    raw = b"Subject: x\n" + b"X-Padding: aaaaaaaa\n" * (LARGEST // 20) + report(samples.POSTFIX, to)
    assert take(raw) is Verdict.NOTHING


@given(st.binary(max_size=400), st.sampled_from([name for name in dir(samples) if name.isupper()]), st.randoms())
@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_report_with_anything_in_it_is_survived(rubbish, name, chance):
    raw = report(getattr(samples, name), "bounces@news.example.org")
    place = chance.randrange(len(raw))
    assert read_report(raw[:place] + rubbish + raw[place + len(rubbish) :]).verdict in Verdict


def test_nothing_of_a_message_is_kept_or_logged(to, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("POSTFIX", "QMAIL", "COMPLAINT", "HOLIDAY"):
        take(report(getattr(samples, name), to, action="abuse" if name == "COMPLAINT" else "failed"))
    assert "ada" not in caplog.text
    assert to.partition("@")[0] not in caplog.text
    assert all("ada" not in f"{row.kind}{row.reply}" for row in MailTrouble.objects.all())


def test_base64_of_a_sample_says_what_it_seems_to_say():
    encoded = samples.ENCODED.partition("base64\n\n")[2].partition("--B")[0]
    assert b"Status: 5.1.1" in base64.b64decode(encoded)
