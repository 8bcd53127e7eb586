"""The pages that answer supporters: rendered like the public ones, never stored, most of them in advance."""

import html
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightswire.bake.pieces import Edition
from rightswire.campaigns.facts import PetitionFacts
from rightswire.campaigns.models import PetitionPage
from rightswire.campaigns.petition_page import petition_context
from rightswire.campaigns.sign_form import FIELDS
from rightswire.outbox.composing import Sender
from rightswire.outbox.server import FILE, read_server
from rightswire.pages.sheet import Sheet

LASTS = 10.0  # seconds that menus, settings and texts may lag behind the admin
_SLOT = re.compile(r"\{slot ([a-z_]+)\}")


class Shell:
    """A page rendered once, with slots for what the one person typed."""

    def __init__(self, page: str) -> None:
        parts = _SLOT.split(page)
        self._texts = [text.encode() for text in parts[::2]]
        self._slots = parts[1::2]

    def fill(self, values: dict[str, str]) -> bytes:
        pieces = [self._texts[0]]
        for name, text in zip(self._slots, self._texts[1:], strict=True):
            pieces += [html.escape(values.get(name, "")).encode(), text]
        return b"".join(pieces)


SLOTS = {name: f"{{slot {name}}}" for name in FIELDS}


class SupporterPages:
    """Renders in any thread; what is the same for everybody is kept for LASTS seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shells: dict[tuple[str, str, str], tuple[float, Shell]] = {}
        self._senders: dict[str, tuple[float, Sender]] = {}
        self._edition = Edition()
        self._edition_ends = 0.0

    def known(self, name: str, facts: PetitionFacts, language: str) -> Shell | None:
        """The shell if it was rendered lately."""
        ends, shell = self._shells.get((name, facts.slug, language), (0.0, None))
        return shell if time.monotonic() < ends else None

    def shell(self, name: str, facts: PetitionFacts, language: str) -> Shell:
        if known := self.known(name, facts, language):
            return known
        shell = Shell(self.render(name, facts, language, {"form": {"values": SLOTS}}).decode())
        self._shells[(name, facts.slug, language)] = (time.monotonic() + LASTS, shell)
        return shell

    def render(self, name: str, facts: PetitionFacts | None, language: str, context: dict[str, Any]) -> bytes:
        """`campaigns/NAME.html` in `language`, about a petition."""
        with self._lock:
            sheet = self._sheet(language)
            with translation.override(language):
                title = TITLES[name]()
            about = self._about(facts, language, sheet) if facts else {}
            whole = {**about, "title": title, "noindex": True, "mail_url": _demo_mail(sheet), **context}
            return sheet.render(f"campaigns/{name}.html", whole, facts.addresses if facts else {}, f"/{language}/act/")

    def show(
        self, template: str, title: Callable[[], str], language: str, context: Callable[[Sheet], dict[str, Any]]
    ) -> bytes:
        """A page of an app above, about no petition; `context` is asked for what it shows."""
        with self._lock:
            sheet = self._sheet(language)
            with translation.override(language):
                told = {"title": title(), **context(sheet)}
            whole = {"noindex": True, "mail_url": _demo_mail(sheet), **told}
            alternates = {code: f"/{code}/subscribe/" for code, _name in settings.LANGUAGES}
            return sheet.render(template, whole, alternates, f"/{language}/subscribe/")

    def _about(self, facts: PetitionFacts, language: str, sheet: Sheet) -> dict[str, Any]:
        """What the petition's page shows; nothing where that was taken down, whose links still work."""
        page = self._page(facts, language) if facts.addresses else None
        return petition_context(page, sheet) | {"linked_data": []} if page else {"petition": facts}

    def _page(self, facts: PetitionFacts, language: str) -> PetitionPage:
        pages = PetitionPage.objects.select_related("locale", "petition").filter(petition_id=facts.number, live=True)
        return pages.get(locale__language_code=facts.language_for(language))

    def refused_form(self, facts: PetitionFacts, language: str, form: dict[str, Any]) -> bytes:
        """The petition's page again, with what was typed and what to mend."""
        with self._lock:
            sheet = self._sheet(language)
            page = self._page(facts, language)
            context = petition_context(page, sheet, form) | {"noindex": True}
            return sheet.render("campaigns/petition.html", context, facts.addresses, page.url_path)

    def refused_address(self, facts: PetitionFacts, language: str, typed: str) -> bytes:
        """The petition's page again, for whoever asked for her erasure link with what is no address."""
        wrong = gettext_lazy("This is not a complete e-mail address. It looks like name@example.org.")
        return self.refused_form(facts, language, {"values": {"back": typed}, "errors": {"back": wrong}})

    def known_sender(self, language: str) -> Sender | None:
        """The sender if it was read lately."""
        ends, sender = self._senders.get(language, (0.0, None))
        return sender if time.monotonic() < ends else None

    def sender(self, language: str) -> Sender:
        """Who the mails to supporters come from; asks the database."""
        sender = self._read_sender(language)
        self._senders[language] = (time.monotonic() + LASTS, sender)
        return sender

    def _read_sender(self, language: str) -> Sender:
        with self._lock:
            frame = self._sheet(language).frame
            organisation = frame.organisation
            palette = organisation.shown_accent
            return Sender(
                name=frame.wording.name,
                email=organisation.email,
                postal_address=organisation.address,
                site=settings.BASE_URL,
                colour=palette.light if palette else "#12191c",
            )

    def _sheet(self, language: str) -> Sheet:
        if time.monotonic() > self._edition_ends:
            self._edition, self._edition_ends = Edition(), time.monotonic() + LASTS
        return Sheet(self._edition, language)


def _demo_mail(sheet: Sheet) -> str:
    """Where a visitor of the demonstration reads the mail that she was sent."""
    is_file = read_server(settings.EMAIL_URL).scheme == FILE
    return f"/do/demo-mail/?lang={sheet.language}" if is_file and sheet.frame.organisation.is_demo else ""


TITLES: dict[str, Callable[[], str]] = {
    "sent": lambda: _("Check your mail"),
    "received": lambda: _("Thank you for signing"),
    "confirm": lambda: _("Confirm your signature"),
    "thanks": lambda: _("Thank you for signing"),
    "counting_code": lambda: _("Your counting code"),
    "erase": lambda: _("Remove your signature"),
    "erased": lambda: _("Your signature is removed"),
    "again": lambda: _("Look into your mailbox"),
    "refused": lambda: _("This did not work"),
}
