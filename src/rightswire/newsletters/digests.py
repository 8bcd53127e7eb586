"""When subscribers get the news: at once, or at their own morning hour of each day or week."""

import datetime
import zoneinfo
from collections.abc import Collection

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from rightswire.newsletters.freezing import RHYTHMS, freeze_news
from rightswire.newsletters.models import DigestRun, MailSettings, News, Rhythm, Sending, SendingKind, Subscriber
from rightswire.newsroom.models import NewsItem

OLDEST = datetime.timedelta(days=7)  # an item dated before is no news when it appears
DIGESTS = (SendingKind.DAILY, SendingKind.WEEKLY)


def note_news() -> int:
    """Gives each item that has become readable its place in the order of news; returns how many have."""
    since = timezone.localdate() - OLDEST
    known = News.objects.filter(page__in=NewsItem.objects.filter(date__gte=since)).values("page_id")
    fresh = NewsItem.objects.listed().filter(date__gte=since).exclude(pk__in=known)
    rows = fresh.order_by("first_published_at", "pk").values_list("pk", "source_id")
    with transaction.atomic():
        for pk, source in rows:  # what an import brings was told to readers where it came from
            News.objects.create(page_id=pk, is_mailed=not source)
    return len(rows)


def send_at_once() -> Sending | None:
    """What has appeared, to those who want it at once."""
    return freeze_news(SendingKind.NOW)


def send_digests(now: datetime.datetime | None = None) -> list[Sending]:
    """The digests whose hour has come in some time zone; each day's and week's once.

    A zone that nobody had before begins now: its first digest comes at its next hour, not at once.
    """
    now = now or timezone.now()
    settings = MailSettings.current()
    readers = Subscriber.objects.filter(rhythm__in=[RHYTHMS[kind] for kind in DIGESTS]).order_by()
    in_use = set(readers.values_list("rhythm", "zone").distinct())
    last = _last_days(in_use)
    sent = []
    for kind in DIGESTS:
        rhythm = RHYTHMS[kind]
        for zone in sorted(zone for used, zone in in_use if used == rhythm):
            day = due_day(rhythm, zone, now, settings.digest_hour, settings.weekly_day)
            known = last.get((rhythm, zone))
            if known and known >= day:
                continue
            sending = freeze_news(kind, zone) if known else None
            DigestRun.objects.get_or_create(rhythm=rhythm, zone=zone, day=day)
            sent += [sending] if sending else []
    return sent


def _last_days(in_use: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime.date]:
    """The day of the last digest by rhythm and zone. What nobody has any more is forgotten: who comes to it begins."""
    days = DigestRun.objects.order_by().values_list("rhythm", "zone").annotate(Max("day"))
    last = {(rhythm, zone): day for rhythm, zone, day in days}
    for rhythm, zone in last.keys() - in_use:
        DigestRun.objects.filter(rhythm=rhythm, zone=zone).delete()
    return last


def due_day(rhythm: str, zone: str, now: datetime.datetime, hour: int, weekday: int) -> datetime.date:
    """The last day there on which the hour of the digest has come: today or earlier.

    An hour that a change of the clocks leaves out comes when it would have come without it; one that comes twice
    counts when it comes first.
    """
    place = zoneinfo.ZoneInfo(zone)
    day = now.astimezone(place).date()
    if now < datetime.datetime.combine(day, datetime.time(hour), tzinfo=place):
        day -= datetime.timedelta(days=1)
    if rhythm == Rhythm.WEEKLY:
        day -= datetime.timedelta(days=(day.weekday() - weekday) % 7)
    return day
