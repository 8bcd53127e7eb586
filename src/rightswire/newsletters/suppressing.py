"""Who must not be written to, kept so that neither an import nor a restored backup brings anybody back."""

import logging
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rightswire.newsletters.models import Reason, Subscriber, Suppression
from rightswire.seal.tombstones import bury

logger = logging.getLogger(__name__)


def tombstone_file() -> Path:
    """A line each: `-` and the keyed digest of an address that left, `+` and one that came back by itself."""
    return Path(settings.HOME) / "unsubscribed"


def suppress(address_keys: Iterable[bytes], reason: Reason) -> None:
    """Bars these mailboxes. Call in a transaction, together with the removal. Raises OSError: then nothing is done."""
    found, now = list(address_keys), int(time.time())
    _remember("-", found)
    Suppression.objects.bulk_create(
        [Suppression(address_key=key, reason=reason, day=timezone.localdate(), left_at=now) for key in found],
        update_conflicts=True,
        unique_fields=["address_key"],
        update_fields=["reason", "day", "left_at"],
    )


def lift(address_key: bytes) -> None:
    """Its owner has confirmed that she wants mail again. The file says so once the database has it for good."""
    if Suppression.objects.filter(address_key=address_key).delete()[0]:
        transaction.on_commit(partial(_remember_return, address_key), robust=True)


def has_left_since(address_key: bytes, begun_at: int) -> bool:
    """Whether its owner has left since `begun_at` (seconds since 1970): a link from before brings her back no more."""
    return Suppression.objects.filter(address_key=address_key, left_at__gt=begun_at).exists()


def bury_again(lines: Iterable[str]) -> int:
    """Removes from a restored database who left since its backup was made; returns how many.

    `lines`: a tombstone file's, in the order of their writing.
    """
    last: dict[bytes, bool] = {}
    for line in lines:
        if line[:1] in "+-" and line.strip():
            last[bytes.fromhex(line[1:].strip())] = line[0] == "-"
    gone = [key for key, has_left in last.items() if has_left]
    removed, now = 0, int(time.time())  # when they left is not known: no link from before the restoring counts
    for start in range(0, len(gone), 500):
        part = gone[start : start + 500]
        removed += Subscriber.objects.filter(address_key__in=part).delete()[1].get("newsletters.Subscriber", 0)
        missing = set(part) - set(_known(part))
        Suppression.objects.bulk_create(
            [
                Suppression(address_key=key, reason=Reason.UNSUBSCRIBED, day=timezone.localdate(), left_at=now)
                for key in missing
            ]
        )
    return removed


def _known(part: list[bytes]) -> list[bytes]:
    found = Suppression.objects.filter(address_key__in=part).values_list("address_key", flat=True)
    return [bytes(key) for key in found]


def _remember_return(address_key: bytes) -> None:
    try:
        _remember("+", [address_key])
    except OSError as error:
        logger.error(
            "The file `unsubscribed` does not take that somebody who had left subscribes again (%s). She gets mail, "
            "but a restored backup would take her out again",
            error.strerror or type(error).__name__,
        )


def _remember(sign: str, address_keys: list[bytes]) -> None:
    """Durably: on the disk when this returns. Raises OSError."""
    bury(tombstone_file(), (f"{sign}{key.hex()}" for key in address_keys))
