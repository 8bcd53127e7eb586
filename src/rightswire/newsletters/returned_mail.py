"""The ways by which returned mail reaches us: a mail server's pipe, a maildir, a mail provider's webhooks."""

import logging
import mailbox
from pathlib import Path
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.conf import settings
from django.dispatch import receiver

from rightswire.newsletters.addresses import address_key
from rightswire.newsletters.bounces import LARGEST, Verdict, account, take
from rightswire.newsletters.models import Subscriber
from rightswire.seal.address import AddressError, read_address

logger = logging.getLogger(__name__)

AT_ONCE = 500  # messages of a maildir in one go
FLAGGED = "F"  # set aside


def take_from_maildir() -> int:
    """Accounts for what lies in the maildir of the setting; returns how many. What cannot be read is set aside."""
    if not settings.BOUNCE_MAILDIR or not Path(settings.BOUNCE_MAILDIR).is_dir():
        return 0
    box = mailbox.Maildir(settings.BOUNCE_MAILDIR, create=False)
    taken = 0
    for key in list(box.iterkeys()):
        if taken >= AT_ONCE:
            break
        try:
            with box.get_file(key) as file:
                raw = file.read(LARGEST)
            if FLAGGED in box.get_message(key).get_flags():
                continue
        except (OSError, KeyError):  # another program took it
            continue
        try:
            take(raw)
        except ValueError as error:  # hostile or broken beyond reading
            logger.warning("A returned mail cannot be read (%s); it is set aside in the maildir", type(error).__name__)
            _set_aside(box, key)
        else:
            box.discard(key)
        taken += 1
    return taken


def _set_aside(box: mailbox.Maildir, key: str) -> None:
    message = box.get_message(key)
    message.set_subdir("cur")
    message.add_flag(FLAGGED)
    box[key] = message


@receiver(tracking, dispatch_uid="rightswire.newsletters.returned_mail")
def take_event(sender: Any, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """What a mail provider tells by webhook, of an address that subscribes."""
    verdict = _told(event)
    if verdict is Verdict.NOTHING or not event.recipient:
        return
    try:
        key = address_key(read_address(event.recipient))
    except AddressError:
        return
    number = Subscriber.objects.filter(address_key=key).values_list("pk", flat=True).first()
    if number:
        account((number, 0), verdict, str(event.reject_reason or event.event_type))


def _told(event: AnymailTrackingEvent) -> Verdict:
    if event.event_type == EventType.COMPLAINED:
        return Verdict.COMPLAINT
    if event.event_type == EventType.BOUNCED:
        return Verdict.HARD if event.reject_reason in ("invalid", "bounced") else Verdict.SOFT
    return Verdict.NOTHING
