"""How words are cut, folded and stemmed, alike for the pages and for what a reader types.

A *form* is a word without accents, marks and capitals; a *stem* is what its grammatical forms share.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

LONGEST_WORD = 64  # letters; the rest of a longer word is not looked at

# Marks on letters, and signs without width, do not end a word: vowel signs, soft hyphens, direction marks.
_MARKS = "".join(chr(code) for code in range(0x300, 0x3100) if unicodedata.category(chr(code))[0] == "M")
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_HAN_AND_KANA = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces
_WORD = re.compile(rf"([{_HAN_AND_KANA}]|[^\W_{_HAN_AND_KANA}](?:[^\W_{_HAN_AND_KANA}]|[{_MARKS}{_INVISIBLE}])*)")
_NEEDS_CARE = re.compile(f"[{_HAN_AND_KANA}{_MARKS}{_INVISIBLE}]")
_PLAIN_WORD = re.compile(r"([^\W_]+)")  # six times as fast, and the same where no sign needs care
_UNTYPABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# Letters that Unicode does not decompose, and Arabic letters that writers use for one another.
_SAME_LETTER = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ð": "d", "þ": "th", "ħ": "h"}
    | {"ٱ": "ا", "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": ""}
)

# Snowball's stemmers, https://snowballstem.org/algorithms/, as Tantivy carries them.
_SNOWBALL = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
_WITHOUT_STOP_WORDS = {"romanian", "turkish"}
_ARABIC_SMALL_WORDS = (
    "في من الى على عن مع ان او ثم هذا هذه ذلك تلك التي الذي الذين ما لا لم لن كان كانت هو هي هم قد كل بعد قبل"
    " بين حتى اذا كما و"
)
_FRENCH_PLURAL = re.compile(r"(?<=[^s])s$")
_FRENCH_FEMININE = re.compile(r"(?<=ier)e$|(?<=e)e$")
_ARTICLES = ("وبال", "فبال", "وكال", "وال", "فال", "بال", "كال", "ولل", "فلل", "ال", "لل")
_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")


def clean(text: str) -> str:
    """The text without control characters and lone surrogates, which no word has and no index takes."""
    return _UNTYPABLE.sub("", text)


def cut(text: str) -> list[str]:
    """The text in pieces that alternate: between words, a word, between words, …; joined, the text."""
    return _pattern(text).split(text)


def words_of(text: str) -> list[str]:
    """The words of a text, as written."""
    return _pattern(text).findall(text)


def form(word: str) -> str:
    """The word as it is compared: `Égalité` is `egalite`, `الإنسان` is `الانسان`, `٢٠١٨` is `2018`."""
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word.casefold()).casefold())
    kept = "".join(letter for letter in spread if letter.isalnum() or unicodedata.category(letter) == "Mc")
    latin_digits = "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in kept.translate(_SAME_LETTER)
    )
    return latin_digits[:LONGEST_WORD]


class Terms(dict[str, tuple[str, str]]):
    """For a word of a language its form and stem as the index holds them, under the language's name.

    They are worked out when first asked for and kept, as a text's words are mostly words seen before. Both
    are empty for what folds to nothing.
    """

    _MOST_KEPT = 65_536  # words, about 20 MB

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> tuple[str, str]:
        plain = form(word)
        pair = ("", "")
        if plain:
            pair = f"{self._language}:{plain}", f"{self._language}:{stem(plain, self._language)}"
        if len(self) >= self._MOST_KEPT:
            self.clear()
        self[word] = pair
        return pair

    def of(self, words: Iterable[str]) -> list[tuple[str, str]]:
        """The form and stem of each word."""
        return list(map(self.__getitem__, words))


@lru_cache(maxsize=32)
def terms_in(language: str) -> Terms:
    """The terms of a language, kept between calls."""
    return Terms(language)


def stem(plain: str, language: str) -> str:
    """The stem of a form; the form itself in a language whose grammar is not known here."""
    primary = language.partition("-")[0]
    if primary == "ar":
        return _arabic_stem(plain)
    if primary == "fr":
        return _french_stem(plain)
    name = _SNOWBALL.get(primary)
    return _snowball(name).analyze(plain)[0] if name else plain


def is_small_word(word: str, language: str) -> bool:
    """Whether a word (`the`, `l'`, `في`) says too little to be required of a page."""
    primary = language.partition("-")[0]
    if primary == "ar":
        return form(word) in _arabic_small_words()
    if len(word) == 1 and word.isascii() and word.isalpha():
        return True
    name = _SNOWBALL.get(primary)
    return bool(name) and name not in _WITHOUT_STOP_WORDS and not _stop_words(name).analyze(word.casefold())


def is_typing_mistake(typed: str, meant: str, most: int) -> int | None:
    """How many mistakes turn one form into the other, None if more than `most`.

    A mistake is a letter missing, added, changed, or two neighbours swapped (optimal string alignment).
    """
    if abs(len(typed) - len(meant)) > most or len(set(typed) ^ set(meant)) > 2 * most:
        return None
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        oldest, before, row = before, row, [i]
        for j, other in enumerate(meant, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                cost = min(cost, oldest[j - 2] + 1)
            row.append(cost)
    return row[-1] if row[-1] <= most else None


def _pattern(text: str) -> re.Pattern[str]:
    return _PLAIN_WORD if text.isascii() or not _NEEDS_CARE.search(text) else _WORD


def _french_stem(plain: str) -> str:
    """Snowball's stem of the masculine singular: it tells the feminine by accents that are lost here."""
    if len(plain) >= 5:
        plain = _FRENCH_FEMININE.sub("", _FRENCH_PLURAL.sub("", plain))
    return _snowball("french").analyze(plain)[0]


def _arabic_stem(plain: str) -> str:
    """Light stemming, after Larkey, Ballesteros and Connell, "Light Stemming for Arabic" (2007).

    Shorter remainders are kept than there, so that `حرية` and `الحريات` meet without meeting `حر`.
    """
    for article in _ARTICLES:
        if plain.startswith(article) and len(plain) - len(article) >= 2:
            plain = plain[len(article) :]
            break
    if plain.startswith("و") and len(plain) >= 5:
        plain = plain[1:]
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            plain = plain[: -len(ending)]
    return plain


@cache
def _arabic_small_words() -> frozenset[str]:
    return frozenset(map(form, words_of(_ARABIC_SMALL_WORDS)))


@cache
def _snowball(name: str) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer(name)).build()


@cache
def _stop_words(name: str) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stopword(name)).build()
