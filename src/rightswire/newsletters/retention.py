"""What ends by itself: the ledger's rows, consent that was given for a time, pauses."""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from rightswire.newsletters.models import (
    Handover,
    MailNotice,
    Sending,
    SendingState,
    SendingTotal,
    Subscriber,
)

LEDGER_LASTS = datetime.timedelta(days=30)  # after the audience was written down: bounces come in until then
PART = 10_000


def end_what_is_over() -> None:
    """Cheap where nothing is over: it looks, and holds up no writer."""
    today = timezone.localdate()
    _delete_in_parts(Subscriber.objects.filter(consent_ends_on__lte=today))
    paused = Subscriber.objects.filter(paused_until__lte=today)
    if paused.exists():
        paused.update(paused_until=None)
    since = timezone.now() - LEDGER_LASTS
    of_it = Handover.objects.filter(sending=OuterRef("pk"))
    for sending in Sending.objects.filter(Exists(of_it), frozen_at__lt=since):
        if sending.ended_at is None:
            _stop(sending)
        _keep_totals_only(sending)


def _stop(sending: Sending) -> None:
    """Paused, halted or with mail that nothing can open: it is not kept any longer for that."""
    words = "It was stopped: thirty days after its audience was written down, nothing of it is sent any more."
    with transaction.atomic():
        unended = Sending.objects.filter(pk=sending.pk, ended_at=None)
        if unended.update(state=SendingState.STOPPED, trouble=words, ended_at=timezone.now()):
            MailNotice.objects.create(words=f"A sending has not ended. {words}", sending=sending)


def _keep_totals_only(sending: Sending) -> None:
    """Who got it goes; how many did stays. Totals first and once: from then on the rows count no more."""
    with transaction.atomic():
        if not sending.totals.exists():
            counted = sending.handovers.order_by().values_list("fate", "reply").annotate(n=Count("pk"))
            SendingTotal.objects.bulk_create(
                [SendingTotal(sending=sending, fate=fate, reply=reply, number=n) for fate, reply, n in counted]
            )
            sending.renderings.update(text="", html="")
    _delete_in_parts(sending.handovers.all())


def _delete_in_parts(rows: QuerySet[Any]) -> None:
    """Others may write in between."""
    part = rows.order_by("pk").values("pk")[:PART]
    while part.exists():
        rows.model._default_manager.filter(pk__in=part).delete()
