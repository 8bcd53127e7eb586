"""Subscribers before the real server: what mail programs, other sites and impatient people send it."""

import http.client
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from campaigns.trial_installation import Installation
from rightswire.pages.language import COUNTRY_CODES
from rightswire.seal.box import PrivateKey

PROGRAM = """
import sys, time, django
django.setup()
from django.utils import timezone
from rightswire.newsletters import links
from rightswire.newsletters.models import Consent, MailingKey, Subscriber, Suppression
from rightswire.newsletters.subscribing import confirm
from rightswire.outbox.models import Message
"""
KEY = 'MailingKey.objects.create(label="Tests", public=sys.argv[1], proven_at=timezone.now())'
SUBSCRIBE = """
made = confirm(links.Wish(sys.argv[1], "en", "daily", countries=("EG",), begun_at=int(time.time())))
for kind in (links.UNSUBSCRIBE, links.PREFERENCES):
    print(links.person_link(kind, made.pk, 0, links.link_secret()))
"""
WISH = 'print(links.wish_link(links.Wish(sys.argv[1], "en", "now")))'
COUNT = "print(*(model.objects.count() for model in (Subscriber, Consent, Suppression, Message)))"

FORM = "application/x-www-form-urlencoded"
FROM_A_MAIL_PROGRAM = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
ONE_CLICK = "List-Unsubscribe=One-Click"
AS_MULTIPART = (  # which RFC 8058 prefers
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An installation with a mailing key, and its server."""
    home = tmp_path_factory.mktemp("news") / "var"
    with Installation(home) as installation:
        home.mkdir()
        installation.make()
        run(installation, KEY, PrivateKey.generate().public.text())
        installation.start_server()
        installation.wait_until_ready()
        yield installation


def run(site, program: str, *arguments: str) -> list[str]:
    """The words that a program prints, which runs in the installation."""
    command = [sys.executable, "-c", PROGRAM + program, *arguments]
    return subprocess.run(command, env=site.environment, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


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
def test_one_click_from_any_mail_program(site, kind, body):
    token, _preferences = run(site, SUBSCRIBE, "one-click@example.org")
    before = run(site, COUNT)
    for method in ("GET", "HEAD"):
        assert send(site, f"/do/unsubscribe/{token}/", method=method, **FROM_A_MAIL_PROGRAM)[0] == 200
    assert run(site, COUNT) == before
    address = f"/do/unsubscribe/{token}/"
    assert send(site, address, body, **FROM_A_MAIL_PROGRAM | {"Content-Type": kind})[0] == 200
    assert int(run(site, COUNT)[0]) == int(before[0]) - 1
    assert send(site, address, body, **FROM_A_MAIL_PROGRAM | {"Content-Type": kind})[0] == 200


def test_no_other_form_is_taken_from_elsewhere(site):
    _unsubscribe, preferences = run(site, SUBSCRIBE, "elsewhere@example.org")
    (wish,) = run(site, WISH, "another@example.org")
    before = run(site, COUNT)
    form = urlencode({"email": "elsewhere@example.org", "rhythm": "now", "do": "erase"})
    for path in ("subscribe/", f"preferences/{preferences}/", "preferences/", f"confirm/{wish}/"):
        assert send(site, f"/do/{path}", form, **FROM_A_MAIL_PROGRAM)[0] == 403
    assert run(site, COUNT) == before


def test_all_countries_at_once_and_a_field_too_many(site):
    form = [("lang", "en"), ("email", "all@example.org"), ("rhythm", "daily"), ("website", "")]
    form += [("country", code) for code in COUNTRY_CODES]
    assert send(site, "/do/subscribe/", urlencode(form))[0] == 200
    assert send(site, "/do/subscribe/", urlencode(form * 3))[0] == 400
    assert send(site, "/do/subscribe/", urlencode(form) + "x" * 40_000)[0] == 413


def test_clicks_at_once_are_one(site):
    (token,) = run(site, WISH, "twice@example.org")
    before = [int(number) for number in run(site, COUNT)]
    with ThreadPoolExecutor(6) as clicks:
        answers = {status for status, *_ in clicks.map(lambda _: send(site, f"/do/confirm/{token}/"), range(6))}
    after = [int(number) for number in run(site, COUNT)]
    assert answers == {200}
    assert [then - now for now, then in zip(before, after, strict=True)] == [1, 1, 0, 0]


def test_the_file_to_take_along_is_one(site):
    _unsubscribe, preferences = run(site, SUBSCRIBE, "file@example.org")
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


def test_the_log_knows_nobody(site):
    unsubscribe, preferences = run(site, SUBSCRIBE, "nobody-elsewhere@example.org")
    send(site, f"/do/preferences/{preferences}/", "do=change&rhythm=hourly")
    send(site, f"/do/unsubscribe/{unsubscribe}/", ONE_CLICK)
    said = (site.home / "server.log").read_text()
    assert not [word for word in (preferences[:20], unsubscribe[:20], "nobody-elsewhere", "/do/") if word in said]
