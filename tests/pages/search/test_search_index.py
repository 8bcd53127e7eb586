"""The index holds what is public, only that, and survives damage and interruption."""

import datetime
import subprocess
import sys

import pytest

from rightswire.pages.search import index as index_module
from rightswire.pages.search.documents import SearchDocument
from rightswire.pages.search.finding import SearchRequest, find
from rightswire.pages.search.index import SearchIndex, SearchIndexBusy


def page(name, text, title="A title"):
    return SearchDocument(
        path=f"/en/{name}/",
        language="en",
        title=title,
        text=text,
        kind="release",
        date=datetime.date(2024, 5, 1),
        countries=("ca",),
        topics=("torture",),
    )


def paths(index, text):
    return {hit.path for hit in find(index, SearchRequest(text, "en", per_page=100)).hits}


def files_with(folder, word):
    return [path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


@pytest.fixture
def index(tmp_path):
    index = SearchIndex(tmp_path / "search")
    index.update([page("one", "first words"), page("two", "second words")], [])
    return index


def test_an_index_that_was_never_made_asks_for_everything_and_finds_nothing(tmp_path):
    index = SearchIndex(tmp_path / "search")
    assert index.needs_rebuild
    assert find(index, SearchRequest("words", "en")).total == 0
    assert not (tmp_path / "search").exists()
    index.update([page("one", "words")], [])
    assert not index.needs_rebuild


def test_a_changed_page_is_found_by_its_new_words_only(index):
    index.update([page("one", "fresh words")], [])
    assert paths(index, "fresh") == {"/en/one/"}
    assert paths(index, "first") == set()
    assert paths(index, "words") == {"/en/one/", "/en/two/"}


def test_the_same_update_twice_changes_nothing_more(index):
    for _ in range(2):
        index.update([page("three", "third words")], ["/en/two/"])
        assert paths(index, "words") == {"/en/one/", "/en/three/"}


def test_a_page_given_twice_is_kept_as_it_was_given_last(index, tmp_path):
    index.update([page("three", "qwertzuiop"), page("three", "third words")], [])
    assert paths(index, "third words") == {"/en/three/"}
    assert files_with(tmp_path, "qwertzuiop") == []


@pytest.mark.parametrize("how", ["removed", "changed"])
@pytest.mark.parametrize("others", [0, 3, 40])
def test_what_is_withdrawn_leaves_no_bytes(tmp_path, how, others):
    index = SearchIndex(tmp_path)
    index.update([page("secret", "zmrzlinakova jmenovana", title="Qwertzuiop"), page("kept", "words")], [])
    for number in range(others):
        index.update([page(f"other-{number}", f"words number {number}")], [])
    assert files_with(tmp_path, "zmrzlinakova")
    index.update([page("secret", "words")] if how == "changed" else [], ["/en/secret/"])
    for word in ("zmrzlinakova", "jmenovan", "qwertzuiop", "Qwertzuiop"):
        assert files_with(tmp_path, word) == []
    assert len(paths(index, "words")) == others + (2 if how == "changed" else 1)


def test_what_is_withdrawn_leaves_no_bytes_where_the_list_of_files_was_lost(index, tmp_path):
    index.update([page("secret", "zmrzlinakova")], [])
    (tmp_path / "search" / "v1" / ".managed.json").unlink()
    index.update([], ["/en/secret/"])
    assert files_with(tmp_path, "zmrzlinakova") == []


def test_an_update_that_fails_changes_nothing(index):
    def pages():
        yield page("three", "third words")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        index.update(pages(), ["/en/one/"])
    assert paths(index, "words") == {"/en/one/", "/en/two/"}
    index.update([page("three", "third words")], [])
    assert paths(index, "third") == {"/en/three/"}


def test_a_rebuild_that_fails_is_still_asked_for(tmp_path):
    def pages():
        yield page("one", "words")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        SearchIndex(tmp_path).update(pages(), [])
    assert SearchIndex(tmp_path).needs_rebuild


def test_a_cleared_index_leaves_the_disk(index, tmp_path):
    index.clear()
    assert index.needs_rebuild
    assert paths(index, "words") == set()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["lock"]


@pytest.mark.parametrize("kind", ["term", "idx", "pos", "store", "fast", "fieldnorm", "json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_a_damaged_index_is_made_anew(index, tmp_path, kind, damage):
    for path in (tmp_path / "search" / "v1").glob("meta.json" if kind == "json" else f"*.{kind}"):
        content = path.read_bytes()
        path.unlink()
        if damage != "gone":
            path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"~~~~" + content[4:])
    damaged = SearchIndex(tmp_path / "search")
    assert damaged.needs_rebuild
    assert find(damaged, SearchRequest("words", "en")).total == 0
    damaged.update([page("one", "words")], [])
    assert paths(damaged, "words") == {"/en/one/"}


def test_an_index_of_another_version_is_made_anew_and_the_old_one_deleted(index, tmp_path, monkeypatch):
    monkeypatch.setattr(index_module, "VERSION", 2)
    newer = SearchIndex(tmp_path / "search")
    assert newer.needs_rebuild
    newer.update([page("three", "words")], [])
    assert paths(newer, "words") == {"/en/three/"}
    assert not (tmp_path / "search" / "v1").exists()


def test_two_writers_do_not_meet(index):
    def pages():
        yield page("three", "third words")
        with pytest.raises(SearchIndexBusy, match="try again"):
            SearchIndex(index._folder).update([], [])

    index.update(pages(), [])
    index.update([page("four", "more words")], [])
    assert len(paths(index, "words")) == 4


def test_a_reader_in_another_process_sees_each_update(index, tmp_path):
    reading = """
import sys
from pathlib import Path
from rightswire.pages.search.finding import SearchRequest, find
from rightswire.pages.search.index import SearchIndex
index = SearchIndex(Path(sys.argv[1]))
for _ in sys.stdin:
    print(find(index, SearchRequest("words", "en")).total, flush=True)
"""
    reader = subprocess.Popen(
        [sys.executable, "-c", reading, str(tmp_path / "search")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def seen():
        reader.stdin.write("\n")
        reader.stdin.flush()
        return int(reader.stdout.readline())

    with reader:
        assert seen() == 2
        index.update([page("three", "third words")], [])
        assert seen() == 3
        index.update([], ["/en/one/", "/en/two/"])
        assert seen() == 1
        index.clear()
        assert seen() == 0
        index.update([page("four", "more words")], [])
        assert seen() == 1
        reader.stdin.close()
