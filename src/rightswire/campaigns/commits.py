"""Group commit: the rows of all who wait are written in one transaction, then all of them are answered.

A durable commit costs a flush of the disk, however many rows it holds. One thread with one database connection takes
whatever waits, never waiting for more, and commits what goes into one table at once. Nobody is answered before the
commit that holds her row.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Sequence
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
            is_stopping = None in batch
            alike: dict[str, list[_Waiting]] = {}
            for item in batch:
                if item is not None:
                    alike.setdefault(item.statement, []).append(item)
            for statement, waiting in alike.items():
                self._commit(statement, waiting)
        connection.close()

    def _next(self) -> _Waiting | None:
        """What waits first. The connection is kept while there is work: to connect costs more than most commits."""
        try:
            return self._queue.get(timeout=IDLE)
        except queue.Empty:
            connection.close()  # it might die unnoticed
            return self._queue.get()

    def _commit(self, statement: str, waiting: list[_Waiting]) -> None:
        try:
            are_new = _write(statement, [item.row for item in waiting])
        except DatabaseError as error:
            if len(waiting) == 1 or not _is_about_a_row(error):
                self._refuse(waiting, error)
                return
            for item in waiting:  # one row that the database refuses must not hold up the others
                self._commit(statement, [item])
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


def _write(statement: str, rows: list[Sequence[Any]]) -> bool:
    """Says whether every row was new."""
    text, values = _for_rows(statement, rows), [value for row in rows for value in row]
    is_postgresql = connection.vendor == "postgresql"
    # SQLite has one writer. A lone statement is a transaction of its own, and nobody else waits while this thread waits
    # for its turn to run Python between the statements of a longer one.
    with transaction.atomic() if is_postgresql else contextlib.nullcontext(), connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(_NOBODY_TAKES_AWAY)
        cursor.execute(text, values)
        return cursor.rowcount == len(rows)


def _for_rows(statement: str, rows: list[Sequence[Any]]) -> str:
    """The INSERT of one row, for all of them: the thread waits for the others' once, not once a row."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    return statement.replace(one, ", ".join([one] * len(rows)))


def _is_about_a_row(error: DatabaseError) -> bool:
    """Whether the database refused what a row says, rather than to work at all."""
    return type(error).__name__ in ("IntegrityError", "DataError")


def _answer(waiting: list[_Waiting], outcome: NotKept | bool) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for item in waiting:
        by_loop.setdefault(item.loop, []).append(item)
    for loop, some in by_loop.items():
        loop.call_soon_threadsafe(_settle, some, outcome)


def _settle(waiting: list[_Waiting], outcome: NotKept | bool) -> None:
    for item in waiting:
        if not item.kept.done():  # the sender may have gone
            if isinstance(outcome, NotKept):
                item.kept.set_exception(outcome)
            else:
                item.kept.set_result(outcome)
