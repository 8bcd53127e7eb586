"""Whatever is sent to an address that anybody may send to: it is answered, and never with an error of ours."""

import base64
import secrets
import sqlite3
import subprocess
import sys
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from talking import FORM, SIGN, ask, form, status_of, talk

from rightswire.seal.box import PrivateKey

pytestmark = pytest.mark.xdist_group("petition server")
TEN_MEGABYTES = 10 * 1024 * 1024
ADDRESSES = (
    SIGN,
    "/do/sign/none/",
    "/do/sign/",
    "/do/confirm/AQBQ/",
    "/do/confirm/",
    "/do/erase/AgAA/",
    "/do/erase/",
    "/do/subscribe/",
    "/do/subscribe/?lang=ar&topic=privacy&country=EG",
    "/do/unsubscribe/BAAA/",
    "/do/unsubscribe/",
    "/do/preferences/BQAA/",
    "/do/preferences/",
    "/do/challenge/",
    "/do/search/?q=a&lang=en",
    "/do/demo-mail/",
    "/do/nothing/",
    "/en/act/free-them/",
    "/counts/free-them.json",
    "/.well-known/rightswire/public.key",
)
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "post", "X")
TYPES = (
    FORM,
    f"{FORM}; charset=utf-16",
    "application/x-www-form-urlencodedx",
    "application/json",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/plain",
    "",
    "\xff",
)
# Longer searches in one place: HYPOTHESIS_PROFILE does not matter here, the server is real and slow.
BUDGET = settings(
    max_examples=120,
    deadline=None,
    derandomize=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# Without a mailing key nobody can subscribe: the answer would always be the same 503.
MAILING_KEY = """
import sys, django
django.setup()
from django.utils import timezone
from rightswire.newsletters.models import MailingKey
MailingKey.objects.create(label="Tests", public=sys.argv[1], proven_at=timezone.now())
"""


@pytest.fixture(scope="module", autouse=True)
def subscribing_is_offered(petition_server):
    public = PrivateKey.generate().public.text()
    subprocess.run([sys.executable, "-c", MAILING_KEY, public], env=petition_server.environment, check=True)
    yield
    with sqlite3.connect(petition_server.home / "db.sqlite3", timeout=30) as database:
        database.execute("DELETE FROM newsletters_mailingkey")


@pytest.fixture(autouse=True)
def server_lives(petition_server):
    """It still answers afterwards, by the same process, and has complained of nothing unforeseen."""
    log = petition_server.home / "server.log"
    before = log.stat().st_size
    yield
    assert ask(petition_server, SIGN, form(email=""))[0] == 422
    assert petition_server.processes["server"].poll() is None
    said = log.read_text()[before:]
    assert "Traceback" not in said
    assert "ended with" not in said  # what the forms' handler says of an error that nobody foresaw


def is_fine(answer: bytes) -> bool:
    """Answered, or hung up on; nothing of ours went wrong."""
    return status_of(answer) < 500 and b"Traceback" not in answer


# Anything at all

PATHS = st.one_of(
    st.sampled_from(ADDRESSES),
    st.builds(
        "/do/{}/{}/".format,
        st.sampled_from(["sign", "confirm", "erase", "subscribe", "unsubscribe", "preferences", "challenge", "search"]),
        st.one_of(
            st.text(max_size=40).map(lambda text: quote(text, safe="", errors="surrogatepass")),
            st.binary(max_size=40).map(quote),
            st.text("ABCDwxyz-_=", max_size=2200),
        ),
    ),
)
NAMES = st.sampled_from(
    [*form(), "comment", "show_name", "show_comment", "puzzle", "check", "slug", "do", "rhythm", "topic", "kind", "",
     "\0"]
)  # fmt: skip
VALUES = st.one_of(st.text(max_size=60), st.text("a", min_size=100, max_size=300), st.binary(max_size=30))
FORMS = st.lists(st.tuples(NAMES, VALUES), max_size=60).map(
    lambda pairs: urlencode(
        [(name, value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")) for name, value in pairs]
    ).encode()
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Accept-Language", "Origin", "Sec-Fetch-Site", "X-Forwarded-For", "User-Agent", "Range", "If-None-Match",
         "Cookie", "Accept-Encoding", "Expect", "Referer", "Host"]
    ),
    st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60),
        st.sampled_from(["fr", "ar-EG,en;q=0.5", "http://[::1", "cross-site", "none", "bytes=-1,0-", "::1", "1:5"]),
    ),
    max_size=4,
)  # fmt: skip


@BUDGET
@given(st.sampled_from(METHODS), PATHS, st.sampled_from(TYPES), st.one_of(FORMS, st.binary(max_size=400)), HEADERS)
def test_any_request_is_answered(petition_server, method, path, kind, body, headers):
    lines = [f"{method} {path} HTTP/1.1", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in ({"Host": "localhost"} | headers).items()]
    answer = talk(petition_server, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    assert is_fine(answer), answer[:300]


@BUDGET
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda rest: b"POST " + rest + b"\r\n\r\n")))
def test_any_bytes_are_survived(petition_server, request_bytes):
    assert is_fine(talk(petition_server, request_bytes, is_whole=False))


# Large and strange bodies


@pytest.mark.parametrize("address", ADDRESSES)
def test_ten_megabytes_are_refused_everywhere(petition_server, address):
    body = b"name=" + b"a" * TEN_MEGABYTES
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nConnection: close\r\n"
    whole = talk(petition_server, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    in_pieces = talk(petition_server, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunked(body))
    for answer in (whole, in_pieces):
        assert is_fine(answer)
        assert status_of(answer) in (0, 400, 403, 404, 405, 413)


def chunked(body: bytes, size: int = 65_536) -> bytes:
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def post(body: bytes, *headers: str, path: str = SIGN) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def test_a_form_in_chunks_is_a_form(petition_server):
    body = urlencode(form(email="")).encode()
    answer = talk(petition_server, post(chunked(body, 7), f"Content-Type: {FORM}", "Transfer-Encoding: chunked"))
    assert status_of(answer) == 422
    assert b"Ada Example" in answer


@pytest.mark.parametrize(
    "broken", [b"zz\r\nname=a\r\n0\r\n\r\n", b"5\r\nname=abcdef\r\n0\r\n\r\n", b"ffffffffffffffff1\r\na"]
)
def test_broken_chunks_are_no_form(petition_server, broken):
    request = post(broken, f"Content-Type: {FORM}", "Transfer-Encoding: chunked")
    assert status_of(talk(petition_server, request, is_whole=False)) in (0, 400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"&&&&&", 422),
        (b"=", 422),
        (b"name=%00&email=%00&comment=%00", 422),
        (b"name=%ed%a0%80", 400),  # half of a pair of surrogates
        (b"name=%ff%fe", 400),
        (b"name=\xd8\xa7", 400),  # not written as a form writes it
        (b"name=%zz&name=%", 422),
        (b"&".join(b"name=%d" % number for number in range(1000)), 400),
        (b"&".join(b"field%d=x" % number for number in range(1000)), 400),
        (b"name=" + b"a" * 32_000, 422),
        (b"name=" + b"a" * 33_000, 413),
        (b"name=" + b"%F0%9F%95%8A" * 2_000, 422),
        (b"comment=" + b"%CC%81" * 5_000, 422),
    ],
)
def test_bodies_that_no_browser_sends(petition_server, body, status):
    assert (
        status_of(talk(petition_server, post(body, f"Content-Type: {FORM}", f"Content-Length: {len(body)}"))) == status
    )


def test_of_a_field_given_twice_the_first_counts(petition_server):
    body = urlencode([("name", "First"), ("name", "Second"), ("email", "nobody")])
    status, _, page = ask(petition_server, SIGN, body=body)
    assert status == 422
    assert 'value="First"' in page
    assert "Second" not in page


@pytest.mark.parametrize(("kind", "status"), [(None, 422), (FORM, 422), (f"{FORM}; charset=UTF-8", 422)])
def test_a_form_is_taken_under_its_own_type_or_none(petition_server, kind, status):
    assert ask(petition_server, SIGN, form(email=""), Content_Type=kind)[0] == status


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", "x"])
def test_another_type_is_no_form(petition_server, kind):
    assert ask(petition_server, SIGN, form(email=""), Content_Type=kind)[0] == 400


@pytest.mark.parametrize("said", [b"[" * 1400, b'{"algorithm":1,"challenge":[],"number":1e999}', b'"x"', b"\xff"])
def test_a_solution_that_is_none_is_as_good_as_no_solution(petition_server, said):
    fields = form(email=f"{secrets.token_hex(4)}@example.org", puzzle=base64.b64encode(said).decode())
    assert ask(petition_server, SIGN, fields)[0] == 200


# Headers and methods


@pytest.mark.parametrize(
    "header", ["X-Long: " + "a" * 300_000, "Cookie: " + "a=b; " * 40_000, "\r\n".join(["A: b"] * 3000)]
)
def test_huge_headers_are_survived(petition_server, header):
    for path in (SIGN, "/en/act/free-them/"):
        answer = talk(petition_server, post(b"", header, "Content-Length: 0", path=path))
        assert status_of(answer) in (0, 400, 405, 422, 431)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"Origin": "http://localhost"}, 422),
        ({"Origin": "https://localhost.example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://other.example.org"}, 422),
        ({"Sec_Fetch_Site": "none"}, 422),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(petition_server, headers, status):
    assert ask(petition_server, SIGN, form(email=""), **headers)[0] == status
    for path in ("/do/confirm/AQBQ/", "/do/erase/AgAA/"):
        assert ask(petition_server, path, {}, **headers)[0] == (403 if status == 403 else 404)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND", "X"])
@pytest.mark.parametrize("path", [SIGN, "/do/confirm/AQBQ/", "/do/erase/AgAA/", "/do/challenge/"])
def test_other_methods_are_told_which_there_are(petition_server, method, path):
    status, headers, page = ask(petition_server, path, method=method)
    assert status == 405
    assert set(headers["Allow"].split(", ")) <= {"GET", "POST"}
    assert "<h1>" in page


@pytest.mark.parametrize("path", ["/do/confirm/AQBQ/", "/do/erase/AgAA/", "/do/challenge/", "/do/confirm/"])
def test_head_is_get_without_the_page(petition_server, path):
    of_get, of_head = ask(petition_server, path, method="GET"), ask(petition_server, path, method="HEAD")
    assert of_head[0] == of_get[0]
    assert of_head[2] == ""


TRICKS = (
    "..%2f..%2fdb.sqlite3",
    "%2e%2e/%2e%2e/keys/site.key",
    "free-them%2f..%2f..",
    "free-them%00",
    "free-them%0d%0aX-Evil:%20yes",
    "%ed%a0%80",
    "%ff%fe",
    "%c0%ae%c0%ae",
    "free-them;a=b",
    "FREE-THEM",
    "free-them%20",
    "%66ree-them%2Fx",
    "{slot name}",
    "%7Bslot%20name%7D",
    "'%20OR%201=1--",
    "a" * 9000,
    "%d8%b9" * 800,
)


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("verb", ["sign", "confirm", "erase", "unsubscribe", "preferences"])
def test_an_address_with_a_trick_in_it_is_not_there(petition_server, verb, trick):
    request = post(b"", f"Content-Type: {FORM}", "Content-Length: 0", path=f"/do/{verb}/{trick}/".replace(" ", "%20"))
    answer = talk(petition_server, request)
    assert status_of(answer) in (0, 400, 404, 414, 431)
    assert b"X-Evil" not in answer.partition(b"\r\n\r\n")[0]


def test_an_encoded_letter_is_the_letter(petition_server):
    assert ask(petition_server, "/do/sign/%66ree-them/", form(email=""))[0] == 422


# What a page of an error is like


@pytest.mark.parametrize(
    ("wanted", "language", "direction"),
    [
        ("fr-CA,fr;q=0.9", "fr", "ltr"),
        ("ar", "ar", "rtl"),
        ("de", "en", "ltr"),
        ("", "en", "ltr"),
        (";;q=", "en", "ltr"),
    ],
)
def test_an_error_comes_in_the_browsers_language(petition_server, wanted, language, direction):
    for path, method in (("/do/sign/none/", "POST"), ("/do/confirm/AQBQ/", "GET"), (SIGN, "PUT")):
        status, headers, page = ask(petition_server, path, {}, method=method, Accept_Language=wanted)
        assert status in (404, 405)
        assert f'<html lang="{language}" dir="{direction}"' in page
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in headers


def test_nothing_typed_becomes_markup(petition_server):
    evil = '"><script>alert(1)</script>{slot name}{{ form }}'
    for fields in (form(name=evil, email=evil, comment=evil, country=evil, website=evil), form(comment=evil * 10)):
        status, headers, page = ask(petition_server, SIGN, fields)
        assert status == 422
        assert "<script>alert" not in page
        assert "script-src 'self'" in headers["Content-Security-Policy"]
