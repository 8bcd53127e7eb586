"""A mail from its two templates, in the organisation's frame.

A template is the body alone: `NAME.txt` and `NAME.html`. Around it stand who writes, where they are, and why the mail
was sent. The frame is rendered once for an organisation and language, so that a storm of mails costs their bodies only.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation
from django.utils.html import escape

from rightswire.outbox.queue import OutgoingMessage

_BODY, _SUBJECT = "(the body stands here)", "(the subject stands here)"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, in one language. `colour` "#rrggbb", on which white can be read; `site` the public address."""

    name: str
    email: str
    postal_address: str
    site: str
    colour: str
    reply_to: str = ""


def compose(
    template: str,
    context: Mapping[str, Any],
    *,
    to: str,
    subject: str,
    language: str,
    kind: str,
    sender: Sender,
    headers: tuple[tuple[str, str], ...] = (),
) -> OutgoingMessage:
    """The mail of the templates `template`.txt and .html, with `sender`, `language` and `direction` in their context.

    Raises MessageError where a field cannot stand in a mail.
    """
    with translation.override(language):
        values = {**context, **_shared(sender, language)}
        text = _template(f"{template}.txt").render(Context(values, autoescape=False))
        html = _template(f"{template}.html").render(Context(values))
        (text_head, text_foot), (html_head, html_foot) = _frame(sender, language)
    return OutgoingMessage(
        to=to,
        subject=subject,
        text=text_head + text.strip() + text_foot,
        html=html_head.replace(_SUBJECT, escape(subject)) + html.strip() + html_foot,
        language=language,
        kind=kind,
        from_name=sender.name,
        from_address=sender.email,
        reply_to=sender.reply_to,
        headers=headers,
    )


@functools.lru_cache(maxsize=64)
def _frame(sender: Sender, language: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What stands before and after the body, as text and as HTML; in the language that is active."""
    host = urlsplit(sender.site).hostname
    values = {**_shared(sender, language), "host": host, "subject": _SUBJECT, "body": _BODY}
    text = _template("outbox/frame.txt").render(Context(values, autoescape=False))
    html = _template("outbox/frame.html").render(Context(values))
    text_head, _, text_foot = text.partition(_BODY)
    html_head, _, html_foot = html.partition(_BODY)
    return (text_head, text_foot), (html_head, html_foot)


def _shared(sender: Sender, language: str) -> dict[str, Any]:
    direction = "rtl" if translation.get_language_bidi() else "ltr"
    return {"sender": sender, "language": language, "direction": direction}


def _template(name: str) -> Template:
    """Django's own template, which lets plain text go unescaped; Django keeps it compiled."""
    return get_template(name).template  # type: ignore[attr-defined]
