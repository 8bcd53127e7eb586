"""The ledger: what becomes of each mail.

The final dot of a mail may be sent only once the ledger says, on the disk, that it is being handed over. So after a
crash a row is either claimed (nothing was delivered: it goes back into the queue) or at most one a line is unknown.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from rightswire.newsletters.models import UNDER_WAY, Fate, Handover, SendingState

TABLE = Handover._meta.db_table


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a handover. `next_attempt_at` of one that is put off; `has_tried`: the server was asked."""

    handover: int
    fate: Fate
    reply: str = ""
    next_attempt_at: int = 0
    has_tried: bool = True


def claim(handovers: Sequence[int]) -> None:
    """Returns when it is on the disk that these are in hand."""
    _change_waiting(handovers, Fate.CLAIMED)


def skip(handovers: Sequence[int]) -> None:
    """Returns when it is on the disk that these are not sent."""
    _change_waiting(handovers, Fate.SKIPPED)


def _change_waiting(handovers: Sequence[int], fate: Fate) -> None:
    Handover.objects.filter(pk__in=handovers, fate__in=(Fate.WAITING, Fate.PUT_OFF)).update(fate=fate)


def write(about_to_go: Sequence[int], outcomes: Sequence[Outcome]) -> None:
    """Returns when it is on the disk that some are being handed over, and what became of others, all in one commit.

    In plain SQL: this is done hundreds of times a second.
    """
    alike: dict[tuple[Fate, str, int, bool], list[int]] = defaultdict(list)
    for one in outcomes:
        alike[(one.fate, one.reply, one.next_attempt_at, one.has_tried)].append(one.handover)
    with transaction.atomic(), connection.cursor() as cursor:
        if about_to_go:
            cursor.execute(
                f"UPDATE {TABLE} SET fate = %s WHERE fate = %s AND id IN ({_places(about_to_go)})",
                [int(Fate.SENDING), int(Fate.CLAIMED), *about_to_go],
            )
        for (fate, reply, next_attempt_at, has_tried), numbers in alike.items():
            cursor.execute(
                f"UPDATE {TABLE} SET fate = %s, reply = %s, next_attempt_at = %s, attempts = attempts + %s"
                f" WHERE id IN ({_places(numbers)})",
                [int(fate), reply, next_attempt_at, int(has_tried), *numbers],
            )


def _places(values: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(values))


def waiting() -> int:
    """How many mails wait in sendings that are going out."""
    return Handover.objects.filter(sending__state=SendingState.RUNNING, fate__in=UNDER_WAY).count()


def recover() -> int:
    """After a crash: what was claimed goes back into the queue; what was being handed over is unknown. Returns these.

    Only while nobody sends.
    """
    with transaction.atomic():
        Handover.objects.filter(fate=Fate.CLAIMED).update(fate=Fate.WAITING)
        return Handover.objects.filter(fate=Fate.SENDING).update(fate=Fate.UNKNOWN)
