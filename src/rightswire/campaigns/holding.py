"""Signatures that look false: held until somebody of the staff has looked, then released or dropped."""

import datetime
from collections import defaultdict
from collections.abc import Iterable

from django.db import models, transaction

from rightswire.campaigns.erasing import count_again, remember, take_away
from rightswire.campaigns.models import Petition, Signature, SignatureState
from rightswire.campaigns.watch import Held
from rightswire.seal.box import commitment

PART = 500  # signatures in one statement


def hold(found: Iterable[Held]) -> None:
    """Holds signatures that were counted before more like them came. What the log has, stays: it never shrinks."""
    changed: dict[int, set[datetime.date]] = defaultdict(set)
    with transaction.atomic():
        for held in found:
            rows = Signature.objects.filter(
                petition_id=held.petition,
                address_key=held.address_key,
                state=SignatureState.CONFIRMED,
                is_logged=False,
            )
            days = list(rows.values_list("day", flat=True))
            if rows.update(state=SignatureState.HELD, batch=held.batch, reason=held.reason):
                changed[held.petition].update(days)
        for petition, some in changed.items():
            count_again(petition, some)


def batches(petition: Petition) -> list[dict[str, object]]:
    """What waits to be looked at: how many, since when, why. No names: nobody here can open them."""
    rows = (
        petition.signatures.filter(state=SignatureState.HELD)
        .order_by()
        .values("batch", "reason")
        .annotate(number=models.Count("country"), first=models.Min("day"), last=models.Max("day"))
    )
    return sorted(rows, key=lambda row: -row["number"])


@transaction.atomic
def release(petition: Petition, batch: str) -> int:
    """Counts a held batch after all; it enters the log with the next head."""
    rows = petition.signatures.filter(state=SignatureState.HELD, batch=batch)
    days = set(rows.order_by().values_list("day", flat=True))
    number = rows.update(state=SignatureState.CONFIRMED, batch="", reason="")
    count_again(petition.pk, days)
    return number


class AnotherNumber(Exception):
    """The batch is not what it was when somebody looked at it. Nothing was done."""


@transaction.atomic
def drop(petition: Petition, batch: str, number: int) -> None:
    """Removes a false batch of so many for good. The log's heads say how many were dropped. Raises AnotherNumber."""
    held = petition.signatures.filter(state=SignatureState.HELD, batch=batch)
    rows = list(held.select_for_update().values_list("address_key", "sealed", "day"))
    if len(rows) != number:
        raise AnotherNumber
    found = {commitment(bytes(sealed), petition.id_bytes): day for _own, sealed, day in rows}
    remember(found)
    take_away(petition.pk, found)
    for start in range(0, len(rows), PART):  # these and no others: more of the batch may have come meanwhile
        part = [bytes(own) for own, _sealed, _day in rows[start : start + PART]]
        held.filter(address_key__in=part).delete()
    Petition.objects.filter(pk=petition.pk).update(dropped=models.F("dropped") + len(found))
