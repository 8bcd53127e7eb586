"""The post office before a real mail server: each mail once, or said to be unknown."""

import re
import time

import dkim
import pytest

from mail_server import HANG_UP, MailServer
from newsletters.post_support import Pipelining, fates, is_over, post
from rightswire.newsletters import releasing, rendering
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.freezing import freeze_newsletter
from rightswire.newsletters.models import (
    Fate,
    Handover,
    MailNotice,
    MailSettings,
    Newsletter,
    Rendering,
    Sending,
    SendingState,
    Subscriber,
    SubscriberState,
)
from rightswire.newsletters.post import office, outcomes, pace
from rightswire.newsletters.post.office import PostOffice
from rightswire.newsletters.post.plates import Plates
from rightswire.outbox.backends.pipelined import PipelinedConnection
from rightswire.pages.models import Organisation

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


BOTH = pytest.mark.parametrize("server", [Pipelining, MailServer], indirect=True)  # and one command at a time


@BOTH
def test_everybody_gets_it_once(server, quick, subscribe, news, strongbox):
    addresses = [f"reader.{number}@example.org" for number in range(60)]
    for address in addresses:
        subscribe(address)
    news("A verdict in Bujumbura")
    send_at_once()
    post(strongbox)
    assert sorted(server.recipients()) == sorted(addresses)
    assert fates() == {"HANDED_OVER": 60}
    assert Sending.objects.get().state == SendingState.DONE
    assert Sending.objects.get().audience == 60
    numbers = {message["Message-ID"] for message in server.messages()}
    assert len(numbers) == 60
    assert all("A verdict in Bujumbura" in message["Subject"] for message in server.messages())


def test_every_mail_is_signed_with_both_headers_of_one_click(server, quick, subscribe, news, strongbox, home):
    from rightswire.outbox.dkim import make_dkim_key

    signer = make_dkim_key(home / "keys")
    subscribe("ada@example.org")
    subscribe("leïla@exämple.org", language="ar")
    news("A verdict")
    news("حكم", language="ar")
    send_at_once()
    post(strongbox)
    record = re.search(r"TXT \( (.*) \)", signer.dns_record("everyname.example"))[1]
    public = record.replace('" "', "").strip('"').encode()
    assert len(server.accepted) == 2
    for _recipient, content in server.accepted:
        assert dkim.verify(content, dnsfunc=lambda name, timeout=5: public)
        signed = re.search(rb"\bh=(.*?);", content, re.DOTALL)[1].lower()
        assert b"list-unsubscribe:" in re.sub(rb"\s", b"", signed)
        assert b"list-unsubscribe-post" in re.sub(rb"\s", b"", signed)
    for message in server.messages():
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(r"<http://\S+/do/unsubscribe/[\w-]+/>", message["List-Unsubscribe"])
        assert "{{" not in message.get_body(("html",)).get_content() + message.get_body(("plain",)).get_content()
        assert message["List-Id"]


@BOTH
def test_a_refused_address_is_counted_and_the_others_get_theirs(server, quick, subscribe, news, strongbox):
    for number in range(10):
        subscribe(f"reader.{number}@example.org")
    server.on_rcpt = lambda address: "550 5.1.1 Who?" if address.startswith("reader.3@") else "250 OK"
    news("A verdict")
    send_at_once()
    suspended = Subscriber.objects.filter(state=SubscriberState.SUSPENDED)
    post(strongbox, until=lambda: is_over() and suspended.exists())
    assert fates() == {"HANDED_OVER": 9, "REFUSED": 1}
    refused = Handover.objects.get(fate=Fate.REFUSED)
    assert refused.reply == "550 5.1.1"
    assert len(server.accepted) == 9
    assert Subscriber.objects.get(state=SubscriberState.SUSPENDED).pk == refused.subscriber  # nobody writes there again


@BOTH
def test_a_refusal_after_the_mail_itself_is_one_too(server, quick, subscribe, news, strongbox):
    for number in range(10):
        subscribe(f"reader.{number}@example.org")
    server.on_data = lambda address: "554 5.7.1 No" if address.startswith("reader.3@") else "250 OK"
    news("A verdict")
    send_at_once()
    post(strongbox)
    assert fates() == {"HANDED_OVER": 9, "REFUSED": 1}


@BOTH
def test_what_is_refused_for_now_is_tried_again(server, quick, subscribe, news, strongbox, monkeypatch):
    monkeypatch.setattr(outcomes, "PUT_OFF", (0.2,))
    monkeypatch.setattr(pace, "FIRST_PENALTY", 0.2)
    tries: dict[str, int] = {}

    def once_not(address: str) -> str:
        tries[address] = tries.get(address, 0) + 1
        return "450 4.2.0 Later" if tries[address] == 1 else "250 OK"

    server.on_rcpt = once_not
    for number in range(6):
        subscribe(f"reader@example{number}.org")
    news("A verdict")
    send_at_once()
    post(strongbox)
    assert fates() == {"HANDED_OVER": 6}
    assert len(set(server.recipients())) == len(server.recipients()) == 6


@BOTH
def test_a_connection_that_breaks_after_the_last_dot_leaves_it_unknown_and_is_not_tried_again(
    server, quick, subscribe, news, strongbox
):
    for number in range(10):
        subscribe(f"reader.{number}@example.org")
    server.on_data = lambda address: HANG_UP if address.startswith("reader.3@") else "250 OK"
    news("A verdict")
    send_at_once()
    post(strongbox)
    assert fates() == {"HANDED_OVER": 9, "UNKNOWN": 1}
    assert len(server.recipients()) == len(set(server.recipients()))


@pytest.mark.parametrize("pace_is_usual", [False, True])
def test_a_run_of_refusals_halts_the_sending_and_tells_staff(
    server, quick, subscribe, news, strongbox, monkeypatch, pace_is_usual
):
    current = MailSettings.current()
    if pace_is_usual:
        usual = MailSettings()
        current.a_minute = current.a_minute_a_domain = usual.a_minute
        monkeypatch.setattr(pace, "AT_ONCE", 60.0)  # seconds' worth: the test need not wait for the pace
    else:
        current.most_failures = 5
    current.save()
    for number in range(120):
        subscribe(f"reader.{number}@example.org")
    server.on_rcpt = lambda address: "554 5.7.1 Blocked"
    news("A verdict")
    send_at_once()
    post(strongbox)
    sending = Sending.objects.get()
    assert sending.state == SendingState.HALTED
    assert sending.trouble
    assert MailNotice.objects.get().sending == sending
    assert fates()["WAITING"] > 0


def test_a_sending_that_cannot_be_put_together_halts_and_holds_up_no_other(
    server, quick, subscribe, news, publish, strongbox, staff, monkeypatch
):
    subscribe("weekly@example.org", rhythm="weekly")
    letter = newsletter_to_all(staff)
    gone = publish("A name that must go", date="2020-01-01")
    Rendering.objects.update(items=[gone.pk])
    gone.unpublish()  # it is rendered once more, and by now is too long
    monkeypatch.setattr(rendering, "MOST_BYTES", 10)
    subscribe("now@example.org")
    news("Breaking")
    send_at_once()
    post(strongbox)
    assert server.recipients() == ["now@example.org"]
    letter.refresh_from_db()
    assert letter.state == SendingState.HALTED
    assert "longer than mail programs show" in letter.trouble
    assert MailNotice.objects.get().sending == letter


@pytest.mark.parametrize("address", ["", "nobody", "leïla@example.org"])
def test_without_an_address_of_the_organisation_mail_halts_and_staff_read_why(
    server, quick, subscribe, news, strongbox, address
):
    subscribe("ada@example.org")
    news("A verdict")
    Organisation.objects.update(email=address)
    send_at_once()
    post(strongbox)
    assert server.accepted == []
    assert fates() == {"WAITING": 1}
    assert "e-mail address is missing" in MailNotice.objects.get().words


def test_what_no_press_can_print_halts_its_sending(server, quick, subscribe, news, strongbox):
    current = MailSettings.current()
    current.most_failures = 5
    current.save()
    for number in range(5):
        subscribe(f"reader.{number}@example.org")
    news("A verdict")
    sending = send_at_once()
    Rendering.objects.update(html="{{nobody}}")
    post(strongbox)
    assert server.accepted == []
    assert set(Handover.objects.values_list("fate", "reply")) == {(Fate.PUT_OFF, "print")}
    assert MailNotice.objects.get().sending == sending


def test_a_damaged_address_is_refused_and_the_others_get_theirs(server, quick, subscribe, news, strongbox):
    ada, _ben = subscribe("ada@example.org"), subscribe("ben@example.org")
    sealed = bytes(Subscriber.objects.get(pk=ada.pk).sealed)
    Subscriber.objects.filter(pk=ada.pk).update(sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    news("A verdict")
    send_at_once()
    post(strongbox)
    assert server.recipients() == ["ben@example.org"]
    assert Handover.objects.get(fate=Fate.REFUSED).reply == "damaged"


@pytest.mark.parametrize(("step", "fate"), [("has_agreed", Fate.PUT_OFF), ("has_taken", Fate.UNKNOWN)])
def test_a_fault_of_a_line_costs_one_mail_and_the_line_goes_on(
    server, quick, subscribe, news, strongbox, monkeypatch, step, fate
):
    real, failed = getattr(PipelinedConnection, step), []

    def fail_once(connection: PipelinedConnection) -> bool:
        if not failed:
            failed.append(step)
            raise RuntimeError("reader@example.org")
        return real(connection)

    monkeypatch.setattr(office, "LINES", 1)
    monkeypatch.setattr(PipelinedConnection, step, fail_once)
    for number in range(10):
        subscribe(f"reader.{number}@example.org")
    news("A verdict")
    send_at_once()
    post(strongbox, until=lambda: len(fates()) == 2 and fates().get("HANDED_OVER") == 9)
    assert Handover.objects.exclude(fate=Fate.HANDED_OVER).get().fate == fate
    assert len(server.recipients()) == len(set(server.recipients()))


def test_who_left_meanwhile_gets_nothing(server, quick, subscribe, news, strongbox):
    from rightswire.newsletters.subscribing import leave

    ada, _ben = subscribe("ada@example.org"), subscribe("ben@example.org")
    news("A verdict")
    send_at_once()
    leave(ada.pk)
    post(strongbox)
    assert server.recipients() == ["ben@example.org"]
    assert fates() == {"HANDED_OVER": 1, "SKIPPED": 1}


def test_an_item_that_is_withdrawn_meanwhile_is_not_sent(server, quick, subscribe, news, strongbox):
    subscribe("ada@example.org")
    news("A verdict")
    gone = news("A name that must go")
    send_at_once()
    gone.unpublish()
    post(strongbox)
    (message,) = server.messages()
    assert "A name that must go" not in message.as_string()
    assert "A verdict" in message["Subject"]


def test_what_was_withdrawn_stays_away_however_many_renderings_come_between(quick, subscribe, news, monkeypatch):
    monkeypatch.setattr("rightswire.newsletters.post.plates.PLATES", 1)
    subscribe("ada@example.org")
    subscribe("ben@example.org", countries=("CA",))
    news("A verdict", countries=["CA"])
    gone = news("A name that must go", countries=["CA"])
    sending = send_at_once()
    first, second = sending.renderings.values_list("pk", flat=True)
    plates, printed = Plates(), {}
    for number in (first, second, first, second):
        plate = plates.plates(sending, {number})[number]
        assert printed.setdefault((plate.number, plate.version), plate.mail.html) == plate.mail.html  # a press keeps it
        if gone.live:
            gone.unpublish()
        else:
            assert "A name that must go" not in plate.mail.html
    assert len(printed) > 2


def test_nothing_is_left_to_send_where_all_was_withdrawn(server, quick, subscribe, news, strongbox):
    subscribe("ada@example.org")
    gone = news("A name that must go")
    send_at_once()
    gone.unpublish()
    post(strongbox)
    assert server.accepted == []
    assert fates() == {"SKIPPED": 1}


def test_locked_mail_waits(server, quick, subscribe, news, strongbox):
    subscribe("ada@example.org")
    news("A verdict")
    send_at_once()
    strongbox.lock()
    own = PostOffice(strongbox)
    own.start()
    time.sleep(1)
    own.stop()
    assert fates() == {"WAITING": 1}
    assert server.accepted == []


def test_after_a_crash_what_was_claimed_goes_out_and_what_was_being_handed_over_is_unknown(
    server, quick, subscribe, news, strongbox
):
    for number in range(3):
        subscribe(f"reader.{number}@example.org")
    news("A verdict")
    send_at_once()
    first, second, _third = Handover.objects.order_by("pk")
    Handover.objects.filter(pk=first.pk).update(fate=Fate.CLAIMED)
    Handover.objects.filter(pk=second.pk).update(fate=Fate.SENDING)
    post(strongbox)
    assert fates() == {"HANDED_OVER": 2, "UNKNOWN": 1}
    assert len(server.accepted) == 2


def newsletter_to_all(staff) -> Sending:
    newsletter = Newsletter.objects.create(language="en", subject="Long", body=[("text", "<p>Read this.</p>")])
    newsletter.refresh_from_db()
    releasing.ask(newsletter, staff[0])
    releasing.agree(newsletter, staff[1])
    return freeze_newsletter(Newsletter.objects.get())


def test_news_at_once_overtakes_a_newsletter(server, quick, subscribe, news, strongbox, staff):
    for number in range(60):
        subscribe(f"reader.{number}@example.org", rhythm="weekly")
    subscribe("now@example.org")
    newsletter_to_all(staff)
    news("Breaking")
    send_at_once()
    post(strongbox)
    subjects = [str(message["Subject"]) for message in server.messages()]
    assert len(subjects) == 62
    assert "Breaking" in "".join(subjects[:20])  # of the first that all lines took
