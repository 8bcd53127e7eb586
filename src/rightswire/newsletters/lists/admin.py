"""The place “Lists” of the menu “Newsletters”: how a list is brought in, and the list out, by two people."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from rightswire.accounts.models import User
from rightswire.campaigns.admin.deeds import DISK, passing_folder, user_of
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.admin.deeds import check, may, page_of
from rightswire.newsletters.lists import exporting
from rightswire.newsletters.models import ListExport, Subscriber, Suppression
from rightswire.newsletters.totals import told

PAGE = "subscriber-lists:index"


@require_GET
def lists_page(request: HttpRequest) -> HttpResponse:
    check(request, "change", ListExport)
    export = exporting.under_way()
    two = (export.asked_by_id, export.agreed_by_id) if export else ()
    done = ListExport.objects.filter(done_at__isnull=False)
    context = {
        "export": export,
        "is_asker": export is not None and export.asked_by_id == request.user.pk,
        "is_one_of_two": request.user.pk in two,
        "exports": [(row, told(row.number or 0)) for row in done.select_related("asked_by", "agreed_by")],
        "number": told(Subscriber.objects.count()),
        "barred": told(Suppression.objects.count()),
    }
    return page_of(request, "Lists", "download", [], "lists.html", context)


def deed(said: str) -> Callable[[Callable[[User], None]], Callable[[HttpRequest], HttpResponse]]:
    """Makes a view of something that somebody does about the export; `said` is the answer."""

    def make(verb: Callable[[User], None]) -> Callable[[HttpRequest], HttpResponse]:
        @require_POST
        @functools.wraps(verb)
        def view(request: HttpRequest) -> HttpResponse:
            check(request, "change", ListExport)
            try:
                verb(user_of(request))
            except NotAllowed as error:
                messages.error(request, str(error))
            else:
                messages.success(request, said)
            return redirect(PAGE)

        return view

    return make


ask = deed("You have asked for the list. A second person can agree on this page.")(exporting.ask)
agree = deed("Two people agree. Either of you can take the file, once.")(exporting.agree)
withdraw = deed("The request was withdrawn. Nothing was handed out.")(exporting.withdraw)


@require_POST
def download(request: HttpRequest) -> HttpResponseBase:
    """The file, once, for one of the two. It is deleted here before its first byte is sent."""
    check(request, "change", ListExport)
    try:
        with passing_folder() as folder:
            file = folder / "list"
            exporting.export_agreed(file, user_of(request))
            opened = file.open("rb")
    except (NotAllowed, OSError) as error:
        messages.error(request, DISK if isinstance(error, OSError) else str(error))
        return redirect(PAGE)
    name = f"subscribers-{timezone.localdate().isoformat()}.zip"
    return FileResponse(opened, as_attachment=True, filename=name, content_type="application/zip")


class ListsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may(request.user, "change", ListExport)


class ListsViewSet(ViewSet):
    name = "subscriber-lists"
    icon = "download"
    menu_label = "Lists"
    menu_item_class = ListsMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", lists_page, name="index"),
            path("ask/", ask, name="ask"),
            path("agree/", agree, name="agree"),
            path("withdraw/", withdraw, name="withdraw"),
            path("download/", download, name="download"),
        ]


def register_log_actions(actions: Any) -> None:
    """For Wagtail's hook of the same name."""
    actions.register_action(exporting.LOG_ASK, "Ask for the list", "Asked for the list of subscribers")
    actions.register_action(exporting.LOG_AGREE, "Agree to the list", "Agreed to hand the list of subscribers out")
    actions.register_action(exporting.LOG_WITHDRAW, "Withdraw", "Withdrew the request for the list of subscribers")
    actions.register_action(exporting.LOG_DONE, "Hand out", "Took the list of subscribers, encrypted")
