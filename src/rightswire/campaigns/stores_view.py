"""“What is stored”: the page of the data protection officer, under Reports."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from rightswire.campaigns import stores

MAY_SEE = "campaigns.view_registerentry"  # whoever may read the register


def stores_page(request: HttpRequest) -> HttpResponse:
    """Every store with what is in it now. It reads, and changes nothing."""
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    chapters = [(chapter.name, [(store, store.count()) for store in chapter.stores]) for chapter in stores.CHAPTERS]
    problems = [
        (store.name, line) for _name, rows in chapters for store, lines in rows for line in lines if line.problem
    ]
    context = {
        "chapters": chapters,
        "problems": problems,
        "unknown_files": stores.unknown_files(),
        "now": timezone.localtime(),
        "header_icon": "lock",
        "header_title": "What is stored",
        "breadcrumbs_items": [{"url": "", "label": "What is stored"}],
    }
    return render(request, "campaigns/admin/stores.html", context)


@hooks.register("register_admin_urls")
def register_stores_page() -> list[Any]:
    return [path("reports/stores/", stores_page, name="rightswire_stores")]


class StoresMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_SEE)


@hooks.register("register_reports_menu_item")
def register_stores() -> MenuItem:
    return StoresMenuItem("What is stored", reverse("rightswire_stores"), name="stores", icon_name="lock", order=30)
