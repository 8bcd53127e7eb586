"""Mail that comes back: reports of mail servers (RFC 3464), complaints (RFC 5965), and what follows from them.

A report counts only if it came to an address that we made for this very mail (return_path.py): anybody can write one.
Nothing of it is kept but a total.
"""

import datetime
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from enum import Enum
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from flufl.bounce import all_failures

from rightswire.newsletters.addresses import keys
from rightswire.newsletters.models import Fate, Handover, Reason, Subscriber, SubscriberState
from rightswire.newsletters.return_path import read_return_address
from rightswire.newsletters.subscribing import leave
from rightswire.outbox.models import MailTrouble

LARGEST = 1_000_000  # bytes that are looked at
MOST_PARTS = 200
SOFT_BOUNCES, SOFT_DAYS, FORGOTTEN_AFTER = 5, 10, 60
WHERE = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "X-Failed-Recipients", "Return-Path")

# Enhanced status codes (RFC 3463, IANA's registry) after which the mailbox will not take mail any more. All others
# that begin with 5 are soft: 5.2.2 (full), 5.3.x (their system), 5.4.x (network), 5.7.x (policy, taken for spam).
HARD = {
    "5.1.0",  # something about the address
    "5.1.1",  # no such mailbox
    "5.1.2",  # no such system
    "5.1.3",  # not an address
    "5.1.6",  # moved away
    "5.1.10",  # the domain takes no mail (RFC 7505)
    "5.2.1",  # the mailbox is closed
}
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>;,:\"()]+@[^\s<>;,\"()]+")


class Verdict(Enum):
    HARD = "bounce-hard"
    SOFT = "bounce-soft"
    COMPLAINT = "complaint"
    NOTHING = ""


def take(raw: bytes, recipient: str = "") -> Verdict:
    """What a message that came back means, once it is accounted for. `recipient`: of its envelope, where known.

    NOTHING for what is none of ours, forged, an answer of somebody on holiday, or news of a delay.
    """
    try:
        message = email.message_from_bytes(raw[:LARGEST], policy=email.policy.compat32)
        whose = _whose(message, recipient)
        verdict, status = _verdict(message) if whose else (Verdict.NOTHING, "")
    except RecursionError:  # mails in mails in mails, to stop whoever reads them
        return Verdict.NOTHING
    if whose is None:
        return Verdict.NOTHING
    if verdict is not Verdict.NOTHING:
        account(whose, verdict, status)
    return verdict


@transaction.atomic
def account(whose: tuple[UUID, int], verdict: Verdict, status: str) -> None:
    """What follows for the subscriber, and the day's total. Somebody who has gone already is only counted."""
    number, sending = whose
    MailTrouble.objects.add(timezone.localdate(), {(verdict.value, status[:20]): 1})
    subscriber = Subscriber.objects.select_for_update().filter(pk=number).first()
    if subscriber is None:
        return
    if verdict is Verdict.COMPLAINT:
        leave(number, sending, Reason.COMPLAINT)
        return
    if verdict is Verdict.HARD:
        subscriber.state = SubscriberState.SUSPENDED
        handed = Handover.objects.filter(sending=sending, subscriber=number, fate=Fate.HANDED_OVER)
        handed.update(fate=Fate.REFUSED, reply=status[:20])
    else:
        _count_soft(subscriber, timezone.localdate())
    subscriber.save(update_fields=["state", "bounces", "bounced_on"])


def _count_soft(subscriber: Subscriber, today: datetime.date) -> None:
    """One soft bounce says little; a row of them over days says that nobody is there."""
    first = subscriber.bounced_on
    if first is None or (today - first).days > FORGOTTEN_AFTER:
        subscriber.bounces, subscriber.bounced_on = 1, today
        return
    subscriber.bounces += 1
    if subscriber.bounces >= SOFT_BOUNCES and (today - first).days >= SOFT_DAYS:
        subscriber.state = SubscriberState.SUSPENDED


def _whose(message: Message, recipient: str) -> tuple[UUID, int] | None:
    """The subscriber and the sending that our own address in it names; None where there is none of ours."""
    secret = keys().list_secret("bounces")
    for address in (recipient, *_addresses(message)):
        if found := read_return_address(address, secret):
            return found
    return None


def _addresses(message: Message) -> Iterator[str]:
    """Wherever a server may have noted to whom the report was sent, or from whom the mail had come."""
    for part in _parts(message):
        for name in WHERE:
            for value in part.get_all(name, []):
                yield from _ADDRESS.findall(str(value))


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        yield part


def _verdict(message: Message) -> tuple[Verdict, str]:
    """And the status, such as 5.1.1."""
    kind = message.get_content_type()
    report = str(message.get_param("report-type", "")).lower() if kind == "multipart/report" else ""
    if report == "feedback-report" or _first(message, "message/feedback-report"):
        return _complaint(message)
    fields = list(_status_fields(message))
    if fields:
        return _of_report(fields)
    if str(message.get("Auto-Submitted", "")).lower().startswith("auto-replied"):
        return Verdict.NOTHING, ""
    return _of_words(message)


def _complaint(message: Message) -> tuple[Verdict, str]:
    part = _first(message, "message/feedback-report")
    inner = _fields_of(part) if part else []
    kind = next((str(each.get("Feedback-Type", "")).lower() for each in inner if each.get("Feedback-Type")), "abuse")
    return (Verdict.COMPLAINT, kind) if kind.strip() in ("abuse", "opt-out", "fraud") else (Verdict.NOTHING, "")


def _first(message: Message, kind: str) -> Message | None:
    return next((part for part in _parts(message) if part.get_content_type() == kind), None)


def _status_fields(message: Message) -> Iterator[Message]:
    """The groups of fields of a delivery status, one a recipient."""
    for part in _parts(message):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            yield from _fields_of(part)


def _fields_of(part: Message) -> list[Message]:
    """The headers inside a part: some servers send them as text, or in base64."""
    payload = part.get_payload()
    if isinstance(payload, list):
        inside = [inner for inner in payload if isinstance(inner, Message)]
        return [inner for inner in inside if inner.keys()] + [each for inner in inside for each in _groups(inner)]
    return _groups(part)


def _groups(part: Message) -> list[Message]:
    raw = part.get_payload(decode=True)
    text = raw if isinstance(raw, bytes) else b""
    return [email.message_from_bytes(group) for group in re.split(rb"\r?\n\r?\n", text) if group.strip()]


def _of_report(fields: list[Message]) -> tuple[Verdict, str]:
    for group in fields:
        action = str(group.get("Action", "")).strip().lower()
        if action and action != "failed":
            continue
        found = _STATUS.search(str(group.get("Status", "")))
        if found is None or found[1].endswith(".0.0"):  # no more than that it failed
            found = _STATUS.search(str(group.get("Diagnostic-Code", ""))) or found
        if found and found[1][0] == "5":
            return (Verdict.HARD if found[1] in HARD else Verdict.SOFT), found[1]
        if action == "failed":
            return Verdict.SOFT, found[1] if found else "failed"
    return Verdict.NOTHING, ""


def _of_words(message: Message) -> tuple[Verdict, str]:
    """What servers say that know no standard (qmail, old Exchange)."""
    temporary, permanent = all_failures(message)
    if not temporary and not permanent:
        return Verdict.NOTHING, ""
    if temporary and not permanent:
        return Verdict.NOTHING, ""  # it is still being tried
    text = "".join(_text(part) for part in _parts(message))[:20_000]
    found = next((status for status in _STATUS.findall(text) if status[0] == "5"), "")
    if found:
        return (Verdict.HARD if found in HARD else Verdict.SOFT), found
    is_unknown = re.search(r"(?i)no (?:such|mailbox)|unknown (?:user|recipient)|user unknown|does not exist", text)
    return (Verdict.HARD, "words") if is_unknown else (Verdict.SOFT, "words")


def _text(part: Message) -> str:
    if part.get_content_maintype() != "text":
        return ""
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
