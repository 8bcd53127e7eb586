"""Mail that comes back, and what follows from it for whoever did not get it, or did not want it.

A report counts only if it holds an address that we made for this very mail (return_path.py): anybody can write one.
Nothing of it is kept but a total.
"""

import datetime
import re
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rightswire.newsletters.addresses import keys
from rightswire.newsletters.models import Fate, Handover, Reason, Subscriber, SubscriberState
from rightswire.newsletters.reports import Report, Verdict, read_report
from rightswire.newsletters.return_path import TOKEN, read_return_address
from rightswire.newsletters.subscribing import leave
from rightswire.outbox.models import MailTrouble

LARGEST = 1_000_000  # bytes that are read
SOFT_BOUNCES, SOFT_DAYS, FORGOTTEN_AFTER = 5, 10, 60  # days

# In any header, and in whatever the report says of the mail: no place is safer than another, the proof is in it.
_MARK = re.compile(rb"(?i)(?<![a-z0-9])[a-z2-7]{%d}(?=@)" % TOKEN)


def take(raw: bytes, recipient: str = "") -> Verdict:
    """What a message that came back means, once it is accounted for. `recipient`: of its envelope, where known.

    NOTHING for what is none of ours, forged, an answer of somebody on holiday, or news of a delay. Raises OSError.
    """
    raw = raw[:LARGEST]
    whose = _whose(raw, recipient)
    if whose is None:
        return Verdict.NOTHING
    report = read_report(raw)
    if report.verdict is not Verdict.NOTHING:
        account(whose, report)
    return report.verdict


def is_ours(raw: bytes) -> bool:
    """Whether it holds an address that we made: a report, or an answer of somebody's mail program. Raises OSError."""
    return _whose(raw[:LARGEST], "") is not None


def _whose(raw: bytes, recipient: str) -> tuple[UUID, int] | None:
    """The subscriber and the sending that our own address names; None where there is none of ours."""
    secret = keys().list_secret("bounces")
    if found := read_return_address(recipient, secret):
        return found
    marks = (match[0].decode() for match in _MARK.finditer(raw))
    return next(filter(None, (read_return_address(mark, secret) for mark in marks)), None)


@transaction.atomic
def account(whose: tuple[UUID, int], report: Report) -> None:
    """What follows for the subscriber, and the day's total. One mail comes back once: the same report changes nothing.

    Raises OSError.
    """
    number, sending = whose
    subscriber = Subscriber.objects.select_for_update().filter(pk=number).first()
    if subscriber is None:  # has gone already
        return
    if report.verdict is Verdict.COMPLAINT:
        leave(number, sending, Reason.COMPLAINT)
    elif not _is_new(subscriber, sending, report):
        return
    elif report.verdict is Verdict.HARD:
        subscriber.state = SubscriberState.SUSPENDED
        subscriber.save(update_fields=["state"])
    else:
        _count_soft(subscriber, timezone.localdate())
    MailTrouble.objects.add(timezone.now().date(), {(report.verdict.value, report.cause): 1})


def _is_new(subscriber: Subscriber, sending: int, report: Report) -> bool:
    """Notes in the ledger, if the sending is still there, that the mail came back; False: it is known already.

    Where the ledger does not have the mail, a mailbox that is gone is gone but once.
    """
    handover = Handover.objects.filter(sending=sending, subscriber=subscriber.pk)
    if handover.filter(fate=Fate.REFUSED, reply=report.cause).exists():
        return False
    is_suspended = subscriber.state == SubscriberState.SUSPENDED
    if report.verdict is Verdict.HARD and is_suspended and not handover.exists():
        return False
    handover.filter(fate__in=(Fate.HANDED_OVER, Fate.UNKNOWN)).update(fate=Fate.REFUSED, reply=report.cause)
    return True


def _count_soft(subscriber: Subscriber, today: datetime.date) -> None:
    """One soft bounce says little; a row of them over days says that nobody is there."""
    first = subscriber.bounced_on
    if first is None or (today - first).days > FORGOTTEN_AFTER:
        subscriber.bounces, subscriber.bounced_on = 0, today
        first = today
    subscriber.bounces = min(subscriber.bounces + 1, SOFT_BOUNCES)
    if subscriber.bounces >= SOFT_BOUNCES and (today - first).days >= SOFT_DAYS:
        subscriber.state = SubscriberState.SUSPENDED
    subscriber.save(update_fields=["state", "bounces", "bounced_on"])
