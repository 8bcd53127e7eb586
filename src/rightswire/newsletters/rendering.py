"""What subscribers get, rendered once for a language and a choice; a recipient's own links are put in by substitution.

HTML that mail programs can show, and the same as text. It loads nothing from anywhere but the site's own pictures, it
counts nobody, and its links lead where they say.
"""

import base64
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightswire.bake.pieces import Edition
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.extracts import Extract, beginning, cut, extract, one_line, quote_of, readable
from rightswire.newsletters.framing import PREFERENCES, UNSUBSCRIBE, framed
from rightswire.newsletters.models import Chosen, Newsletter, SendingKind
from rightswire.newsletters.reasons import why_news, why_newsletter
from rightswire.newsletters.rich_text import told
from rightswire.newsroom.item_page import lead_above_text
from rightswire.newsroom.models import NewsItem
from rightswire.pages.models import Picture
from rightswire.pages.renditions import rendition_of
from rightswire.pages.sheet import COLUMN, TYPES, Sheet

MOST_ITEMS = 20
MOST_BYTES = 100_000  # of HTML; what is longer is cut off by the largest mail provider, with the links at its end
SUBJECT, PREHEADER = 120, 140
WIDTH = 600
PICTURE = COLUMN[1]  # the size that an item's own page always has

Source = Callable[[Any], str]  # where a mail takes a picture from, by its rendition


class NothingToShow(Exception):
    """None of the items can be read any more: there is nothing to send."""


class TooLong(NotAllowed):
    """A newsletter that mail programs would cut off."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The newsletter is longer than mail programs show: {size // 1000} KB of {MOST_BYTES // 1000}. Shorten it; "
            "leave long texts on the site, and link to them."
        )


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail but for its recipient. `items`: the numbers of the news items that it shows."""

    subject: str
    text: str
    html: str
    items: list[int]


# News


def render_news(
    kind: SendingKind, language: str, pages: Sequence[NewsItem], chosen: Chosen, edition: Edition | None = None
) -> Rendered:
    """One item at once, or a digest of the newest. Items that cannot be read any more are left out.

    `edition`: what several mails share. Raises NothingToShow.
    """
    items = readable(pages)
    if not items:
        raise NothingToShow
    sheet = Sheet(edition or Edition(), language)
    why = why_news(kind, chosen, sheet)
    if kind == SendingKind.NOW and len(items) == 1:
        return _release(items[0], sheet, why)
    return _digest(kind, items, sheet, why)


def _release(item: NewsItem, sheet: Sheet, why: str) -> Rendered:
    shown = extract(item, sheet)
    lead = lead_above_text(item)
    context = {
        "subject": shown.title,
        "preheader": " ".join(beginning(shown.opening, PREHEADER)),
        "date": sheet.date_parts(item.date),
        "date_words": sheet.long_date(item.date),
        "item": shown,
        "picture": _picture(lead["picture"], item.lead_alt, _public(sheet)) if lead and lead["picture"] else None,
        "why": why,
    }
    text, html = framed("release", sheet, context)
    return Rendered(shown.title, text, html, [item.pk])


def _digest(kind: SendingKind, items: Sequence[NewsItem], sheet: Sheet, why: str) -> Rendered:
    shown = [extract(item, sheet) for item in items[:MOST_ITEMS]]
    left = len(items) - len(shown)
    with translation.override(sheet.language):
        subject = _digest_subject(shown[0].title, len(items) - 1, sheet)
        more = ngettext("%(count)s more on our site", "%(count)s more on our site", left)
        context = {
            "subject": subject,
            "preheader": cut(" · ".join(item.title for item in shown[1:4]) or " ".join(shown[0].teaser), PREHEADER),
            "title": DIGEST_TITLES.get(kind, DIGEST_TITLES[SendingKind.NOW])(),
            "days": _days(shown, sheet),
            "more_words": more % {"count": sheet.number(left)} if left else "",
            "more_url": f"{settings.BASE_URL}/{sheet.language}/news/",
            "why": why,
        }
    text, html = framed("digest", sheet, context)
    return Rendered(subject, text, html, [item.pk for item in shown])


def _digest_subject(headline: str, others: int, sheet: Sheet) -> str:
    """What is in it: the newest headline, and how many more."""
    headline = cut(headline, SUBJECT)
    if not others:
        return headline
    words = ngettext("%(headline)s (and %(count)s more)", "%(headline)s (and %(count)s more)", others)
    return words % {"headline": headline, "count": sheet.number(others)}


DIGEST_TITLES: dict[SendingKind, Callable[[], str]] = {
    SendingKind.NOW: lambda: _("News"),
    SendingKind.DAILY: lambda: _("News of the day"),
    SendingKind.WEEKLY: lambda: _("News of the week"),
}


def _days(shown: Sequence[Extract], sheet: Sheet) -> list[dict[str, Any]]:
    """The items under their dates, the newest first."""
    return [
        {"parts": sheet.date_parts(date), "words": sheet.long_date(date), "items": list(group)}
        for date, group in itertools.groupby(shown, key=lambda item: item.date)
    ]


# Newsletters


def render_newsletter(newsletter: Newsletter) -> Rendered:
    """Raises TooLong. Its pictures are public once it is handed to the sending (baking.py)."""
    sheet = Sheet(Edition(), newsletter.language)
    rendered = _newsletter(newsletter, sheet, _public(sheet))
    if (size := len(rendered.html.encode())) > MOST_BYTES:
        raise TooLong(size)
    return rendered


def preview_html(newsletter: Newsletter) -> str:
    """For staff, however long it is. Pictures are inside, as they are not public yet; a person's links lead nowhere."""
    html = _newsletter(newsletter, Sheet(Edition(), newsletter.language), _inside).html
    for slot, name in ((UNSUBSCRIBE, "unsubscribe"), (PREFERENCES, "preferences")):
        html = html.replace(slot, f"https://example.org/{name}/")
    return html


def _newsletter(newsletter: Newsletter, sheet: Sheet, source: Source) -> Rendered:
    today = timezone.localdate()
    parts = [part for block in newsletter.body if (part := _part(block, sheet, source))]
    plain = " ".join(part["plain"] for part in parts if part["kind"] == "text")
    subject = one_line(newsletter.subject)
    context = {
        "subject": subject,
        "preheader": one_line(newsletter.preheader) or cut(" ".join(plain.split()), PREHEADER),
        "date": sheet.date_parts(today),
        "date_words": sheet.long_date(today),
        "parts": parts,
        "why": why_newsletter(newsletter, sheet),
    }
    text, html = framed("newsletter", sheet, context)
    return Rendered(subject, text, html, [part["item"].pk for part in parts if part["kind"] == "item"])


def _part(block: Any, sheet: Sheet, source: Source) -> dict[str, Any] | None:
    """What the templates show of a block; None where nothing of it can be shown any more."""
    kind, value = block.block_type, block.value
    match kind:
        case "heading":
            return {"kind": kind, "words": one_line(value)}
        case "text":
            words = told(value.source)
            return {"kind": kind, "html": mark_safe(words.html), "plain": words.plain}
        case "picture":
            alt = "" if value and value.decorative else getattr(value, "contextual_alt_text", "")
            return {"kind": kind, "picture": _picture(value, alt, source)} if value else None
        case "quote":
            return {"kind": kind, "quote": quote_of(value["text"], value["speaker"], value["role"], sheet.language)}
        case "item":
            items = readable([value] if value else [])
            return {"kind": kind, "item": extract(items[0], sheet)} if items else None
        case "button":
            address = _address(value)
            return {"kind": kind, "words": one_line(value["label"]), "url": address} if address else None
    return None


def _address(button: Any) -> str:
    """Where a button leads; empty where its page cannot be read any more."""
    if not button["page"]:
        return str(button["url"])
    page = button["page"].specific
    return settings.BASE_URL + page.url_path if page.is_readable else ""


def _picture(picture: Picture, alt: str, source: Source) -> dict[str, Any]:
    rendition = rendition_of(picture, PICTURE)
    return {"src": source(rendition), "alt": alt or "", "width": min(rendition.width, WIDTH)}


def _public(sheet: Sheet) -> Source:
    """The address of the file that is baked for readers."""
    return lambda rendition: settings.BASE_URL + sheet.rendition_address(rendition)


def _inside(rendition: Any) -> str:
    """The picture itself, in place of an address."""
    file = Path(rendition.file.path)
    return f"data:{TYPES.get(file.suffix, 'image/jpeg')};base64,{base64.b64encode(file.read_bytes()).decode()}"
