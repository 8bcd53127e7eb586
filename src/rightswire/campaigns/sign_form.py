"""The form on a petition's page: what comes in is read, cleaned and checked, field by field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from rightswire.pages.language import COUNTRY_CODES
from rightswire.seal.address import AddressError, read_address

LONGEST_NAME = 120
LONGEST_COMMENT = 280
FIELDS = ("name", "email", "country", "comment", "show_name", "show_comment", "updates", "follow", "website")
_JOINERS = "\u200c\u200d"  # needed inside words of Persian or Hindi, and in emoji


@dataclass(slots=True)
class SignForm:
    """`values` are as typed, to fill the form again; the others are cleaned. `errors` by field."""

    values: dict[str, str]
    name: str = ""
    email: str = ""
    country: str = ""
    comment: str = ""
    show_name: bool = False
    show_comment: bool = False
    errors: dict[str, Any] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        return not self.errors


def clean_text(text: str, *, lines: bool = False) -> str:
    """Text without control characters, direction overrides and other signs that nobody sees, in NFC."""
    kept = []
    for sign in unicodedata.normalize("NFC", text):
        category = unicodedata.category(sign)
        if sign in "\r\n\t\u2028\u2029":
            kept.append("\n" if lines and sign == "\n" else " ")
        elif category not in ("Cc", "Cf", "Cs", "Co", "Cn") or sign in _JOINERS or _is_tag(sign):
            kept.append(sign)
    spaced = re.sub(r"[^\S\n]+", " ", "".join(kept))
    return re.sub(r" ?\n[ \n]*", "\n", spaced).strip(" \n" + _JOINERS)


def _is_tag(sign: str) -> bool:
    return "\U000e0020" <= sign <= "\U000e007f"  # the flags of Scotland, Wales and England


def read_form(fields: Mapping[str, str], *, needs_address: bool) -> SignForm:
    """The form as it came; `errors` tells each field that its sender has to mend."""
    form = SignForm(values={name: fields.get(name, "") for name in FIELDS})
    _read_name(form)
    _read_address(form, needs_address=needs_address)
    form.country = form.values["country"].strip().upper()
    if form.country not in COUNTRY_CODES:
        form.country = ""
        form.errors["country"] = _("Please choose your country.")
    form.comment = clean_text(form.values["comment"], lines=True)
    if len(form.comment) > LONGEST_COMMENT:
        form.errors["comment"] = _("Please shorten your comment to 280 characters.")
    form.show_name = bool(form.values["show_name"].strip())
    form.show_comment = bool(form.values["show_comment"].strip()) and bool(form.comment)
    if form.values["website"].strip():
        form.errors["website"] = _("Please leave this field empty. It is there to stop machines.")
    return form


def _read_name(form: SignForm) -> None:
    form.name = clean_text(form.values["name"])
    if not any(unicodedata.category(sign)[0] in "LNSM" for sign in form.name):
        form.errors["name"] = _("Please give your name.")
    elif len(form.name) > LONGEST_NAME:
        form.errors["name"] = _("Please shorten your name to 120 characters.")


def _read_address(form: SignForm, *, needs_address: bool) -> None:
    typed = form.values["email"].strip()
    if not typed:
        if needs_address:
            form.errors["email"] = _("Please give your e-mail address: we send the link for confirming to it.")
        return
    try:
        form.email = read_address(typed)
    except AddressError:
        form.errors["email"] = _("This is not a complete e-mail address. It looks like name@example.org.")


def too_long(form: SignForm, *, is_ticked: bool) -> None:
    """Texts within their limits that together do not fit, which only rare characters bring about.

    `is_ticked`: the address has to fit in as well, for what was ticked besides.
    """
    if is_ticked:
        form.errors["comment"] = _("Please shorten your comment, or leave the ticks for news empty: both do not fit.")
        return
    form.errors["comment"] = _("Please shorten your comment: it has many rare characters, which take more room.")
