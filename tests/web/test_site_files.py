import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightswire.web import files as files_module
from rightswire.web.files import Found, Moved, NoPage, SiteFiles

PLAIN = ("",)
ALL = ("br", "gzip", "")


def site(home, **rest):
    return SiteFiles(home / "site", home / "addresses.json", **rest)


def replace(file, content):
    draft = file.with_name("draft")
    draft.write_bytes(content)
    draft.replace(file)


def test_the_stored_encoding_is_chosen_where_there_is_one(home):
    files = site(home)
    assert files.find("/en/", ALL).content.body == b"brotli bytes"
    assert files.find("/en/", ("gzip", "")).content.body == b"gzip bytes"
    assert files.find("/ar/", ALL).variant.encoding == ""
    etags = {files.find("/en/", (encoding,)).content.etag for encoding in ALL}
    assert len(etags) == 3


def test_a_replaced_page_is_seen_at_once(home):
    files = site(home)
    assert files.find("/", PLAIN).content.body == b"<p>start</p>"
    replace(home / "site/index.html", b"<p>fresh</p>")
    assert files.find("/", PLAIN).content.body == b"<p>fresh</p>"


def test_a_removed_page_is_missed_at_once_and_its_compressed_copy_soon(home):
    files = site(home)
    files.find("/en/", ALL)
    (home / "site/en/index.html").unlink()
    assert files.find("/en/", PLAIN).page.status == 404
    deadline = time.monotonic() + 1
    while files.find("/en/", ALL).page.status == 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_same_bytes_baked_again_keep_their_etag(home):
    files = site(home)
    before = files.find("/", PLAIN).content.etag
    replace(home / "site/index.html", b"<p>start</p>")
    assert files.find("/", PLAIN).content.etag == before


def test_memory_stays_within_its_budget_and_recent_files_stay_in_it(home):
    for number in range(20):
        (home / f"site/{number}.txt").write_bytes(bytes(1000))
    files = site(home, budget_bytes=5000)
    for number in range(20):
        files.find("/0.txt", PLAIN)
        files.find(f"/{number}.txt", PLAIN)
    kept = {Path(file).name for file in files._contents}
    assert sum(len(content.body) for content in files._contents.values()) == files._kept <= 5000
    assert {"0.txt", "19.txt"} <= kept


def test_remembered_pages_are_bounded(home, monkeypatch):
    monkeypatch.setattr(files_module, "MOST_PAGES", 5)
    files = site(home)
    for path in ("/", "/en/", "/ar/", "/mark.svg", "/rss.xml", "/assets/site.abc.css", "/ar/أخبار/"):
        assert isinstance(files.find(path, PLAIN), Found)
    assert len(files._pages) <= 5


def test_a_large_file_is_left_on_the_disk(home):
    content = site(home).find("/files/big.def.pdf", PLAIN).content
    assert (content.body, content.size) == (None, 256 * 8192)


def test_a_folder_without_its_slash_moves_to_its_page(home):
    files = site(home)
    assert files.find("/en", PLAIN) == Moved(301, "/en/")
    assert files.find("/ar/أخبار", PLAIN) == Moved(301, "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/")
    assert files.find("/assets", PLAIN).page.status == 404


def test_a_missing_page_gets_its_languages_words(home):
    files = site(home)
    assert files.find("/en/none/", PLAIN).content.body == b"<p>nothing here</p>"
    assert files.find("/fr/none/", PLAIN).content.body == b"<p>no such page</p>"
    (home / "site/404.html").unlink()
    assert files.find("/fr/none/", PLAIN) == NoPage(404)


def test_links_out_of_the_folder_are_not_followed_and_links_within_are(home):
    (home / "site/leak.html").symlink_to(home / "db.sqlite3")
    (home / "site/away").symlink_to(home)
    (home / "site/within.html").symlink_to(home / "site/index.html")
    (home / "site/index.html.br").symlink_to(home / "db.sqlite3")
    files = site(home)
    assert files.find("/leak.html", ALL).page.status == 404
    assert files.find("/away/db.sqlite3", ALL).page.status == 404
    assert files.find("/within.html", ALL).content.body == b"<p>start</p>"
    assert files.find("/", ALL).content.body == b"<p>start</p>"


def test_what_is_no_regular_file_is_not_opened(home):
    os.mkfifo(home / "site/pipe")
    assert site(home).find("/pipe", PLAIN).page.status == 404


def test_a_page_replaced_between_look_and_reading_is_read_anew(home, monkeypatch):
    files = site(home)
    load, replaced = files_module._load, []

    def load_late(variant):
        if not replaced:
            replaced.append(True)
            replace(home / "site/index.html", b"<p>newer</p>")
        return load(variant)

    monkeypatch.setattr(files_module, "_load", load_late)
    assert files.find("/", PLAIN).content.body == b"<p>newer</p>"


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory):
    home = tmp_path_factory.mktemp("site")
    (home / "site/en").mkdir(parents=True)
    (home / "site/en/index.html").write_bytes(b"public")
    (home / "site/.env").write_bytes(b"SECRET")
    (home / "db.sqlite3").write_bytes(b"SECRET")
    (home / "site/away").symlink_to(home)
    return site(home)


PIECES = ["/", "..", ".", "en", "away", "db.sqlite3", ".env", "index.html", "site", "\x00", "\\", "é", "%2e"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=50))
def test_no_path_brings_out_what_is_not_public(shared_site, path):
    found = shared_site.find("/" + path, ALL)
    assert not isinstance(found, Found) or found.content.body == b"public"
