"""Feeds of the news: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, from the same items.

The same feed always gives the same bytes: nothing here asks for the time.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
ATOM = "http://www.w3.org/2005/Atom"
RSS_NAMESPACES = {
    "xmlns:atom": ATOM,
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}

# Atom wants a date of every feed, and an empty one has none that would stay the same.
BEFORE_ANY_NEWS = datetime(1970, 1, 1, tzinfo=UTC)

# All that is not a Char of XML 1.0 (fifth edition, section 2.2).
FORBIDDEN_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedPicture:
    """An item's picture: where it is, its media type, bytes, words for who cannot see it, and pixels."""

    url: str
    type: str
    length: int
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One piece of news. `id` is a tag: URI (RFC 4151) that never changes; addresses are absolute.

    `text` is the whole text with a blank line between paragraphs, a kicker first. `published` and
    `modified` need a time zone: ValueError without.
    """

    id: str
    url: str
    title: str
    kicker: str
    html: str
    text: str
    published: datetime
    modified: datetime
    language: str
    kind: str
    kind_name: str
    countries: tuple[str, ...]
    country_names: tuple[str, ...]
    topics: tuple[str, ...]
    people: tuple[str, ...]
    picture: FeedPicture | None
    author: str

    def __post_init__(self) -> None:
        if self.published.utcoffset() is None or self.modified.utcoffset() is None:
            raise ValueError(f"The item {self.id} has a time without a time zone. Give it one and bake again.")

    @property
    def teaser(self) -> str:
        """The first paragraph, or the kicker where there is nothing else."""
        paragraphs = [paragraph for paragraph in self.text.split("\n\n") if paragraph.strip()]
        own = [paragraph for paragraph in paragraphs if paragraph.strip() != self.kicker.strip()]
        return (own or paragraphs or [""])[0].strip()

    @property
    def labels(self) -> tuple[str, ...]:
        """What the item is filed under, in words: its kind, countries and topics, each once."""
        return tuple(dict.fromkeys(filter(None, (self.kind_name, *self.country_names, *self.topics))))


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, its page, its three addresses and its items, newest first. An empty `icon_url` means none."""

    title: str
    description: str
    language: str
    home_url: str
    rss_url: str
    atom_url: str
    json_url: str
    id: str
    author: str
    icon_url: str
    items: tuple[FeedItem, ...]
    hub_url: str = ""  # WebSub

    @property
    def modified(self) -> datetime | None:
        """When the item that changed last was changed; None for an empty feed."""
        return max((item.modified for item in self.items), default=None)


def rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0 with full text, as UTF-8."""
    root = Element("rss", {"version": "2.0", **RSS_NAMESPACES})
    channel = SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.home_url)
    _add(channel, "description", feed.description)
    _add(channel, "language", feed.language)
    if feed.modified:
        _add(channel, "lastBuildDate", format_datetime(feed.modified))
    _add(channel, "atom:link", rel="self", type="application/rss+xml", href=feed.rss_url)
    if feed.hub_url:
        _add(channel, "atom:link", rel="hub", href=feed.hub_url)
    if feed.icon_url:
        image = SubElement(channel, "image")
        _add(image, "url", feed.icon_url)
        _add(image, "title", feed.title)
        _add(image, "link", feed.home_url)
    for item in feed.items:
        _add_rss_item(channel, item, feed)
    return _as_bytes(root)


def _add_rss_item(channel: Element, item: FeedItem, feed: Feed) -> None:
    entry = SubElement(channel, "item")
    _add(entry, "title", item.title)
    _add(entry, "link", item.url)
    _add(entry, "guid", item.id, isPermaLink="false")
    _add(entry, "pubDate", format_datetime(item.published))
    _add(entry, "atom:updated", _rfc3339(item.modified))
    # RSS's own author must be an e-mail address, and nobody's is published here.
    _add(entry, "dc:creator", item.author or feed.author)
    _add(entry, "dc:language", item.language)
    for label in item.labels:
        _add(entry, "category", label)
    _add(entry, "description", item.teaser)
    _add(entry, "content:encoded", item.html)
    if item.picture:
        media = _add(
            entry,
            "media:content",
            url=item.picture.url,
            type=item.picture.type,
            medium="image",
            fileSize=str(item.picture.length),
            width=str(item.picture.width),
            height=str(item.picture.height),
        )
        _add(media, "media:description", item.picture.alt, type="plain")


def atom(feed: Feed) -> bytes:
    """The feed as Atom with full text, as UTF-8."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": _clean(feed.language)})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.description)
    _add(root, "updated", _rfc3339(feed.modified or BEFORE_ANY_NEWS))
    _add(SubElement(root, "author"), "name", feed.author)
    _add(root, "link", rel="alternate", type="text/html", hreflang=feed.language, href=feed.home_url)
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.atom_url)
    if feed.hub_url:
        _add(root, "link", rel="hub", href=feed.hub_url)
    if feed.icon_url:
        _add(root, "icon", feed.icon_url)
    for item in feed.items:
        _add_atom_entry(root, item, feed)
    return _as_bytes(root)


def _add_atom_entry(root: Element, item: FeedItem, feed: Feed) -> None:
    entry = SubElement(root, "entry", {"xml:lang": _clean(item.language)})
    _add(entry, "id", item.id)
    _add(entry, "title", item.title)
    _add(entry, "published", _rfc3339(item.published))
    _add(entry, "updated", _rfc3339(item.modified))
    _add(SubElement(entry, "author"), "name", item.author or feed.author)
    _add(entry, "link", rel="alternate", type="text/html", hreflang=item.language, href=item.url)
    if item.picture:
        _add(
            entry,
            "link",
            rel="enclosure",
            type=item.picture.type,
            length=str(item.picture.length),
            title=item.picture.alt,
            href=item.picture.url,
        )
    for label in item.labels:
        _add(entry, "category", term=label)
    _add(entry, "summary", item.teaser, type="text")
    _add(entry, "content", item.html, type="html")


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1, as UTF-8, every text character for character as given."""
    document: dict[str, Any] = {
        "version": JSON_FEED_VERSION,
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.json_url,
        "description": feed.description,
        "icon": feed.icon_url,
        "authors": [{"name": feed.author, "url": feed.home_url}],
        "language": feed.language,
        "items": [_json_item(item, feed) for item in feed.items],
    }
    if not feed.icon_url:
        del document["icon"]
    if feed.hub_url:
        document["hubs"] = [{"type": "WebSub", "url": feed.hub_url}]
    written = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    # Half a surrogate pair has no UTF-8, but JSON can write it as \udxxx.
    return written.encode("utf-8", "backslashreplace")


def _json_item(item: FeedItem, feed: Feed) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "content_text": item.text,
        "summary": item.teaser,
        "date_published": _rfc3339(item.published),
        "date_modified": _rfc3339(item.modified),
        "authors": [{"name": item.author or feed.author}],
        "tags": list(item.labels),
        "language": item.language,
    }
    if item.picture:
        written["image"] = item.picture.url
        written["attachments"] = [
            {
                "url": item.picture.url,
                "mime_type": item.picture.type,
                "title": item.picture.alt,
                "size_in_bytes": item.picture.length,
            }
        ]
    written["_rightswire"] = {
        "kind": item.kind,
        "countries": list(item.countries),
        "people": list(item.people),
    }
    return written


def _add(parent: Element, name: str, text: str = "", /, **attributes: str) -> Element:
    element = SubElement(parent, name, _clean_all(attributes))
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return FORBIDDEN_IN_XML.sub("", text)


def _clean_all(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: _clean(value) for name, value in attributes.items()}


def _rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 writes it, in the time zone that it carries."""
    return moment.isoformat(timespec="seconds")


def _as_bytes(root: Element) -> bytes:
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
