"""Group commit: the rows of all who wait are written in one transaction, then all of them are answered.

A durable commit costs a flush of the disk, however many rows it holds. One thread with one database connection takes
whatever waits, never waiting for more, and commits it. Nobody is answered before the commit that holds her row.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.utils import DatabaseError

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 512
MOST_WAITING = 4096
IDLE = 5.0  # seconds after which the connection is given back
# A statement sees what was committed before it began: without this, a signature that is being erased at this moment
# could come back by its old link. Those who commit signatures do not wait for each other.
_NOBODY_TAKES_AWAY = "LOCK TABLE campaigns_takenaway IN SHARE MODE"


class NotKept(Exception):
    """The row was not committed; nothing was acknowledged. The sender may try again."""


class _Waiting(NamedTuple):
    statement: str
    row: Sequence[Any]
    loop: asyncio.AbstractEventLoop
    kept: "asyncio.Future[bool]"


class GroupCommit:
    """Writes rows durably for any number of waiting coroutines; `stop` ends it when all are answered."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def keep(self, statement: str, row: Sequence[Any]) -> bool:
        """Returns when the row of this INSERT is on the disk. Raises NotKept.

        True: it is certainly new. False: this row, or another that was written with it, was left out by what the
        statement says of conflicts. The database counts them together; to ask about each would cost all of them.
        """
        if self._queue.qsize() >= MOST_WAITING:
            raise NotKept
        self._start()
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        self._queue.put(_Waiting(statement, row, loop, kept))
        return await kept

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        is_stopping = False
        while not is_stopping:
            batch = [self._next()]
            while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get())
            waiting = [item for item in batch if item is not None]
            is_stopping = len(waiting) < len(batch)
            if waiting:
                self._commit(waiting)
        connection.close()

    def _next(self) -> _Waiting | None:
        """What waits first. The connection is kept while there is work: to connect costs more than most commits."""
        try:
            return self._queue.get(timeout=IDLE)
        except queue.Empty:
            connection.close()  # it might die unnoticed
            return self._queue.get()

    def _commit(self, waiting: list[_Waiting]) -> None:
        try:
            are_new = _write(waiting)
        except DatabaseError as error:
            if len(waiting) == 1 or not _is_about_a_row(error):
                self._refuse(waiting, error)
                return
            for item in waiting:  # one row that the database refuses must not hold up the others
                self._commit([item])
            return
        except Exception as error:  # whatever it is: nobody waits for ever, and the next ones are served
            self._refuse(waiting, error)
            return
        _answer(waiting, are_new)

    def _refuse(self, waiting: list[_Waiting], error: Exception) -> None:
        # The kind only: the database's message may quote the row.
        logger.error("%d rows could not be kept (%s); their senders were told so", len(waiting), type(error).__name__)
        connection.close()
        _answer(waiting, NotKept())


def _write(waiting: list[_Waiting]) -> dict[str, bool]:
    """Says of each statement whether every row of it was new."""
    rows: dict[str, list[Sequence[Any]]] = {}
    for item in waiting:
        rows.setdefault(item.statement, []).append(item.row)
    are_new: dict[str, bool] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # SQLite lets one write after another anyway
            cursor.execute(_NOBODY_TAKES_AWAY)
        for statement, some in rows.items():
            cursor.execute(_for_rows(statement, some), [value for row in some for value in row])
            are_new[statement] = cursor.rowcount == len(some)
    return are_new


def _for_rows(statement: str, rows: list[Sequence[Any]]) -> str:
    """The INSERT of one row, for all of them: the thread waits for the others' once, not once a row."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    return statement.replace(one, ", ".join([one] * len(rows)))


def _is_about_a_row(error: DatabaseError) -> bool:
    """Whether the database refused what a row says, rather than to work at all."""
    return type(error).__name__ in ("IntegrityError", "DataError")


def _answer(waiting: list[_Waiting], outcome: NotKept | Mapping[str, bool]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for item in waiting:
        by_loop.setdefault(item.loop, []).append(item)
    for loop, some in by_loop.items():
        loop.call_soon_threadsafe(_settle, some, outcome)


def _settle(waiting: list[_Waiting], outcome: NotKept | Mapping[str, bool]) -> None:
    for item in waiting:
        if not item.kept.done():  # the sender may have gone
            if isinstance(outcome, NotKept):
                item.kept.set_exception(outcome)
            else:
                item.kept.set_result(outcome[item.statement])
