"""Sitemaps: every public page and its other languages, for search engines.

The form is that of sitemaps.org (protocol 0.9), with Google's alternates for languages
(https://developers.google.com/search/docs/specialty/international/localized-versions).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

MOST_ADDRESSES = 50_000
MOST_BYTES = 50 * 1024 * 1024

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """A page's absolute address, the day it last changed, and its (language, address) in every language.

    The alternates name the page itself too, the site's main language first; a page without
    translations has none.
    """

    location: str
    modified: date | None
    alternates: tuple[tuple[str, str], ...] = ()


def sitemap(urls: Sequence[SitemapUrl]) -> bytes:
    """One sitemap. ValueError for more than 50,000 addresses or 50 MB, which no search engine would read."""
    _check_count(len(urls))
    entries = "".join(f"<url>{_place(url.location, url.modified)}{_alternates(url.alternates)}</url>\n" for url in urls)
    return _checked(f"{HEAD}<urlset {SITEMAP} {XHTML}>\n{entries}</urlset>\n")


def sitemap_index(parts: Sequence[tuple[str, date | None]]) -> bytes:
    """The list of sitemaps, from (address, day of the last change). ValueError for more than 50,000."""
    _check_count(len(parts))
    entries = "".join(f"<sitemap>{_place(location, modified)}</sitemap>\n" for location, modified in parts)
    return _checked(f"{HEAD}<sitemapindex {SITEMAP}>\n{entries}</sitemapindex>\n")


def _place(location: str, modified: date | None) -> str:
    day = f"<lastmod>{modified:%Y-%m-%d}</lastmod>" if modified else ""
    return f"<loc>{escape(location)}</loc>{day}"


def _alternates(alternates: Iterable[tuple[str, str]]) -> str:
    listed = dict(alternates)
    if listed:
        # Readers of any other language get the site's main one.
        listed.setdefault("x-default", next(iter(listed.values())))
    return "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(language)} href={quoteattr(location)}/>'
        for language, location in listed.items()
    )


def _check_count(count: int) -> None:
    if count > MOST_ADDRESSES:
        raise ValueError(
            f"This sitemap has {count:,} addresses, and search engines read {MOST_ADDRESSES:,} at most. "
            "Cut it into more parts. The sitemap from before still stands."
        )


def _checked(written: str) -> bytes:
    content = written.encode("utf-8")
    if len(content) > MOST_BYTES:
        raise ValueError(
            f"This sitemap has {len(content):,} bytes, and search engines read {MOST_BYTES:,} at most. "
            "Cut it into more parts. The sitemap from before still stands."
        )
    return content
