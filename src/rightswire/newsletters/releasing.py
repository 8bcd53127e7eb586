"""Releasing a newsletter: one person asks, another one agrees to the very same. Superusers are no exception."""

import datetime
import hashlib
import json

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from rightswire.accounts.models import User
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.models import Newsletter, NewsletterState
from rightswire.newsletters.rendering import render_newsletter

LOG_ASK, LOG_AGREE, LOG_WITHDRAW = "rightswire.ask_to_send", "rightswire.agree_to_send", "rightswire.withdraw_sending"
_RELEASE = ("state", "asked_by", "asked_at", "agreed_by", "agreed_at", "digest")


def content_digest(newsletter: Newsletter) -> str:
    """What two people release, in 64 characters: every field that decides what goes out, to whom and when.

    Of a newsletter as it was read from the database; a text that was typed has no numbers for its blocks yet.
    """
    body = list(newsletter.body.raw_data)
    send_at = newsletter.send_at.astimezone(datetime.UTC).isoformat() if newsletter.send_at else ""
    fields = [newsletter.language, newsletter.subject, newsletter.preheader, body, newsletter.petition_id, send_at]
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def why_fixed(newsletter: Newsletter) -> str:
    """Why nothing of it can be changed any more; empty where it can."""
    if newsletter.state == NewsletterState.RELEASED:
        return "Two people have released it: it stays as it is. To change it, take the release back first."
    if newsletter.state == NewsletterState.SENT:
        return "It was sent: it stays as it is. Copy it to write another one."
    return ""


@transaction.atomic
def ask(newsletter: Newsletter, user: User) -> None:
    """The first of two people. Raises NotAllowed."""
    row = locked(newsletter)
    if row.state != NewsletterState.DRAFT:
        raise NotAllowed("Somebody has asked for this already, or it was released.")
    if row.send_at and row.send_at <= timezone.now():
        raise NotAllowed("The moment at which it should go out is over: choose a later one, or none.")
    render_newsletter(row)  # raises TooLong
    row.state, row.asked_by, row.asked_at = NewsletterState.ASKED, user, timezone.now()
    row.digest = content_digest(row)
    row.save(update_fields=_RELEASE)
    log(row, LOG_ASK, user=user)


@transaction.atomic
def agree(newsletter: Newsletter, user: User) -> None:
    """The second person; nobody is both. Raises NotAllowed."""
    row = locked(newsletter)
    if row.state != NewsletterState.ASKED:
        raise NotAllowed("Nobody has asked for this, or it was withdrawn or released in the meantime.")
    if row.asked_by_id == user.pk:
        raise NotAllowed("It takes a second person: whoever asked cannot agree as well.")
    if row.digest != content_digest(row):
        raise NotAllowed("It is not what was asked for any more. Withdraw the request, look at it, and ask again.")
    row.state, row.agreed_by, row.agreed_at = NewsletterState.RELEASED, user, timezone.now()
    row.save(update_fields=_RELEASE)
    log(row, LOG_AGREE, user=user)


@transaction.atomic
def withdraw(newsletter: Newsletter, user: User) -> None:
    """Takes a request or a release back, as long as nothing has gone out: anybody may. Raises NotAllowed."""
    row = locked(newsletter)
    if row.state not in (NewsletterState.ASKED, NewsletterState.RELEASED):
        raise NotAllowed("There is nothing to take back: nobody has asked for it, or it has gone out.")
    forget_request(row)
    row.save(update_fields=_RELEASE)
    log(row, LOG_WITHDRAW, user=user)


@transaction.atomic
def take_back(newsletter: Newsletter) -> None:
    """Makes it a draft again: it cannot be sent as it is."""
    row = locked(newsletter)
    forget_request(row)
    row.save(update_fields=_RELEASE)


def forget_request(newsletter: Newsletter) -> None:
    """Makes it a draft again; the caller saves it."""
    newsletter.state, newsletter.digest = NewsletterState.DRAFT, ""
    newsletter.asked_by = newsletter.asked_at = newsletter.agreed_by = newsletter.agreed_at = None


def locked(newsletter: Newsletter) -> Newsletter:
    """The same newsletter as it is now; nobody else touches it until the transaction ends."""
    return Newsletter.objects.select_for_update(no_key=True).get(pk=newsletter.pk)
