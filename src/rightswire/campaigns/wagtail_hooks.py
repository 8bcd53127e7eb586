"""What the admin shows of petitions."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail import hooks
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from rightswire.campaigns import stores_view  # noqa: F401 - registers “What is stored”
from rightswire.campaigns.admin.overview import join_translations
from rightswire.campaigns.admin.second_person import SecondPersonPanel
from rightswire.campaigns.admin.viewsets import OfficialViewSet, PetitionGroup
from rightswire.campaigns.models import Addressee, Official, Petition, PetitionPage, State
from rightswire.campaigns.opening import show

register_snippet(OfficialViewSet)


@hooks.register("register_admin_viewset")
def register_petitions() -> PetitionGroup:
    return PetitionGroup()


@hooks.register("construct_homepage_panels")
def add_second_person_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(SecondPersonPanel(request.user))
    panels.sort(key=lambda panel: panel.order)


@hooks.register("after_create_page")
def one_page_in_every_language(request: HttpRequest, page: Page) -> None:
    if isinstance(page, PetitionPage):
        join_translations(page)


@hooks.register("before_delete_page")
def keep_signed_pages(request: HttpRequest, page: Page) -> HttpResponse | None:
    """What people have signed stays, also below a page that somebody deletes."""
    if not PetitionPage.objects.descendant_of(page, inclusive=True).exclude(signed_ask=None).exists():
        return None
    messages.error(
        request,
        "Nothing was deleted: people have signed what is asked there, or could have. To take a petition's page from "
        "the site, unpublish it.",
    )
    return redirect("wagtailadmin_explore", page.get_parent().pk)


@hooks.register("before_bulk_action")
def keep_signed_pages_of_many(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    if action_type != "delete":
        return None
    pages = (each for each in objects if isinstance(each, Page))
    return next((answer for page in pages if (answer := keep_signed_pages(request, page))), None)


@hooks.register("before_delete_snippet")
def keep_addressees(request: HttpRequest, instances: Iterable[Any]) -> HttpResponse | None:
    """Signers' ticks name them by their number, and deliveries are made out to them."""
    officials = [instance for instance in instances if isinstance(instance, Official)]
    if not Addressee.objects.filter(official__in=officials).exists():
        return None
    messages.error(request, "A petition is addressed to them: they cannot be deleted. Nothing was changed.")
    return redirect("wagtailsnippets_campaigns_official:list")


@hooks.register("after_edit_snippet")
def show_addressees(request: HttpRequest, instance: Any) -> None:
    """Pages and forms name whom a petition is addressed to."""
    if isinstance(instance, Official):
        for petition in Petition.objects.exclude(state=State.DRAFT).filter(addressees__official=instance):
            show(petition)
