"""A petition's numbers over time and by country, as tables: for the page of charts and for the CSV."""

import csv
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Sum
from django.http import HttpResponse
from django.utils import timezone

from rightswire.campaigns.counting import countries
from rightswire.campaigns.delivery import totals
from rightswire.campaigns.models import ConfirmedBy, Petition, SignatureState
from rightswire.outbox.models import MailTrouble
from rightswire.pages.language import country_name

KIND = "petition-confirm"  # of the mails that ask to confirm
HOUR = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """What was added to the confirmed within the hour that begins at `at`; below nought where more were taken away."""

    at: datetime.datetime
    number: int


@dataclass(frozen=True, slots=True)
class Day:
    day: datetime.date
    number: int


def by_hour(petition: Petition) -> list[Hour]:
    """From the kept totals, every hour from the first to the last in which the count moved."""
    kept = list(petition.hour_totals.values_list("hour", "confirmed"))
    if not kept:
        return []
    added = {kept[0][0]: kept[0][1]} | {at: after - before for (_at, before), (at, after) in pairwise(kept)}
    hours = int((kept[-1][0] - kept[0][0]) / HOUR) + 1
    every = (kept[0][0] + n * HOUR for n in range(hours))
    return [Hour(timezone.localtime(at), added.get(at, 0)) for at in every]


def by_day(petition: Petition) -> list[Day]:
    """The confirmed by the day of their confirming, every day from the first to the last."""
    rows = petition.day_totals.filter(state=SignatureState.CONFIRMED).order_by().values_list("day")
    kept = dict(rows.annotate(n=Sum("number")))
    if not kept:
        return []
    first, last = min(kept), max(kept)
    every = (first + datetime.timedelta(days=n) for n in range((last - first).days + 1))
    return [Day(day, kept.get(day, 0)) for day in every]


def by_country(petition: Petition) -> list[tuple[str, int]]:
    """From twenty on; the others together."""
    return [(country_name(code, "en") if code else "Elsewhere", number) for code, number in countries(petition)]


def mail_trouble(petition: Petition) -> list[tuple[datetime.date, str, int]]:
    """Mails that asked to confirm and were given up, since this petition opened, of all petitions together."""
    if petition.opened_at is None:
        return []
    rows = MailTrouble.objects.filter(kind=KIND, day__gte=petition.opened_at.date())
    return list(rows.order_by("-day", "reply").values_list("day", "reply", "number"))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the mailboxes that were sent a link confirmed. `percent`: None where the numbers give none."""

    asked: int
    confirmed: int
    percent: int | None


def share_confirmed(petition: Petition) -> Share | None:
    """None for a petition without confirmation.

    Whoever confirmed counts here for good: also those who are held, erased themselves, or were dropped as false.
    """
    if petition.confirmed_by != ConfirmedBy.MAIL:
        return None
    asked = petition.asked_totals.aggregate(n=Sum("number"))["n"] or 0
    counted = totals(petition)
    confirmed = sum(counted[name] for name in ("confirmed", "held", "erased")) + petition.dropped
    is_known = asked >= confirmed and asked > 0
    return Share(asked, confirmed, confirmed * 100 // asked if is_known else None)


def asked_by_day(petition: Petition) -> list[Day]:
    return [Day(day, number) for day, number in petition.asked_totals.values_list("day", "number")]


def plain_cell(text: str) -> str:
    """The text as a value of a spreadsheet, whatever it begins with."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def as_csv(petition: Petition, counted: Sequence[tuple[str, int]]) -> HttpResponse:
    """Every number of the page and, over time, all that came before."""
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{petition.slug}-totals.csv"',
        },
    )
    write = csv.writer(answer)
    write.writerow(["what", "when or where", "number"])
    rows: list[tuple[str, str, int]] = [("total", label, number) for label, number in counted]
    if (share := share_confirmed(petition)) and share.percent is not None:
        rows.append(("share confirmed, in percent", "of the mailboxes that were sent a link", share.percent))
    rows += [("mailboxes sent a link on a day", row.day.isoformat(), row.number) for row in asked_by_day(petition)]
    rows += [("confirmed in a country", place, number) for place, number in by_country(petition)]
    rows += [("confirmed on a day", row.day.isoformat(), row.number) for row in by_day(petition)]
    rows += [("confirmed in an hour", row.at.isoformat(timespec="minutes"), row.number) for row in by_hour(petition)]
    rows += [
        ("mails given up, all petitions", f"{day.isoformat()} {reply}", number)
        for day, reply, number in mail_trouble(petition)
    ]
    write.writerows((what, plain_cell(where), number) for what, where, number in rows)
    return answer
