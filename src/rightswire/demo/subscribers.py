"""The demo's mailing key, beside its passwords: the worker unlocks mail with it, so that a visitor can subscribe."""

import logging
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from rightswire.newsletters.models import MailingKey
from rightswire.newsletters.strongbox import NotTheMailingKey, Strongbox
from rightswire.pages.models import Organisation
from rightswire.seal.box import PrivateKey, SealError

logger = logging.getLogger(__name__)

PASSPHRASE = "demo"


def key_file() -> Path:
    return Path(settings.HOME) / "demo" / "mailing.key"


def make_mailing_key() -> None:
    """A real organisation's key is made elsewhere, and is never in the data folder."""
    key = PrivateKey.generate()
    key_file().touch(mode=0o600)
    key_file().write_text(key.protected(PASSPHRASE) + "\n", encoding="ascii")
    MailingKey.objects.create(
        label="Demonstration: demo/mailing.key, passphrase “demo”", public=key.public.text(), proven_at=timezone.now()
    )


def unlock_demo(strongbox: Strongbox) -> None:
    """In a demonstration mail is unlocked from the start."""
    if not key_file().exists() or not Organisation.current().is_demo:
        return
    try:
        strongbox.put_in(PrivateKey.load(key_file().read_text(encoding="ascii"), PASSPHRASE))
    except (SealError, NotTheMailingKey, OSError) as error:
        logger.error("The demonstration's mail stays locked (%s)", type(error).__name__)
