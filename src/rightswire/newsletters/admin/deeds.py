"""What every page about newsletters and every deed there have in common: who may, and how it is answered."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from wagtail.permissions import policy_registry

from rightswire.accounts.models import User
from rightswire.campaigns.admin.deeds import DISK, user_of
from rightswire.campaigns.opening import NotAllowed

Row = TypeVar("Row", bound=Model)
View = Callable[..., HttpResponse]
Verb = Callable[[Any, User, QueryDict], str]
Crumb = tuple[str, str]  # an address and what it is called


def may(user: Any, action: str, model: type[Model]) -> bool:
    return bool(policy_registry.get_by_type(model).user_has_permission(user, action))


def check(request: HttpRequest, action: str, model: type[Model]) -> None:
    """Raises PermissionDenied."""
    if not may(request.user, action, model):
        raise PermissionDenied


def row_for(request: HttpRequest, action: str, model: type[Row], pk: int) -> Row:
    """The row, for whoever may do this to rows of its kind. Raises PermissionDenied and Http404."""
    check(request, action, model)
    return get_object_or_404(model, pk=pk)


def deed(model: type[Row], page: str) -> Callable[[Verb], View]:
    """Makes a view of a verb: by POST alone, done whole or not at all, answered on `page` with what the verb says.

    The verb gets the row as it was when the page was opened, and locks it itself.
    """

    def make(verb: Verb) -> View:
        @require_POST
        @functools.wraps(verb)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            row = row_for(request, "change", model, pk)
            try:
                with transaction.atomic():
                    said = verb(row, user_of(request), request.POST)
            except NotAllowed as error:
                messages.error(request, str(error))
            except OSError:
                messages.error(request, DISK)
            else:
                messages.success(request, said)
            return redirect(page, pk)

        return view

    return make


def page_of(
    request: HttpRequest, title: str, icon: str, crumbs: list[Crumb], template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page of the menu “Newsletters”; `crumbs` lead to it."""
    path = [(reverse("wagtailadmin_home"), "Home"), *crumbs, ("", title)]
    whole = {
        "header_title": title,
        "header_icon": icon,
        "breadcrumbs_items": [{"url": url, "label": label} for url, label in path],
        **context,
    }
    return render(request, f"newsletters/admin/{template}", whole)
