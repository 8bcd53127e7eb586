"""A hub is named in feeds and told of those that changed; no hub, nothing leaves."""

import http.server
import json
import threading
from urllib.parse import parse_qs

import feedparser
import pytest

from rightswire.conf import env
from rightswire.newsroom.websub import Pinger, tell

pytestmark = pytest.mark.django_db


class Hub(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.told.append(parse_qs(self.rfile.read(length).decode()))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()

    def log_message(self, *arguments):
        """Says nothing."""


@pytest.fixture
def hub():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.told, server.statuses = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_feeds_name_the_hub_and_it_is_told_of_those_that_changed(hub, settings, publish, bake, site):
    settings.WEBSUB_HUB = hub.url
    bake(everything=True)
    pinger = Pinger()
    pinger.start()
    publish("A verdict", countries=["CA"])
    bake()
    pinger.stop()
    told = {one["hub.url"][0] for one in hub.told}
    assert f"{settings.BASE_URL}/en/news/rss.xml" in told
    assert f"{settings.BASE_URL}/en/news/country/ca/feed.json" in told
    assert f"{settings.BASE_URL}/fr/news/rss.xml" not in told
    for name in ("rss.xml", "atom.xml"):
        links = feedparser.parse((site / "en/news" / name).read_bytes()).feed.links
        assert hub.url in [link.href for link in links if link.rel == "hub"]
    document = json.loads((site / "en/news/feed.json").read_text())
    assert document["hubs"] == [{"type": "WebSub", "url": hub.url}]


def test_without_a_hub_feeds_name_none(publish, bake, site):
    publish("A verdict")
    bake(everything=True)
    assert b"hub" not in (site / "en/news/rss.xml").read_bytes()


def test_a_hub_that_fails_is_told_again_and_let_go_in_the_end(hub, monkeypatch):
    monkeypatch.setattr("rightswire.newsroom.websub.FIRST_PAUSE", 0.01)
    hub.statuses += [503, 500]
    assert tell(hub.url, "https://www.example.org/en/news/rss.xml", threading.Event())
    assert len(hub.told) == 3
    assert not tell("http://127.0.0.1:1/", "https://www.example.org/en/news/rss.xml", threading.Event())


@pytest.mark.parametrize("value", ["hub", "ftp://hub.example.org/", "https://", "http://[x"])
def test_a_wrong_setting_is_named(monkeypatch, value):
    monkeypatch.setenv("RIGHTSWIRE_WEBSUB_HUB", value)
    with pytest.raises(env.SettingError, match="RIGHTSWIRE_WEBSUB_HUB"):
        env.web_address("RIGHTSWIRE_WEBSUB_HUB")
