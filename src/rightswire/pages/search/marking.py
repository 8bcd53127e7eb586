"""Titles and excerpts in pieces, each with whether it is a word that was looked for."""

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate, chain

from rightswire.pages.search.language import Terms, cut, terms_in, words_of

Pieces = list[tuple[str, bool]]

_EXCERPT = 200  # letters
_NOT_WORTH_CUTTING = 30  # letters at the beginning
_LEAD = 6  # chunks of an excerpt before its first match
_LONGEST_CHUNK = 100  # characters; longer ones are of a script without spaces
_LOOKED_THROUGH = 30_000  # characters of a text
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
    marks: Pieces = []
    last = 0
    for place in range(1, len(pieces), 2):
        if terms[pieces[place]][1] in wanted:
            marks += [("".join(pieces[last:place]), False), (pieces[place], True)]
            last = place + 1
    marks.append(("".join(pieces[last:]), False))
    return [(piece, match) for piece, match in marks if piece]


def excerpt(text: str, language: str, wanted: frozenset[str]) -> Pieces:
    """The part of a text where most of the wanted words are near one another, else its beginning."""
    chunks, between = text[:_LOOKED_THROUGH].split(" "), " "
    if max(map(len, chunks)) > _LONGEST_CHUNK:
        chunks, between = cut(text[:_LOOKED_THROUGH]), ""
    start, end = _window(chunks, _matches(chunks, language, wanted), wanted)
    before = [("… ", False)] if start else []
    after = [("…", False)] if end < len(chunks) or len(text) > _LOOKED_THROUGH else []
    shown = between.join(chunk[:_EXCERPT] for chunk in chunks[start:end])
    return [*before, *marked(shown, language, wanted), *after]


@lru_cache(maxsize=32)
def _stems_in(language: str) -> _Stems:
    return _Stems(terms_in(language))


def _matches(chunks: list[str], language: str, wanted: frozenset[str]) -> dict[int, tuple[str, ...]]:
    """The places of the chunks that hold wanted words, and the stems of the chunks."""
    if not wanted:
        return {}
    stems = _stems_in(language)
    found = {chunk for chunk in set(chunks) if not wanted.isdisjoint(stems[chunk])}
    if not found:
        return {}
    return {place: stems[chunk] for place, chunk in enumerate(chunks) if chunk in found}


def _window(
    chunks: list[str], matches: dict[int, tuple[str, ...]], wanted: frozenset[str]
) -> tuple[int, int]:
    """The bounds of the window with most different wanted words, and of those with most of them."""
    lengths = [0, *accumulate(map(len, chunks))]
    places = list(matches)
    best, best_worth = (0, _end(lengths, 0)), (0, 0)
    for place in places[:_STARTS]:
        start = min(max(0, place - _LEAD), bisect_left(lengths, lengths[-1] - _EXCERPT))
        start = start if lengths[start] > _NOT_WORTH_CUTTING else 0
        end = _end(lengths, start)
        found = [matches[other] for other in places[bisect_left(places, start) : bisect_left(places, end)]]
        worth = len(wanted.intersection(chain(*found))), len(found)
        if worth > best_worth:
            best, best_worth = (start, end), worth
    return best


def _end(lengths: list[int], start: int) -> int:
    return min(len(lengths) - 1, max(start + 1, bisect_left(lengths, lengths[start] + _EXCERPT)))
