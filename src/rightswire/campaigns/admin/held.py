"""Signatures that look false: what is known of each batch, and what becomes of it."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET, require_POST

from rightswire.accounts.models import User
from rightswire.campaigns.admin.deeds import deed, page_of, petition_for
from rightswire.campaigns.counting import FEWEST_OF_A_COUNTRY
from rightswire.campaigns.holding import AnotherNumber, batches, drop, release
from rightswire.campaigns.models import Act, Petition, SignatureState
from rightswire.campaigns.opening import NotAllowed, note
from rightswire.pages.language import country_name
from rightswire.seal.how_many import how_many

WHY = {
    "program": "Sent by a program, not by a browser",
    "disposable": "Throw-away e-mail addresses",
    "network": "Many from one network, too alike for people",
    "domain": "Many at one mail domain, too alike for people",
    "resembles": "Each much like those that were found to be false",
    "swarm": "From many networks of one size at once, as chance does not make them",
    "earlier": "Looked false when they were sent in; the server was restarted since",
}


def rows(petition: Petition) -> list[dict[str, Any]]:
    """The batches, the largest first. Countries are named from twenty on, as everywhere."""
    found: dict[str, dict[str, Any]] = {}
    for part in batches(petition):
        batch, number, reason = str(part["batch"]), int(str(part["number"])), str(part["reason"])
        row = found.setdefault(
            batch, {"batch": batch, "number": 0, "first": part["first"], "last": part["last"], "why": []}
        )
        row["number"] += number
        row["first"], row["last"] = min(row["first"], part["first"]), max(row["last"], part["last"])
        row["why"].append(WHY.get(reason, "Too alike for people"))
    held = petition.signatures.filter(state=SignatureState.HELD).order_by()
    countries: dict[str, list[tuple[str, int]]] = {}
    for batch, code, number in held.values_list("batch", "country").annotate(n=Count("country")).order_by("-n"):
        if number >= FEWEST_OF_A_COUNTRY:
            countries.setdefault(batch, []).append((country_name(code, "en"), number))
    counted = sum(row["number"] for row in found.values()) + _confirmed(petition)
    for row in found.values():
        row["countries"] = countries.get(row["batch"], [])
        row["percent"] = max(1, round(100 * row["number"] / counted))
    return sorted(found.values(), key=lambda row: -row["number"])


def _confirmed(petition: Petition) -> int:
    return petition.signatures.filter(state=SignatureState.CONFIRMED).count()


@require_GET
def held(request: HttpRequest, pk: int) -> HttpResponse:
    petition = petition_for(request, pk)
    return page_of(request, petition, "Held", "held.html", {"rows": rows(petition)})


@deed("held")
def release_batch(petition: Petition, user: User, data: QueryDict) -> str:
    number = release(petition, data.get("batch", ""))
    if not number:
        raise NotAllowed("Nothing of this batch is held any more.")
    note(Act.RELEASE, petition, user, how_many(number, "signature"))
    return f"Counted after all: {how_many(number, 'signature')}."


@require_POST
def ask_before_dropping(request: HttpRequest, pk: int) -> HttpResponse:
    """What dropping means for this batch, before it is done."""
    petition = petition_for(request, pk)
    batch = request.POST.get("batch", "")
    row = next((row for row in rows(petition) if row["batch"] == batch), None)
    return page_of(request, petition, "Drop false signatures", "drop.html", {"row": row})


@deed("held")
def drop_batch(petition: Petition, user: User, data: QueryDict) -> str:
    shown = data.get("number", "")
    number = int(shown) if shown.isdecimal() and len(shown) < 10 else 0
    if not number:
        raise NotAllowed("Nothing of this batch is held any more.")
    try:
        drop(petition, data.get("batch", ""), number)
    except AnotherNumber:
        raise NotAllowed("This batch has changed since you looked at it. Nothing was dropped: look again.") from None
    note(Act.DROP, petition, user, how_many(number, "signature"))
    return (
        f"Dropped for good: {how_many(number, 'signature')}. The next signed head of the log says how many there were "
        "in all."
    )
