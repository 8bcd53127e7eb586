"""The archive of one language: all readable items in their order, from one light query, and what follows from it."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from rightswire.bake.pieces import Edition

FULL_PAGE = 10
NEWEST_AT_MOST = 2 * FULL_PAGE - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as the archive knows it."""

    pk: int
    key: str  # of the translation: the same in all languages
    address: str
    title: str
    kicker: str
    kind: str
    is_good_news: bool
    is_pinned: bool
    date: datetime.date
    rank: int  # within a day, the highest first
    countries: tuple[str, ...]
    topics: tuple[int, ...]
    people: tuple[str, ...]
    revision: int  # a new one whenever it is published

    @property
    def order(self) -> tuple[datetime.date, int, int]:
        return (self.date, self.rank, self.pk)


@dataclass(frozen=True, slots=True)
class Front:
    lead: Entry | None
    also: list[Entry]
    earlier: list[Entry]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a listing is about. Its name is its address: `en/news`, `en/news/2018/11`, `en/news/country/ca`."""

    name: str

    @property
    def language(self) -> str:
        return self.name.split("/")[0]

    @property
    def kind(self) -> str:
        """`all`, `year`, `month`, `topic` or `country`."""
        parts = self.parts
        if not parts:
            return "all"
        if parts[0] in ("topic", "country"):
            return parts[0]
        return "year" if len(parts) == 1 else "month"

    @property
    def parts(self) -> list[str]:
        return self.name.split("/")[2:]

    @property
    def value(self) -> str:
        return self.parts[-1] if self.parts else ""

    @property
    def address(self) -> str:
        return f"/{self.name}/"

    @property
    def has_feeds(self) -> bool:
        return self.kind in ("all", "topic", "country")

    def in_language(self, language: str) -> "Scope":
        return Scope("/".join([language, *self.name.split("/")[1:]]))


class Archive:
    def __init__(self, language: str, entries: Iterable[Entry], topics: dict[int, str]) -> None:
        self.language = language
        self.entries = sorted(entries, key=lambda entry: entry.order, reverse=True)
        self.topic_slugs = topics

    @cached_property
    def by_pk(self) -> dict[int, Entry]:
        return {entry.pk: entry for entry in self.entries}

    @cached_property
    def by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    @cached_property
    def by_scope(self) -> dict[str, list[Entry]]:
        """The entries of every scope that has any, newest first."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for scope in self.scopes_of(entry):
                found[scope].append(entry)
        return found

    def scopes_of(self, entry: Entry) -> Iterator[str]:
        base = f"{self.language}/news"
        yield base
        yield f"{base}/{entry.date.year}"
        yield f"{base}/{entry.date.year}/{entry.date.month:02d}"
        for code in entry.countries:
            yield f"{base}/country/{code.lower()}"
        for pk in entry.topics:
            yield f"{base}/topic/{self.topic_slugs[pk]}"

    def of(self, scope: Scope) -> list[Entry]:
        return self.by_scope.get(scope.name, [])

    def front(self) -> Front:
        """The home page's choice: the newest pinned item, else the newest; then its day; then the days before."""
        if not self.entries:
            return Front(None, [], [])
        lead = next((entry for entry in self.entries if entry.is_pinned), self.entries[0])
        rest = [entry for entry in self.entries if entry.pk != lead.pk]
        newest = rest[0].date if rest else lead.date
        today = [entry for entry in rest if entry.date == newest]
        also = today[:3] if len(today) >= 3 else rest[:3]
        taken = {entry.pk for entry in also}
        return Front(lead, also, [entry for entry in rest if entry.pk not in taken][:6])

    @cached_property
    def _by_person(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for person in entry.people:
                found[person].append(entry)
        return found

    def related(self, entry: Entry, count: int = 3) -> list[Entry]:
        """Items about the same people, newest first; then earlier ones of the same country and topic.

        Only earlier ones fill up, so that publishing an item does not change the pages of all others.
        """
        same_people = {e.pk: e for person in entry.people for e in self._by_person[person] if e.pk != entry.pk}
        found = sorted(same_people.values(), key=lambda e: e.order, reverse=True)[:count]
        for same in (self._same_country_and_topic, self._same_country, self._same_topic):
            for other in same(entry):
                if len(found) >= count:
                    return found
                if other.order < entry.order and other not in found:
                    found.append(other)
        return found

    def _same_country(self, entry: Entry) -> Iterator[Entry]:
        for code in entry.countries:
            yield from _after(self.by_scope[f"{self.language}/news/country/{code.lower()}"], entry)

    def _same_topic(self, entry: Entry) -> Iterator[Entry]:
        for pk in entry.topics:
            yield from _after(self.by_scope[f"{self.language}/news/topic/{self.topic_slugs[pk]}"], entry)

    def _same_country_and_topic(self, entry: Entry) -> Iterator[Entry]:
        return (other for other in self._same_country(entry) if set(other.topics) & set(entry.topics))

    def show_related_to(self, entry: Entry) -> list[Entry]:
        """The items whose related list may hold `entry`: those about the same people, and later ones like it."""
        found = {e.pk: e for person in entry.people for e in self._by_person[person]}
        for scope in self.scopes_of(entry):
            if "/country/" in scope or "/topic/" in scope:
                for other in self.by_scope.get(scope, []):
                    if other.order <= entry.order:
                        break
                    found[other.pk] = other
        return list(found.values())


def _after(entries: list[Entry], entry: Entry) -> Iterator[Entry]:
    """The entries from `entry` on, found by halving: lists of a country can be long."""
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) // 2
        if entries[middle].order > entry.order:
            low = middle + 1
        else:
            high = middle
    yield from entries[low:]


def archive(edition: Edition, language: str) -> Archive:
    """The archive of a language, once a pass."""
    return edition.once(("archive", language), lambda: _load(language))


def addresses_by_language(edition: Edition, key: str) -> dict[str, str]:
    """Where the translations with this key stand, in the languages that have one."""
    found = {code: archive(edition, code).by_key.get(key) for code, _name in settings.LANGUAGES}
    return {code: entry.address for code, entry in found.items() if entry}


def all_scopes(edition: Edition) -> set[str]:
    """The names of all listings, without their language: what any language has, all have."""
    names = {"news"}
    for code, _name in settings.LANGUAGES:
        names |= {name.partition("/")[2] for name in archive(edition, code).by_scope}
    from rightswire.newsroom.models import Topic  # noqa: PLC0415 - models show the archive

    return names | {f"news/topic/{slug}" for slug in Topic.objects.values_list("slug", flat=True)}


def _load(language: str) -> Archive:
    from rightswire.newsroom.models import NewsItem, Topic  # noqa: PLC0415 - models show the archive

    items = NewsItem.objects.listed().filter(locale__language_code=language)
    countries: dict[int, list[str]] = defaultdict(list)
    for pk, code in NewsItem.countries.rel.related_model.objects.order_by("sort_order").values_list(
        "item_id", "country"
    ):
        countries[pk].append(code)
    topics: dict[int, list[int]] = defaultdict(list)
    for pk, topic in NewsItem.topics.through.objects.order_by("topic_id").values_list("newsitem_id", "topic_id"):
        topics[pk].append(topic)
    rows = items.values_list(
        "pk", "translation_key", "url_path", "title", "kicker", "kind",
        "is_good_news", "is_pinned", "date", "rank", "people", "live_revision_id", "first_published_at",
    )  # fmt: skip
    entries = (
        Entry(
            pk, str(key), path, title, kicker, kind, good, pinned, date,
            microseconds(first) if rank is None else rank,
            tuple(countries[pk]), tuple(topics[pk]), tuple(names_of(people)), revision or 0,
        )
        for pk, key, path, title, kicker, kind, good, pinned, date, rank, people, revision, first in rows
    )  # fmt: skip
    return Archive(language, entries, dict(Topic.objects.values_list("pk", "slug")))


def microseconds(moment: datetime.datetime | None) -> int:
    """A moment as a number that orders items of one day; the same scale as an import's positions."""
    return int(moment.timestamp() * 1_000_000) if moment else 0


def names_of(people: str) -> list[str]:
    """The names in a field that holds one a line."""
    return [name.strip() for name in people.splitlines() if name.strip()]
