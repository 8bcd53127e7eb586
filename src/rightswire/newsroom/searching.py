"""`/do/search/`: the search of readers, over the index of what is public."""

import re
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from rightswire.bake.pieces import Edition
from rightswire.newsroom.models import Kind, Topic
from rightswire.pages.language import COUNTRY_CODES
from rightswire.pages.search.finding import FACETS, SearchRequest, SearchResults, find
from rightswire.pages.search.index import SearchIndex
from rightswire.pages.sheet import Sheet

LONGEST = 300  # characters of a question; what is longer is cut
FRAME_SECONDS = 10  # how long the frame of the page may lag behind the settings


@cache
def index() -> SearchIndex:
    return SearchIndex(Path(settings.SEARCH_FOLDER))


def edition(now: int) -> Edition:
    """Menus and settings for a few seconds' worth of requests."""
    return _editions(now // FRAME_SECONDS)


_known: dict[int, Edition] = {}


def _editions(period: int) -> Edition:
    if period not in _known:
        _known.clear()
        _known[period] = Edition()
    return _known[period]


@csrf_exempt  # so that another method is answered as such
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    languages = dict(settings.LANGUAGES)
    code = request.GET.get("lang", "")
    code = code if code in languages else settings.LANGUAGE_CODE
    text = request.GET.get("q", "")[:LONGEST]
    filters = {name: request.GET.get(name, "")[:60] for name in FACETS}
    page = request.GET.get("page", "1")
    number = int(page) if re.fullmatch(r"[0-9]{1,6}", page) else 1
    results = find(index(), _request(text, code, max(number, 1), filters))
    sheet = Sheet(edition(int(time.time())), code)
    with translation.override(code):
        context = {
            "title": f"{text}: {_('Search')}" if text else _("Search"),
            "noindex": True,
            "query": text,
            "results": results,
            "hits": [_shown(sheet, hit) for hit in results.hits],
            "facets": _facets(sheet, results, text, filters),
            "elsewhere": _elsewhere(sheet, results, text, filters),
            "chosen": _chosen(sheet, text, filters),
            "older": _address(code, text, filters, results.page + 1) if results.page < results.pages else "",
            "newer": _address(code, text, filters, results.page - 1) if results.page > 1 else "",
            "meant": _address(code, results.suggestion, filters) if results.suggestion else "",
        }
    alternates = {other: _address(other, text, {}) for other in languages}
    html = sheet.render("newsroom/search_results.html", context, alternates, f"/{code}/search/")
    response = HttpResponse(html)
    response["Cache-Control"] = "no-store"
    return response


def _request(text: str, code: str, page: int, filters: dict[str, str]) -> SearchRequest:
    return SearchRequest(
        text=text,
        language=code,
        page=page,
        topic=filters["topic"],
        country=filters["country"],
        kind=filters["kind"],
        year=filters["year"],
    )


def _address(code: str, text: str, filters: dict[str, str], page: int = 1) -> str:
    fields = {"q": text, "lang": code, **{name: value for name, value in filters.items() if value}}
    return "/do/search/?" + urlencode(fields | ({"page": str(page)} if page > 1 else {}))


def _shown(sheet: Sheet, hit: Any) -> dict[str, Any]:
    return {
        "hit": hit,
        "kind_name": _name(sheet, "kind", hit.kind),
        "countries": sheet.joined([_name(sheet, "country", code) for code in hit.countries]),
        "long_date": sheet.long_date(hit.date) if hit.date else "",
    }


def _name(sheet: Sheet, facet: str, value: str) -> str:
    """What a value of a filter is called; the value itself where it has no name."""
    if facet == "kind":
        return str(Kind(value).label) if value in Kind.values else _("Page")
    if facet == "country":
        return sheet.country(value.upper()) if value.upper() in COUNTRY_CODES else value.upper()
    if facet == "topic":
        topics = sheet.edition.once("topics", lambda: {t.slug: t for t in Topic.objects.prefetch_related("wordings")})
        return str(topics[value].name_in(sheet.language)) if value in topics else value
    return sheet.numerals(value)


def _facets(sheet: Sheet, results: SearchResults, text: str, filters: dict[str, str]) -> list[dict[str, Any]]:
    titles = {"kind": _("Kind"), "topic": _("Topic"), "country": _("Country"), "year": _("Year")}
    return [
        {
            "title": titles[facet],
            "values": [
                (_name(sheet, facet, value), count, _address(sheet.language, text, filters | {facet: value}))
                for value, count in results.facets.get(facet, ())
            ],
        }
        for facet in FACETS
        if not filters[facet] and results.facets.get(facet)
    ]


def _chosen(sheet: Sheet, text: str, filters: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force, each with the address of the same search without it."""
    return [
        (_name(sheet, facet, value), _address(sheet.language, text, filters | {facet: ""}))
        for facet, value in filters.items()
        if value
    ]


def _elsewhere(sheet: Sheet, results: SearchResults, text: str, filters: dict[str, str]) -> list[tuple[Any, int, str]]:
    known = {other.code: other for other in sheet.frame.others}
    return [
        (known[code], count, _address(code, text, filters))
        for code, count in results.elsewhere.items()
        if code in known and code != sheet.language
    ]
