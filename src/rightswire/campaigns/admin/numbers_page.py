"""The course of a petition: charts, each with its table, and the same as CSV."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_GET
from wagtail.admin.widgets.button import HeaderButton

from rightswire.campaigns.admin import totals
from rightswire.campaigns.admin.charts import bars
from rightswire.campaigns.admin.deeds import page_of, petition_for
from rightswire.campaigns.admin.overview import numbers

HOURS, DAYS = 48, 60


@require_GET
def numbers_page(request: HttpRequest, pk: int) -> HttpResponse:
    petition = petition_for(request, pk)
    hours = [(date_format(row.at, "j M, H:i"), row.number) for row in totals.by_hour(petition)[-HOURS:]]
    days = [(date_format(row.day, "j M"), row.number) for row in totals.by_day(petition)[-DAYS:]]
    csv = HeaderButton("Download CSV", url=reverse("petitions:csv", args=[pk]), icon_name="download")
    context = {
        "header_buttons": [csv],
        "numbers": numbers(petition),
        "hours": hours[::-1],
        "hour_chart": _chart("hours", "Confirmed per hour", hours),
        "days": days[::-1],
        "day_chart": _chart("days", "Confirmed per day", days),
        "countries": totals.by_country(petition),
        "share": totals.share_confirmed(petition),
        "trouble": totals.mail_trouble(petition),
    }
    return page_of(request, petition, "Numbers", "numbers.html", context)


def _chart(name: str, title: str, points: list[tuple[str, int]]) -> str:
    if not points:
        return ""
    most = max(points, key=lambda point: point[1])
    words = f"From {points[0][0]} to {points[-1][0]}. The most: {most[1]:,}, {most[0]}. The table shows every number."
    return bars(name, title, words, points)


@require_GET
def numbers_csv(request: HttpRequest, pk: int) -> HttpResponse:
    petition = petition_for(request, pk)
    return totals.as_csv(petition, numbers(petition))
