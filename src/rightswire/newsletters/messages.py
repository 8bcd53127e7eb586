"""The mails about a subscription itself: one function each. None says in its subject what it is about."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rightswire.newsletters.consent import news_words
from rightswire.outbox.composing import Sender, compose
from rightswire.outbox.queue import OutgoingMessage


def confirm_subscription(
    to: str, language: str, sender: Sender, *, confirmation: str, organisation: str
) -> OutgoingMessage:
    """Asks whoever reads the mailbox to confirm, with the words that this agrees to; until then nothing is kept."""
    with translation.override(language):
        subject = _("Please confirm your e-mail address")
    context = {"consent": news_words(language, organisation), "confirm_url": _link("confirm", confirmation)}
    return compose(
        "newsletters/mail/confirm",
        context,
        to=to,
        subject=subject,
        language=language,
        kind="subscription-confirm",
        sender=sender,
    )


def confirm_move(to: str, language: str, sender: Sender, *, confirmation: str) -> OutgoingMessage:
    """To the new address of somebody who wants her mail there; until then it goes where it went."""
    with translation.override(language):
        subject = _("Please confirm your e-mail address")
    return compose(
        "newsletters/mail/move",
        {"confirm_url": _link("confirm", confirmation)},
        to=to,
        subject=subject,
        language=language,
        kind="subscription-move",
        sender=sender,
    )


def preferences_link(to: str, language: str, sender: Sender, *, preferences: str, unsubscribe: str) -> OutgoingMessage:
    """The links of a subscriber, once more, for somebody who asked for them."""
    with translation.override(language):
        subject = _("The link that you asked for")
    context = {
        "preferences_url": _link("preferences", preferences),
        "unsubscribe_url": _link("unsubscribe", unsubscribe),
    }
    return compose(
        "newsletters/mail/preferences",
        context,
        to=to,
        subject=subject,
        language=language,
        kind="subscription-link",
        sender=sender,
    )


def _link(name: str, token: str) -> str:
    return f"{settings.BASE_URL}/do/{name}/{token}/"
