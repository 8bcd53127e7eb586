"""Opening and closing a petition: one person asks, another one agrees."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from rightswire.accounts.models import User
from rightswire.campaigns.admin.deeds import deed, page_of, petition_for
from rightswire.campaigns.models import Act, Approval, Official, Petition, PetitionPage, RecipientKey
from rightswire.campaigns.opening import NotAllowed, agree, ask, checklist, close_petition, open_petition, withdraw
from rightswire.pages.language import language


def under_way(petition: Petition, act: Act) -> Approval | None:
    """What somebody has asked for and nobody has done yet."""
    waiting = Approval.objects.filter(petition=petition, act=act, done_at__isnull=True)
    return waiting.select_related("asked_by", "agreed_by").first()


def waiting_for(petition: Petition, act: Act) -> Approval:
    """Raises NotAllowed."""
    approval = under_way(petition, act)
    if approval is None:
        raise NotAllowed("Nobody has asked for this, or it was withdrawn or done in the meantime.")
    return approval


def opening_digest(petition: Petition) -> str:
    """What would be opened now, in 64 characters: whatever signers are told or promised."""
    fields = [
        sorted(key.id_hex for key in RecipientKey.objects.in_use()),
        [[official.pk, official.name, official.country, _wordings(official)] for official in petition.officials()],
        petition.slug,
        petition.confirmed_by,
        petition.closes_at.timestamp() if petition.closes_at else None,
        petition.keep_days,
        [
            [page.pk, page.title, page.introduction, page.ask, list(page.body.raw_data)]
            for page in opened_pages(petition)
        ],
    ]
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _wordings(official: Official) -> list[list[str]]:
    return sorted([row.language, row.shown_name, row.role, row.organisation] for row in official.wordings.all())


def opened_pages(petition: Petition) -> list[PetitionPage]:
    """The pages that readers would see once it is open."""
    pages = PetitionPage.objects.filter(petition=petition, live=True)
    return list(pages.select_related("locale").order_by("pk"))


@deed("overview")
def ask_to_open(petition: Petition, user: User, data: QueryDict) -> str:
    ask(petition, Act.OPEN, user)
    return "You have asked to open it. A second person can agree on this page."


@deed("overview")
def agree_and_open(petition: Petition, user: User, data: QueryDict) -> str:
    """Opens what the second person has seen, and nothing else."""
    approval = waiting_for(petition, Act.OPEN)
    if data.get("seen") != opening_digest(petition):
        raise NotAllowed(
            "The petition, one of its pages or the keys were changed since you opened this page, so nothing was "
            "opened. Read it again, then agree."
        )
    agree(approval, user)
    open_petition(approval)
    return "The petition is open. Its pages are public within seconds."


@deed("overview")
def withdraw_opening(petition: Petition, user: User, data: QueryDict) -> str:
    withdraw(waiting_for(petition, Act.OPEN))
    return "The request was withdrawn. Nothing has changed."


@require_GET
def close_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what closing means, before it is done."""
    return page_of(request, petition_for(request, pk), "Close", "close.html", {})


@deed("overview")
def close(petition: Petition, user: User, data: QueryDict) -> str:
    close_petition(petition, user)
    return "The petition is closed. Links that were sent before can be confirmed for seven days."


def opening_context(petition: Petition, user: User) -> dict[str, Any]:
    """The list that must be green, and what somebody has asked for."""
    checks = checklist(petition)
    approval = under_way(petition, Act.OPEN)
    return {
        "checks": checks,
        "is_ready": all(check.is_met for check in checks),
        "approval": approval,
        "is_asker": approval is not None and approval.asked_by_id == user.pk,
        "seen": opening_digest(petition),
        "officials": petition.officials(),
        "opened_pages": [(page, language(page.language)) for page in opened_pages(petition)],
    }
