"""Search in a large archive: this project's against SQLite's FTS5, on the same items and questions."""

import datetime
import itertools
import math
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tantivy import Occur, Query

from rightswire.pages.search.documents import SearchDocument
from rightswire.pages.search.finding import SearchRequest, find
from rightswire.pages.search.index import SCHEMA, SearchIndex
from rightswire.pages.search.question import question_from

ITEMS = 100_000
WORDS_AN_ITEM = 300
VOCABULARY = 60_000
POOL = 3_000_000  # words in running order, from which items take a stretch each
QUESTIONS_OF_A_KIND = 50
ROUNDS = 5
TOP = 20
KINDS = ("release", "release", "release", "report", "action", "page")
FIRST_DAY = datetime.date(1999, 1, 1)


def run(items: int = ITEMS) -> Iterator[dict]:
    """Build both indexes in a temporary folder, ask both the same questions, and yield the figures."""
    chance = random.Random(1)
    vocabulary = [_word(rank) for rank in range(VOCABULARY)]
    often = list(itertools.accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))
    pool = chance.choices(vocabulary, cum_weights=often, k=POOL)
    with tempfile.TemporaryDirectory() as folder:
        index, building = _index(Path(folder) / "search", _documents(pool, items))
        database, building_fts5 = _database(Path(folder) / "fts5.sqlite3", _documents(pool, items))
        yield _figure(f"search: building, {items} items", building, "s", building_fts5)
        yield _figure("search: index size", _size(Path(folder) / "search"), "MB", _size(Path(folder) / "fts5.sqlite3"))
        yield from _asked(index, database, list(_questions(chance, vocabulary, pool)))
        database.close()
        seconds = _seconds(lambda: index.update([], ["/en/news/7/"]))
        yield _figure("search: one page withdrawn, its words off the disk", seconds, "s", None)


def _asked(index: SearchIndex, database: sqlite3.Connection, questions: list[tuple[str, str]]) -> Iterator[dict]:
    kinds = [kind for kind, _text in questions]
    engine, whole, fts5 = _timed(
        (
            lambda text: _ask_engine(index, text),
            lambda text: find(index, SearchRequest(text, "en")),
            lambda text: _ask_fts5(database, text),
        ),
        [text for _kind, text in questions],
    )
    for name, times in (("the engine alone", engine), ("with excerpts and facets", whole)):
        for share in (50, 99):
            value, against = _percentile(times, share), _percentile(fts5, share)
            yield _figure(f"search: p{share}, {name}", value, "ms", against)
        for kind in dict.fromkeys(kinds):
            mine = [taken for taken, of in zip(times, kinds, strict=True) if of == kind]
            theirs = [taken for taken, of in zip(fts5, kinds, strict=True) if of == kind]
            yield _figure(f"search: p99 of {kind}, {name}", _percentile(mine, 99), "ms", _percentile(theirs, 99))


def _documents(pool: list[str], items: int) -> Iterator[SearchDocument]:
    chance = random.Random(2)
    for number in range(items):
        start = chance.randrange(len(pool) - WORDS_AN_ITEM - 10)
        yield SearchDocument(
            path=f"/en/news/{number}/",
            language="en",
            title=" ".join(pool[start : start + 8]),
            text=" ".join(pool[start + 8 : start + 8 + WORDS_AN_ITEM]),
            kind=chance.choice(KINDS),
            date=FIRST_DAY + datetime.timedelta(days=number * 9_800 // items),
            countries=tuple(f"c{chance.randrange(200)}" for _ in range(chance.randrange(1, 3))),
            topics=tuple(f"topic-{chance.randrange(40)}" for _ in range(chance.randrange(1, 4))),
        )


def _questions(chance: random.Random, vocabulary: list[str], pool: list[str]) -> Iterator[tuple[str, str]]:
    """Kind and text; the twenty commonest words, which stand for a language's small words, are left out."""
    for _ in range(QUESTIONS_OF_A_KIND):
        yield "a rare word", vocabulary[chance.randrange(5_000, 40_000)]
        yield "a common word", vocabulary[chance.randrange(20, 300)]
        yield (
            "two words",
            f"{vocabulary[chance.randrange(20, 300)]} {vocabulary[chance.randrange(100, 5_000)]}",
        )
        common = set(vocabulary[:20])
        start = next(
            place
            for place in iter(lambda: chance.randrange(len(pool) - 1), None)
            if not common & set(pool[place : place + 2])
        )
        yield "a phrase", '"' + " ".join(pool[start : start + 2]) + '"'


def _index(folder: Path, documents: Iterator[SearchDocument]) -> tuple[SearchIndex, float]:
    index = SearchIndex(folder)
    return index, _seconds(lambda: index.update(documents, []))


def _database(path: Path, documents: Iterator[SearchDocument]) -> tuple[sqlite3.Connection, float]:
    database = sqlite3.connect(path)
    database.execute(
        "CREATE VIRTUAL TABLE pages USING fts5"
        "(title, text, path UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
    )

    def fill() -> None:
        with database:
            rows = ((document.title, document.text, document.path) for document in documents)
            database.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows)
            database.execute("INSERT INTO pages(pages) VALUES ('optimize')")

    return database, _seconds(fill)


def _ask_engine(index: SearchIndex, text: str) -> None:
    question = question_from(text, "en")
    required = [(Occur.Must, Query.term_query(SCHEMA, "stems", word.stem, "freq")) for word in question.words]
    for phrase in question.phrases:
        forms = [word.form for word in phrase]
        required.append((Occur.Must, Query.phrase_query(SCHEMA, "forms", forms)))
    searcher = index.searcher()
    assert searcher is not None
    searcher.search(Query.boolean_query(required), TOP, count=False)


def _ask_fts5(database: sqlite3.Connection, text: str) -> None:
    database.execute("SELECT path, title FROM pages WHERE pages MATCH ? ORDER BY rank LIMIT ?", (text, TOP)).fetchall()


def _timed(answerers: Sequence[Callable[[str], object]], questions: list[str]) -> list[list[float]]:
    """For each answerer the milliseconds of each question, the best of some rounds.

    They take turns at every question, so that what else the machine does falls on all; the first round warms
    the caches.
    """
    best = [[math.inf] * len(questions) for _ in answerers]
    for _ in range(ROUNDS):
        for place, text in enumerate(questions):
            for times, answer in zip(best, answerers, strict=True):
                taken = _seconds(lambda answer=answer, text=text: answer(text)) * 1000
                times[place] = min(times[place], taken)
    return best


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _percentile(times: list[float], share: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def _size(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _word(rank: int) -> str:
    """A word of its own for each rank: consonant, vowel, and so on."""
    word, rest = "", rank + 20
    while rest:
        rest, consonant = divmod(rest, 13)
        rest, vowel = divmod(rest, 5)
        word += "bcdfglmnprstv"[consonant] + "aeiou"[vowel]
    return word


def _figure(name: str, value: float, unit: str, against: float | None) -> dict:
    ratio = against / value if against is not None else None
    return {"name": name, "value": value, "unit": unit, "against": against, "ratio": ratio}


if __name__ == "__main__":
    for figure in run(int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS):
        against = f"{figure['against']:10.2f}  {figure['ratio']:6.1f} x" if figure["against"] else ""
        print(f"{figure['name']:70}{figure['value']:10.2f} {figure['unit']:3}{against}", flush=True)
