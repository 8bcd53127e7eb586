"""Finding pages: all words first, any word if none has all, the meant word for a mistyped one."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import tantivy
from tantivy import Query

from rightswire.pages.search import queries
from rightswire.pages.search.documents import SearchDocument
from rightswire.pages.search.index import SearchIndex, document_at
from rightswire.pages.search.language import clean, form
from rightswire.pages.search.marking import Pieces, excerpt, marked
from rightswire.pages.search.question import Question, Word, question_from, with_words_replaced
from rightswire.pages.search.spelling import word_meant

DEEPEST_HIT = 10_000  # no page of results begins beyond it
MOST_PER_PAGE = 100
FACETS = ("kind", "topic", "country", "year")
FACET_VALUES = 12
MANY_VALUED_UP_TO = 10_000  # hits; topics and countries of more take longer to count than a reader waits

_ONE_VALUED = ("kind", "year")
_COMMON = 10_000  # documents; where every word is in more, finer ranking costs much and tells little
_LITTLE = 3  # hits; fewer make a suggestion worth looking for
_OFTENER = 10  # times; a word suggested for one that exists is so much oftener
_MOST_CORRECTED = 4  # words of a question
_LONGEST_FILTER = 200  # characters

Facets = dict[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A text, the language to search in, a page of results counted from 1, and filters ("" for none)."""

    text: str
    language: str
    page: int = 1
    topic: str = ""
    country: str = ""
    kind: str = ""
    year: str = ""
    per_page: int = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """A page found. Title and excerpt are (piece, is_match) pairs; joined, the pieces are the text."""

    path: str
    language: str
    title: Pieces
    excerpt: Pieces
    kind: str
    date: datetime.date | None
    countries: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What was found. `facets` count the hits by kind, topic, country and year, the most first.

    Topics and countries are not counted above `MANY_VALUED_UP_TO` hits. `elsewhere` counts the hits in each
    other language that has any. `suggestion` is the text with mistyped words put right; where no page holds a
    word as typed, the hits are already those of the suggestion.
    """

    total: int = 0
    hits: tuple[Hit, ...] = ()
    page: int = 1
    pages: int = 0
    facets: Facets = field(default_factory=lambda: dict.fromkeys(FACETS, ()))
    elsewhere: dict[str, int] = field(default_factory=dict)
    suggestion: str | None = None


def find(index: SearchIndex, request: SearchRequest) -> SearchResults:
    """Answer a request; whatever is typed, there is an answer and never an error.

    A text without words lists what the filters leave, newest first; without filters too it finds nothing.
    """
    searcher = index.searcher()
    language = clean(request.language).strip().lower()[:_LONGEST_FILTER]
    filters = _filters(request)
    question = question_from(request.text, language)
    if searcher is None or not (question.all_words or filters):
        return SearchResults()
    if not question.all_words:
        return _listed(searcher, request, language, filters)
    meant = _words_meant(searcher, question, language)
    question = question.with_words(meant)
    results = _ranked(searcher, request, question, filters)
    if results.total < _LITTLE:
        meant |= _words_oftener_meant(searcher, question, language)
    suggested = with_words_replaced(request.text, {typed: word.typed for typed, word in meant.items()})
    return replace(
        results,
        elsewhere=_elsewhere(searcher, request.text, language, filters),
        suggestion=suggested if meant else None,
    )


def _ranked(
    searcher: tantivy.Searcher, request: SearchRequest, question: Question, filters: list[Query]
) -> SearchResults:
    """The pages with all words; if there is none, those with any."""
    rarest = min(searcher.doc_freq("stems", word.stem) for word in question.all_words)
    finely = rarest <= _COMMON
    better = queries.full_ranking(question) if finely else queries.title_ranking(question)
    weight = "recency" if finely else None
    required = [*queries.all_words(question), *filters]
    results = _page(searcher, request, required, better, weight=weight, question=question)
    if results.total or len(question.words) < 2:
        return results
    required = [*queries.any_word(question), *filters]
    better = queries.title_ranking(question)
    return _page(searcher, request, required, better, weight="recency", question=question)


def _listed(searcher: tantivy.Searcher, request: SearchRequest, language: str, filters: list[Query]) -> SearchResults:
    """The pages that the filters leave, newest first."""
    results = _page(searcher, request, [queries.has_value("language", language), *filters], order="day")
    counts = (
        (other, _count(searcher, [queries.has_value("language", other), *filters]))
        for other in _other_languages(searcher, language)
    )
    return replace(results, elsewhere={other: count for other, count in counts if count})


def _page(
    searcher: tantivy.Searcher,
    request: SearchRequest,
    required: list[Query],
    better: Sequence[Query] = (),
    *,
    order: str | None = None,
    weight: str | None = None,
    question: Question | None = None,
) -> SearchResults:
    """One page of the hits; a page beyond the last is the last."""
    size = min(max(request.per_page, 1), MOST_PER_PAGE)
    deepest = DEEPEST_HIT // size
    page = min(max(request.page, 1), deepest)
    query = queries.both(required, better)

    def found_on(page: int) -> tantivy.SearchResult:
        offset = (page - 1) * size
        return searcher.search(query, size, offset=offset, order_by_field=order, weight_by_field=weight)

    found = found_on(page)
    total: int = found.count  # type: ignore[attr-defined]
    if not total:
        return SearchResults()
    pages = min(-(-total // size), deepest)
    if page > pages:
        page, found = pages, found_on(pages)
    wanted = frozenset(word.stem for word in question.all_words) if question else frozenset()
    hits = tuple(_hit(document_at(searcher, address), wanted) for _score, address in found.hits)
    return SearchResults(total, hits, page, pages, _facets(searcher, required, total))


def _hit(document: SearchDocument, wanted: frozenset[str]) -> Hit:
    return Hit(
        path=document.path,
        language=document.language,
        title=marked(document.title, document.language, wanted),
        excerpt=excerpt(document.text, document.language, wanted),
        kind=document.kind,
        date=document.date,
        countries=document.countries,
        topics=document.topics,
    )


def _facets(searcher: tantivy.Searcher, required: list[Query], total: int) -> Facets:
    names = FACETS if total <= MANY_VALUED_UP_TO else _ONE_VALUED
    # Every segment counts all its values: sums of what is commonest in each would not be exact.
    counting = {name: {"terms": {"field": name, "size": FACET_VALUES, "segment_size": 1000}} for name in names}
    counted = searcher.aggregate(queries.both(required), counting)
    facets: Facets = dict.fromkeys(FACETS, ())
    for name in names:
        values = [(bucket["key"], bucket["doc_count"]) for bucket in counted[name]["buckets"]]
        facets[name] = tuple(sorted(values, key=lambda value: (-value[1], value[0])))
    return facets


def _elsewhere(searcher: tantivy.Searcher, text: str, language: str, filters: list[Query]) -> dict[str, int]:
    counts = {}
    for other in _other_languages(searcher, language):
        question = question_from(text, other)
        known = all(searcher.doc_freq("stems", word.stem) for word in question.all_words)
        if known and (count := _count(searcher, [*queries.all_words(question), *filters])):
            counts[other] = count
    return counts


def _other_languages(searcher: tantivy.Searcher, language: str) -> Iterator[str]:
    return (other for other, _count in searcher.terms_with_prefix("language", "") if other != language)


def _count(searcher: tantivy.Searcher, required: list[Query]) -> int:
    counted = searcher.aggregate(queries.both(required), {"pages": {"value_count": {"field": "day"}}})
    return int(counted["pages"]["value"])


def _words_meant(searcher: tantivy.Searcher, question: Question, language: str) -> dict[str, Word]:
    """The words, as typed, that no page holds, each with the word that was meant."""
    unknown = {word.typed: word for word in question.all_words if not searcher.doc_freq("stems", word.stem)}
    some = list(unknown.items())[:_MOST_CORRECTED]
    return {typed: meant for typed, word in some if (meant := word_meant(searcher, word, language))}


def _words_oftener_meant(searcher: tantivy.Searcher, question: Question, language: str) -> dict[str, Word]:
    """The words, as typed, that hardly any page holds, each with a far commoner one that may be meant."""
    meant = {}
    for word in question.all_words[:_MOST_CORRECTED]:
        pages = searcher.doc_freq("forms", word.form)
        if 0 < pages < _LITTLE and (other := word_meant(searcher, word, language, pages * _OFTENER)):
            meant[word.typed] = other
    return meant


def _filters(request: SearchRequest) -> list[Query]:
    values = {
        "topic": clean(request.topic).strip(),
        "country": clean(request.country).strip().lower(),
        "kind": clean(request.kind).strip(),
        "year": form(clean(request.year).strip()[:_LONGEST_FILTER]),
    }
    return [queries.has_value(name, value[:_LONGEST_FILTER]) for name, value in values.items() if value]
