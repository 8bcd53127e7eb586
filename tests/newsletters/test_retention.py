"""What ends by itself, and what stays of it."""

import datetime

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from rightswire.newsletters import retention
from rightswire.newsletters.admin.sendings import Progress
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.models import Fate, Handover, MailNotice, Sending, SendingState, Subscriber, Suppression
from rightswire.newsletters.retention import end_what_is_over

pytestmark = pytest.mark.django_db


def test_who_got_it_goes_and_how_many_did_stays(subscribe, news):
    for number in range(3):
        subscribe(f"reader.{number}@example.org")
    news("A verdict")
    sending = send_at_once()
    Handover.objects.update(fate=Fate.HANDED_OVER)
    refused = Handover.objects.first()
    Handover.objects.filter(pk=refused.pk).update(fate=Fate.REFUSED, reply="550 5.1.1")
    begun = timezone.now() - datetime.timedelta(days=29)
    Sending.objects.update(state=SendingState.DONE, frozen_at=begun, ended_at=begun)
    end_what_is_over()
    assert Handover.objects.count() == 3
    Sending.objects.update(frozen_at=begun - datetime.timedelta(days=2))
    end_what_is_over()
    end_what_is_over()
    assert not Handover.objects.exists()
    assert sending.renderings.get().html == ""
    progress = Progress(sending)
    assert dict(progress.fates) == {Fate.HANDED_OVER: 2, Fate.REFUSED: 1}
    assert progress.by_reply(Fate.REFUSED) == [("550 5.1.1", 1)]


@pytest.mark.parametrize("state", [SendingState.RUNNING, SendingState.PAUSED, SendingState.HALTED])
def test_who_got_one_that_never_ended_goes_too_and_staff_are_told(subscribe, news, state):
    for number in range(3):
        subscribe(f"reader.{number}@example.org")
    news("A verdict")
    sending = send_at_once()
    first = Handover.objects.first()
    Handover.objects.filter(pk=first.pk).update(fate=Fate.HANDED_OVER)
    long_ago = timezone.now() - datetime.timedelta(days=31)
    Sending.objects.update(state=state, frozen_at=long_ago)
    end_what_is_over()
    end_what_is_over()
    sending.refresh_from_db()
    assert (sending.state, Handover.objects.exists()) == (SendingState.STOPPED, False)
    assert MailNotice.objects.get().sending == sending
    assert ("Not sent: it was stopped before", 2) in Progress(sending).numbers()


def test_a_crash_between_the_parts_changes_no_total(subscribe, news, monkeypatch):
    for number in range(5):
        subscribe(f"reader.{number}@example.org")
    news("A verdict")
    sending = send_at_once()
    Handover.objects.update(fate=Fate.HANDED_OVER)
    long_ago = timezone.now() - datetime.timedelta(days=31)
    Sending.objects.update(state=SendingState.DONE, frozen_at=long_ago, ended_at=long_ago)
    monkeypatch.setattr(retention, "PART", 2)
    delete, parts = QuerySet.delete, []

    def delete_once(rows):
        if parts:
            raise DatabaseError
        parts.append(delete(rows)[0])

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "delete", delete_once)
        with pytest.raises(DatabaseError):
            end_what_is_over()
    assert (parts, Handover.objects.count()) == ([2], 3)
    assert Progress(sending).fates == {Fate.HANDED_OVER: 5}
    end_what_is_over()
    assert not Handover.objects.exists()
    assert Progress(sending).fates == {Fate.HANDED_OVER: 5}


def test_where_nothing_is_over_nothing_is_written(subscribe, django_assert_num_queries):
    subscribe("ada@example.org")
    with django_assert_num_queries(3) as asked:
        end_what_is_over()
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)


def test_consent_that_was_given_for_a_time_ends_and_bars_nobody(subscribe):
    subscribe("ada@example.org")
    Subscriber.objects.update(consent_ends_on=timezone.localdate() + datetime.timedelta(days=1))
    end_what_is_over()
    assert Subscriber.objects.exists()
    Subscriber.objects.update(consent_ends_on=timezone.localdate())
    end_what_is_over()
    assert not Subscriber.objects.exists()
    assert not Suppression.objects.exists()


def test_a_pause_ends_on_its_day(subscribe):
    subscribe("ada@example.org")
    Subscriber.objects.update(paused_until=timezone.localdate())
    end_what_is_over()
    assert Subscriber.objects.get().paused_until is None
