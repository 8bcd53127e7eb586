"""A petition's embed can stand on any site and does nothing there; no other page can be framed."""

import html
import http.server
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from rightswire.campaigns.counting import publish_counts
from rightswire.campaigns.models import PetitionPage
from rightswire.conf.headers import CONTENT_SECURITY_POLICY, EMBED_SECURITY_POLICY
from rightswire.web.answers import SiteAnswers
from rightswire.web.files import SiteFiles
from rightswire.web.headers import security_headers

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
EMBED = "/en/act/free-them/embed/"
GUARDS = ("content-security-policy", "x-frame-options", "cross-origin-resource-policy", "x-content-type-options")


@pytest.fixture
def embed(petition, bake, site):
    """The parsed embed, as it was baked."""
    bake()
    return lambda: LexborHTMLParser((site / "en/act/free-them/embed/index.html").read_bytes())


@pytest.mark.django_db
def test_an_embed_has_no_form_no_script_and_links_only_to_the_petition(embed):
    page = embed()
    assert page.css("form, script, iframe, input, button, [onclick]") == []
    links = page.css("body a")
    assert {link.attributes["href"].partition("#")[0] for link in links} == {"http://localhost:8000/en/act/free-them/"}
    assert {link.attributes["target"] for link in links} == {"_top"}
    assert page.css_first("h1").text().strip() == "Free them (en)"


@pytest.mark.django_db
def test_the_number_in_an_embed_moves_with_the_petition(embed, sign, bake):
    assert not embed().css(".sum")
    assert "Nobody has signed here yet" in embed().css_first(".count").text()
    for number in range(3):
        sign(f"person{number}@example.org")
    publish_counts()
    bake()
    assert embed().css_first(".sum").text() == "3"


@pytest.mark.django_db
def test_a_petition_that_is_not_open_has_no_embed(draft, bake, site):
    draft("not-yet")
    bake(everything=True)
    assert list(site.rglob("embed")) == []


@pytest.mark.django_db
def test_an_embed_is_in_no_search(embed, home):
    from rightswire.pages.search.documents import document_from_page

    assert document_from_page(EMBED, (home / "site/en/act/free-them/embed/index.html").read_bytes()) is None
    assert document_from_page("/", (home / "site/en/act/free-them/index.html").read_bytes()) is not None


@pytest.mark.django_db
def test_the_line_to_copy_is_one_whole_iframe_whatever_the_headline(petition, bake, site):
    title = 'They said "no" & <b>left</b>'
    page = PetitionPage.objects.get(petition=petition, locale__language_code="en")
    page.title = title
    page.save_revision().publish()
    bake()
    shown = LexborHTMLParser((site / "en/act/free-them/index.html").read_bytes())
    copied = html.unescape(re.search(r"<textarea[^>]*>(&lt;iframe.*?)</textarea>", shown.html, re.DOTALL)[1])
    (frame,) = LexborHTMLParser(copied).css("iframe")
    assert frame.attributes["src"] == f"http://localhost:8000{EMBED}"
    assert frame.attributes["title"] == title
    assert frame.attributes["loading"] == "lazy"
    assert LexborHTMLParser(copied).css("b") == []


# Who may frame what


def guards(name):
    headers = {key.lower(): value for key, value in security_headers(name, is_https=True)}
    return {key: headers.get(key) for key in GUARDS}


def test_an_embed_may_be_framed_by_any_site():
    found = guards("en/act/free-them/embed/index.html")
    assert found["content-security-policy"] == EMBED_SECURITY_POLICY
    assert "frame-ancestors *" in EMBED_SECURITY_POLICY
    assert "script-src" not in EMBED_SECURITY_POLICY
    assert found["x-frame-options"] is None
    assert found["cross-origin-resource-policy"] == "cross-origin"
    assert found["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "en/act/index.html",
        "en/act/free-them/index.html",
        "en/act/embed/index.html",
        "act/free-them/embed/index.html",
        "en/act/free-them/embed/more/index.html",
        "en/act/free-them/more/embed/index.html",
        "en/act/free-them/embed/index.html.svg",
        "en/act/free-them/embed/index.htm",
        "en/news/free-them/embed/index.html",
        "en/act/free-them/sheet.pdf",
        "404.html",
    ],
)
def test_nothing_else_may_be_framed(name):
    found = guards(name)
    assert found["x-frame-options"] == "DENY"
    assert "frame-ancestors *" not in found["content-security-policy"]


# Through a real server and a real browser


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def ours(home):
    """Our own answers over HTTP; yields the address."""
    answers = SiteAnswers(SiteFiles(home / "site", home / "addresses.json"), is_https=False)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer = answers.answer("GET", self.path, "", self.headers.get)
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asked(address):
    """Status and guarding headers of an answer."""
    try:
        answer = urllib.request.urlopen(address, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, {name: answer.headers.get(name) for name in GUARDS}


@pytest.fixture
def nginx(home, tmp_path):
    """A real nginx with the configuration that comes along; yields its address."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    site = (ROOT / "deploy/nginx/rightswire.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:80;", ""),
        ("/var/lib/rightswire/site", str(home / "site")),
        ("/var/log/nginx/rightswire.log", str(tmp_path / "error.log")),
    ):
        assert old in site
        site = site.replace(old, new)
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
        f"events {{}} http {{ types {{ text/html html; }} {folders} {site} }}",
        encoding="utf-8",
    )
    log = (tmp_path / "output").open("wb")
    process = subprocess.Popen([program, "-p", str(tmp_path), "-c", str(config)], stdout=log, stderr=log)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert process.poll() is None, (tmp_path / "output").read_text()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)
    log.close()


@pytest.mark.django_db
def test_nginx_guards_pages_as_our_own_server_does(embed, ours, nginx):
    for path in (EMBED, "/en/act/free-them/", "/en/", "/en/act/none/embed/"):
        assert asked(nginx + path) == asked(ours + path), path
    assert asked(nginx + EMBED)[1]["content-security-policy"] == EMBED_SECURITY_POLICY
    assert asked(nginx + "/en/act/none/embed/") == (404, asked(ours + "/en/")[1])
    assert asked(nginx + "/en/")[1]["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.browser
@pytest.mark.django_db
def test_a_browser_shows_the_embed_on_another_site_and_refuses_the_petition(embed, ours, tmp_path):
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing")
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    frames = "".join(f'<iframe title="x" src="{ours}{path}"></iframe>' for path in (EMBED, "/en/act/free-them/"))
    (stranger / "index.html").write_text(f"<!doctype html><title>x</title>{frames}")
    embedded, petition_page = _headlines_in_frames(stranger)
    assert "Free them (en)" in embedded
    assert "Free them" not in petition_page


def _headlines_in_frames(folder):
    """The headlines that a browser shows in the frames of another origin's page; its own where it refuses one."""
    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"http://localhost:{server.server_port}/")
            found = [frame.locator("h1").inner_text() for frame in page.frames[1:]]
            browser.close()
        server.shutdown()
    return found
