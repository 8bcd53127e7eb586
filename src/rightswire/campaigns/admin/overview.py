"""A petition's own page: where it stands, its numbers, its pages, its keys, and what can be done now."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET
from wagtail import hooks
from wagtail.admin.views.pages.create import CreateView as CreatePageView
from wagtail.admin.widgets.button import HeaderButton

from rightswire.accounts.models import User
from rightswire.campaigns.admin.deeds import page_of, petition_for, user_of
from rightswire.campaigns.admin.opening_deeds import opening_context
from rightswire.campaigns.admin.proofs import key_rows
from rightswire.campaigns.delivery import totals
from rightswire.campaigns.models import ActIndex, Petition, PetitionPage, State
from rightswire.pages.language import language


@require_GET
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    petition, user = petition_for(request, pk), user_of(request)
    edit = HeaderButton("Edit", url=reverse("petitions:edit", args=[pk]), icon_name="edit")
    context = {
        "header_buttons": [edit, *buttons_of_others(petition, user)],
        "numbers": numbers(petition),
        "versions": versions(petition, user),
        "keys": key_rows(petition),
    }
    if petition.state == State.DRAFT:
        context |= opening_context(petition, user)
    return page_of(request, petition, "", "overview.html", context)


def buttons_of_others(petition: Petition, user: User) -> list[HeaderButton]:
    """What apps above offer to do with a petition."""
    return [button for offer in hooks.get_hooks("register_petition_buttons") for button in offer(petition, user)]


def numbers(petition: Petition) -> list[tuple[str, int]]:
    """What is counted, each apart; what a petition does not have is left out, but for the first."""
    counted = totals(petition)
    named = [
        ("Confirmed", "confirmed"),
        ("Held until somebody has looked", "held"),
        ("Unconfirmed", "unconfirmed"),
        ("On paper", "paper"),
        ("Collected elsewhere", "elsewhere"),
        ("Erased by their signers", "erased"),
    ]
    rows = [(label, counted[name]) for label, name in named if counted[name] or name == "confirmed"]
    return rows + ([("Dropped as false", petition.dropped)] if petition.dropped else [])


def versions(petition: Petition, user: User) -> list[dict[str, Any]]:
    """Its page in each language of the site: where it is edited, or where it can be written."""
    pages = {page.language: page for page in PetitionPage.objects.filter(petition=petition).select_related("locale")}
    indexes = {index.language: index for index in ActIndex.objects.select_related("locale")}
    rows = []
    for code, _name in settings.LANGUAGES:
        told, page, index = language(code), pages.get(code), indexes.get(code)
        row: dict[str, Any] = {"name": told.name, "code": code, "direction": told.direction, "page": page}
        if page:
            row |= {
                "state": state_of(page),
                "edit": reverse("wagtailadmin_pages:edit", args=[page.pk]),
                "address": settings.BASE_URL + page.url_path if page.is_readable else "",
            }
        elif index and index.permissions_for_user(user).can_add_subpage():
            row["write"] = reverse("petitions:write", args=[petition.pk, code])
        rows.append(row)
    return rows


def state_of(page: PetitionPage) -> str:
    if not page.live:
        return "Draft"
    if page.has_unpublished_changes:
        return "Published, with changes that are not"
    return "Published" if page.is_readable else "Published: readers see it once the petition is open"


class WritePage(CreatePageView):
    """The form for a new page, with the petition chosen. What is sent goes Wagtail's own way."""

    http_method_names = ["get"]

    def dispatch(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        self.petition = petition_for(request, pk)
        index = ActIndex.objects.filter(locale__language_code=code).first()
        return super().dispatch(request, "campaigns", "petitionpage", index.pk if index else 0)

    def get(self, request: HttpRequest) -> HttpResponse:
        self.page.petition, self.page.slug = self.petition, self.petition.slug
        return super().get(request)


def join_translations(page: PetitionPage) -> None:
    """Makes a page that was written, not translated, the same page in another language for readers."""
    other = PetitionPage.objects.filter(petition=page.petition_id).exclude(pk=page.pk).order_by("pk").first()
    if other and page.translation_key != other.translation_key:
        page.translation_key = other.translation_key
        PetitionPage.objects.filter(pk=page.pk).update(translation_key=page.translation_key)
