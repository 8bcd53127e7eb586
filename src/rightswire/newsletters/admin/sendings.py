"""Sendings: how far each has come, what was refused and why; pausing, resuming and stopping. Never who gets it."""

import datetime
from collections import Counter
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet

from rightswire.accounts.models import User
from rightswire.campaigns.admin.charts import bars
from rightswire.campaigns.admin.columns import MomentColumn
from rightswire.newsletters import sending_verbs
from rightswire.newsletters.admin.deeds import deed, may, page_of, row_for
from rightswire.newsletters.admin.unlocking import why_it_waits
from rightswire.newsletters.models import Fate, Handover, MailSettings, Sending, SendingState
from rightswire.newsletters.post.outcomes import NO_PATIENCE
from rightswire.newsletters.post.press import BAD_ADDRESS, DAMAGED, NOT_PRINTED, OTHER_KEY
from rightswire.newsletters.totals import told

deed_on_sending = deed(Sending, "sendings:sending")

# What stands in the ledger where it is no mail server's answer.
CAUSES = {
    BAD_ADDRESS: "Nobody can be written to at this address",
    DAMAGED: "The address is damaged and cannot be decrypted",
    NO_PATIENCE: "Put off for half a day, then given up",
    OTHER_KEY: "Encrypted for a mailing key that is not unlocked: unlock mail with it as well",
    NOT_PRINTED: "Could not be put together",
}
NO_ANSWER = {
    Fate.PUT_OFF: "The mail server was not reached, or the pace is kept",
    Fate.UNKNOWN: "No answer after the last line",
}
MOST_BARS = 4


def title_of(sending: Sending) -> str:
    """What went out."""
    return str(sending.newsletter) if sending.newsletter else sending.get_kind_display()


class SendingIndex(IndexView):
    any_permission_required = ["view", "change"]
    page_title = "Sendings"

    def get_base_queryset(self) -> "QuerySet[Sending]":
        return Sending.objects.select_related("newsletter")


class SendingViewSet(ModelViewSet):
    model = Sending
    name = "sendings"
    icon = "mail"
    menu_label = "Sendings"
    index_view_class = SendingIndex
    copy_view_enabled = False
    add_to_reference_index = False
    list_filter = ["kind", "state"]
    list_display = [
        TitleColumn("what", label="What", accessor=title_of, url_name="sendings:sending"),
        Column("get_kind_display", label="Kind"),
        Column("get_state_display", label="State"),
        Column("audience", label="Audience", accessor=lambda sending: told(sending.audience)),
        Column("unsubscribed", label="Unsubscribed by it", accessor=lambda sending: told(sending.unsubscribed)),
        MomentColumn("frozen_at", label="Begun"),
        MomentColumn("ended_at", label="Ended"),
    ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        none = dict.fromkeys(("add_url_name", "edit_url_name", "delete_url_name", "history_url_name", "usage_url_name"))
        whole: dict[str, Any] = super().get_common_view_kwargs(**{**none, **kwargs})
        return whole

    def get_edit_handler(self) -> None:
        """Nothing is edited."""

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<int:pk>/", sending_page, name="sending"),
            path("<int:pk>/pause/", pause, name="pause"),
            path("<int:pk>/resume/", resume, name="resume"),
            path("<int:pk>/stop/", stop_page, name="stop_page"),
            path("<int:pk>/stop/now/", stop, name="stop"),
        ]

    def register_admin_url_finder(self) -> None:
        """A sending has no page on which it is edited."""


class Progress:
    """The ledger of one sending, counted."""

    def __init__(self, sending: Sending) -> None:
        self.sending = sending
        self.fates: Counter[int] = Counter()
        self.replies: dict[int, list[tuple[str, int]]] = {}
        counted = list(sending.totals.values_list("fate", "reply", "number"))
        if not counted:  # once there are totals, what is left of the ledger is in them
            ledger = Handover.objects.filter(sending=sending)
            counted = list(ledger.values_list("fate", "reply").annotate(n=Count("pk")))
        for fate, reply, number in sorted(counted, key=lambda row: (-row[2], row[1])):
            self.fates[fate] += number
            self.replies.setdefault(fate, []).append((reply, number))

    @property
    def has_ended(self) -> bool:
        return self.sending.state in (SendingState.STOPPED, SendingState.DONE)

    @property
    def under_way(self) -> int:
        return self.fates[Fate.CLAIMED] + self.fates[Fate.SENDING]

    @property
    def percent(self) -> int:
        if self.sending.state == SendingState.FREEZING:
            return 0
        left = self.fates[Fate.WAITING] + self.fates[Fate.PUT_OFF] + self.under_way
        return 100 * (self.sending.audience - left) // self.sending.audience if self.sending.audience else 100

    def numbers(self) -> list[tuple[str, int | str]]:
        """Of the ledger exactly, so that staff see what happened to each mail. Who left is none of its rows."""
        waiting = "Not sent: it was stopped before" if self.has_ended else "Waiting"
        rows: list[tuple[str, int | str]] = [
            ("Audience, as it was frozen", self.sending.audience),
            (waiting, self.fates[Fate.WAITING]),
            ("Being handed over", self.under_way),
            ("Handed over to a mail server", self.fates[Fate.HANDED_OVER]),
            ("Put off: tried again", self.fates[Fate.PUT_OFF]),
            ("Refused for good", self.fates[Fate.REFUSED]),
            ("Unknown", self.fates[Fate.UNKNOWN]),
            ("Not sent: no longer wanted", self.fates[Fate.SKIPPED]),
            ("Unsubscribed by a link of this sending", self.sending.unsubscribed and told(self.sending.unsubscribed)),
        ]
        always = {"Audience, as it was frozen", "Handed over to a mail server", "Refused for good", "Unknown"}
        return [(label, number) for label, number in rows if number or label in always]

    def bars(self) -> list[tuple[str, int]]:
        left = self.fates[Fate.WAITING] + self.fates[Fate.PUT_OFF] + self.under_way
        return [
            ("Handed over", self.fates[Fate.HANDED_OVER]),
            ("Not sent" if self.has_ended else "To go", left),
            ("Refused", self.fates[Fate.REFUSED]),
            ("Unknown", self.fates[Fate.UNKNOWN]),
        ]

    def by_reply(self, fate: Fate) -> list[tuple[str, int]]:
        """The causes, the most frequent first."""
        found = self.replies.get(fate, [])
        return [(CAUSES.get(reply, reply) or NO_ANSWER.get(fate, "No answer"), number) for reply, number in found]

    def a_minute(self) -> int | None:
        """How many were handed over a minute, from the beginning to the end or to now, pauses and all."""
        end = self.sending.ended_at or timezone.now()
        minutes = max((end - self.sending.frozen_at) / datetime.timedelta(minutes=1), 1)
        return round(self.fates[Fate.HANDED_OVER] / minutes) if self.fates[Fate.HANDED_OVER] else None


@require_GET
def sending_page(request: HttpRequest, pk: int) -> HttpResponse:
    sending = row_for(request, "view", Sending, pk)
    progress, pace = Progress(sending), MailSettings.current()
    refused = progress.by_reply(Fate.REFUSED)
    context = {
        "sending": sending,
        "percent": progress.percent,
        "numbers": progress.numbers(),
        "chart": _chart("progress", "How far it has come", progress.bars()) if sending.audience else "",
        "refused": refused,
        "refused_chart": _chart("refused", "Refused for good, by the server's answer", refused[:MOST_BARS])
        if refused[1:]
        else "",
        "put_off": progress.by_reply(Fate.PUT_OFF),
        "unknown": progress.by_reply(Fate.UNKNOWN),
        "a_minute": progress.a_minute(),
        "pace": pace,
        "notices": sending.notices.all(),
        "why_it_waits": why_it_waits() if sending.state == SendingState.RUNNING else "",
        "can_pause": sending.state == SendingState.RUNNING,
        "can_resume": sending.state in (SendingState.PAUSED, SendingState.HALTED),
        "can_stop": not progress.has_ended and sending.state != SendingState.FREEZING,
        "may_change": may(request.user, "change", Sending),
    }
    crumbs = [(reverse("sendings:index"), "Sendings")]
    return page_of(request, title_of(sending), "mail", crumbs, "sending.html", context)


def _chart(name: str, title: str, points: list[tuple[str, int]]) -> str:
    if len(points) < 2:  # the table says it all
        return ""
    words = "; ".join(f"{label}: {number:,}" for label, number in points)
    return bars(name, title, f"{words}. The table shows every number.", points)


@deed_on_sending
def pause(sending: Sending, user: User, data: QueryDict) -> str:
    sending_verbs.pause(sending, user)
    return "Paused. What a mail server is just being handed still goes out; nothing else does."


@deed_on_sending
def resume(sending: Sending, user: User, data: QueryDict) -> str:
    sending_verbs.resume(sending, user)
    return "It goes on where it was. Nobody gets it twice."


@require_GET
def stop_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what stopping means, before it is done."""
    sending = row_for(request, "change", Sending, pk)
    progress = Progress(sending)
    context = {
        "sending": sending,
        "handed_over": progress.fates[Fate.HANDED_OVER],
        "left": progress.fates[Fate.WAITING] + progress.fates[Fate.PUT_OFF] + progress.under_way,
        "can_stop": not progress.has_ended,
    }
    own = (reverse("sendings:sending", args=[pk]), title_of(sending))
    return page_of(request, "Stop", "mail", [(reverse("sendings:index"), "Sendings"), own], "stop.html", context)


@deed_on_sending
def stop(sending: Sending, user: User, data: QueryDict) -> str:
    sending_verbs.stop(sending, user)
    return "Stopped for good."
