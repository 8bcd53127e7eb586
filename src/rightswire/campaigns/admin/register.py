"""The register of what was done with petitions: read, never written here."""

import datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils import timezone
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet

from rightswire.campaigns.admin.columns import MomentColumn
from rightswire.campaigns.admin.totals import plain_cell
from rightswire.campaigns.models import RegisterEntry


def _moment(at: datetime.datetime) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="seconds")


class RegisterIndex(IndexView):
    any_permission_required = ["view"]
    page_title = "Register"
    custom_value_preprocess = {
        **IndexView.custom_value_preprocess,
        str: {IndexView.FORMAT_CSV: plain_cell},
        datetime.datetime: {
            **IndexView.custom_value_preprocess[datetime.datetime],
            IndexView.FORMAT_CSV: _moment,
        },
    }


class RegisterViewSet(ModelViewSet):
    model = RegisterEntry
    name = "petition-register"
    icon = "history"
    menu_label = "Register"
    index_view_class = RegisterIndex
    copy_view_enabled = False
    add_to_reference_index = False
    list_filter = ["act", "at"]
    list_per_page = 50
    list_display = [
        MomentColumn("at", label="When"),
        Column("get_act_display", label="What"),
        Column("petition_name", label="Petition"),
        Column("by", label="By"),
        Column("second", label="Second person"),
        Column("note", label="Note"),
    ]
    list_export = ["at", "get_act_display", "petition_name", "by", "second", "note"]
    export_headings = {
        "at": "When",
        "get_act_display": "What",
        "petition_name": "Petition",
        "by": "By",
        "second": "Second person",
        "note": "Note",
    }
    export_filename = "register"

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        none = dict.fromkeys(("add_url_name", "edit_url_name", "delete_url_name", "history_url_name", "usage_url_name"))
        whole: dict[str, Any] = super().get_common_view_kwargs(**{**none, **kwargs})
        return whole

    def get_edit_handler(self) -> None:
        """Nothing is edited."""

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        return Permission.objects.filter(codename="view_registerentry")

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]

    def register_admin_url_finder(self) -> None:
        """An entry has no page of its own."""
