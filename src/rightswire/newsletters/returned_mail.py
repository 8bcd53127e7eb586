"""The ways by which returned mail reaches us beside the command: a maildir, a mailbox, a mail provider's webhooks."""

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.db.utils import Error as DatabaseError
from django.dispatch import receiver

from rightswire.newsletters.addresses import address_key
from rightswire.newsletters.bounces import LARGEST, account, is_ours, take
from rightswire.newsletters.models import Subscriber
from rightswire.newsletters.reports import FAILED, NOTHING, Report, Verdict, find_code, judge
from rightswire.outbox.mailbox import MailboxTrouble, OpenMailbox, open_mailbox, read_mailbox
from rightswire.seal.address import AddressError, read_address

logger = logging.getLogger(__name__)

AT_ONCE = 500  # messages of a maildir in one go
AT_ONCE_FROM_AFAR = 100  # of a mailbox, each of which takes two answers of its server
INFO, FLAGGED = ":2,", "F"  # of a file's name in a maildir: what follows are flags

# The providers whose webhooks need no more than the secret of the setting (Mailgun and MailerSend sign with its
# password).
PROVIDERS = (
    "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "postmark", "resend", "sendgrid", "sparkpost",
)  # fmt: skip

HARD_KINDS = ("hardbounce", "hard_bounce", "invalid address")  # in providers' events


def take_from_maildir() -> int:
    """Accounts for what lies in the maildir of the setting; returns how many. What cannot be read is set aside.

    Python's own `mailbox` would parse a whole message to see its flags, and hostile ones are among these.
    """
    if not settings.BOUNCE_MAILDIR:
        return 0
    taken = 0
    try:
        for file in islice(_unread(Path(settings.BOUNCE_MAILDIR)), AT_ONCE):
            _take_file(file)
            taken += 1
    except OSError as error:
        logger.error("RIGHTSWIRE_BOUNCE_MAILDIR: returned mail waits (%s); it is tried again", error.strerror)
    return taken


def _unread(maildir: Path) -> Iterator[Path]:
    for folder in ("new", "cur"):
        for file in sorted((maildir / folder).iterdir()):
            if FLAGGED not in file.name.partition(INFO)[2] and file.is_file():
                yield file


def _take_file(file: Path) -> None:
    """It goes once its account is on the disk; one that is taken again after a crash changes nothing more."""
    try:
        with file.open("rb") as message:
            raw = message.read(LARGEST)
    except FileNotFoundError:  # somebody else took it
        return
    except PermissionError as error:  # of this one alone; the others must not wait behind it
        _set_aside(file, error)
        return
    try:
        take(raw)
    except (DatabaseError, OSError):
        raise
    except Exception as error:
        _set_aside(file, error)
    else:
        file.unlink(missing_ok=True)


def _set_aside(file: Path, error: Exception) -> None:
    """What the error says may be about a person."""
    logger.error("A returned mail cannot be read (%s); it is set aside in the maildir", type(error).__name__)
    base, _, flags = file.name.partition(INFO)
    file.rename(file.parent.parent / "cur" / f"{base}{INFO}{''.join(sorted({*flags, FLAGGED}))}")


def take_from_mailbox() -> int:
    """Accounts for what is new in the mailbox of the setting; returns how many. What cannot be read is set aside.

    What is none of ours is marked as read and stays: a mailbox may have mail in it that somebody waits for.
    """
    if not settings.BOUNCE_MAILBOX:
        return 0
    taken = 0
    try:
        with open_mailbox(read_mailbox(settings.BOUNCE_MAILBOX)) as mailbox:
            for number in mailbox.unread(AT_ONCE_FROM_AFAR):
                _take_message(mailbox, number)
                taken += 1
    except MailboxTrouble as error:
        logger.error("RIGHTSWIRE_BOUNCE_MAILBOX: returned mail waits: %s. It is tried again.", error)
    return taken


def _take_message(mailbox: OpenMailbox, number: str) -> None:
    raw = mailbox.message(number, LARGEST)
    if raw is None:
        return
    try:
        take(raw)
        is_done_with = is_ours(raw)
    except (DatabaseError, OSError):
        raise
    except Exception as error:  # what it says may be about a person
        logger.error("A returned mail cannot be read (%s); it is flagged in the mailbox", type(error).__name__)
        mailbox.set_aside(number)
        return
    if is_done_with:
        mailbox.delete(number)
    else:
        mailbox.mark_read(number)


@receiver(tracking, dispatch_uid="rightswire.newsletters.returned_mail")
def take_event(sender: Any, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """What a mail provider tells by webhook, of an address that subscribes. Raises OSError."""
    report = _told(event)
    if report.verdict is Verdict.NOTHING or not isinstance(event.recipient, str):
        return
    try:
        key = address_key(read_address(event.recipient))
    except AddressError:
        return
    number = Subscriber.objects.filter(address_key=key).values_list("pk", flat=True).first()
    if number:
        account((number, 0), report)


def _told(event: AnymailTrackingEvent) -> Report:
    if event.event_type == EventType.COMPLAINED:
        return Report(Verdict.COMPLAINT, "abuse")
    if event.event_type != EventType.BOUNCED:
        return NOTHING
    code = find_code(f"{event.mta_response or ''}\n{event.description or ''}")
    if code and not code.endswith(".0.0"):
        return judge(code)
    return Report(Verdict.HARD, FAILED) if _is_called_hard(event) else Report(Verdict.SOFT, FAILED)


def _is_called_hard(event: AnymailTrackingEvent) -> bool:
    """Providers call temporary troubles bounces too; each says in its own way which it was."""
    told = event.esp_event if isinstance(event.esp_event, dict) else {}
    kinds = " ".join(str(told.get(name, "")) for name in ("Type", "event", "type", "bounce_classification")).lower()
    is_hard = any(kind in kinds for kind in HARD_KINDS) or told.get("hard_bounce") is True
    return is_hard or _is_permanent(told) or event.reject_reason == RejectReason.INVALID


def _is_permanent(told: dict[str, Any]) -> bool:
    """Resend's word for it; it passes no code on."""
    data = told.get("data")
    bounce = data.get("bounce") if isinstance(data, dict) else None
    return isinstance(bounce, dict) and bounce.get("type") == "Permanent"
