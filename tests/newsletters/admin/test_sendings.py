"""A sending's page: how far it has come and why not further, in numbers; pausing, resuming, stopping."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from rightswire.newsletters.models import Fate, Handover, MailNotice, Sending, SendingState

pytestmark = pytest.mark.django_db


def numbers(desk, sending):
    return dict(desk.look("sendings:sending", sending.pk).context["numbers"])


def test_every_fate_is_counted_and_causes_stand_apart(send, first):
    sending = send(
        {Fate.WAITING: 4, Fate.CLAIMED: 2, Fate.SENDING: 1, Fate.HANDED_OVER: 9, Fate.PUT_OFF: 3, Fate.REFUSED: 2,
         Fate.UNKNOWN: 1, Fate.SKIPPED: 3},
        replies={Fate.REFUSED: "550 5.1.1", Fate.PUT_OFF: "450 4.2.1"},
        unsubscribed=2,
    )  # fmt: skip
    answer = first.look("sendings:sending", sending.pk)
    assert dict(answer.context["numbers"]) == {
        "Audience, as it was frozen": 25,
        "Waiting": 4,
        "Being handed over": 3,
        "Handed over to a mail server": 9,
        "Put off: tried again": 3,
        "Refused for good": 2,
        "Unknown": 1,
        "Not sent: no longer wanted": 3,
        "Unsubscribed by a link of this sending": "fewer than 5",
    }
    assert answer.context["percent"] == 60
    assert answer.context["refused"] == [("550 5.1.1", 2)]
    assert answer.context["put_off"] == [("450 4.2.1", 3)]
    page = answer.content.decode()
    assert "never sent again by themselves" in page
    assert "<desc id=" in page  # a chart
    assert "At most 600 a minute" in page


def test_the_list_of_sendings_tells_no_number_that_could_be_somebody(send, first):
    for unsubscribed in (0, 1, 12):
        send({Fate.HANDED_OVER: unsubscribed}, unsubscribed=unsubscribed)
    page = first.look("sendings:index").content.decode()
    told = re.findall(r"<td[^>]*>\s*(\d+|fewer than 5)\s*</td>", page)
    assert sorted(told) == ["0", "0", "12", "12", "fewer than 5", "fewer than 5"]


def test_a_sending_that_waits_for_the_key_says_so(send, first):
    sending = send({Fate.WAITING: 2})
    assert "No worker runs, so nothing goes out" in first.look("sendings:sending", sending.pk).content.decode()
    first.do("sendings:pause", sending.pk)
    assert "No worker runs" not in first.look("sendings:sending", sending.pk).content.decode()


def test_nobody_is_listed(send, first):
    sending = send({Fate.HANDED_OVER: 2, Fate.UNKNOWN: 1})
    pages = first.look("sendings:sending", sending.pk).content + first.look("sendings:index").content
    for subscriber in Handover.objects.values_list("subscriber", flat=True):
        assert str(subscriber) not in pages.decode()
        assert subscriber.hex not in pages.decode()


def test_a_halted_sending_says_why_and_goes_on(send, first):
    sending = send({Fate.WAITING: 3}, state=SendingState.HALTED, trouble="50 times 554 5.7.1 in a row")
    page = first.look("sendings:sending", sending.pk).content.decode()
    assert "50 times 554 5.7.1 in a row" in page
    assert "goes on where it was" in first.do("sendings:resume", sending.pk).said
    sending.refresh_from_db()
    assert (sending.state, sending.trouble) == (SendingState.RUNNING, "")


def test_pausing_and_resuming(send, first):
    sending = send({Fate.WAITING: 3})
    assert "not paused" in first.do("sendings:resume", sending.pk).said
    assert "Paused" in first.do("sendings:pause", sending.pk).said
    assert Sending.objects.get().state == SendingState.PAUSED
    assert "not going out now" in first.do("sendings:pause", sending.pk).said
    first.do("sendings:resume", sending.pk)
    assert Sending.objects.get().state == SendingState.RUNNING


def test_stopping_asks_first_and_is_for_good(send, first):
    sending = send({Fate.WAITING: 3, Fate.HANDED_OVER: 2})
    page = first.look("sendings:stop_page", sending.pk).content.decode()
    assert "2 have been handed over" in page
    assert "3 do not get it" in page
    assert Sending.objects.get().state == SendingState.RUNNING

    assert first.look("sendings:stop", sending.pk).status_code == 405
    assert "Stopped for good" in first.do("sendings:stop", sending.pk).said
    sending.refresh_from_db()
    assert sending.state == SendingState.STOPPED
    assert sending.ended_at
    assert "Not sent: it was stopped before" in numbers(first, sending)
    for name in ("pause", "resume", "stop"):
        first.do(f"sendings:{name}", sending.pk)
    assert Sending.objects.get().state == SendingState.STOPPED
    assert "ended already" in first.look("sendings:stop_page", sending.pk).content.decode()


def test_while_its_audience_is_written_down_it_is_not_stopped(send, first):
    sending = send({}, state=SendingState.FREEZING)
    page = first.look("sendings:sending", sending.pk)
    assert page.context["percent"] == 0
    assert "Stop…" not in page.content.decode()
    assert "being written down" in first.do("sendings:stop", sending.pk).said
    assert Sending.objects.get().state == SendingState.FREEZING


def test_what_is_no_answer_of_a_server_is_told_in_words(send, first):
    sending = send({Fate.PUT_OFF: 2, Fate.UNKNOWN: 1}, replies={Fate.PUT_OFF: "other key"})
    context = first.look("sendings:sending", sending.pk).context
    assert context["put_off"] == [("Encrypted for a mailing key that is not unlocked: unlock mail with it as well", 2)]
    assert context["unknown"] == [("No answer after the last line", 1)]


def test_an_empty_audience_is_done(send, first):
    sending = send({}, state=SendingState.DONE, ended_at=timezone.now())
    assert first.look("sendings:sending", sending.pk).context["percent"] == 100


def test_who_may_only_look_pauses_nothing(send, make_desk):
    sending = send({Fate.WAITING: 3})
    guest = make_desk("guest", None)
    guest.user.user_permissions.add(*Permission.objects.filter(codename__in=["access_admin", "view_sending"]))
    assert "Pause" not in guest.look("sendings:sending", sending.pk).content.decode()
    assert "permission" in guest.do("sendings:pause", sending.pk).said
    assert Sending.objects.get().state == SendingState.RUNNING


def test_what_staff_have_to_know_stands_on_their_home_until_somebody_has_seen_it(send, first, second):
    sending = send({Fate.WAITING: 3})
    notice = MailNotice.objects.create(words="A sending was halted.", sending=sending)
    page = second.look("wagtailadmin_home").content.decode()
    assert "A sending was halted." in page
    assert "csrfmiddlewaretoken" in page
    assert first.look("rightswire_mail_notice_seen", notice.pk).status_code == 405
    first.do("rightswire_mail_notice_seen", notice.pk)
    second.do("rightswire_mail_notice_seen", notice.pk)
    notice.refresh_from_db()
    assert notice.seen_by == first.user
    assert "A sending was halted." not in second.look("wagtailadmin_home").content.decode()
