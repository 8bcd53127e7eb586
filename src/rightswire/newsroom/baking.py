"""The newsroom's pieces: archives compared, listings, feeds, sitemaps."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from rightswire.bake.baking import queue_everything
from rightswire.bake.models import Due
from rightswire.bake.pieces import Edition, File, register
from rightswire.newsroom import feeds, listing, sitemaps
from rightswire.newsroom.archive import Archive, Entry, Scope, all_scopes, archive
from rightswire.newsroom.models import Cut, Filed, HomePage, NewsItem
from rightswire.pages.baking import FIXED, page_types, redirect_file
from rightswire.pages.sheet import Sheet


def _languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


# The archive compared with what was last filed: what differs makes everything due that shows it.


@register("archive", priority=0, every=_languages)
def compare_archives(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    for language in arguments:
        if language in _languages():
            edition.asked |= _compare(archive(edition, language))
        yield language, []


def _compare(now: Archive) -> set[UUID]:
    """Makes due whatever shows an item that came, went or changed since the last comparison; returns the tokens."""
    before = {row.item_id: row.entry for row in Filed.objects.filter(language=now.language)}
    after = {entry.pk: _as_json(entry) for entry in now.entries}
    different = {pk for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk)}
    if not different:
        return set()
    if any(not _is_legible(row) for row in before.values()):  # filed by an older version: begin anew
        with transaction.atomic():
            Filed.objects.filter(language=now.language).delete()
            queue_everything()
        return set()
    old = {pk: _from_json(before[pk]) for pk in different & before.keys()}
    new = {pk: now.by_pk[pk] for pk in different & after.keys()}
    with transaction.atomic():
        Filed.objects.filter(pk__in=different - after.keys()).delete()
        Filed.objects.bulk_create(
            [Filed(item_id=pk, language=now.language, entry=after[pk]) for pk in new],
            update_conflicts=True,
            unique_fields=["item_id"],
            update_fields=["entry", "language"],
            batch_size=200,
        )
        due = _due_listings(now, old, new) | _due_pages(now, old, new)
        return Due.objects.add(due)


def _due_listings(now: Archive, old: dict[int, Entry], new: dict[int, Entry]) -> set[str]:
    touched: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for entry in [*old.values(), *new.values()]:
        for name in now.scopes_of(entry):
            touched[name].add(entry.order)
    cuts: dict[str, list[Cut]] = defaultdict(list)
    for cut in Cut.objects.filter(scope__startswith=f"{now.language}/"):
        cuts[cut.scope].append(cut)
    due = {f"choices:{now.language}"}
    for name, orders in touched.items():
        scope = Scope(name)
        entries = now.of(scope)
        fresh = listing.new_cuts(scope, entries, cuts[name])
        Cut.objects.bulk_create(fresh)
        known = [*cuts[name], *fresh]
        due.add(f"listing:{name}")
        due |= {f"older:{name}/page/{cut.number}" for cut in fresh}
        for order in orders:
            number = listing.page_of(order, known)
            due |= {f"older:{name}/page/{number}"} if number <= len(known) else set()
        if len(entries) <= len(orders):  # it came or may have gone: the other languages have it or not as well
            due |= {f"listing:{scope.in_language(code).name}" for code in _languages()}
            due |= {f"choices:{code}" for code in _languages()}
    return due


def _due_pages(now: Archive, old: dict[int, Entry], new: dict[int, Entry]) -> set[str]:
    pages: set[int] = set(old) | set(new)
    keys = {entry.key for entry in [*old.values(), *new.values()]}
    pages |= set(NewsItem.objects.filter(translation_key__in=keys).values_list("pk", flat=True))
    for pk in old.keys() | new.keys():
        if pk in old and pk in new and _heading(old[pk]) == _heading(new[pk]):
            continue
        for entry in filter(None, (old.get(pk), new.get(pk))):
            pages |= {other.pk for other in now.show_related_to(entry)}
    pages |= set(HomePage.objects.filter(locale__language_code=now.language).values_list("pk", flat=True))
    years = {entry.date.year for entry in [*old.values(), *new.values()]}
    return {f"page:{pk}" for pk in pages} | {f"sitemap:news-{year}" for year in years} | {"sitemap:"}


def _heading(entry: Entry) -> list[Any]:
    """What other pages show of an item."""
    return _as_json(replace(entry, revision=0, is_pinned=False))


FIELDS = tuple(field.name for field in fields(Entry))


def _as_json(entry: Entry) -> list[Any]:
    """The entry as the database keeps it: values in the order of the fields."""
    values = [getattr(entry, name) for name in FIELDS]
    return [
        value.isoformat() if isinstance(value, datetime.date) else list(value) if isinstance(value, tuple) else value
        for value in values
    ]


def _is_legible(values: Any) -> bool:
    return isinstance(values, list) and len(values) == len(FIELDS)


def _from_json(values: list[Any]) -> Entry:
    known: dict[str, Any] = dict(zip(FIELDS, values, strict=True))
    known["date"] = datetime.date.fromisoformat(known["date"])
    for name in ("countries", "topics", "people"):
        known[name] = tuple(known[name])
    return Entry(**known)


# Listings


def _every_listing() -> Iterator[str]:
    names = all_scopes(Edition())
    for code in _languages():
        yield from (f"{code}/{name}" for name in sorted(names))


@register("listing", priority=2, every=_every_listing)
def bake_listings(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """The newest page of a listing with its feeds, and the address that its next full page will have."""
    scopes = all_scopes(edition)
    for argument in arguments:
        scope = Scope(argument)
        if scope.language not in _languages() or argument.partition("/")[2] not in scopes:
            yield argument, []
            continue
        sheet = Sheet(edition, scope.language)
        entries = archive(edition, scope.language)
        cuts = list(Cut.objects.filter(scope=scope.name))
        shown = listing.entries_of_page(entries.of(scope), cuts, len(cuts) + 1)
        older = f"{scope.address}page/{len(cuts)}/" if cuts else ""
        context = _listing_context(scope, sheet, shown) | {
            "older": older,
            "elsewhere": _elsewhere(scope, sheet) if not entries.of(scope) else [],
            "asides": listing.asides(sheet, entries) if scope.kind in ("all", "year") else None,
        }
        files = [
            _listing_file(scope, sheet, context, scope.address),
            redirect_file(sheet, f"{scope.name}/page/{len(cuts) + 1}/index.html", scope.address, is_permanent=False),
        ]
        yield (
            argument,
            [*files, *(_feed_files(scope, sheet, entries) if scope.has_feeds else []), *sheet.files()],
        )


def _every_older() -> Iterator[str]:
    for scope, number in Cut.objects.values_list("scope", "number"):
        yield f"{scope}/page/{number}"


@register("older", priority=2, every=_every_older)
def bake_older(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """The full pages of listings, numbered from the oldest."""
    for argument in arguments:
        name, _slash, number = argument.rpartition("/page/")
        scope, page = Scope(name), int(number)
        cuts = list(Cut.objects.filter(scope=name))
        if scope.language not in _languages() or page > len(cuts):
            yield argument, []
            continue
        sheet = Sheet(edition, scope.language)
        shown = listing.entries_of_page(archive(edition, scope.language).of(scope), cuts, page)
        context = _listing_context(scope, sheet, shown) | {
            "number": page,
            "older": f"{scope.address}page/{page - 1}/" if page > 1 else "",
            "newer": f"{scope.address}page/{page + 1}/",
        }
        yield argument, [_listing_file(scope, sheet, context, f"{scope.address}page/{page}/"), *sheet.files()]


def _listing_context(scope: Scope, sheet: Sheet, shown: list[Entry]) -> dict[str, Any]:
    entries = archive(sheet.edition, scope.language).of(scope)
    newest = entries[0].date if entries else None
    title = listing.scope_title(scope, sheet)
    with translation.override(scope.language):
        crumbs = (
            [] if scope.kind == "all" else [(_("Home"), f"/{scope.language}/"), (_("News"), f"/{scope.language}/news/")]
        )
        if scope.kind == "month":
            year = Scope(scope.name.rpartition("/")[0])
            crumbs.append((listing.scope_title(year, sheet), year.address))
    return {
        "scope": scope,
        "title": title,
        "crumbs": crumbs,
        "days": listing.days(sheet, shown, newest),
        "feeds_at": scope.address if scope.has_feeds else f"/{scope.language}/news/",
    }


def _listing_file(scope: Scope, sheet: Sheet, context: dict[str, Any], address: str) -> File:
    alternates = {code: scope.in_language(code).address for code in _languages()}
    html = sheet.render("newsroom/listing.html", context, alternates, address)
    return File(address.lstrip("/") + "index.html", html)


def _elsewhere(scope: Scope, sheet: Sheet) -> list[tuple[Any, str]]:
    """The other languages in which an empty listing has items."""
    return [
        (other, scope.in_language(other.code).address)
        for other in sheet.frame.others
        if archive(sheet.edition, other.code).of(scope.in_language(other.code))
    ]


def _feed_files(scope: Scope, sheet: Sheet, entries: Archive) -> list[File]:
    base = settings.BASE_URL + scope.address
    name = sheet.frame.wording.name
    title = name if scope.kind == "all" else f"{name}: {listing.scope_title(scope, sheet)}"
    feed = feeds.Feed(
        title=title,
        description=sheet.frame.wording.description or title,
        language=sheet.language,
        home_url=base,
        rss_url=f"{base}rss.xml",
        atom_url=f"{base}atom.xml",
        json_url=f"{base}feed.json",
        id=base,
        author=name,
        icon_url=settings.BASE_URL + sheet.assets.icon_url,
        items=listing.feed_items(sheet, entries.of(scope)),
        hub_url=settings.WEBSUB_HUB,
    )
    return [
        File(f"{scope.name}/rss.xml", feeds.rss(feed)),
        File(f"{scope.name}/atom.xml", feeds.atom(feed)),
        File(f"{scope.name}/feed.json", feeds.json_feed(feed)),
    ]


# The lists of all topics and all countries


@register("choices", priority=2, every=_languages)
def bake_choices(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    for language in arguments:
        if language not in _languages():
            yield language, []
            continue
        sheet = Sheet(edition, language)
        files: list[File] = []
        for kind in ("topic", "country"):
            scopes = sorted(name for name in all_scopes(edition) if name.startswith(f"news/{kind}/"))
            counted = [
                (f"/{s.name}/", listing.scope_title(s, sheet), len(archive(edition, language).of(s)))
                for s in (Scope(f"{language}/{name}") for name in scopes)
            ]
            with translation.override(language):
                title = _("News by topic") if kind == "topic" else _("News by country")
                crumbs = [(_("Home"), f"/{language}/"), (_("News"), f"/{language}/news/")]
            rows = sorted((row for row in counted if row[2]), key=lambda row: row[1])
            context = {"title": title, "rows": rows, "crumbs": crumbs}
            address = f"/{language}/news/{kind}/"
            alternates = {code: f"/{code}/news/{kind}/" for code in _languages()}
            html = sheet.render("newsroom/choices.html", context, alternates, address)
            files += [*sheet.files(), File(address.lstrip("/") + "index.html", html)]
        yield language, files


# Sitemaps


def _every_sitemap() -> Iterable[str]:
    return ["", "pages", *(f"news-{year}" for year in _years(Edition()))]


def _years(edition: Edition) -> list[int]:
    return sorted({entry.date.year for code in _languages() for entry in archive(edition, code).entries})


@register("sitemap", priority=3, every=_every_sitemap)
def bake_sitemaps(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """The index, the part of the pages that change with everything, and one part for each year of news."""
    for argument in arguments:
        if not argument:
            parts = ["pages", *(f"news-{year}" for year in _years(edition))]
            urls = [(f"{settings.BASE_URL}/sitemap-{part}.xml", None) for part in parts]
            yield argument, [File("sitemap.xml", sitemaps.sitemap_index(urls))]
        elif argument == "pages":
            yield argument, [File("sitemap-pages.xml", sitemaps.sitemap(_page_urls(edition)))]
        else:
            urls_of_year = _item_urls(edition, int(argument.removeprefix("news-")))
            name = f"sitemap-{argument}.xml"
            yield argument, [File(name, sitemaps.sitemap(urls_of_year))] if urls_of_year else []


def _page_urls(edition: Edition) -> list[sitemaps.SitemapUrl]:
    groups: list[dict[str, str]] = [
        {code: f"/{code}/{name}/" for code in _languages()}
        for name in [
            *(name for name in FIXED if not name.isdigit() and name != "search"),
            *sorted(all_scopes(edition)),
        ]
    ]
    by_key: dict[Any, dict[str, str]] = defaultdict(dict)
    for model in sorted(page_types(), key=lambda model: model.__name__):
        rows = model.for_sitemap().order_by("path").values_list("translation_key", "locale__language_code", "url_path")
        for key, code, address in rows:
            by_key[key][code] = address
    return [url for group in [*by_key.values(), *groups] for url in _urls(group, None)]


def _item_urls(edition: Edition, year: int) -> list[sitemaps.SitemapUrl]:
    by_key: dict[str, dict[str, tuple[str, Any]]] = defaultdict(dict)
    for code in _languages():
        for entry in archive(edition, code).entries:
            by_key[entry.key][code] = (entry.address, entry.date)
    found: list[sitemaps.SitemapUrl] = []
    for group in by_key.values():
        dates = [date for _address, date in group.values()]
        if max(dates).year == year:
            found += _urls({code: address for code, (address, _date) in group.items()}, max(dates))
    return found


def _urls(group: dict[str, str], modified: Any) -> Iterator[sitemaps.SitemapUrl]:
    alternates = tuple((code, settings.BASE_URL + address) for code, address in group.items())
    for _code, location in alternates:
        yield sitemaps.SitemapUrl(location, modified, alternates if len(alternates) > 1 else ())
