import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.web.paths import relative_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/en/", "en/index.html"),
        ("/en/news", "en/news"),
        ("/ar/أخبار/", "ar/أخبار/index.html"),
        ("/.well-known/security.txt", ".well-known/security.txt"),
        ("/a..b/c", "a..b/c"),
    ],
)
def test_an_address_names_its_file(path, name):
    assert relative_name(path) == name


@pytest.mark.parametrize(
    "path",
    [
        "",
        "*",
        "en/",
        "/../db.sqlite3",
        "/en/../../db.sqlite3",
        "/en/..",
        "/./en/",
        "//en/",
        "/en//news/",
        "/.env",
        "/en/.htaccess",
        "/en/.well-known/x",
        "/.well-known/.hidden",
        "/en\\..\\x",
        "/en\x00.html",
        "/en\n",
        "/en/\ufffd",
        "/" + "a" * 10_000,
        "/" + "ا" * 200,
        "/en/index.html.br",
        "/en/index.html.GZ",
    ],
)
def test_what_no_address_looks_like_names_no_file(path):
    assert relative_name(path) is None


@given(st.text() | st.lists(st.sampled_from(["/", "..", ".", "a", "\\", "\x00", "%2e", ".git"])).map("".join))
def test_no_path_leads_out_of_the_folder(path):
    name = relative_name("/" + path)
    assert name is None or os.path.normpath(f"/site/{name}") == f"/site/{name}"
