"""What a reader asks: words and quoted phrases. Nothing typed is an operator and nothing is an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rightswire.pages.search.language import clean, cut, is_small_word, terms_in, words_of

MOST_WORDS = 20  # of a question; the rest is not looked at
_LONGEST_QUESTION = 2_000  # characters
_QUOTE = re.compile('["“”„«»＂]')


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed, and its form and stem as the index holds them."""

    typed: str
    form: str
    stem: str


@dataclass(frozen=True, slots=True)
class Question:
    """`words` are to be on a page in any order, each `phrases` in its order; `typed` is every loose word."""

    words: tuple[Word, ...]
    phrases: tuple[tuple[Word, ...], ...]
    typed: tuple[Word, ...]

    @property
    def all_words(self) -> tuple[Word, ...]:
        """The words to look for, those of phrases included."""
        return (*self.words, *(word for phrase in self.phrases for word in phrase))

    def with_words(self, meant: Mapping[str, Word]) -> "Question":
        """The question with words replaced; the keys are words as typed."""

        def replaced(words: tuple[Word, ...]) -> tuple[Word, ...]:
            return tuple(meant.get(word.typed, word) for word in words)

        return Question(replaced(self.words), tuple(map(replaced, self.phrases)), replaced(self.typed))


def question_from(text: str, language: str) -> Question:
    """Read what was typed as a question in a language; it has no words where the text has none."""
    parts = _QUOTE.split(clean(text[:_LONGEST_QUESTION]))
    loose: list[Word] = []
    phrases: list[tuple[Word, ...]] = []
    left = MOST_WORDS
    for place, part in enumerate(parts):
        words = _words(part, language)[:left]
        left -= len(words)
        if place % 2 and place < len(parts) - 1:  # between two quotes; a lone one means nothing
            phrases += [tuple(words)] if words else []
        else:
            loose += words
    telling = [word for word in loose if not is_small_word(word.typed, language)]
    required = telling or ([] if phrases else loose)
    return Question(tuple({word.stem: word for word in required}.values()), tuple(phrases), tuple(loose))


def with_words_replaced(text: str, meant: Mapping[str, str]) -> str:
    """What was typed, with some words replaced, for showing it again."""
    pieces = cut(clean(text[:_LONGEST_QUESTION]))
    pieces[1::2] = [meant.get(word, word) for word in pieces[1::2]]
    return " ".join("".join(pieces).split())


def _words(text: str, language: str) -> list[Word]:
    typed = words_of(text)
    pairs = zip(typed, terms_in(language).of(typed), strict=True)
    return [Word(word, *terms) for word, terms in pairs if terms[0]]
