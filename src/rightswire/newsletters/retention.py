"""What ends by itself: the ledger's rows, consent that was given for a time, pauses."""

import datetime

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from rightswire.newsletters.models import Handover, Sending, SendingTotal, Subscriber

LEDGER_LASTS = datetime.timedelta(days=30)  # after a sending has ended: reports of bounces come in until then
PART = 10_000


def end_what_is_over() -> None:
    """Cheap where nothing is over."""
    today = timezone.localdate()
    Subscriber.objects.filter(consent_ends_on__lte=today).delete()
    Subscriber.objects.filter(paused_until__lte=today).update(paused_until=None)
    over = Sending.objects.filter(ended_at__lt=timezone.now() - LEDGER_LASTS)
    for sending in over.filter(handovers__isnull=False).distinct():
        _keep_totals_only(sending)


def _keep_totals_only(sending: Sending) -> None:
    """Who got it goes; how many did stays. Totals first and once: a crash in between changes none of them."""
    if not sending.totals.exists():
        counted = sending.handovers.order_by().values_list("fate", "reply").annotate(n=Count("pk"))
        totals = [SendingTotal(sending=sending, fate=fate, reply=reply, number=n) for fate, reply, n in counted]
    else:
        totals = []
    sending.renderings.update(text="", html="")
    with transaction.atomic():
        SendingTotal.objects.bulk_create(totals)
        Handover.objects.filter(sending=sending).delete()
