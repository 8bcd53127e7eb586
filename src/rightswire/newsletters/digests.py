"""When subscribers get the news: at once, or at their own morning hour of each day or week."""

import datetime
import zoneinfo

from django.db import transaction
from django.utils import timezone

from rightswire.newsletters.freezing import RHYTHMS, freeze_news
from rightswire.newsletters.models import DigestRun, MailSettings, News, Rhythm, Sending, SendingKind, Subscriber
from rightswire.newsroom.models import NewsItem

OLDEST = datetime.timedelta(days=7)  # an item dated before is no news when it appears
LONGEST_AGO = datetime.timedelta(days=9)  # no digest's day is longer ago when it is due: a week, and a day of zones
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
    """The digests whose hour has come in some time zone; each day's and week's once."""
    now = now or timezone.now()
    settings = MailSettings.current()
    runs = DigestRun.objects.filter(day__gte=now.date() - LONGEST_AGO).order_by("day")
    last = {(rhythm, zone): day for rhythm, zone, day in runs.values_list("rhythm", "zone", "day")}
    sent = []
    for kind in DIGESTS:
        rhythm = RHYTHMS[kind]
        zones = Subscriber.objects.filter(rhythm=rhythm).order_by().values_list("zone", flat=True).distinct()
        for zone in zones:
            day = due_day(rhythm, zone, now, settings.digest_hour, settings.weekly_day)
            if last.get((rhythm, zone), datetime.date.min) >= day:
                continue
            sending = freeze_news(kind, zone)
            DigestRun.objects.get_or_create(rhythm=rhythm, zone=zone, day=day)
            sent += [sending] if sending else []
    return sent


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
