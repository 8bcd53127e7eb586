"""On the admin's home: what somebody has asked for and a second person has to look at."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from wagtail.admin.ui.components import Component

from rightswire.campaigns.models import Act, Approval

PLACES = {Act.OPEN: "petitions:overview", Act.EXPORT: "petitions:delivery"}


class SecondPersonPanel(Component):
    order = 30
    template_name = "campaigns/admin/home.html"

    def __init__(self, user: Any) -> None:
        self.user = user

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if not self.user.has_perm("campaigns.change_petition"):
            return {}
        asked = Approval.objects.filter(agreed_by=None, done_at=None).exclude(asked_by=self.user)
        return {
            "asked": [
                (approval, reverse(PLACES[Act(approval.act)], args=[approval.petition_id]))
                for approval in asked.select_related("petition", "asked_by")
            ]
        }
