"""The frame of mails to subscribers: who writes, why, and the way out; its styles written into each element."""

import functools
import re
import secrets
from collections.abc import Mapping
from typing import Any

import css_inline
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from rightswire.newsletters.extracts import one_line
from rightswire.pages.colour import HOUSE_PALETTE, Palette
from rightswire.pages.sheet import Sheet

UNSUBSCRIBE, PREFERENCES = "{{unsubscribe}}", "{{preferences}}"
RULE = "-" * 40

# While a mail is made, words that nobody can have typed stand for the slots: text that names a slot gets nobody's link.
_HELD = {slot: f"slot{secrets.token_hex(16)}" for slot in (UNSUBSCRIBE, PREFERENCES)}

# Behind the preheader, so that mail programs do not show the beginning of the mail after it.
_PADDING = "\u034f\u200c\u00a0" * 50


def framed(template: str, sheet: Sheet, context: Mapping[str, Any]) -> tuple[str, str]:
    """The text and the HTML of newsletters/mail/`template`, with the slots for a person's own links."""
    whole = {**_frame(sheet), **context}
    with translation.override(sheet.language):
        text = _render(f"{template}.txt", whole, autoescape=False)
        html = _render(f"{template}.html", whole, autoescape=True)
    html = _inliner(whole["palette"]).inline(
        "\n".join(filter(None, (line.strip(" \t\r") for line in html.split("\n"))))
    )
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip(" \t\r") for line in text.split("\n"))).strip() + "\n"
    return _slotted(text, "{\u2060{"), _slotted(html, "&#123;{")


def _frame(sheet: Sheet) -> dict[str, Any]:
    organisation = sheet.frame.organisation
    name = one_line(sheet.frame.wording.name)
    address = [line for line in map(one_line, organisation.address.splitlines()) if line]
    return {
        "lang": sheet.frame.language,
        "name": name,
        "address": address[1:] if address[:1] == [name] else address,
        "email": organisation.email,
        "phone": organisation.phone,
        "home": f"{settings.BASE_URL}/{sheet.language}/",
        "demo_month": sheet.frame.demo_month if organisation.is_demo else "",
        "palette": organisation.shown_accent or HOUSE_PALETTE,
        "padding": _PADDING,
        "rule": RULE,
        "unsubscribe": _HELD[UNSUBSCRIBE],
        "preferences": _HELD[PREFERENCES],
    }


def _render(name: str, context: Mapping[str, Any], *, autoescape: bool) -> str:
    template: Any = get_template(f"newsletters/mail/{name}")  # Django's own, which lets plain text go unescaped
    return str(template.template.render(Context(dict(context), autoescape=autoescape)))


@functools.lru_cache(maxsize=8)
def _inliner(palette: Palette) -> css_inline.CSSInliner:
    styles = _render("inline.css", {"palette": palette}, autoescape=False)
    return css_inline.CSSInliner(extra_css=styles, load_remote_stylesheets=False)


def _slotted(part: str, harmless: str) -> str:
    """Opens the slots; one that somebody typed is broken by `harmless`, which looks the same."""
    for slot, held in _HELD.items():
        part = part.replace(slot, harmless + slot[2:]).replace(held, slot)
    return part
