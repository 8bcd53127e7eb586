"""What the page of a petition shows, and the listing of all actions."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from rightswire.campaigns.counting import countries as counted_countries
from rightswire.campaigns.counting import goal
from rightswire.campaigns.models.petition import ConfirmedBy, Petition, State
from rightswire.campaigns.models.signature import Count
from rightswire.campaigns.wishes import ticks
from rightswire.newsroom.item_page import share_links
from rightswire.pages.language import countries
from rightswire.pages.models.menu import link_address
from rightswire.pages.sheet import Sheet

if TYPE_CHECKING:
    from rightswire.campaigns.models.pages import PetitionPage


def petition_context(page: "PetitionPage", sheet: Sheet, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """`form`: what was typed and its errors, where the form comes back to be mended."""
    petition: Petition = page.petition
    language = page.language
    officials = [_official(official, sheet) for official in petition.officials()]
    takes_signatures = petition.is_open and petition.sealing_keys().exists()  # without a key there is no form
    return {
        "page": page,
        "title": page.seo_title or page.title,
        "description": page.search_description or page.introduction,
        "crumbs": [
            (page.get_parent().get_parent().title, f"/{language}/"),
            (page.get_parent().title, f"/{language}/act/"),
        ],
        "petition": petition,
        "state": "open" if takes_signatures else "draft" if petition.is_open else "closed",
        "progress": progress(petition, sheet),
        "officials": officials,
        "closes": timezone.localtime(petition.ends_at) if petition.ends_at else None,
        "is_confirmed_by_mail": petition.confirmed_by == ConfirmedBy.MAIL,
        "can_be_taken_back": petition.can_be_undone,
        "updates": [_update(block.value) for block in page.updates if block.value["kind"] == "update"],
        "outcomes": [_update(block.value) for block in page.updates if block.value["kind"] != "update"],
        "next": [_next(block.value) for block in page.next_steps],
        "share": share(page.url_path, page.title),
        "form": {
            "values": {},
            "errors": {},
            **(form or {}),
            "countries": countries(language),
            "ticks": ticks(language),
            "shown_to": sheet.listed([shown_to(official, sheet) for official in officials]),
        },
        "puzzle_url": sheet.assets.url("puzzle.js"),
    }


def shown_to(official: dict[str, Any], sheet: Sheet) -> str:
    """Whom a signer lets see her name, and where: so that she knows under which power it comes."""
    comma = "، " if sheet.frame.language.direction == "rtl" else ", "
    names = [name for name in (official["name"], official["organisation"]) if name]
    return f"{comma.join(names)} ({official['country']})"


def share(address: str, title: str) -> list[tuple[str, str]]:
    return share_links(settings.BASE_URL + address, title)


def progress(petition: Petition, sheet: Sheet) -> dict[str, Any]:
    """The count, and what is counted apart from it, in numbers."""
    count = Count.objects.filter(petition=petition).first() or Count(counted_at=timezone.now())
    reached = count.unconfirmed if petition.confirmed_by == ConfirmedBy.NOTHING else count.confirmed
    milestone = goal(reached, petition.first_goal)
    return {
        "confirmed": count.confirmed,
        "milestone": milestone,
        "percent": min(100, reached * 100 // milestone),
        "more": milestone - reached,
        "as_of": timezone.localtime(count.counted_at),
        "unconfirmed": count.unconfirmed,
        "paper": sum(row.number for row in petition.paper_tallies.all()),
        "elsewhere": [{"number": r.number, "date": r.date, "source": r.source} for r in petition.elsewhere.all()],
        "countries": [(sheet.country(code) if code else "", number) for code, number in counted_countries(petition)],
    }


def _official(official: Any, sheet: Sheet) -> dict[str, Any]:
    wording = official.worded(sheet.language)
    return {
        "name": (wording.shown_name if wording else "") or official.name,
        "role": wording.role if wording else "",
        "organisation": wording.organisation if wording else "",
        "country": sheet.country(official.country),
    }


def _update(value: Any) -> dict[str, Any]:
    page = value["page"].specific if value["page"] else None
    return {
        "kind": value["kind"],
        "date": value["date"],
        "title": value["title"],
        "text": value["text"],
        "address": page.url_path if page is not None and page.is_readable else "",
    }


def _next(value: Any) -> dict[str, Any]:
    return {"title": value["title"], "text": value["text"], "address": link_address(value)}


def entries(sheet: Sheet) -> dict[str, Any]:
    """The actions of a language: petitions that are open, the newest first, days of action, petitions that ended."""
    from rightswire.campaigns.day_page import listed  # noqa: PLC0415 - days show petitions
    from rightswire.campaigns.models.pages import PetitionPage  # noqa: PLC0415 - pages show this

    pages = (
        PetitionPage.objects.filter(locale__language_code=sheet.language)
        .readable()
        .exclude(petition__state=State.DRAFT)
        .select_related("petition", "locale")
        .order_by("-petition__opened_at")
    )
    rows = [_entry(page, sheet) for page in pages]
    return {
        "open": [row for row in rows if row["is_open"]],
        "closed": [row for row in rows if not row["is_open"]],
        "days": listed(sheet),
        "elsewhere": [
            (other, f"/{other.code}/act/") for other in sheet.frame.others if other.code != sheet.language and not rows
        ],
    }


def _entry(page: "PetitionPage", sheet: Sheet) -> dict[str, Any]:
    petition = page.petition
    opened = timezone.localdate(petition.opened_at)
    return {
        "title": page.title,
        "text": page.introduction,
        "address": page.url_path,
        "is_open": petition.is_open,
        "opened": opened,
        "date": sheet.date_parts(opened),
        "closes": timezone.localtime(petition.ends_at) if petition.ends_at else None,
        "officials": sheet.listed([_official(official, sheet)["name"] for official in petition.officials()]),
        "progress": progress(petition, sheet),
    }
