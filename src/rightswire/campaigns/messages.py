"""The mails of petitions: one function each. None names the petition in its subject, or repeats what was typed."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rightswire.campaigns.wishes import Ticks, Wishes
from rightswire.outbox.composing import Sender, compose
from rightswire.outbox.queue import OutgoingMessage


def confirm_signature(
    to: str,
    language: str,
    sender: Sender,
    *,
    title: str,
    confirmation: str,
    erasure: str,
    wished: Wishes | None = None,
    ticks: Ticks | None = None,
) -> OutgoingMessage:
    """Asks whoever reads the mailbox to confirm; until then nothing is signed and nothing is kept."""
    with translation.override(language):
        subject = _("Please confirm your e-mail address")
    context = {
        "title": title,
        "wished": wished,
        "ticks": ticks,
        "confirm_url": f"{settings.BASE_URL}/do/confirm/{confirmation}/",
        "erase_url": f"{settings.BASE_URL}/do/erase/{erasure}/",
    }
    return compose(
        "campaigns/mail/confirm",
        context,
        to=to,
        subject=subject,
        language=language,
        kind="petition-confirm",
        sender=sender,
    )


def erase_signature(to: str, language: str, sender: Sender, *, title: str, erasure: str) -> OutgoingMessage:
    """The link for taking a signature back, once more, for somebody who asked for it."""
    with translation.override(language):
        subject = _("The link that you asked for")
    context = {"title": title, "erase_url": f"{settings.BASE_URL}/do/erase/{erasure}/"}
    return compose(
        "campaigns/mail/erase", context, to=to, subject=subject, language=language, kind="petition-erase", sender=sender
    )
