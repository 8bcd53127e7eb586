"""What a question asks of the index: which pages are required, and which of them are better."""

from collections.abc import Iterable

from tantivy import Occur, Query

from rightswire.pages.search.index import SCHEMA
from rightswire.pages.search.question import Question, Word

_TITLE, _FORM, _PHRASE = 3.0, 0.5, 1.5  # what a match there weighs against one in the text


def all_words(question: Question) -> list[Query]:
    """That a page has every word, and every phrase in its order."""
    return [*(_stem("stems", word) for word in question.words), *map(_in_order, question.phrases)]


def any_word(question: Question) -> list[Query]:
    """That a page has a word at least, and every phrase in its order."""
    words = Query.boolean_query([(Occur.Should, _stem("stems", word)) for word in question.words])
    return [words, *map(_in_order, question.phrases)]


def title_ranking(question: Question) -> list[Query]:
    """What makes a page better: the words in its title, best as they were typed side by side."""
    ranking = [Query.boost_query(_stem("title_stems", word), _TITLE) for word in question.all_words]
    if len(question.typed) > 1:
        stems: list[str | tuple[int, str]] = [word.stem for word in question.typed]
        ranking.append(Query.boost_query(Query.phrase_query(SCHEMA, "title_stems", stems), _TITLE * _PHRASE))
    return ranking


def full_ranking(question: Question) -> list[Query]:
    """The title's ranking, and in the text the very forms that were typed, best side by side."""
    forms = (Query.term_query(SCHEMA, "forms", word.form, "freq") for word in question.all_words)
    ranking = [*title_ranking(question), *(Query.boost_query(form, _FORM) for form in forms)]
    if len(question.typed) > 1:
        ranking.append(Query.boost_query(_in_order(question.typed), _PHRASE))
    return ranking


def has_value(name: str, value: str) -> Query:
    """That a page has a value in a field such as `topic`; it does not weigh in the ranking."""
    return Query.const_score_query(Query.term_query(SCHEMA, name, value, "basic"), 0.0)


def both(required: Iterable[Query], better: Iterable[Query] = ()) -> Query:
    """The pages that meet all of `required`, those first that meet more of `better`."""
    musts = [(Occur.Must, query) for query in required]
    return Query.boolean_query(musts + [(Occur.Should, query) for query in better])


def _stem(field: str, word: Word) -> Query:
    return Query.term_query(SCHEMA, field, word.stem, "freq")


def _in_order(words: Iterable[Word]) -> Query:
    forms: list[str | tuple[int, str]] = [word.form for word in words]
    if len(forms) == 1:
        return Query.term_query(SCHEMA, "forms", forms[0])
    return Query.phrase_query(SCHEMA, "forms", forms)
