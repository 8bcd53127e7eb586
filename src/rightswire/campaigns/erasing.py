"""Erasing a signature at its signer's wish, for good: also from a backup that is restored later."""

import datetime
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rightswire.campaigns.models import (
    ChangedDay,
    EntryKind,
    Petition,
    Signature,
    SignatureState,
    TakenAway,
    WaitingEntry,
)
from rightswire.seal.box import commitment
from rightswire.seal.tombstones import bury


def tombstone_file() -> Path:
    """One commitment a line; nothing in it names anybody. It is kept apart from the database, and longer."""
    return Path(settings.HOME) / "erased"


def erase(petition: int, id_bytes: bytes, address_key: bytes) -> None:
    """Removes the signature if there is one; says nothing of whether there was."""
    with transaction.atomic():
        rows = Signature.objects.filter(petition_id=petition, address_key=address_key)
        kept = rows.select_for_update().first()
        if kept is None:
            return
        value = commitment(bytes(kept.sealed), id_bytes)
        remember([value])
        take_away(petition, {value: kept.day})
        if kept.state == SignatureState.CONFIRMED:
            kinds = [EntryKind.ERASURE] if kept.is_logged else [EntryKind.SIGNATURE, EntryKind.ERASURE]
            WaitingEntry.objects.bulk_create(
                [WaitingEntry(petition_id=petition, kind=kind, value=value) for kind in kinds], ignore_conflicts=True
            )
        rows.delete()


def is_kept(petition: int, address_key: bytes) -> bool:
    """Whether there is a signature of this mailbox."""
    return Signature.objects.filter(petition_id=petition, address_key=address_key).exists()


def is_taken_away(petition: int, address_key: bytes, value: bytes) -> bool:
    """Whether this very signature was removed, and the mailbox has not signed anew since."""
    return TakenAway.objects.filter(commitment=value).exists() and not is_kept(petition, address_key)


def take_away(petition: int, found: dict[bytes, datetime.date]) -> None:
    """Notes what is removed, so that its links bring nothing back, and the days to count again."""
    today = timezone.localdate()
    TakenAway.objects.bulk_create(
        [TakenAway(commitment=value, petition_id=petition, day=today) for value in found], ignore_conflicts=True
    )
    count_again(petition, found.values())


def count_again(petition: int, days: Iterable[datetime.date]) -> None:
    """Each time anew: what is being counted just now may not have seen this change."""
    ChangedDay.objects.bulk_create([ChangedDay(petition_id=petition, day=day) for day in set(days)])


def remember(commitments: Iterable[bytes]) -> None:
    """Writes to the tombstone file, durably, before anything is removed. Raises OSError."""
    bury(tombstone_file(), (value.hex() for value in commitments))


def bury_again(lines: Iterable[str]) -> int:
    """Removes from a restored database what was erased since its backup was made; returns how many.

    `lines`: a tombstone file's. Their log entries come again with the removal, if the log does not hold them.
    """
    erased = {bytes.fromhex(line.strip()) for line in lines if line.strip()}
    removed = 0
    for petition in Petition.objects.all():
        for kept in petition.signatures.iterator(chunk_size=500):
            if commitment(bytes(kept.sealed), petition.id_bytes) in erased:
                erase(petition.pk, petition.id_bytes, bytes(kept.address_key))
                removed += 1
    return removed


def delivered_on(petition: int) -> datetime.date | None:
    """When the signatures were last handed over: what was delivered cannot be called back."""
    moment = Petition.objects.filter(pk=petition).values_list("delivered_at", flat=True).first()
    return timezone.localdate(moment) if moment else None
