"""The privacy page: what the settings say of it, and the parts that apps above this one add."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from rightswire.pages.sheet import Sheet

Part = Callable[[Sheet], tuple[str, dict[str, Any]] | None]

# What somebody does who handles personal data for the organisation, by the choices of the settings.
ROLES = {
    "host": _("runs the machine that our server is on"),
    "mail": _("delivers our e-mail, and learns to whom"),
    "other": _("handles data for us"),
}

_parts: list[Part] = []


@dataclass(frozen=True, slots=True)
class ShownRecipient:
    """Somebody outside who receives personal data, in the language of a page."""

    name: str
    country: str
    role: str


def add_part(part: Part) -> Part:
    """Puts a part on the page, for an app above: `part` gives a template and what it shows, or None for nothing."""
    _parts.append(part)
    return part


def parts(sheet: Sheet) -> list[tuple[str, dict[str, Any]]]:
    """The templates of what the apps above keep of people, in the order in which they were added."""
    return [shown for part in _parts if (shown := part(sheet)) is not None]


def recipients(sheet: Sheet) -> list[ShownRecipient]:
    """Who else receives personal data, from the settings."""
    return [
        ShownRecipient(row.name, sheet.country(row.country), str(ROLES[row.role]))
        for row in sheet.frame.organisation.recipients.all()
    ]
