"""The list out, for those who leave: when two people want it, once, its addresses encrypted as they are here.

The file's form is described in docs/features/lists.md; `open_subscribers` reads it.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from wagtail.log_actions import log

from rightswire.accounts.models import User
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.addresses import keys
from rightswire.newsletters.lists.opening import TYPE, whole_or_not
from rightswire.newsletters.models import (
    Consent,
    ConsentWording,
    Follow,
    ListExport,
    MailingKey,
    Subscriber,
    SubscriberState,
)
from rightswire.pages.models import Organisation

LOG_ASK, LOG_AGREE = "rightswire.ask_to_export_list", "rightswire.agree_to_export_list"
LOG_WITHDRAW, LOG_DONE = "rightswire.withdraw_list_export", "rightswire.export_list"
CHUNK = 1000


class CannotExport(Exception):
    """The list cannot be written; the message says why."""


def under_way() -> ListExport | None:
    """What somebody has asked for and nobody has done yet."""
    return ListExport.objects.filter(is_under_way=True).select_related("asked_by", "agreed_by").first()


def _locked() -> ListExport:
    """Raises NotAllowed."""
    export = ListExport.objects.select_for_update(no_key=True).filter(is_under_way=True).first()
    if export is None:
        raise NotAllowed("Nobody has asked for this, or it was withdrawn or done in the meantime.")
    return export


@transaction.atomic
def ask(user: User) -> None:
    """The first of two people. Raises NotAllowed."""
    export, is_new = ListExport.objects.get_or_create(is_under_way=True, defaults={"asked_by": user})
    if not is_new:
        raise NotAllowed("Somebody has asked for this already.")
    log(export, LOG_ASK, user=user)


@transaction.atomic
def agree(user: User) -> None:
    """The second; nobody is both, superusers neither. Raises NotAllowed."""
    export = _locked()
    if export.asked_by_id == user.pk:
        raise NotAllowed("It takes a second person: whoever asked cannot agree as well.")
    if export.agreed_by_id:
        raise NotAllowed("Somebody has already agreed to this.")
    export.agreed_by, export.agreed_at = user, timezone.now()
    export.save(update_fields=["agreed_by", "agreed_at"])
    log(export, LOG_AGREE, user=user)


@transaction.atomic
def withdraw(user: User) -> None:
    """Nothing comes of what was asked for; anybody may. Raises NotAllowed."""
    export = _locked()
    log(export, LOG_WITHDRAW, user=user)
    export.delete()


def export_agreed(file: Path, user: User | None = None) -> int:
    """Writes the list whole or not at all and uses the agreement up; returns how many subscribers it holds.

    `user`: who takes it, by the admin. Raises NotAllowed, CannotExport where `file` exists, and OSError.
    """
    if file.exists():
        raise CannotExport(f"{file} is already there and was not touched: give another name.")
    agreed = _agreed(under_way(), user)
    with whole_or_not(file) as draft:
        number = _write(draft)
        _use(agreed, number, user)
    return number


def _agreed(export: ListExport | None, user: User | None) -> ListExport:
    """Raises NotAllowed."""
    if export is None or export.agreed_by_id is None:
        raise NotAllowed("This takes two people: one asks, another one agrees, in the admin under Newsletters, Lists.")
    if user and user.pk not in (export.asked_by_id, export.agreed_by_id):
        raise NotAllowed("One of the two who agreed can take the list.")
    return export


@transaction.atomic
def _use(export: ListExport, number: int, user: User | None) -> None:
    """Raises NotAllowed where somebody else was faster."""
    if _agreed(_locked(), user) != export:
        raise NotAllowed("This agreement was used or withdrawn in the meantime.")
    export.done_at, export.is_under_way, export.number = timezone.now(), None, number
    export.save(update_fields=["done_at", "is_under_way", "number"])
    log(export, LOG_DONE, user=user)


def _write(draft: Path) -> int:
    number = 0
    digest = hashlib.sha256()
    with zipfile.ZipFile(draft, "w") as archive:
        text = json.dumps(facts(), ensure_ascii=False, indent=1).encode()
        archive.writestr("list.json", text)
        with archive.open("rows.jsonl", "w", force_zip64=True) as member:
            for row in _rows():
                line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
                member.write(line)
                digest.update(line)
                number += 1
        signature = keys().site_key().sign(hashlib.sha256(text).digest() + digest.digest())
        archive.writestr("signature", base64.b64encode(signature))
    return number


def facts() -> dict[str, Any]:
    """`list.json`: what is said of the whole."""
    return {
        "type": TYPE,
        "organisation": {wording.language: wording.name for wording in Organisation.current().wordings.all()},
        "site": settings.BASE_URL,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "keys": [{"id": row.key.id.hex(), "label": row.label} for row in MailingKey.objects.all()],
        "site_key": base64.b64encode(keys().site_public_key()).decode(),
        "wordings": {
            str(row.pk): {"version": row.version, "language": row.language, "words": row.words}
            for row in ConsentWording.objects.all()
        },
    }


def _rows() -> Iterator[dict[str, Any]]:
    everybody = Subscriber.objects.select_related("choice").order_by("pk")
    related = (Prefetch("consents", Consent.objects.order_by("day", "pk")),)
    follows = Prefetch("follows", Follow.objects.select_related("petition").order_by("pk"))
    for subscriber in everybody.prefetch_related(*related, follows).iterator(chunk_size=CHUNK):
        yield {
            "sealed": base64.b64encode(subscriber.sealed).decode(),
            "state": SubscriberState(subscriber.state).name.lower(),
            "language": subscriber.language,
            "rhythm": subscriber.rhythm,
            "choice": json.loads(subscriber.choice.text),
            "follows": [follow.petition.slug for follow in subscriber.follows.all()],
            "zone": subscriber.zone,
            "newsletters": subscriber.wants_letters,
            "paused_until": _text(subscriber.paused_until),
            "consent_ends_on": _text(subscriber.consent_ends_on),
            "consents": [
                {"day": str(consent.day), "basis": consent.basis, "source": consent.source, "words": consent.wording_id}
                for consent in subscriber.consents.all()
            ],
        }


def _text(day: Any) -> str:
    return day.isoformat() if day else ""
