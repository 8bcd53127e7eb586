"""Opening a petition: what must be in order first, and the two people it takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from rightswire.accounts.models import User
from rightswire.bake.models import Due
from rightswire.campaigns.counting import queue_pages
from rightswire.campaigns.models import Act, Approval, Petition, PetitionPage, RecipientKey, RegisterEntry, State
from rightswire.pages.models import Organisation
from rightswire.seal.keys import Keys


class NotAllowed(Exception):
    """It cannot be done now; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list that must be green."""

    words: str
    is_met: bool
    remedy: str


def checklist(petition: Petition) -> list[Check]:
    keys = list(RecipientKey.objects.in_use())
    proven = set(petition.sealing_keys().values_list("key_id", flat=True))
    pages = PetitionPage.objects.filter(petition=petition, live=True)
    organisation = Organisation.current()
    return [
        Check(
            "It has a published page",
            pages.exists(),
            "Write its page under “Act” and publish it: readers see it once the petition is open.",
        ),
        Check(
            "No other version of its published pages is scheduled",
            not Revision.page_revisions.filter(
                object_id__in=[str(page.pk) for page in pages], approved_go_live_at__isnull=False
            ).exists(),
            "Publish it now, or take the schedule back in the page's form: two people agree to what is published.",
        ),
        Check("It is addressed to somebody", petition.addressees.exists(), "Add an official or a company."),
        Check(
            "It has no closing time, or one that is still to come",
            petition.closes_at is None or not petition.is_past_closing(),
            "Choose a later moment, or none.",
        ),
        Check(
            "There is a key to encrypt signatures for",
            bool(keys),
            "Make a pair with `rightswire keygen` away from the server, and add the public half under Keys.",
        ),
        Check(
            "Every key in use was proven to open a test signature of this petition",
            bool(keys) and all(key.pk in proven for key in keys),
            "Download the test file, open it where the key is, and type in the code.",
        ),
        Check(
            "The organisation has a postal address and an e-mail address",
            bool(organisation.address.strip() and organisation.email),
            "Fill them in under Settings, Organisation: the privacy page and every mail show them.",
        ),
        Check(
            "The privacy page names who is responsible",
            bool(organisation.controller.strip()),
            "Fill it in under Settings, Organisation.",
        ),
    ]


def ask(petition: Petition, act: Act, user: User) -> Approval:
    """The first of two people. Raises NotAllowed."""
    _check(petition, act)
    if Approval.objects.filter(petition=petition, act=act, done_at__isnull=True).exists():
        raise NotAllowed("Somebody has already asked for this: a second person can agree.")
    return Approval.objects.create(petition=petition, act=act, asked_by=user)


def agree(approval: Approval, user: User) -> None:
    """The second person; nobody is both. Raises NotAllowed."""
    if approval.asked_by_id == user.pk:
        raise NotAllowed("It takes a second person: whoever asked cannot agree as well.")
    if approval.agreed_at or approval.done_at:
        raise NotAllowed("Somebody has already agreed to this.")
    _check(approval.petition, Act(approval.act))
    approval.agreed_by, approval.agreed_at = user, timezone.now()
    approval.save(update_fields=["agreed_by", "agreed_at"])


def withdraw(approval: Approval) -> None:
    """Nothing comes of what was asked for."""
    approval.delete()


def _check(petition: Petition, act: Act) -> None:
    if act == Act.OPEN:
        if petition.state != State.DRAFT:
            raise NotAllowed("This petition has been opened already.")
        if open_points := [check.words for check in checklist(petition) if not check.is_met]:
            raise NotAllowed("Not yet in order: " + "; ".join(open_points) + ".")
    elif petition.state == State.DRAFT:
        raise NotAllowed("This petition has not been opened yet.")


@transaction.atomic
def open_petition(approval: Approval) -> None:
    """Opens it, once two people want it. Raises NotAllowed."""
    petition = approval.petition
    _check(petition, Act.OPEN)
    _done(approval, Act.OPEN)
    Keys(Path(settings.HOME) / "keys").make_pepper(petition.id_bytes)
    petition.state, petition.opened_at = State.OPEN, timezone.now()
    petition.save(update_fields=["state", "opened_at"])
    for page in PetitionPage.objects.filter(petition=petition, live=True):
        page.keep_ask()
    show(petition)


@transaction.atomic
def close_petition(petition: Petition, user: User) -> None:
    """Ends signing now; links that were begun before can be confirmed for seven days."""
    if petition.state != State.OPEN:
        raise NotAllowed("This petition is not open.")
    petition.state, petition.closed_at = State.CLOSED, timezone.now()
    petition.save(update_fields=["state", "closed_at"])
    note(Act.CLOSE, petition, user)
    show(petition)


def show(petition: Petition) -> None:
    """Has everything rendered that shows whether the petition is open."""
    queue_pages(petition)
    pages: list[Any] = list(PetitionPage.objects.filter(petition=petition))
    Due.objects.add({piece for page in pages for piece in page.dependents()} | {f"log:{petition.pk}", "logs:"})


def _done(approval: Approval, act: Act) -> None:
    if approval.act != act or approval.agreed_by is None or approval.done_at:
        raise NotAllowed("This takes two people: one asks, another one agrees.")
    approval.done_at = timezone.now()
    approval.save(update_fields=["done_at"])
    RegisterEntry.objects.create(
        petition_name=approval.petition.name,
        act=act,
        by=approval.asked_by.get_username(),
        second=approval.agreed_by.get_username(),
    )


def use_export(approval: Approval) -> None:
    """Marks an agreed export as done. Raises NotAllowed."""
    _done(approval, Act.EXPORT)


def note(act: Act, petition: Petition | None = None, user: User | None = None, words: str = "") -> None:
    """A line of the register."""
    RegisterEntry.objects.create(
        petition_name=petition.name if petition else "",
        act=act,
        by=user.get_username() if user else "",
        note=words,
    )
