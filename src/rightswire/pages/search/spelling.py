"""The word that was meant where a word was mistyped."""

import tantivy
from tantivy import Query

from rightswire.pages.search.index import SCHEMA, document_at
from rightswire.pages.search.language import form, is_typing_mistake, terms_in, words_of
from rightswire.pages.search.question import Word

_SAMPLE = 30  # documents to look for the meant word in


def word_meant(searcher: tantivy.Searcher, word: Word, language: str, at_least: int = 1) -> Word | None:
    """The nearest other word that at least so many documents hold, or None.

    One mistake is forgiven in words of four letters and more, two from eight letters on, none in numbers.
    """
    plain = form(word.typed)
    if len(plain) < 4 or plain.isdecimal():
        return None
    for mistakes in (1, 2) if len(plain) >= 8 else (1,):
        near: dict[Word, int] = {}
        query = Query.fuzzy_term_query(SCHEMA, "forms", word.form, mistakes)
        for _score, address in searcher.search(query, _SAMPLE, count=False).hits:
            document = document_at(searcher, address)
            if document.language == language:
                for other in _near_words(plain, f"{document.title} {document.text}", language, mistakes):
                    near[other] = searcher.doc_freq("forms", other.form)
        meant = max(near, key=lambda other: (near[other], other.typed), default=None)
        if meant and near[meant] >= at_least:
            return meant
    return None


def _near_words(plain: str, text: str, language: str, mistakes: int) -> set[Word]:
    terms = terms_in(language)
    near = set()
    for written in set(words_of(text)):
        # Cheap first: most words differ in length, and a form is about as long as its word.
        if abs(len(written) - len(plain)) <= 2 * mistakes + 1 and is_typing_mistake(plain, form(written), mistakes):
            near.add(Word(written.lower(), *terms[written]))
    return near
