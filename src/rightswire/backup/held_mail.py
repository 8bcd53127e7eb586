"""Mail to subscribers after a restore: what may have gone out since the backup is not sent again by itself.

A newsletter goes out once at most. So wherever the backup cannot know, it counts as sent, and staff are told.
"""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from rightswire.newsletters.digests import OLDEST, due_day, note_news
from rightswire.newsletters.freezing import fill
from rightswire.newsletters.models import (
    DigestRun,
    Fate,
    Handover,
    MailNotice,
    MailSettings,
    News,
    Newsletter,
    NewsletterState,
    Rhythm,
    Sending,
    SendingState,
    Subscriber,
)
from rightswire.newsletters.models.subscriber import SubscriberQuerySet
from rightswire.newsletters.releasing import take_back
from rightswire.newsletters.subscribing import newest_mark
from rightswire.newsroom.models import NewsItem
from rightswire.seal.how_many import how_many

_WAITING_FOR_STAFF = (SendingState.PAUSED, SendingState.HALTED)


@transaction.atomic
def hold_mail() -> list[str]:
    """Call once those who left are out; returns what there is to say."""
    return [*_hold_sendings(), *_hold_newsletters(), *_pass_over_news()]


def _hold_sendings() -> Iterator[str]:
    """They wait until somebody resumes them; an audience that was half written down is completed first."""
    Handover.objects.filter(fate__in=(Fate.CLAIMED, Fate.SENDING)).update(fate=Fate.UNKNOWN)
    for sending in Sending.objects.filter(state=SendingState.FREEZING):
        fill(sending)
    Sending.objects.filter(state=SendingState.RUNNING).update(state=SendingState.PAUSED)
    for sending in Sending.objects.filter(state__in=_WAITING_FOR_STAFF):
        words = "It had not ended when the backup was made, and may have gone out since: resume it only if it has not."
        MailNotice.objects.create(sending=sending, words=words)
        yield f"“{sending}” is paused: {words[0].lower()}{words[1:]}"


def _hold_newsletters() -> Iterator[str]:
    """Those that were to go out by now."""
    now = timezone.now()
    for newsletter in Newsletter.objects.filter(state=NewsletterState.RELEASED):
        if newsletter.send_at is None or newsletter.send_at <= now:
            take_back(newsletter)
            words = (
                f"“{newsletter.subject}” is a draft again: it was released when the backup was made, and may have "
                "gone out since. Send it only if it has not."
            )
            MailNotice.objects.create(words=words)
            yield words


def _pass_over_news() -> Iterator[str]:
    """What has appeared by now, for those whose turn it was: those who get it at once, or whose digest was due."""
    if not Subscriber.objects.exists():
        return
    note_news()
    _note_what_was_to_appear()
    newest, current, now = newest_mark(), MailSettings.current(), timezone.now()
    number = _take_on(Subscriber.objects.filter(rhythm=Rhythm.NOW), newest)
    for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY):
        readers = Subscriber.objects.filter(rhythm=rhythm)
        for zone in readers.order_by().values_list("zone", flat=True).distinct():
            due = due_day(rhythm, zone, now, current.digest_hour, current.weekly_day)
            if not DigestRun.objects.filter(rhythm=rhythm, zone=zone, day__gte=due).exists():
                number += _take_on(readers.filter(zone=zone), newest)
                DigestRun.objects.create(rhythm=rhythm, zone=zone, day=due)
    if number:
        words = (
            "News that may have gone out since the backup was made is passed over for "
            f"{how_many(number, 'subscriber')}: nobody gets it twice, and who had not got it yet does not."
        )
        MailNotice.objects.create(words=words)
        yield words


def _note_what_was_to_appear() -> None:
    """Items whose moment has come since: the scheduler publishes them at the next start, and they are old news then."""
    due = Revision.objects.page_revisions().filter(approved_go_live_at__lte=timezone.now())
    pages = [int(number) for number in due.values_list("object_id", flat=True)]
    items = NewsItem.objects.filter(pk__in=pages, date__gte=timezone.localdate() - OLDEST)
    for pk, source in items.order_by("pk").values_list("pk", "source_id"):
        News.objects.get_or_create(page_id=pk, defaults={"is_mailed": not source})


def _take_on(readers: SubscriberQuerySet, newest: int) -> int:
    return readers.filter(mark__lt=newest).update(mark=newest)
