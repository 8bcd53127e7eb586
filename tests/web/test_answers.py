import hashlib
import json

import pytest

from rightswire.web.answers import SiteAnswers
from rightswire.web.files import SiteFiles


@pytest.fixture
def ask(home):
    answers = SiteAnswers(SiteFiles(home / "site", home / "addresses.json"), is_https=True)

    def ask(path, method="GET", query="", **headers):
        by_name = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = answers.answer(method, path, query, by_name.get)
        return answer, {name.lower(): value for name, value in answer.headers}

    return ask


def test_a_page_comes_with_all_it_needs(ask):
    answer, headers = ask("/en/", accept_encoding="br, gzip")
    assert (answer.status, answer.body) == (200, b"brotli bytes")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-encoding"] == "br"
    assert headers["content-length"] == "12"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["cache-control"] == "public, max-age=60"
    assert headers["etag"].startswith('"')
    assert "last-modified" not in headers


def test_only_pages_with_variants_vary(ask):
    assert "vary" not in ask("/")[1]
    assert ask("/en/")[1]["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/en/", "/none/", "/en"])
def test_every_answer_is_guarded(ask, path):
    headers = ask(path)[1]
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "camera=()" in headers["permissions-policy"]


def test_plain_http_promises_no_https(home):
    answers = SiteAnswers(SiteFiles(home / "site", home / "addresses.json"), is_https=False)
    assert "Strict-Transport-Security" not in dict(answers.answer("GET", "/", "", {}.get).headers)


def test_feeds_and_files_may_be_used_by_readers_on_other_sites(ask):
    feed, file, picture = ask("/rss.xml")[1], ask("/files/big.def.pdf")[1], ask("/mark.svg")[1]
    assert feed["access-control-allow-origin"] == "*"
    assert feed["cross-origin-resource-policy"] == file["cross-origin-resource-policy"] == "cross-origin"
    assert picture["cross-origin-resource-policy"] == "same-origin"


def test_a_drawing_runs_no_scripts(ask):
    assert ask("/mark.svg")[1]["content-security-policy"].endswith("sandbox")


def test_hashed_names_are_kept_for_ever(ask):
    assert "immutable" in ask("/assets/site.abc.css")[1]["cache-control"]
    assert ask("/assets/none.css")[1]["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("feed.json", "application/feed+json"),
        ("index.json", "application/json"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("app.webmanifest", "application/manifest+json"),
        ("search.wasm", "application/wasm"),
        ("photo.AVIF", "image/avif"),
        ("unknown.bin", "application/octet-stream"),
        ("LICENCE", "application/octet-stream"),
    ],
)
def test_types_follow_names(ask, home, name, expected):
    (home / "site" / name).write_bytes(b"x")
    assert ask(f"/{name}")[1]["content-type"] == expected


@pytest.mark.parametrize("named", ["{}", "W/{}", '"other", {}', "*"])
def test_a_fresh_copy_is_not_sent_again(ask, named):
    etag = ask("/en/", accept_encoding="br")[1]["etag"]
    answer, headers = ask("/en/", accept_encoding="br", if_none_match=named.format(etag))
    assert (answer.status, answer.body) == (304, b"")
    assert headers == {"cache-control": "public, max-age=60", "etag": etag, "vary": "Accept-Encoding"}


def test_a_copy_in_another_encoding_is_sent_again(ask):
    etag = ask("/en/", accept_encoding="br")[1]["etag"]
    assert ask("/en/", accept_encoding="gzip", if_none_match=etag)[0].status == 200


def test_a_part_of_a_page(ask):
    answer, headers = ask("/en/", range="bytes=3-9", accept_encoding="br")
    assert (answer.status, answer.body) == (206, b"english")
    assert headers["content-range"] == "bytes 3-9/700"
    assert headers["content-length"] == "7"
    assert "content-encoding" not in headers


def test_a_part_of_a_large_file_is_sent_from_the_disk(ask, home):
    answer, headers = ask("/files/big.def.pdf", range="bytes=-10")
    size = 256 * 8192
    assert (answer.status, answer.start, answer.end) == (206, size - 10, size)
    assert answer.file == str((home / "site/files/big.def.pdf").resolve())
    assert headers["content-length"] == "10"


def test_a_part_behind_the_end(ask):
    answer, headers = ask("/", range="bytes=12-")
    assert (answer.status, headers["content-range"]) == (416, "bytes */12")


def test_parts_are_for_get_only_and_of_the_version_that_was_meant(ask):
    assert ask("/", method="HEAD", range="bytes=0-1")[0].status == 200
    assert ask("/", range="bytes=0-1", if_range='"other"')[0].status == 200
    assert ask("/none/", range="bytes=0-1")[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_files_are_only_read(ask, method):
    answer, headers = ask("/en/", method=method)
    assert (answer.status, headers["allow"]) == (405, "GET, HEAD")


def test_redirects_keep_the_question(ask, home):
    (home / "addresses.json").write_text(
        json.dumps({"moved": {"/old/": "/ar/أخبار/"}, "temporary": {"/x/": "/y/?z=1"}})
    )
    answer, headers = ask("/en", query="page=2&q=é")
    assert (answer.status, headers["location"]) == (301, "/en/?page=2&q=%C3%A9")
    answer, headers = ask("/old/")
    assert (answer.status, headers["location"]) == (301, "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/")
    answer, headers = ask("/x/", query="a=1")
    assert (answer.status, headers["location"]) == (302, "/y/?z=1")


def test_a_moved_page_redirects_although_a_page_for_plain_hosting_lies_there(ask, home):
    (home / "addresses.json").write_text(json.dumps({"temporary": {"/": "/en/"}, "moved": {"/ar/": "/fr/"}}))
    answer, headers = ask("/", accept_encoding="br")
    assert (answer.status, headers["location"]) == (302, "/en/")
    for path in ("/ar", "/ar/", "/ar/index.html"):
        assert ask(path)[1]["location"] == "/fr/"


def test_a_withdrawn_page_says_so_in_the_best_words_there_are(ask, home):
    paths = ["/en/", "/en/news/x/", "/fr/news/x/"]
    hashes = [hashlib.sha256(path.encode()).hexdigest() for path in paths]
    (home / "addresses.json").write_text(json.dumps({"gone": hashes}))
    answer, headers = ask("/en/", accept_encoding="br", if_none_match="*")
    assert (answer.status, answer.body) == (410, b"brotli bytes")
    assert "etag" not in headers
    assert ask("/en/news/x/")[0].body == b"The page at this address was withdrawn.\n"
    (home / "site/410.html").write_bytes(b"gone")
    (home / "site/en/410.html").write_bytes(b"gone, in English")
    assert ask("/en/news/x/")[0].body == b"gone, in English"
    assert ask("/fr/news/x")[0].body == b"gone"


def test_without_any_baked_page_one_line_says_what_is_wrong(tmp_path):
    answers = SiteAnswers(SiteFiles(tmp_path / "site", tmp_path / "addresses.json"), is_https=False)
    answer = answers.answer("GET", "/", "", {}.get)
    assert (answer.status, answer.body) == (404, b"There is no page at this address.\n")
