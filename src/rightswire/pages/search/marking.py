"""Titles and excerpts in pieces, each with whether it is a word that was looked for."""

from bisect import bisect_left
from functools import lru_cache
from itertools import chain

from rightswire.pages.search.language import Terms, cut, terms_in, words_of

Pieces = list[tuple[str, bool]]

# A chunk is what stands between two spaces; where a script has none, a word or what stands between words.
_EXCERPT = 40  # chunks
_NOT_WORTH_CUTTING = 5  # chunks at the beginning
_LEAD = 6  # chunks of an excerpt before its first match
_LONG_CHUNK = 40  # characters; where chunks are longer than that on average, the script has no spaces
_LONGEST_CHUNK = 100  # characters that are shown
_LOOKED_THROUGH = 30_000  # characters of a text
_BLOCK = 60  # chunks
_STARTS = 50  # matches of a text that are tried as the first of its excerpt


class _Stems(dict[str, tuple[str, ...]]):
    """For a chunk of text between two spaces the stems of its words, kept as they recur."""

    _MOST_KEPT = 65_536

    def __init__(self, terms: Terms) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        stems = tuple(stem for _form, stem in self._terms.of(words_of(chunk)))
        if len(self) >= self._MOST_KEPT:
            self.clear()
        self[chunk] = stems
        return stems


def marked(text: str, language: str, wanted: frozenset[str]) -> Pieces:
    """The whole text in pieces, joined as it was; `wanted` are stems as the index holds them."""
    pieces = cut(text)
    terms = terms_in(language)
    return _joined([(piece, place % 2 == 1 and terms[piece][1] in wanted) for place, piece in enumerate(pieces)])


def excerpt(text: str, language: str, wanted: frozenset[str]) -> Pieces:
    """The part of a text where most of the wanted words are near one another, else its beginning."""
    looked_through = text[:_LOOKED_THROUGH]
    chunks, between = looked_through.split(" "), " "
    if len(looked_through) > _LONG_CHUNK * len(chunks):
        chunks, between = cut(looked_through), ""
    start = _window(chunks, _matches(chunks, language, wanted), wanted)
    shown = [chunk[:_LONGEST_CHUNK] for chunk in chunks[start : start + _EXCERPT]]
    before = [("… ", False)] if start else []
    more = start + _EXCERPT < len(chunks) or len(text) > _LOOKED_THROUGH
    after = [("…", False)] if more else []
    matches = _matches(shown, language, wanted)
    marks: Pieces = []
    for place, chunk in enumerate(shown):
        marks.append((between if place else "", False))
        marks += marked(chunk, language, wanted) if place in matches else [(chunk, False)]
    return _joined([*before, *marks, *after])


@lru_cache(maxsize=32)
def _stems_in(language: str) -> _Stems:
    return _Stems(terms_in(language))


def _matches(chunks: list[str], language: str, wanted: frozenset[str]) -> dict[int, tuple[str, ...]]:
    """The places of the chunks that hold wanted words, and the stems of the chunks.

    Block by block until one has every wanted word: what ranks high has them early, and the rest is not read.
    """
    stems = _stems_in(language)
    matches: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(chunks) if wanted else 0, _BLOCK):
        block = enumerate(chunks[start : start + _BLOCK], start)
        here = {place: found for place, chunk in block if not wanted.isdisjoint(found := stems[chunk])}
        matches |= here
        if here and wanted.issubset(chain(*here.values())):
            break
    return matches


def _window(chunks: list[str], matches: dict[int, tuple[str, ...]], wanted: frozenset[str]) -> int:
    """The first chunk of the window with most different wanted words, and of those with most of them."""
    places = list(matches)
    best, best_worth = 0, (0, 0)
    for place in places[:_STARTS]:
        start = max(0, min(place - _LEAD, len(chunks) - _EXCERPT))  # the last window is full too
        start = start if start > _NOT_WORTH_CUTTING else 0
        inside = places[bisect_left(places, start) : bisect_left(places, start + _EXCERPT)]
        worth = len(wanted.intersection(chain(*(matches[other] for other in inside)))), len(inside)
        if worth > best_worth:
            best, best_worth = start, worth
    return best


def _joined(marks: Pieces) -> Pieces:
    """The same with neighbours that are no matches made one, and without empty pieces."""
    joined: Pieces = []
    plain = ""
    for piece, match in marks:
        if match:
            joined += [(plain, False), (piece, True)] if plain else [(piece, True)]
            plain = ""
        else:
            plain += piece
    return [*joined, (plain, False)] if plain else joined
