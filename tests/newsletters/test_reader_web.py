"""Subscribers before the real server: what mail programs, other sites and impatient people send it."""

import contextlib
import http.client
import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from campaigns.trial_installation import Installation
from rightswire.pages.language import COUNTRY_CODES
from rightswire.seal.box import PrivateKey

# A mailing key, whose text is given, and links for made-up people; printed as JSON.
PROGRAM = """
import json, sys, time, django
django.setup()
from django.utils import timezone
from rightswire.newsletters import links
from rightswire.newsletters.models import MailingKey
from rightswire.newsletters.subscribing import confirm
MailingKey.objects.create(label="Tests", public=sys.argv[1], proven_at=timezone.now())
def subscribe(address):
    made = confirm(links.Wish(address, "en", "daily", countries=("EG",), begun_at=int(time.time())))
    return [links.person_link(kind, made.pk, 0, links.link_secret()) for kind in (links.UNSUBSCRIBE, links.PREFERENCES)]
print(json.dumps({
    "people": [subscribe(f"person{number}@example.org") for number in range(8)],
    "wishes": [links.wish_link(links.Wish(f"wish{number}@example.org", "en", "now")) for number in range(2)],
}))
"""
pytestmark = pytest.mark.xdist_group("readers")
TABLES = ("newsletters_subscriber", "newsletters_consent", "newsletters_suppression", "outbox_message")
FORM = "application/x-www-form-urlencoded"
FROM_A_MAIL_PROGRAM = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
ONE_CLICK = "List-Unsubscribe=One-Click"
AS_MULTIPART = (  # which RFC 8058 prefers
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


class Links(NamedTuple):
    people: list[list[str]]  # to unsubscribe, and to the preferences
    wishes: list[str]  # not yet confirmed


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup):
    """An installation with a mailing key, and its server."""
    home = tmp_path_factory.mktemp("news") / "var"
    with Installation(home) as installation:
        home.mkdir()
        installation.make()
        command = [sys.executable, "-c", PROGRAM, PrivateKey.generate().public.text()]
        said = subprocess.run(command, env=installation.environment, stdout=subprocess.PIPE, check=True).stdout
        installation.given = Links(**json.loads(said))
        installation.start_server()
        installation.wait_until_ready()
        yield installation


@pytest.fixture
def person(site) -> list[str]:
    """Somebody who subscribes: her links to unsubscribe and to her preferences."""
    return site.given.people.pop()


@pytest.fixture
def wish(site) -> str:
    return site.given.wishes.pop()


def count(site) -> list[int]:
    """How many subscribers, consents, suppressed mailboxes and mails there are."""
    with contextlib.closing(sqlite3.connect(site.home / "db.sqlite3", timeout=30)) as session:
        return [session.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]


def send(site, path: str, body: str = "", method: str = "POST", **headers: str):
    """Status, headers and text of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request(method, path, body.encode(), {"Content-Type": FORM, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, ONE_CLICK),
        ("multipart/form-data; boundary=x", AS_MULTIPART),
        ("text/plain", "\u00ff"),
        (FORM, ""),
    ],
)
def test_one_click_from_any_mail_program(site, person, kind, body):
    token, _preferences = person
    before = count(site)
    for method in ("GET", "HEAD"):
        assert send(site, f"/do/unsubscribe/{token}/", method=method, **FROM_A_MAIL_PROGRAM)[0] == 200
    assert count(site) == before
    address = f"/do/unsubscribe/{token}/"
    assert send(site, address, body, **FROM_A_MAIL_PROGRAM | {"Content-Type": kind})[0] == 200
    assert count(site)[0] == before[0] - 1
    assert send(site, address, body, **FROM_A_MAIL_PROGRAM | {"Content-Type": kind})[0] == 200


def test_no_other_form_is_taken_from_elsewhere(site, person, wish):
    _unsubscribe, preferences = person
    before = count(site)
    form = urlencode({"email": "elsewhere@example.org", "rhythm": "now", "do": "erase"})
    for path in ("subscribe/", f"preferences/{preferences}/", "preferences/", f"confirm/{wish}/"):
        assert send(site, f"/do/{path}", form, **FROM_A_MAIL_PROGRAM)[0] == 403
    assert count(site) == before


def test_all_countries_at_once_and_a_field_too_many(site):
    form = [("lang", "en"), ("email", "all@example.org"), ("rhythm", "daily"), ("website", "")]
    form += [("country", code) for code in COUNTRY_CODES]
    assert send(site, "/do/subscribe/", urlencode(form))[0] == 200
    assert send(site, "/do/subscribe/", urlencode(form * 3))[0] == 400
    assert send(site, "/do/subscribe/", urlencode(form) + "x" * 40_000)[0] == 413


def test_clicks_at_once_are_one(site, wish):
    before = count(site)
    with ThreadPoolExecutor(6) as clicks:
        answers = {status for status, *_ in clicks.map(lambda _: send(site, f"/do/confirm/{wish}/"), range(6))}
    assert answers == {200}
    assert [after - number for number, after in zip(before, count(site), strict=True)] == [1, 1, 0, 0]


def test_the_file_to_take_along_is_one(site, person):
    _unsubscribe, preferences = person
    status, headers, body = send(site, f"/do/preferences/{preferences}/", "do=take")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert headers["Content-Disposition"] == 'attachment; filename="subscription.json"'
    assert headers["Cache-Control"] == "no-store"
    assert json.loads(body)["choice"]["countries"] == ["EG"]


def test_the_form_of_a_topic_or_country_is_there_by_its_address(site):
    status, headers, page = send(site, "/do/subscribe/?lang=en&country=EG&country=%FF&topic=%00", method="GET")
    assert status == 200
    assert "Set-Cookie" not in headers
    assert "<script>" not in page


def test_the_log_knows_nobody(site, person):
    unsubscribe, preferences = person
    send(site, "/do/subscribe/", "email=nobody-elsewhere@example.org&lang=en")
    send(site, f"/do/preferences/{preferences}/", "do=change&rhythm=hourly")
    send(site, f"/do/unsubscribe/{unsubscribe}/", ONE_CLICK)
    said = (site.home / "server.log").read_text()
    assert not [word for word in (preferences[:20], unsubscribe[:20], "nobody-elsewhere", "/do/") if word in said]
