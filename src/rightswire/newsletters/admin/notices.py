"""On the admin's home: that mail waits, and what staff have to know about mail until somebody has seen to it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.ui.components import Component

from rightswire.campaigns.admin.deeds import user_of
from rightswire.newsletters import strongbox
from rightswire.newsletters.admin.deeds import check, may
from rightswire.newsletters.ledger import waiting
from rightswire.newsletters.models import MailingKey, MailNotice, Newsletter, NewsletterState, Sending

MOST = 10


class MailPanel(Component):
    order = 40
    template_name = "newsletters/admin/home.html"

    def __init__(self, user: Any) -> None:
        self.user = user

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        may_unlock = may(self.user, "change", MailingKey)
        if not (may_unlock or may(self.user, "change", Sending)):
            return {}
        asked = Newsletter.objects.filter(state=NewsletterState.ASKED).exclude(asked_by=self.user)
        keys = list(MailingKey.objects.values_list("proven_at", flat=True))
        state = strongbox.is_unlocked() if any(keys) else True
        return {
            "is_unproven": bool(keys) and not any(keys) and may_unlock,
            "csrf_token": (parent_context or {}).get("csrf_token"),
            "is_locked": state is not True,
            "has_worker": state is not None,
            "waiting": 0 if state else waiting(),
            "may_unlock": may_unlock,
            "asked": asked.select_related("asked_by") if may(self.user, "change", Newsletter) else (),
            "notices": MailNotice.objects.filter(seen_at=None).select_related("sending")[:MOST],
        }


@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    check(request, "change", Sending)
    if MailNotice.objects.filter(pk=pk, seen_at=None).update(seen_by=user_of(request), seen_at=timezone.now()):
        messages.success(request, "Noted that you have seen it.")
    return redirect("wagtailadmin_home")
