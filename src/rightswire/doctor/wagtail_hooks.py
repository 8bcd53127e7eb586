"""The same findings in the admin, under Reports."""

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from rightswire.doctor.checks import examine
from rightswire.doctor.finding import State

ORDER = [State.WRONG, State.ADVICE, State.UNKNOWN, State.GOOD]
_COMMAND = re.compile("`([^`]+)`")
LABELS = {
    State.WRONG: "To be mended",
    State.ADVICE: "Could be better",
    State.UNKNOWN: "Could not be asked",
    State.GOOD: "In order",
}


def _may(request: HttpRequest) -> bool:
    return request.user.has_perm("pages.change_organisation")


@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """Asked anew each time; for whoever may change the organisation's settings."""
    if not _may(request):
        raise PermissionDenied
    findings = list(examine())
    groups = [(LABELS[state], [(f, with_code(f.remedy)) for f in findings if f.state is state]) for state in ORDER]
    context = {
        "header_title": "Health",
        "header_icon": "circle-check",
        "breadcrumbs_items": [{"url": "", "label": "Health"}],
        "groups": [g for g in groups if g[1]],
    }
    return render(request, "doctor/health.html", context)


def with_code(words: str) -> str:
    """Commands, which stand between backticks, as code."""
    return mark_safe(_COMMAND.sub(r"<code>\1</code>", escape(words)))


class HealthMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return _may(request)


@hooks.register("register_admin_urls")
def register_urls() -> list[Any]:
    return [path("health/", health, name="rightswire_health")]


@hooks.register("register_reports_menu_item")
def register_menu_item() -> MenuItem:
    return HealthMenuItem("Health", reverse("rightswire_health"), icon_name="circle-check", order=900)
