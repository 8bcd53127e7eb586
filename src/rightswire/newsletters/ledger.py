"""The ledger's writer: one thread that commits what the lines say, all that waits in one transaction.

A line may send the final dot of a mail only once the ledger says, on the disk, that it is being handed over. So after
a crash a row is either claimed (nothing was delivered: it goes back into the queue) or at most one a line is unknown.
"""

import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.utils import Error as DatabaseError

from rightswire.newsletters.models import UNDER_WAY, Fate, Handover, SendingState

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 512
TABLE = Handover._meta.db_table
PAUSE = 1.0  # seconds until what became of mails is written again after the database failed


class NotWritten(Exception):
    """The ledger could not be written: the mail must not be sent."""


@dataclass(slots=True)
class _Mark:
    """Somebody who waits until handovers, while they are `before`, have become `fate`."""

    handovers: list[int]
    before: tuple[Fate, ...]
    fate: Fate
    written: threading.Event = field(default_factory=threading.Event)
    is_written: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a handover. `next_attempt_at` of one that is put off; `has_tried`: the server was asked."""

    handover: int
    fate: Fate
    reply: str = ""
    next_attempt_at: int = 0
    has_tried: bool = True


class Ledger:
    """Started and stopped by whoever sends; its methods are called by the lines."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Mark | Outcome | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="rightswire-ledger", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when all is written."""
        self._queue.put(None)
        self._thread.join()

    def about_to_hand_over(self, handover: int) -> None:
        """Returns when it is on the disk that this mail is being handed over. Raises NotWritten."""
        self._wait_for(_Mark([handover], (Fate.CLAIMED,), Fate.SENDING))

    def claim(self, handovers: list[int]) -> None:
        """Returns when these are claimed. Raises NotWritten."""
        self._wait_for(_Mark(handovers, (Fate.WAITING, Fate.PUT_OFF), Fate.CLAIMED))

    def skip(self, handovers: list[int]) -> None:
        """Returns when it is written that these are not sent. Raises NotWritten."""
        self._wait_for(_Mark(handovers, (Fate.WAITING, Fate.PUT_OFF), Fate.SKIPPED))

    def _wait_for(self, mark: _Mark) -> None:
        self._queue.put(mark)
        mark.written.wait()
        if not mark.is_written:
            raise NotWritten

    def ended(self, outcome: Outcome) -> None:
        """Notes what became of a mail; it is written soon, for certain before `stop` returns."""
        self._queue.put(outcome)

    def _run(self) -> None:
        is_stopping, outcomes = False, list[Outcome]()
        while not is_stopping or outcomes:
            batch: list[_Mark | Outcome | None] = [] if is_stopping else [self._queue.get()]
            while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get())
            is_stopping = is_stopping or None in batch
            marks = [item for item in batch if isinstance(item, _Mark)]
            outcomes += [item for item in batch if isinstance(item, Outcome)]
            try:
                with transaction.atomic():
                    _write(marks, outcomes)
            except DatabaseError as error:
                logger.error("The ledger of mail cannot be written (%s); mail waits", type(error).__name__)
                connection.close()
                _answer(marks, is_written=False)
                time.sleep(PAUSE)
            else:
                outcomes = []
                _answer(marks, is_written=True)
        connection.close()


def _answer(marks: list[_Mark], *, is_written: bool) -> None:
    for mark in marks:
        mark.is_written = is_written
        mark.written.set()


def _write(marks: list[_Mark], outcomes: list[Outcome]) -> None:
    """In plain SQL: this is done hundreds of times a second."""
    changes: dict[tuple[tuple[Fate, ...], Fate], list[int]] = defaultdict(list)
    for mark in marks:
        changes[(mark.before, mark.fate)] += mark.handovers
    alike: dict[tuple[Fate, str, int, bool], list[int]] = defaultdict(list)
    for one in outcomes:
        alike[(one.fate, one.reply, one.next_attempt_at, one.has_tried)].append(one.handover)
    with connection.cursor() as cursor:
        for (before, after), numbers in changes.items():
            cursor.execute(
                f"UPDATE {TABLE} SET fate = %s WHERE fate IN ({_places(before)}) AND id IN ({_places(numbers)})",
                [int(after), *map(int, before), *numbers],
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
