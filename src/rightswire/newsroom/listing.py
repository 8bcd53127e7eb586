"""Listings: how items are shown in lists, cut into pages and followed by feeds."""

import datetime
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rightswire.newsroom.archive import FULL_PAGE, Archive, Entry, Scope
from rightswire.newsroom.feeds import FeedItem, FeedPicture
from rightswire.newsroom.models import Cut, Kind, NewsItem, Topic
from rightswire.pages.sheet import SHARED, Sheet

FEED_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Headed:
    """An item as a list of headlines shows it."""

    address: str
    title: str
    kicker: str
    kind_name: str
    is_good_news: bool
    countries: str
    date: datetime.date
    long_date: str


@dataclass(frozen=True, slots=True)
class Teased:
    """An item as a listing shows it: a headline with its teaser, and for the home page its picture."""

    head: Headed
    paragraphs: tuple[str, ...]
    picture: Any


@dataclass(frozen=True, slots=True)
class Day:
    date: datetime.date
    parts: Any
    articles: list[str]  # HTML
    is_newest: bool


def headed(sheet: Sheet, entries: Sequence[Entry]) -> list[Headed]:
    with translation.override(sheet.language):
        return [
            Headed(
                address=entry.address,
                title=entry.title,
                kicker="" if entry.kicker == entry.title else entry.kicker,
                kind_name=kind_line(entry),
                is_good_news=entry.is_good_news,
                countries=sheet.joined([sheet.country(code) for code in entry.countries]),
                date=entry.date,
                long_date=sheet.long_date(entry.date),
            )
            for entry in entries
        ]


def kind_line(entry: Entry) -> str:
    return _("Good news") if entry.is_good_news else str(Kind(entry.kind).label)


def teased(sheet: Sheet, entries: Sequence[Entry]) -> list[Teased]:
    found = loaded(sheet, [entry.pk for entry in entries])
    shown = []
    for entry, head in zip(entries, headed(sheet, entries), strict=True):
        item = found[entry.pk]
        block = item.lead_block
        picture = block["picture"] if block else None
        shown.append(Teased(head, tuple(item.teaser_paragraphs), picture))
    return shown


def loaded(sheet: Sheet, pks: Sequence[int]) -> dict[int, NewsItem]:
    """The items with these numbers; each is read once a pass."""
    cache: dict[int, NewsItem] = sheet.edition.once("items", dict)
    missing = [pk for pk in pks if pk not in cache]
    cache.update({item.pk: item for item in NewsItem.for_baking(missing)} if missing else {})
    return {pk: cache[pk] for pk in pks}


def days(sheet: Sheet, entries: Sequence[Entry], newest: datetime.date | None) -> list[Day]:
    """The entries under their dates; the newest day of all carries the accent."""
    loaded(sheet, [entry.pk for entry in entries])
    return [
        Day(date, sheet.date_parts(date), [article(sheet, entry) for entry in group], date == newest)
        for date, group in itertools.groupby(entries, key=lambda entry: entry.date)
    ]


def article(sheet: Sheet, entry: Entry) -> str:
    """An item as every listing shows it; rendered once a pass, however many listings it is in."""
    template = "newsroom/blocks/article.html"
    return sheet.edition.once(("article", entry.pk), lambda: sheet.part(template, {"item": teased(sheet, [entry])[0]}))


# Pages


def cut_order(cut: Cut) -> tuple[datetime.date, int, int]:
    return (cut.date, cut.rank, cut.item_id)


def new_cuts(scope: Scope, entries: Sequence[Entry], cuts: list[Cut]) -> list[Cut]:
    """The cuts that are due: as long as the newest page would hold twenty, its ten oldest become a page."""
    last = cut_order(cuts[-1]) if cuts else None
    open_entries = [entry for entry in reversed(entries) if last is None or entry.order > last]
    found: list[Cut] = []
    while len(open_entries) >= 2 * FULL_PAGE:
        date, rank, pk = open_entries[FULL_PAGE - 1].order
        number = len(cuts) + len(found) + 1
        found.append(Cut(scope=scope.name, number=number, date=date, rank=rank, item_id=pk))
        open_entries = open_entries[FULL_PAGE:]
    return found


def page_of(order: tuple[datetime.date, int, int], cuts: Sequence[Cut]) -> int:
    """The number of the page on which a place in the order lies; one more than the cuts: the newest page."""
    return next((cut.number for cut in cuts if order <= cut_order(cut)), len(cuts) + 1)


def entries_of_page(entries: Sequence[Entry], cuts: Sequence[Cut], number: int) -> list[Entry]:
    low = cut_order(cuts[number - 2]) if number >= 2 else None
    high = cut_order(cuts[number - 1]) if number <= len(cuts) else None
    return [entry for entry in entries if (low is None or entry.order > low) and (high is None or entry.order <= high)]


# What a listing is called


def scope_title(scope: Scope, sheet: Sheet) -> str:
    with translation.override(scope.language):
        match scope.kind:
            case "topic":
                names = sheet.edition.once(
                    "topics", lambda: {t.slug: t for t in Topic.objects.prefetch_related("wordings")}
                )
                return str(names[scope.value].name_in(scope.language))
            case "country":
                return sheet.country(scope.value.upper())
            case "year":
                return _("News of %(year)s") % {"year": sheet.numerals(scope.value)}
            case "month":
                year, month = scope.parts
                return f"{sheet.month(int(month))} {sheet.numerals(year)}".capitalize()
        return _("News")


def asides(sheet: Sheet, entries: Archive) -> dict[str, Any]:
    """The topics, countries and months beside the newest listing, with how many items each holds."""
    base = f"{sheet.language}/news"
    counts = {name: len(found) for name, found in entries.by_scope.items()}
    topics = sheet.edition.once("topics", lambda: {t.slug: t for t in Topic.objects.prefetch_related("wordings")})

    def counted(kind: str, names: dict[str, str]) -> list[tuple[str, str, int]]:
        prefix = f"{base}/{kind}/"
        found = [
            (f"/{name}/", names[name.removeprefix(prefix)], count)
            for name, count in counts.items()
            if name.startswith(prefix)
        ]
        return sorted(found, key=lambda row: (-row[2], row[1]))

    codes = {name.rsplit("/", 1)[1] for name in counts if f"{base}/country/" in name}
    months = sorted((n for n in counts if re.fullmatch(rf"{base}/\d{{4}}/\d\d", n)), reverse=True)
    years = sorted((n for n in counts if re.fullmatch(rf"{base}/\d{{4}}", n)), reverse=True)
    return {
        "topics": counted("topic", {slug: topic.name_in(sheet.language) for slug, topic in topics.items()}),
        "countries": counted("country", {code: sheet.country(code.upper()) for code in codes}),
        "months": [(f"/{name}/", scope_title(Scope(name), sheet), counts[name]) for name in months],
        "years": [(f"/{name}/", sheet.numerals(name.rsplit("/", 1)[1]), counts[name]) for name in years],
    }


# Feeds


def feed_items(sheet: Sheet, entries: Sequence[Entry]) -> tuple[FeedItem, ...]:
    """The newest items in full, for feeds. Each is rendered once a pass, however many feeds it is in."""
    newest = entries[:FEED_LENGTH]
    items = loaded(sheet, [entry.pk for entry in newest])
    return tuple(
        sheet.edition.once(("feed", entry.pk), lambda item=items[entry.pk]: feed_item(sheet, item))  # type: ignore[misc]
        for entry in newest
    )


def feed_item(sheet: Sheet, item: NewsItem) -> FeedItem:
    html = sheet.part("newsroom/feed_item.html", {"page": item, "organisation": sheet.frame.organisation})
    with translation.override(item.language):
        kind_name = item.kind_name
    return FeedItem(
        id=f"tag:{_authority()},2018:{item.language}/{item.translation_key}",
        url=settings.BASE_URL + item.url_path,
        title=item.title,
        kicker=item.kicker,
        html=absolute(html),
        text="\n\n".join(item.paragraphs),
        published=item.published_at,
        modified=item.modified_at,
        language=item.language,
        kind=item.kind,
        kind_name=kind_name,
        countries=tuple(item.country_codes),
        country_names=tuple(sheet.country(code) for code in item.country_codes),
        topics=tuple(topic.name_in(item.language) for topic in item.topics.all()),
        people=tuple(item.people_names),
        picture=_feed_picture(sheet, item),
        author=sheet.frame.wording.name,
    )


def _feed_picture(sheet: Sheet, item: NewsItem) -> FeedPicture | None:
    block = item.lead_block
    if not block or not block["picture"]:
        return None
    single = sheet.single(block["picture"], SHARED)
    return FeedPicture(single.url, single.type, single.length, item.lead_alt, single.width, single.height)


def _authority() -> str:
    return settings.BASE_URL.partition("://")[2].partition(":")[0]


def absolute(html: str) -> str:
    """Addresses inside the site as whole ones, as feed readers need them."""
    html = re.sub(r'\b(href|src)="/', rf'\1="{settings.BASE_URL}/', html)
    return re.sub(
        r'\bsrcset="([^"]*)"',
        lambda m: 'srcset="' + re.sub(r"(^|, )/", rf"\1{settings.BASE_URL}/", m[1]) + '"',
        html,
    )
