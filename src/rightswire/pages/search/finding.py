"""Finding pages: all words first, any word if none has all, the meant word for a mistyped one."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import tantivy
from tantivy import Occur, Query

from rightswire.pages.search.documents import SearchDocument
from rightswire.pages.search.index import SCHEMA, SearchIndex, document_at
from rightswire.pages.search.language import clean, form
from rightswire.pages.search.marking import Pieces, excerpt, marked
from rightswire.pages.search.question import Question, Word, question_from, with_words_replaced
from rightswire.pages.search.spelling import word_meant

DEEPEST_HIT = 10_000  # no page of results begins beyond it
FACETS = ("kind", "topic", "country", "year")
FACET_VALUES = 12
MANY_VALUED_UP_TO = 10_000  # hits; topics and countries of more take longer to count than a reader waits

_ONE_VALUED = ("kind", "year")
_COMMON = 10_000  # documents; where every word is in more, finer ranking costs much and tells little
_LITTLE = 3  # hits; fewer make a suggestion worth looking for
_OFTENER = 10  # times; a word suggested for one that exists is so much oftener
_MOST_CORRECTED = 4  # words of a question
_TITLE, _FORM, _PHRASE = 3.0, 0.5, 1.5  # what a match there weighs against one in the text
_LONGEST_FILTER = 200  # characters


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
    other language that has any.
    `suggestion` is the text with mistyped words put right; where no page holds a word as typed, the hits are
    already those of the suggestion.
    """

    total: int = 0
    hits: tuple[Hit, ...] = ()
    page: int = 1
    pages: int = 0
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=lambda: dict.fromkeys(FACETS, ()))
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
    return replace(
        results,
        elsewhere=_elsewhere(searcher, request.text, language, filters),
        suggestion=_suggestion(request.text, meant),
    )


def _ranked(
    searcher: tantivy.Searcher, request: SearchRequest, question: Question, filters: list[Query]
) -> SearchResults:
    required = _all_words(question, filters)
    rarest = min(searcher.doc_freq("stems", word.stem) for word in question.all_words)
    ranking = _ranking(question) if rarest <= _COMMON else _title_ranking(question)
    results = _page(searcher, request, required, ranking, question)
    if results.total or len(question.words) < 2:
        return results
    return _page(searcher, request, _any_word(question, filters), _title_ranking(question), question)


def _listed(
    searcher: tantivy.Searcher, request: SearchRequest, language: str, filters: list[Query]
) -> SearchResults:
    nothing = Question((), (), ())
    results = _page(searcher, request, [_is("language", language), *filters], None, nothing)
    others = {
        other: _count(searcher, [_is("language", other), *filters]) for other in _others(searcher, language)
    }
    return replace(results, elsewhere={other: count for other, count in others.items() if count})


def _page(
    searcher: tantivy.Searcher,
    request: SearchRequest,
    required: list[Query],
    ranking: list[Query] | None,
    question: Question,
) -> SearchResults:
    """One page of the hits of `required`, ranked by it and by `ranking`, or newest first without."""
    size = min(max(request.per_page, 1), 100)
    page = min(max(request.page, 1), DEEPEST_HIT // size)
    query = Query.boolean_query(
        [(Occur.Must, query) for query in required] + [(Occur.Should, query) for query in ranking or ()]
    )
    order = {"order_by_field": "day"} if ranking is None else {"weight_by_field": "recency"}
    found = searcher.search(query, size, offset=(page - 1) * size, **order)
    pages = min(-(-found.count // size), DEEPEST_HIT // size)
    if page > pages > 0:
        page = pages
        found = searcher.search(query, size, offset=(page - 1) * size, **order)
    wanted = frozenset(word.stem for word in question.all_words)
    hits = tuple(_hit(document_at(searcher, address), wanted) for _score, address in found.hits)
    if not found.count:
        return SearchResults()
    return SearchResults(found.count, hits, page, pages, _facets(searcher, required, found.count))


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


def _facets(
    searcher: tantivy.Searcher, required: list[Query], total: int
) -> dict[str, tuple[tuple[str, int], ...]]:
    names = FACETS if total <= MANY_VALUED_UP_TO else _ONE_VALUED
    # Every segment counts all its values: sums of what is commonest in each would not be exact.
    counting = {name: {"terms": {"field": name, "size": 1000, "segment_size": 1000}} for name in names}
    counted = searcher.aggregate(_both(required), counting)
    facets: dict[str, tuple[tuple[str, int], ...]] = dict.fromkeys(FACETS, ())
    for name in names:
        values = [(bucket["key"], bucket["doc_count"]) for bucket in counted[name]["buckets"]]
        facets[name] = tuple(sorted(values, key=lambda value: (-value[1], value[0]))[:FACET_VALUES])
    return facets


def _elsewhere(searcher: tantivy.Searcher, text: str, language: str, filters: list[Query]) -> dict[str, int]:
    counts = {}
    for other in _others(searcher, language):
        question = question_from(text, other)
        known = all(searcher.doc_freq("stems", word.stem) for word in question.all_words)
        if known and (count := _count(searcher, _all_words(question, filters))):
            counts[other] = count
    return counts


def _others(searcher: tantivy.Searcher, language: str) -> Iterable[str]:
    return (other for other, _count in searcher.terms_with_prefix("language", "") if other != language)


def _count(searcher: tantivy.Searcher, required: list[Query]) -> int:
    counted = searcher.aggregate(_both(required), {"pages": {"value_count": {"field": "day"}}})
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


def _suggestion(text: str, meant: dict[str, Word]) -> str | None:
    return with_words_replaced(text, {typed: word.typed for typed, word in meant.items()}) if meant else None


def _filters(request: SearchRequest) -> list[Query]:
    values = {
        "topic": clean(request.topic).strip(),
        "country": clean(request.country).strip().lower(),
        "kind": clean(request.kind).strip(),
        "year": form(clean(request.year).strip()[:_LONGEST_FILTER]),
    }
    return [_is(name, value[:_LONGEST_FILTER]) for name, value in values.items() if value]


def _is(name: str, value: str) -> Query:
    return Query.const_score_query(Query.term_query(SCHEMA, name, value, "basic"), 0.0)


def _both(required: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in required])


def _stem(name: str, word: Word) -> Query:
    return Query.term_query(SCHEMA, name, word.stem, "freq")


def _in_order(words: Iterable[Word]) -> Query:
    forms = [word.form for word in words]
    if len(forms) == 1:
        return Query.term_query(SCHEMA, "forms", forms[0])
    return Query.phrase_query(SCHEMA, "forms", forms)


def _all_words(question: Question, filters: list[Query]) -> list[Query]:
    words = [_stem("stems", word) for word in question.words]
    return [*words, *map(_in_order, question.phrases), *filters]


def _any_word(question: Question, filters: list[Query]) -> list[Query]:
    any_word = Query.boolean_query([(Occur.Should, _stem("stems", word)) for word in question.words])
    return [any_word, *map(_in_order, question.phrases), *filters]


def _title_ranking(question: Question) -> list[Query]:
    """What makes one page better than another with the same words: having them in the title, side by side."""
    ranking = [Query.boost_query(_stem("title_stems", word), _TITLE) for word in question.all_words]
    if len(question.typed) > 1:
        stems: Sequence[str] = [word.stem for word in question.typed]
        ranking.append(Query.boost_query(Query.phrase_query(SCHEMA, "title_stems", [*stems]), _TITLE * _PHRASE))
    return ranking


def _ranking(question: Question) -> list[Query]:
    """The title, and in the text the very forms that were typed, side by side."""
    ranking = _title_ranking(question)
    ranking += [
        Query.boost_query(Query.term_query(SCHEMA, "forms", word.form, "freq"), _FORM)
        for word in question.all_words
    ]
    if len(question.typed) > 1:
        ranking.append(Query.boost_query(_in_order(question.typed), _PHRASE))
    return ranking
