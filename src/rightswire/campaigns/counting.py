"""Counting: the rows of recent days are counted again, the sums published within two seconds.

A counter that every signature updates is one row that all of them wait for; so nothing is added up when somebody
signs. Days that no longer change are counted once and their totals kept.
"""

import datetime
import json
from pathlib import Path

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from rightswire.bake.models import Due
from rightswire.campaigns.models import (
    Act,
    ActIndex,
    Count,
    DayOfActionPage,
    DayTotal,
    HourTotal,
    Petition,
    PetitionPage,
    RegisterEntry,
    SignatureState,
    State,
)

FEWEST_OF_A_COUNTRY = 20


def goal(confirmed: int, first: int) -> int:
    """The next milestone: the first one until it is reached, then 1, 2, 5, 10, 20, 50 … thousand and so on."""
    if confirmed < first:
        return first
    step = 10
    while True:
        for factor in (1, 2, 5):
            if step * factor > max(confirmed, first):
                return step * factor
        step *= 10


def recount(petition: Petition) -> Count:
    """Counts the days that may have changed, and adds the kept totals of the others.

    Where the number moved, everything that shows it is rendered again.
    """
    today = timezone.localdate()
    now = timezone.now()
    count = Count.objects.filter(petition=petition).first()
    changed = dict(petition.changed_days.values_list("pk", "day"))
    days = _days_to_count(petition, today) | set(changed.values())
    counted = _count_days(petition, days)
    kept = set(petition.day_totals.filter(day__in=days).values_list("day", "country", "state", "number"))
    if count and counted == kept and not changed:
        count.counted_at = now
        return count
    with transaction.atomic():
        Petition.objects.select_for_update(no_key=True).get(pk=petition.pk)  # one who counts after another
        newer = Count.objects.filter(petition=petition).first()
        if newer and (count is None or newer.counted_at != count.counted_at):
            return newer  # counted by another meanwhile; our numbers may be older than hers
        petition.day_totals.filter(day__in=days).delete()
        DayTotal.objects.bulk_create(
            DayTotal(petition=petition, day=d, country=c, state=s, number=n) for d, c, s, n in sorted(counted)
        )
        petition.changed_days.filter(pk__in=changed).delete()  # not what has changed since
        queue_pages(petition)
        return _add_up(petition, now)


def _days_to_count(petition: Petition, today: datetime.date) -> set[datetime.date]:
    """Yesterday, today and, where a clock was wrong, tomorrow; and all since the last count, if that was long ago."""
    window = {today + datetime.timedelta(days=n) for n in (-1, 0, 1)}
    last = petition.day_totals.aggregate(last=models.Max("day"))["last"]
    if last is None:
        return window | set(petition.signatures.order_by().values_list("day", flat=True).distinct())
    return window | {last + datetime.timedelta(days=n) for n in range(max(0, (today - last).days))}


def _count_days(petition: Petition, days: set[datetime.date]) -> set[tuple[datetime.date, str, int, int]]:
    rows = petition.signatures.filter(day__in=days).order_by().values_list("day", "country", "state")
    return set(rows.annotate(n=models.Count("country")))


def _add_up(petition: Petition, now: datetime.datetime) -> Count:
    sums = dict.fromkeys(SignatureState.values, 0)
    sums.update(petition.day_totals.order_by().values_list("state").annotate(n=models.Sum("number")))
    count, _created = Count.objects.update_or_create(
        petition=petition,
        defaults={
            "confirmed": sums[SignatureState.CONFIRMED],
            "unconfirmed": sums[SignatureState.UNCONFIRMED],
            "held": sums[SignatureState.HELD],
            "counted_at": now,
        },
    )
    hour = now.replace(minute=0, second=0, microsecond=0)
    HourTotal.objects.update_or_create(petition=petition, hour=hour, defaults={"confirmed": count.confirmed})
    return count


def countries(petition: Petition) -> list[tuple[str, int]]:
    """Confirmed signers by country, the largest first; those under 20 are one number under ""."""
    rows = (
        petition.day_totals.filter(state=SignatureState.CONFIRMED)
        .order_by()
        .values_list("country")
        .annotate(n=models.Sum("number"))
    )
    shown = sorted(((c, n) for c, n in rows if n >= FEWEST_OF_A_COUNTRY), key=lambda row: (-row[1], row[0]))
    rest = sum(n for _c, n in rows if n < FEWEST_OF_A_COUNTRY)
    return [*shown, ("", rest)] if rest else shown


def publish_counts() -> None:
    """Recounts every petition that can still move; where a number did, its file and its pages follow."""
    Petition.objects.counting().each(lambda petition: write_count(petition, recount(petition)))


def queue_pages(petition: Petition) -> None:
    """Everything that shows the count: pages of the petition and of its days before all else, then the listings."""
    pages = PetitionPage.objects.filter(petition=petition).values_list("pk", flat=True)
    days = DayOfActionPage.objects.showing(petition).values_list("pk", flat=True)
    Due.objects.add([f"page:{pk}" for pk in (*pages, *days)], is_urgent=True)
    Due.objects.add(f"page:{pk}" for pk in ActIndex.objects.values_list("pk", flat=True))


def write_count(petition: Petition, count: Count) -> None:
    """`counts/SLUG.json`: whole, or as it was before."""
    file = Path(settings.SITE_FOLDER) / "counts" / f"{petition.slug}.json"
    facts = {
        "action": petition.slug,
        "confirmed": count.confirmed,
        "goal": goal(count.confirmed, petition.first_goal),
        "as_of": count.counted_at.isoformat(timespec="seconds"),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(settings.HOME) / f"{petition.slug}.count"
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(file)


def close_those_past_closing() -> None:
    """Petitions whose closing time has come. Links that were begun before still count for seven days."""
    Petition.objects.filter(state=State.OPEN, closes_at__lte=timezone.now()).each(_close)


@transaction.atomic
def _close(petition: Petition) -> None:
    """Unless somebody has closed it, or moved its closing, in this very moment."""
    due = Petition.objects.filter(pk=petition.pk, state=State.OPEN, closes_at__lte=timezone.now())
    if due.update(state=State.CLOSED, closed_at=models.F("closes_at")):
        RegisterEntry.objects.create(petition_name=petition.name, act=Act.CLOSE, note="Its closing time had come")
        queue_pages(petition)
        Due.objects.add(f"sheet:{pk}" for pk in petition.pages.values_list("pk", flat=True))
