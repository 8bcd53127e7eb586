import hashlib
import json
import logging

import pytest

from rightswire.web.addresses import Addresses


def written(file, **content):
    file.write_text(json.dumps(content))
    addresses = Addresses(file)
    addresses.refresh()
    return addresses


def test_a_withdrawn_page_is_known_by_the_hash_of_its_address(tmp_path):
    gone = hashlib.sha256(b"/en/news/x/").hexdigest()
    addresses = written(tmp_path / "addresses.json", gone=[gone])
    assert addresses.is_gone("/en/news/x/")
    assert addresses.is_gone("/en/news/x")
    assert addresses.is_gone("/en/news/x/index.html")
    assert not addresses.is_gone("/en/news/y/")


def test_moved_pages_are_found_with_and_without_their_slash(tmp_path):
    addresses = written(tmp_path / "addresses.json", moved={"/a/": "/b/"}, temporary={"/x/": "/y/"})
    assert addresses.move("/a/") == (301, "/b/")
    assert addresses.move("/a") == (301, "/b/")
    assert addresses.move("/x/") == (302, "/y/")
    assert addresses.move("/b/") is None


def test_the_file_is_read_again_when_it_changed(tmp_path):
    file = tmp_path / "addresses.json"
    addresses = written(file, moved={"/a/": "/b/"})
    new = tmp_path / "new"
    new.write_text(json.dumps({"moved": {"/a/": "/c/"}}))
    new.replace(file)
    addresses.refresh()
    assert addresses.move("/a/") == (301, "/c/")
    file.unlink()
    addresses.refresh()
    assert addresses.move("/a/") is None


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"moved": []}', '{"moved": {"/a/": 3}}', '{"gone": "x"}', '{"gone": [1]}', "\xff"]
)
def test_a_broken_file_counts_as_empty_and_is_reported_once(tmp_path, caplog, content):
    file = tmp_path / "addresses.json"
    file.write_text(content, encoding="latin-1")
    addresses = Addresses(file)
    with caplog.at_level(logging.ERROR, "rightswire.web"):
        for _ in range(3):
            addresses.refresh()
    assert addresses.move("/a/") is None
    assert not addresses.is_gone("/a/")
    assert len(caplog.records) == 1
