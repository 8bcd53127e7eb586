"""The demonstration's mailbox: a visitor reads there what she was sent. Nowhere but in a demonstration."""

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.html import urlize
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rightswire.bake.pieces import Edition
from rightswire.outbox.server import FILE, read_server
from rightswire.pages.sheet import Sheet

SHOWN = 20
SOFT_BREAK = re.compile(r"(?m)(?<!^--) \n")  # the text goes on (RFC 3676); what is below "-- " is apart


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest mails, or one of them."""
    code = request.GET.get("lang", "")
    sheet = Sheet(Edition(), code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
    if not sheet.frame.organisation.is_demo or read_server(settings.EMAIL_URL).scheme != FILE:
        raise Http404
    files = sorted(_folder().glob("*.eml"), key=lambda file: -file.stat().st_mtime)[:SHOWN]
    chosen = request.GET.get("mail", "")
    found = [_read(file) for file in files if not chosen or file.stem == chosen]
    if chosen and not found:
        raise Http404
    with translation.override(sheet.language):
        title = _("The demonstration’s mailbox")
    context = {"title": title, "noindex": True, "mails": found, "is_one": bool(chosen)}
    alternates = {other: f"/do/demo-mail/?lang={other}" for other, _name in settings.LANGUAGES}
    response = HttpResponse(sheet.render("demo/mail.html", context, alternates, "/do/demo-mail/"))
    response["Cache-Control"] = "no-store"
    return response


def _folder() -> Path:
    return Path(settings.HOME) / "mail"


def _read(file: Path) -> dict[str, Any]:
    message: EmailMessage = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    text = str(body.get_content()).replace("\r", "") if body else ""
    text = SOFT_BREAK.sub(" ", text)
    return {
        "name": file.stem,
        "subject": str(message["subject"]),
        "to": str(message["to"]).strip("<>"),
        "language": str(message["content-language"] or ""),
        "paragraphs": [_shown(part) for part in re.split(r"\n\s*\n", text) if part.strip()],
    }


def _shown(part: str) -> list[str]:
    """The lines of a paragraph, with links to press, shortened where they are long."""
    lines = part.strip().split("\n")
    return [mark_safe(urlize(line, trim_url_limit=60, autoescape=True)) for line in lines]  # escaped by urlize itself
