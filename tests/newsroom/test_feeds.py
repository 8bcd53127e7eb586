"""Feeds that readers' programs take, and that lose nothing of the text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightswire.newsroom.feeds import FORBIDDEN_IN_XML, Feed, FeedItem, FeedPicture, atom, json_feed, rss

TORONTO = timezone(timedelta(hours=-5))
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
MEDIA = "{http://search.yahoo.com/mrss/}"

PICTURE = FeedPicture(
    url="https://news.example/media/march.jpg",
    type="image/jpeg",
    length=48213,
    alt="People with candles & banners",
    width=1200,
    height=900,
)
ITEM = FeedItem(
    id="tag:news.example,2018:item/41",
    url="https://news.example/en/news/bail-refused/",
    title="Court refuses bail",
    kicker="The family waits",
    html="<p>The family waits</p><p>A court in Tehran refused bail &amp; a visit.</p>",
    text="The family waits\n\nA court in Tehran refused bail & a visit.\u00a0",
    published=datetime(2018, 11, 28, 9, 40, tzinfo=TORONTO),
    modified=datetime(2018, 11, 29, 16, 5, tzinfo=TORONTO),
    language="en-CA",
    kind="release",
    kind_name="Press release",
    countries=("IR", "CA"),
    country_names=("Iran", "Canada"),
    topics=("Lawyers", "Women’s rights"),
    people=("Mahin Example",),
    picture=PICTURE,
    author="Press office",
)
FEED = Feed(
    title="News <and> action",
    description="All our news",
    language="en-CA",
    home_url="https://news.example/en/news/",
    rss_url="https://news.example/en/news/rss.xml",
    atom_url="https://news.example/en/news/atom.xml",
    json_url="https://news.example/en/news/feed.json",
    id="tag:news.example,2018:feed/en",
    author="An organisation",
    icon_url="https://news.example/static/icon.png",
    items=(
        ITEM,
        replace(
            ITEM,
            id="tag:news.example,2018:item/40",
            kicker="",
            text="Only one paragraph",
            picture=None,
            author="",
            modified=datetime(2018, 11, 27, 8, 0, tzinfo=UTC),
        ),
    ),
)
EMPTY = replace(FEED, items=())

# Every character that Python can hold, half surrogate pairs and control characters too.
ANY_TEXT = st.text(st.characters(), max_size=40)


@pytest.mark.parametrize("write", [rss, atom])
@pytest.mark.parametrize("feed", [FEED, EMPTY])
def test_a_feed_reader_takes_the_feed_without_complaint(write, feed):
    read = feedparser.parse(write(feed))
    assert not read.bozo
    assert read.version in {"rss20", "atom10"}
    assert [entry.id for entry in read.entries] == [item.id for item in feed.items]


@pytest.mark.parametrize("write", [rss, atom])
def test_a_feed_reader_finds_the_item_whole(write):
    first = feedparser.parse(write(FEED)).entries[0]
    assert first.title == "Court refuses bail"
    assert first.link == ITEM.url
    assert first.author == "Press office"
    assert first.content[0].value == ITEM.html
    assert first.summary == "A court in Tehran refused bail & a visit."
    assert first.published_parsed[:5] == (2018, 11, 28, 14, 40)
    assert first.updated_parsed[:5] == (2018, 11, 29, 21, 5)
    assert [tag.term for tag in first.tags] == [
        "Press release", "Iran", "Canada", "Lawyers", "Women’s rights",
    ]  # fmt: skip


def test_rss_has_what_its_standard_asks_for():
    channel = ElementTree.fromstring(rss(FEED)).find("channel")
    assert channel.findtext("title") == FEED.title
    assert channel.findtext("link") == FEED.home_url
    assert channel.findtext("description") == FEED.description
    assert channel.findtext("language") == "en-CA"
    assert channel.findtext("image/url") == FEED.icon_url
    assert channel.find(f"{ATOM}link").attrib["href"] == FEED.rss_url
    assert channel.find(f"{ATOM}link").attrib["rel"] == "self"
    item = channel.find("item")
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert parsedate_to_datetime(item.findtext("pubDate")) == ITEM.published
    assert item.findtext(f"{CONTENT}encoded") == ITEM.html


def test_rss_gives_the_picture_with_its_words():
    media = ElementTree.fromstring(rss(FEED)).find(f"channel/item/{MEDIA}content")
    assert media.attrib["url"] == PICTURE.url
    assert (media.attrib["width"], media.attrib["height"], media.attrib["fileSize"]) == (
        "1200",
        "900",
        "48213",
    )
    assert media.findtext(f"{MEDIA}description") == PICTURE.alt


def test_a_feed_is_as_new_as_its_newest_item():
    built = ElementTree.fromstring(rss(FEED)).findtext("channel/lastBuildDate")
    assert parsedate_to_datetime(built) == ITEM.modified
    assert ElementTree.fromstring(atom(FEED)).findtext(f"{ATOM}updated") == "2018-11-29T16:05:00-05:00"
    assert ElementTree.fromstring(rss(EMPTY)).find("channel/lastBuildDate") is None


def test_atom_has_what_its_standard_asks_for():
    for written in (atom(FEED), atom(EMPTY)):
        root = ElementTree.fromstring(written)
        assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "en-CA"
        for parent in [root, *root.findall(f"{ATOM}entry")]:
            for required in ("id", "title", "updated", "author"):
                assert len(parent.findall(ATOM + required)) == 1
        links = {link.attrib["rel"]: link.attrib["href"] for link in root.findall(f"{ATOM}link")}
        assert links == {"alternate": FEED.home_url, "self": FEED.atom_url}


def test_atom_gives_text_language_and_picture_of_an_item():
    entry = ElementTree.fromstring(atom(replace(FEED, items=(replace(ITEM, language="ar"),)))).find(f"{ATOM}entry")
    assert entry.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "ar"
    assert entry.find(f"{ATOM}content").attrib == {"type": "html"}
    assert entry.findtext(f"{ATOM}content") == ITEM.html
    enclosure = next(link for link in entry.findall(f"{ATOM}link") if link.attrib["rel"] == "enclosure")
    assert (enclosure.attrib["href"], enclosure.attrib["length"]) == (PICTURE.url, "48213")
    assert enclosure.attrib["title"] == PICTURE.alt


def test_json_feed_has_what_its_standard_asks_for():
    read = json.loads(json_feed(FEED))
    assert read["version"] == "https://jsonfeed.org/version/1.1"
    assert read["feed_url"] == FEED.json_url
    assert read["home_page_url"] == FEED.home_url
    assert read["language"] == "en-CA"
    assert read["authors"][0]["name"] == "An organisation"
    assert read["icon"] == FEED.icon_url
    assert json.loads(json_feed(EMPTY))["items"] == []
    assert "icon" not in json.loads(json_feed(replace(FEED, icon_url="")))


def test_a_json_item_says_all_that_we_know():
    first, second = json.loads(json_feed(FEED))["items"]
    assert (first["id"], first["url"], first["title"]) == (ITEM.id, ITEM.url, ITEM.title)
    assert (first["content_html"], first["content_text"]) == (ITEM.html, ITEM.text)
    assert first["date_published"] == "2018-11-28T09:40:00-05:00"
    assert first["date_modified"] == "2018-11-29T16:05:00-05:00"
    assert first["language"] == "en-CA"
    assert first["tags"] == ["Press release", "Iran", "Canada", "Lawyers", "Women’s rights"]
    assert first["image"] == PICTURE.url
    assert first["attachments"][0]["mime_type"] == "image/jpeg"
    assert first["_rightswire"] == {"kind": "release", "countries": ["IR", "CA"], "people": ["Mahin Example"]}
    assert "image" not in second
    assert second["authors"] == [{"name": "An organisation"}]


def test_the_teaser_is_the_first_paragraph_after_the_kicker():
    assert ITEM.teaser == "A court in Tehran refused bail & a visit."
    assert FEED.items[1].teaser == "Only one paragraph"
    assert replace(ITEM, text="The family waits").teaser == "The family waits"
    assert replace(ITEM, text="").teaser == ""


def test_a_label_is_given_once():
    assert replace(ITEM, topics=("Iran", "Iran", "")).labels == ("Press release", "Iran", "Canada")


def test_an_item_without_a_time_zone_is_refused_by_its_id():
    with pytest.raises(ValueError, match=r"tag:news.example,2018:item/41 has a time without a time zone"):
        replace(ITEM, published=datetime(2018, 11, 28, 9, 40))


@pytest.mark.parametrize("write", [rss, atom, json_feed])
def test_the_same_feed_gives_the_same_bytes(write):
    assert write(FEED) == write(replace(FEED))


@pytest.mark.parametrize("write", [rss, atom])
def test_characters_that_xml_forbids_are_dropped(write):
    written = write(replace(FEED, title="A\x00B\x0cC\ud800D\ufffeE", items=()))
    assert b"ABCDE" in written
    assert not feedparser.parse(written).bozo


@given(title=ANY_TEXT, html=ANY_TEXT, text=ANY_TEXT, label=ANY_TEXT, alt=ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_every_feed(title, html, text, label, alt):
    item = replace(ITEM, title=title, html=html, text=text, topics=(label,), picture=replace(PICTURE, alt=alt))
    feed = replace(FEED, title=title, description=text, items=(item,))
    # XML's own rule for line ends: a carriage return is read as a line feed.
    kept = FORBIDDEN_IN_XML.sub("", html).replace("\r\n", "\n").replace("\r", "\n")
    in_rss = ElementTree.fromstring(rss(feed)).findtext(f"channel/item/{CONTENT}encoded")
    in_atom = ElementTree.fromstring(atom(feed)).findtext(f"{ATOM}entry/{ATOM}content")
    assert in_rss == in_atom == kept
    assert not feedparser.parse(rss(feed)).bozo
    assert not feedparser.parse(atom(feed)).bozo


@given(title=ANY_TEXT, html=ANY_TEXT, text=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_json_keeps_every_character(title, html, text):
    feed = replace(FEED, items=(replace(ITEM, title=title, html=html, text=text),))
    (item,) = json.loads(json_feed(feed).decode())["items"]
    assert item["content_text"] == text
    assert item["content_html"].encode("utf-16", "surrogatepass") == html.encode("utf-16", "surrogatepass")
