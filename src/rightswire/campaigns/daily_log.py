"""Once a day: what was confirmed and erased enters the petition's log, shuffled, under one signed head."""

import datetime
import random
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from rightswire.bake.models import Due
from rightswire.campaigns.models import (
    EntryKind,
    LogEntry,
    LogHead,
    Petition,
    SignatureState,
    WaitingEntry,
)
from rightswire.campaigns.to_hold import is_any_to_hold
from rightswire.seal import log
from rightswire.seal.box import commitment
from rightswire.seal.keys import Keys

_MARK = (
    "UPDATE campaigns_signature SET is_logged = %s"
    " WHERE petition_id = %s AND state = %s AND is_logged = %s AND day <= %s RETURNING sealed"
)
LAST_LOOK = datetime.timedelta(minutes=15)  # after midnight, for the watch to hold what it found late


def write_logs() -> None:
    """Writes yesterday's head of every petition that lacks it. Safe to call at any time, and again.

    What the log has can never be held: it waits while something was found and could not be held yet.
    """
    if is_any_to_hold():
        return
    Petition.objects.counting().each(write_log)


def write_log(petition: Petition) -> None:
    """Yesterday's head, if it is lacking."""
    yesterday = timezone.localdate(timezone.now() - LAST_LOOK) - datetime.timedelta(days=1)
    if petition.opened_at and timezone.localdate(petition.opened_at) <= yesterday:
        last = petition.log_heads.last()
        if last is None or last.day < yesterday:  # nothing where the clock went back
            write_head(petition, yesterday)


def is_log_whole(petition: Petition) -> bool:
    """Whether the log holds everything that it is to hold. It reads all signatures."""
    left = petition.signatures.filter(state=SignatureState.CONFIRMED, is_logged=False)
    return not (left.exists() or WaitingEntry.objects.filter(petition=petition).exists())


@transaction.atomic
def write_head(petition: Petition, day: datetime.date) -> LogHead:
    """Appends all that was confirmed or erased up to the end of `day` and signs the log as it then is."""
    fresh = _confirmed(petition, day)
    waiting = list(WaitingEntry.objects.filter(petition=petition))
    entries = [(EntryKind.SIGNATURE, value) for value in fresh]
    entries += [(EntryKind(row.kind), bytes(row.value)) for row in waiting]
    random.SystemRandom().shuffle(entries)
    last = petition.log_heads.last()
    start = last.size if last else 0
    LogEntry.objects.bulk_create(
        (
            LogEntry(petition=petition, place=start + number, kind=kind, value=value)
            for number, (kind, value) in enumerate(entries)
        ),
        batch_size=2000,
    )
    WaitingEntry.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    head = LogHead.objects.create(petition=petition, day=day, size=start + len(entries), text=_sign(petition, day))
    transaction.on_commit(_keep_no_order_of_time)
    Due.objects.add([f"logday:{petition.pk}/{day.isoformat()}", f"log:{petition.pk}"])
    return head


def _confirmed(petition: Petition, day: datetime.date) -> list[bytes]:
    """Marks what is to be logged, and returns the commitments of these very rows.

    In one statement: where the database lets others commit between two (PostgreSQL), a signature that was released,
    erased or held meanwhile would be marked without an entry, or entered twice. Who wants such a row waits for us.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [True, petition.pk, int(SignatureState.CONFIRMED), False, day.isoformat()])
        return [commitment(bytes(sealed), petition.id_bytes) for (sealed,) in cursor.fetchall()]


def _sign(petition: Petition, day: datetime.date) -> str:
    tree = log.Tree()
    numbers = {EntryKind.SIGNATURE: 0, EntryKind.ERASURE: 0}
    for kind, value in petition.log_entries.values_list("kind", "value").iterator(chunk_size=5000):
        tree.append(log.entry_hash(kind, bytes(value)))
        numbers[EntryKind(kind)] += 1
    origin = log.origin(settings.BASE_URL, petition.slug)
    return log.checkpoint(
        origin,
        tree.size,
        tree.root(),
        day,
        numbers[EntryKind.SIGNATURE],
        numbers[EntryKind.ERASURE],
        petition.dropped,
        Keys(Path(settings.HOME) / "keys").site_key(),
        origin,
    )


def _keep_no_order_of_time() -> None:
    """PostgreSQL keeps rows as they came until they are put in the order of their keys. SQLite always does (0002)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CLUSTER campaigns_signature USING campaigns_signature_pkey")


def logged(petition: Petition) -> dict[str, int]:
    """How many entries of each kind the log holds."""
    rows = petition.log_entries.order_by().values_list("kind").annotate(n=Count("place"))
    return {"s": 0, "e": 0, **dict(rows)}
