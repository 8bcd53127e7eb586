"""What every page about a petition and everything done there have in common: who may, and how it is answered."""

import functools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from wagtail.permissions import policy_registry

from rightswire.accounts.models import User
from rightswire.campaigns.models import Petition
from rightswire.campaigns.opening import NotAllowed

Verb = Callable[[Petition, User, QueryDict], str]
View = Callable[..., HttpResponse]

PLACES = [
    ("overview", "Petition"),
    ("numbers", "Numbers"),
    ("held", "Held"),
    ("paper", "On paper"),
    ("delivery", "Delivery"),
]
PASSING = "handing-out-"
DAY = 86_400  # seconds
DISK = "The disk does not take it now, so nothing was done and nothing is lost. Please try again in a few minutes."


def user_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def petition_for(request: HttpRequest, pk: int) -> Petition:
    """The petition, for whoever may change petitions. Raises PermissionDenied and Http404."""
    if not policy_registry.get_by_type(Petition).user_has_permission(request.user, "change"):
        raise PermissionDenied
    return get_object_or_404(Petition, pk=pk)


def locked(petition: Petition) -> Petition:
    """The same petition, so that what is done to it is done by one person after another. In a transaction."""
    return get_object_or_404(Petition.objects.select_for_update(no_key=True), pk=petition.pk)


def deed(page: str) -> Callable[[Verb], View]:
    """Makes a view of a verb: by POST alone, done whole or not at all, answered on `page` with what the verb says."""

    def make(verb: Verb) -> View:
        @require_POST
        @functools.wraps(verb)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            petition = petition_for(request, pk)
            try:
                with transaction.atomic():
                    said = verb(locked(petition), user_of(request), request.POST)
            except NotAllowed as error:
                messages.error(request, str(error))
            except OSError:
                messages.error(request, DISK)
            else:
                messages.success(request, said)
            return redirect(f"petitions:{page}", petition.pk)

        return view

    return make


def page_of(
    request: HttpRequest, petition: Petition, title: str, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page about the petition. `title`: empty for the petition's own."""
    own = reverse("petitions:overview", args=[petition.pk])
    crumbs: list[dict[str, str]] = [
        {"url": reverse("wagtailadmin_home"), "label": "Home"},
        {"url": reverse("petitions:index"), "label": "Petitions"},
    ]
    if title:
        crumbs += [{"url": own, "label": petition.name}, {"url": "", "label": title, "sublabel": petition.name}]
    else:
        crumbs.append({"url": "", "label": petition.name})
    addresses = [(label, reverse(f"petitions:{name}", args=[petition.pk])) for name, label in PLACES]
    whole = {
        "petition": petition,
        "header_title": f"{title}: {petition.name}" if title else petition.name,
        "header_icon": "clipboard-list",
        "breadcrumbs_items": crumbs,
        "places": [(label, address, address == request.path) for label, address in addresses],
        **context,
    }
    return render(request, f"campaigns/admin/{template}", whole)


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder among the data for a file that is handed out; it is gone afterwards, with what is in it.

    What a power cut left of earlier ones goes as well.
    """
    for left in Path(settings.HOME).glob(f"{PASSING}*"):
        if left.stat().st_mtime < time.time() - DAY:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PASSING, dir=settings.HOME) as folder:
        yield Path(folder)
