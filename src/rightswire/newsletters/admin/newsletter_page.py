"""A newsletter's own page: how it looks, whom it goes to, a test, and the two people it takes."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from wagtail.admin.widgets.button import HeaderButton

from rightswire.accounts.models import User
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters import releasing
from rightswire.newsletters.admin.deeds import deed, may, page_of, row_for
from rightswire.newsletters.admin.followers import by_language
from rightswire.newsletters.admin.unlocking import why_it_waits
from rightswire.newsletters.framing import PREFERENCES, UNSUBSCRIBE
from rightswire.newsletters.freezing import newsletter_audience
from rightswire.newsletters.models import Newsletter, NewsletterState
from rightswire.newsletters.rendering import Rendered, TooLong, preview_html, render_newsletter
from rightswire.newsletters.totals import told
from rightswire.outbox.queue import MessageError, OutgoingMessage, queue
from rightswire.pages.language import language
from rightswire.pages.models import Organisation

WIDTHS = ((320, "a small phone"), (390, "a phone"), (600, "a computer"))
LOOKS = ("light", "dark")
IS_DARK = re.compile(r"\(prefers-color-scheme:\s*dark\)")
ALWAYS, NEVER = "(min-width: 0)", "(max-width: 0)"
FRAME_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"img-src 'self' data: {settings.BASE_URL}",
        "frame-ancestors 'self'",
    )
)

deed_on_newsletter = deed(Newsletter, "newsletters:newsletter")


def rendered(newsletter: Newsletter) -> Rendered:
    """As everybody gets it, but that a person's own links lead to the page on which one subscribes. Raises TooLong."""
    whole = render_newsletter(newsletter)
    address = f"{settings.BASE_URL}/{newsletter.language}/subscribe/"
    text, html = (part.replace(UNSUBSCRIBE, address).replace(PREFERENCES, address) for part in (whole.text, whole.html))
    return Rendered(whole.subject, text, html, whole.items)


def audience(newsletter: Newsletter) -> dict[str, Any]:
    """To whom it goes, in words, and how many they are; never who."""
    own = language(newsletter.language)
    others = []
    if newsletter.petition:
        counted = by_language(newsletter.petition)
        others = [(language(code).name, told(number)) for code, number in counted if code != newsletter.language]
    return {
        "language": own,
        "number": told(newsletter_audience(newsletter).count()),
        "other_followers": others,
        "is_late": newsletter.send_at is not None and newsletter.send_at <= timezone.now(),
        "zone": settings.TIME_ZONE,
    }


@require_GET
def newsletter_page(request: HttpRequest, pk: int) -> HttpResponse:
    newsletter = row_for(request, "change", Newsletter, pk)
    buttons = []
    if not releasing.why_fixed(newsletter):
        edit = reverse("newsletters:edit", args=[pk])
        buttons.append(HeaderButton("Edit", url=edit, icon_name="edit"))
    if may(request.user, "add", Newsletter):
        copy = reverse("newsletters:copy", args=[pk])
        buttons.append(HeaderButton("Copy", url=copy, icon_name="copy"))
    context = {
        "newsletter": newsletter,
        "header_buttons": buttons,
        "history_url": reverse("newsletters:history", args=[pk]),
        "sending": getattr(newsletter, "sending", None),
        "is_asker": newsletter.asked_by_id == request.user.pk,
        "why_it_waits": why_it_waits() if newsletter.state == NewsletterState.RELEASED else "",
        "own_address": getattr(request.user, "email", ""),
        **audience(newsletter),
    }
    crumbs = [(reverse("newsletters:index"), "Newsletters")]
    return page_of(request, newsletter.subject, "mail", crumbs, "newsletter.html", context)


# Looking at it


@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    newsletter = row_for(request, "change", Newsletter, pk)
    return _about(request, newsletter, "How it looks", "preview.html", looks(request, newsletter))


def looks(request: HttpRequest, newsletter: Newsletter) -> dict[str, Any]:
    look = request.GET.get("look", "")
    trouble = text = ""
    kilobytes = 0
    try:
        whole = rendered(newsletter)
        text, kilobytes = whole.text, max(1, round(len(whole.html.encode()) / 1000))
    except TooLong as error:
        trouble = str(error)
    return {
        "newsletter": newsletter,
        "widths": WIDTHS,
        "looks": LOOKS,
        "look": look if look in LOOKS else LOOKS[0],
        "text": text,
        "kilobytes": kilobytes,
        "trouble": trouble,
        **audience(newsletter),
    }


def _about(
    request: HttpRequest, newsletter: Newsletter, title: str, template: str, context: dict[str, Any]
) -> HttpResponse:
    own = (reverse("newsletters:newsletter", args=[newsletter.pk]), newsletter.subject)
    crumbs = [(reverse("newsletters:index"), "Newsletters"), own]
    return page_of(request, title, "view", crumbs, template, context)


@require_GET
def frame(request: HttpRequest, pk: int, look: str) -> HttpResponse:
    """The HTML alone, for the frames of the preview: it may run nothing, send nothing and load only our pictures."""
    html = preview_html(row_for(request, "change", Newsletter, pk))
    answer = HttpResponse(IS_DARK.sub(ALWAYS if look == "dark" else NEVER, html))
    answer["Content-Security-Policy"] = FRAME_POLICY
    answer["Cache-Control"] = "no-store"
    return answer


@deed_on_newsletter
def send_test(newsletter: Newsletter, user: User, data: QueryDict) -> str:
    """To whoever presses the button, and to nobody else."""
    if not user.email:
        raise NotAllowed("Your account has no e-mail address. Fill one in under your name, Account; then try again.")
    whole, organisation = rendered(newsletter), Organisation.current()
    wording = organisation.worded(newsletter.language)
    try:
        message = OutgoingMessage(
            to=user.email,
            subject=f"TEST: {whole.subject}",
            text=whole.text,
            html=whole.html,
            language=newsletter.language,
            kind="newsletter-test",
            from_name=wording.name if wording else "",
            from_address=organisation.email,
        )
    except MessageError as error:
        raise NotAllowed(f"{error} Look at your account's address, and at Settings, Organisation.") from None
    queue(message)
    return (
        "A test is on its way to your own mailbox. It has no personal links, and pictures show only where they are on "
        "the site already."
    )


# Releasing it


@deed_on_newsletter
def ask(newsletter: Newsletter, user: User, data: QueryDict) -> str:
    releasing.ask(newsletter, user)
    return "You have asked to send it. A second person can agree on this page."


@require_GET
def agree_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes out, to how many and when, before the second person agrees."""
    newsletter = row_for(request, "change", Newsletter, pk)
    seen = releasing.content_digest(newsletter)
    context = {
        **looks(request, newsletter),
        "seen": seen,
        "can_agree": newsletter.state == NewsletterState.ASKED and newsletter.asked_by_id != request.user.pk,
        "is_asker": newsletter.asked_by_id == request.user.pk,
    }
    return _about(request, newsletter, "Agree to send it", "agree.html", context)


@deed_on_newsletter
def agree(newsletter: Newsletter, user: User, data: QueryDict) -> str:
    """Releases what the second person has seen, and nothing else."""
    row = releasing.locked(newsletter)
    if data.get("seen") != releasing.content_digest(row):
        raise NotAllowed("It has changed since you opened the page. Look at it and agree again.")
    releasing.agree(row, user)
    return "Two people agree: it is released."


@deed_on_newsletter
def withdraw(newsletter: Newsletter, user: User, data: QueryDict) -> str:
    releasing.withdraw(newsletter, user)
    return "Taken back: nothing goes out. It is in preparation again."
