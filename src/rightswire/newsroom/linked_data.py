"""What a page says about itself to search engines, in the words of schema.org.

The fields are those that Google names for articles and breadcrumbs
(https://developers.google.com/search/docs/appearance/structured-data/article).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CONTEXT = "https://schema.org"
LONGEST_HEADLINE = 110

# What could end the script or, in old browsers, its line.
UNSAFE_IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Publisher:
    """The organisation behind the site. The logo is an absolute address with its size in pixels."""

    name: str
    url: str
    logo_url: str
    logo_width: int
    logo_height: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an article: a person, or else an organisation or a part of one."""

    name: str
    url: str = ""
    is_person: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected after publishing, and when."""

    text: str
    published: datetime


def news_article(
    *,
    url: str,
    headline: str,
    description: str,
    published: datetime,
    modified: datetime,
    language: str,
    section: str,
    publisher: Publisher,
    author: Author | None = None,
    images: Sequence[str] = (),
    keywords: Sequence[str] = (),
    people: Sequence[str] = (),
    countries: Sequence[tuple[str, str]] = (),
    corrections: Sequence[Correction] = (),
) -> dict[str, Any]:
    """A piece of news as a schema.org NewsArticle. Addresses are absolute, times have a time zone.

    Without an author, the publisher is named. `countries` are (ISO alpha-2, name). What is
    empty is left out.
    """
    organisation = _publisher(publisher)
    article = {
        "@context": CONTEXT,
        "@type": "NewsArticle",
        "@id": f"{url}#article",
        "url": url,
        "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        "headline": shortened(headline),
        "description": description,
        "image": list(images),
        "datePublished": _moment(published),
        "dateModified": _moment(modified),
        "author": [_author(author) if author else organisation],
        "publisher": organisation,
        "inLanguage": language,
        "articleSection": section,
        "keywords": list(keywords),
        "about": [{"@type": "Country", "name": name, "identifier": code} for code, name in countries],
        "mentions": [{"@type": "Person", "name": name} for name in people],
        "correction": [
            {"@type": "CorrectionComment", "text": each.text, "datePublished": _moment(each.published)}
            for each in corrections
        ],
        "isAccessibleForFree": True,
    }
    return _without_empty(article)


def breadcrumbs(places: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The way from the home page to this one, as a BreadcrumbList, from (name, absolute address)."""
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(places, start=1)
        ],
    }


def as_script(data: dict[str, Any] | list[dict[str, Any]]) -> str:
    """JSON that is safe between `<script type="application/ld+json">` and `</script>`."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(UNSAFE_IN_SCRIPT)


def shortened(headline: str) -> str:
    """A headline of at most 110 characters, cut between words with an ellipsis where it was longer."""
    headline = " ".join(headline.split())
    if len(headline) <= LONGEST_HEADLINE:
        return headline
    start = headline[:LONGEST_HEADLINE]
    words, _, _ = start.rpartition(" ")
    return (words or start[:-1]).rstrip(" ,;:–—-،؛") + "…"


def _publisher(publisher: Publisher) -> dict[str, Any]:
    return {
        "@type": "Organization",
        "name": publisher.name,
        "url": publisher.url,
        "logo": {
            "@type": "ImageObject",
            "url": publisher.logo_url,
            "width": publisher.logo_width,
            "height": publisher.logo_height,
        },
    }


def _author(author: Author) -> dict[str, Any]:
    kind = "Person" if author.is_person else "Organization"
    return _without_empty({"@type": kind, "name": author.name, "url": author.url})


def _moment(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError("This time has no time zone, so no search engine could read it. Give it one first.")
    return moment.isoformat(timespec="seconds")


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [])}
