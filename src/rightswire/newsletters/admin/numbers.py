"""How many subscribers there are over time, by language, rhythm and topic: charts, each with its table, and as CSV."""

import csv
import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from rightswire.campaigns.admin.charts import bars
from rightswire.campaigns.admin.totals import plain_cell
from rightswire.newsletters.admin.deeds import check, may, page_of
from rightswire.newsletters.models import Rhythm, SubscriberTotal
from rightswire.newsletters.totals import ALL, FEWEST, LANGUAGE, RHYTHM, TOPIC, told
from rightswire.newsroom.models import Topic
from rightswire.pages.language import language

DAYS = 60
MOST_CHARTS = 12
PARTS = ((LANGUAGE, "By language", "site"), (RHYTHM, "By rhythm", "time"), (TOPIC, "By topic", "tag"))


class Names:
    """What the values of totals are called."""

    def __init__(self) -> None:
        topics = Topic.objects.prefetch_related("wordings")
        self._topics = {topic.slug: str(topic) for topic in topics} | {"": "Everything"}
        self._rhythms: dict[str, str] = {value: str(label) for value, label in Rhythm.choices}

    def of(self, by: str, value: str) -> str:
        if by == LANGUAGE:
            return language(value).name
        return {RHYTHM: self._rhythms, TOPIC: self._topics}.get(by, {}).get(value, value)


def course(day: datetime.date) -> list[datetime.date]:
    """The days of which there are totals, the newest of them, from the oldest on."""
    known = SubscriberTotal.objects.filter(day__lte=day, by=ALL).order_by("-day").values_list("day", flat=True)
    return list(known[:DAYS])[::-1]


def part(by: str, days: list[datetime.date], names: Names) -> dict[str, Any]:
    """Each value's course, those with the most on the last day first, and the same as a table."""
    numbers: dict[str, dict[datetime.date, int]] = {}
    for row in SubscriberTotal.objects.filter(by=by, day__in=days):
        numbers.setdefault(row.value, {})[row.day] = row.number
    values = sorted(numbers, key=lambda value: (-numbers[value].get(days[-1], 0), value))
    charts = [
        _chart(f"{by}-{place}", names.of(by, value), [(day, numbers[value].get(day, 0)) for day in days])
        for place, value in enumerate(values[:MOST_CHARTS])
    ]
    rows = [(day, [told(numbers[value].get(day, 0)) for value in values]) for day in reversed(days)]
    return {"charts": charts, "heads": [names.of(by, value) for value in values], "rows": rows}


def _chart(name: str, title: str, points: list[tuple[datetime.date, int]]) -> dict[str, str]:
    """What is too small to name is drawn as nought."""
    drawn = [(date_format(day, "j M"), number if number >= FEWEST else 0) for day, number in points]
    words = f"From {drawn[0][0]} to {drawn[-1][0]}; on the last day {told(points[-1][1])}. The table has every day."
    return {"title": title, "now": told(points[-1][1]), "svg": bars(name, title, words, drawn)}


@require_GET
def numbers_page(request: HttpRequest) -> HttpResponse:
    check(request, "view", SubscriberTotal)
    days, names = course(timezone.localdate()), Names()
    parts = [(label, icon, part(by, days, names)) for by, label, icon in PARTS] if days else []
    context = {
        "header_buttons": [HeaderButton("Download CSV", url=reverse("subscriber-numbers:csv"), icon_name="download")],
        "total": part(ALL, days, names) if days else None,
        "parts": parts,
        "fewest": FEWEST,
        "most_charts": MOST_CHARTS,
    }
    return page_of(request, "Subscribers in numbers", "table", [], "numbers.html", context)


@require_GET
def numbers_csv(request: HttpRequest) -> HttpResponse:
    """Every total there is."""
    check(request, "view", SubscriberTotal)
    names = Names()
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="subscribers.csv"'},
    )
    write = csv.writer(answer)
    write.writerow(["day", "by", "value", "subscribers"])
    for row in SubscriberTotal.objects.order_by("day", "by", "value").iterator():
        number = row.number if row.number >= FEWEST or row.number == 0 else told(row.number)
        write.writerow([row.day.isoformat(), row.by, plain_cell(names.of(row.by, row.value)), number])
    return answer


class NumbersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may(request.user, "view", SubscriberTotal)


class NumbersViewSet(ViewSet):
    name = "subscriber-numbers"
    icon = "table"
    menu_label = "Numbers"
    menu_item_class = NumbersMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", numbers_page, name="index"), path("csv/", numbers_csv, name="csv")]
