"""The search index: a folder that holds the words of public pages, and nothing of what was withdrawn."""

import datetime
import fcntl
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy
from tantivy import Query

from rightswire.pages.search import segments
from rightswire.pages.search.documents import SearchDocument
from rightswire.pages.search.language import terms_in, words_of

VERSION = 1  # raise it when the fields below, or how words are cut and stemmed, change
WRITER_HEAP = 50_000_000  # bytes

_TITLE_END = "\u241e"  # stands between title and text, so that no phrase runs from one into the other
_RAW_FIELDS = ("language", "kind", "year", "country", "topic")


class SearchIndexBusy(RuntimeError):
    """Another process is writing the index. Nothing was changed; the same update can be made again."""


class SearchIndex:
    """The index in a folder of its own. One process updates it; any number read it and see each update.

    Opening changes nothing. `needs_rebuild` says that there is no index, or that another version made it, or
    that it is damaged: it then finds nothing, and the next `update` makes it anew and must be given every
    public page. Until that update is done, or if it is interrupted, `needs_rebuild` stays true.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current = folder / f"v{VERSION}"
        self._opening = threading.Lock()
        self._checked: set[str] = set()
        self._seen: tuple[int, int] | None = None
        self._index: tantivy.Index | None = None
        self.searcher()

    @property
    def needs_rebuild(self) -> bool:
        """Whether the next `update` must be given every public page."""
        return self.searcher() is None

    def searcher(self) -> tantivy.Searcher | None:
        """The index as it is on disk now, or None where it needs a rebuild."""
        stamp = self._stamp()
        if stamp != self._seen:
            with self._opening:
                whole = stamp is not None and segments.are_whole(self._current, self._checked)
                self._index = _opened(self._current) if whole else None
                self._seen = stamp
        index = self._index
        return index.searcher() if index else None

    def update(self, changed: Iterable[SearchDocument], removed_paths: Iterable[str]) -> None:
        """Put in the changed pages and take out the removed; the same update twice changes nothing more.

        Readers see all of it at once. When this returns, no file of the index holds what was removed or
        replaced. `SearchIndexBusy` if another process is writing.
        """
        with self._only_writer():
            if self.needs_rebuild:
                self._make_anew(changed)
                return

            def write(writer: tantivy.IndexWriter) -> None:
                for path in removed_paths:
                    writer.delete_documents_by_term("path", path)
                for document in changed:
                    if not self._holds(document):
                        _replace(writer, document)

            _write(self._current, write)
            self._leave_no_remains()

    def clear(self) -> None:
        """Remove the index from the disk; it then needs a rebuild. `SearchIndexBusy` as for `update`."""
        with self._only_writer():
            self._remove()

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SearchIndexBusy(
                    "The search index is being written by another process. Nothing was changed or lost; "
                    "try again when that process is done."
                ) from None
            yield

    def _stamp(self) -> tuple[int, int] | None:
        try:
            state = (self._current / "meta.json").stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns

    def _remove(self) -> None:
        for made in (*self._folder.glob("v*"), self._folder / "new"):
            shutil.rmtree(made, ignore_errors=True)

    def _make_anew(self, documents: Iterable[SearchDocument]) -> None:
        """Write aside and move into place when whole: an interrupted rebuild must not look like an index."""
        self._remove()
        aside = self._folder / "new"
        aside.mkdir()

        def write(writer: tantivy.IndexWriter) -> None:
            for document in documents:
                _replace(writer, document)

        _write(aside, write)
        aside.rename(self._current)
        self._leave_no_remains()

    def _holds(self, document: SearchDocument) -> bool:
        searcher = self.searcher()
        if searcher is None:
            return False
        found = searcher.search(Query.term_query(SCHEMA, "path", document.path), 1, count=False).hits
        return bool(found) and document_at(searcher, found[0][1]) == document

    def _leave_no_remains(self) -> None:
        """Write anew what lives in segments that hold deleted words, and delete those segments' files."""

        def rewrite(writer: tantivy.IndexWriter) -> None:
            searcher = self.searcher()
            if searcher:
                for document in _living(searcher, segments.with_remains(self._current)):
                    _replace(writer, document)

        while segments.with_remains(self._current):
            _write(self._current, rewrite)
        segments.sweep(self._current)


def document_at(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> SearchDocument:
    """The document that a search found at an address."""
    return _unpacked(searcher.doc(address)["document"][0])


def _opened(folder: Path) -> tantivy.Index | None:
    try:
        index = tantivy.Index(SCHEMA, str(folder))
        index.register_tokenizer("whitespace", _BY_SPACES)
        index.config_reader("manual")
        index.reload()
    except (ValueError, OSError):
        return None
    return index


def _write(folder: Path, changes: Callable[[tantivy.IndexWriter], None]) -> None:
    """Make changes in one commit, by an index of its own: open readers would keep replaced files alive."""
    # Newest first within a segment: where scores are equal, tantivy takes the earlier place.
    index = tantivy.Index(SCHEMA, str(folder), sort_by_field="day", sort_order=tantivy.Order.Desc)
    index.register_tokenizer("whitespace", _BY_SPACES)
    writer = index.writer(WRITER_HEAP, 1)
    try:
        changes(writer)
        writer.commit()
    finally:
        writer.wait_merging_threads()


def _replace(writer: tantivy.IndexWriter, document: SearchDocument) -> None:
    writer.delete_documents_by_term("path", document.path)
    writer.add_document(_packed(document))


def _living(searcher: tantivy.Searcher, places: set[int]) -> Iterator[SearchDocument]:
    everything = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False)
    for _score, address in everything.hits:
        if address.segment_ord in places:
            yield document_at(searcher, address)


def _packed(document: SearchDocument) -> tantivy.Document:
    language = document.language
    title = terms_in(language).of(words_of(document.title))
    text = terms_in(language).of(words_of(document.text))
    packed = tantivy.Document()
    packed.add_text("path", document.path)
    packed.add_text("language", language)
    packed.add_text("kind", document.kind)
    packed.add_integer("day", document.date.toordinal() if document.date else 0)
    packed.add_float("recency", _recency(document.date))
    if document.date:
        packed.add_text("year", str(document.date.year))
    for country in document.countries:
        packed.add_text("country", country)
    for topic in document.topics:
        packed.add_text("topic", topic)
    title_stems = " ".join(pair[1] for pair in title)
    packed.add_text("title_stems", title_stems)
    packed.add_text("stems", title_stems + " " + " ".join(pair[1] for pair in text))
    packed.add_text("forms", " ".join((*(pair[0] for pair in title), _TITLE_END, *(pair[0] for pair in text))))
    packed.add_bytes("document", _kept(document))
    return packed


def _kept(document: SearchDocument) -> bytes:
    date = document.date.isoformat() if document.date else None
    facts = (document.path, document.language, document.title, document.text, document.kind, date)
    kept = json.dumps([*facts, document.countries, document.topics], ensure_ascii=False)
    return kept.encode(errors="replace")


def _unpacked(packed: bytes) -> SearchDocument:
    path, language, title, text, kind, date, countries, topics = json.loads(packed)
    when = datetime.date.fromisoformat(date) if date else None
    return SearchDocument(path, language, title, text, kind, when, tuple(countries), tuple(topics))


def _recency(date: datetime.date | None) -> float:
    """A weight that grows so slowly that ten years make about two hundredths of a score."""
    return max(0, date.year + date.month / 12 - 1950) / 300 if date else 0.0


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("path", tokenizer_name="raw", index_option="basic")
    for field in _RAW_FIELDS:
        builder.add_text_field(field, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", fast=True)
    builder.add_float_field("recency", fast=True)
    builder.add_text_field("title_stems", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("stems", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("forms", tokenizer_name="whitespace", index_option="position")
    builder.add_bytes_field("document", stored=True)
    return builder.build()


SCHEMA = _schema()
_BY_SPACES = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
