"""Group commit: the rows of all who wait are written in one transaction, then all of them are answered.

A durable commit costs a flush of the disk, however many rows it holds. One thread with one database connection takes
whatever waits, never waiting for more, and commits what goes into one table at once. Nobody is answered before the
commit that holds her row.
"""

import asyncio
import functools
import json
import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.db.utils import DatabaseError, OperationalError

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 512
MOST_WAITING = 4096
IDLE = 5.0  # seconds after which the connection is given back
# A statement sees what was committed before it began: without this, a signature that is being erased at this moment
# could come back by its old link. Those who commit signatures do not wait for each other.
_NOBODY_TAKES_AWAY = "LOCK TABLE campaigns_takenaway IN SHARE MODE"


class NotKept(Exception):
    """The row was not committed; nothing was acknowledged. The sender may try again."""


@dataclass(frozen=True, eq=False, slots=True)
class Insert:
    """An INSERT of one row, `VALUES (%s, …)`, that writes many. `types`: PostgreSQL's, of the values."""

    text: str
    types: tuple[str, ...]

    def of_many(self, rows: list[Sequence[Any]], *, is_postgresql: bool) -> tuple[str, list[Any]]:
        """One statement for all of them: the thread waits for the others' once, not once a row.

        PostgreSQL takes the rows as one value. To put hundreds of them into the statement's text, and to have that
        understood, takes three times as long.
        """
        one = f"({', '.join(['%s'] * len(self.types))})"
        if is_postgresql:
            values = f"SELECT {_from_json(self.types)} FROM jsonb_array_elements(%s) AS sent"
            return self.text.replace(f"VALUES {one}", values), [
                json.dumps([[_as_json(value) for value in row] for row in rows])
            ]
        return self.text.replace(one, ", ".join([one] * len(rows))), [value for row in rows for value in row]


@functools.cache
def _from_json(types: tuple[str, ...]) -> str:
    """The values of a row that came as JSON; what is bytes is in hex there."""
    return ", ".join(
        f"decode(sent ->> {place}, 'hex')" if kind == "bytea" else f"(sent ->> {place})::{kind}"
        for place, kind in enumerate(types)
    )


def _as_json(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


class Waiting(Protocol):
    """Somebody whose row is to be kept. The thread that commits asks and tells; neither may take long."""

    @property
    def statement(self) -> Insert: ...

    def row(self) -> Sequence[Any] | None:
        """None: there is nothing to keep, and nothing is told."""

    def kept(self, outcome: bool | NotKept) -> None:
        """When it is on the disk: True if the row is certainly new (see GroupCommit.keep)."""


class _Coroutine(NamedTuple):
    """A coroutine that waits."""

    statement: Insert
    values: Sequence[Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[bool]"

    def row(self) -> Sequence[Any]:
        return self.values

    def kept(self, outcome: bool | NotKept) -> None:
        self.loop.call_soon_threadsafe(_settle, self.future, outcome)


class _Row(NamedTuple):
    of: Waiting
    values: Sequence[Any]


class GroupCommit:
    """Writes rows durably for any number who wait; `stop` ends it when all are answered."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_doubtful = False  # whether what is read may not be on the disk

    async def keep(self, statement: Insert, row: Sequence[Any]) -> bool:
        """Returns when the row of this INSERT is on the disk. Raises NotKept.

        True: it is certainly new. False: this row, or another that was written with it, was left out by what the
        statement says of conflicts. The database counts them together; to ask about each would cost all of them.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self.put(_Coroutine(statement, row, loop, future))
        return await future

    def put(self, waiting: Waiting) -> None:
        """The same for whoever has no coroutine. Raises NotKept where too many wait."""
        if self._queue.qsize() >= MOST_WAITING:
            raise NotKept
        self._start()
        self._queue.put(waiting)

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
            alike: dict[Insert, list[_Row]] = {}
            for waiting in batch:
                if waiting is not None and (values := _values(waiting)) is not None:
                    alike.setdefault(waiting.statement, []).append(_Row(waiting, values))
            for statement, rows in alike.items():
                self._commit(statement, rows)
        connection.close()

    def _next(self) -> Waiting | None:
        """What waits first. The connection is kept while there is work: to connect costs more than most commits."""
        try:
            return self._queue.get(timeout=IDLE)
        except queue.Empty:
            connection.close()  # it might die unnoticed
            return self._queue.get()

    def _commit(self, statement: Insert, rows: list[_Row]) -> None:
        try:
            if self._is_doubtful:
                _flush()
                self._is_doubtful = False
            are_new = _write(statement, [row.values for row in rows])
        except DatabaseError as error:
            if len(rows) == 1 or not _is_about_a_row(error):
                self._refuse(rows, error)
                return
            for row in rows:  # one that the database refuses must not hold up the others
                self._commit(statement, [row])
            return
        except Exception as error:  # whatever it is: nobody waits for ever, and the next ones are served
            self._refuse(rows, error)
            return
        for row in rows:
            _tell(row.of, are_new)

    def _refuse(self, rows: list[_Row], error: Exception) -> None:
        # The kind only: the database's message may quote the row.
        logger.error("%d rows could not be kept (%s); their senders were told so", len(rows), type(error).__name__)
        connection.close()
        self._is_doubtful |= not _is_about_a_row(error)
        for row in rows:
            _tell(row.of, NotKept())


def _flush() -> None:
    """Has SQLite put on the disk what a commit that failed may have left behind: the next one would find its rows.

    PostgreSQL starts again where a flush fails, and reads what is there.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            (is_busy, *_pages) = cursor.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            if is_busy:
                raise OperationalError("somebody is reading")


def _write(statement: Insert, rows: list[Sequence[Any]]) -> bool:
    """Says whether every row was new.

    All that is sent at once is one transaction. SQLite has one writer: nobody else waits while this thread waits for
    its turn to run Python between two statements. To PostgreSQL it is one way instead of four.
    """
    is_postgresql = connection.vendor == "postgresql"
    text, values = statement.of_many(rows, is_postgresql=is_postgresql)
    with connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(f"{_NOBODY_TAKES_AWAY}; {text}", values)
            cursor.nextset()
        else:
            cursor.execute(text, values)
        return cursor.rowcount == len(rows)


def _is_about_a_row(error: Exception) -> bool:
    """Whether the database refused what a row says, rather than to work at all."""
    return type(error).__name__ in ("IntegrityError", "DataError")


def _values(waiting: Waiting) -> Sequence[Any] | None:
    try:
        return waiting.row()
    except Exception as error:  # one that cannot be read must not hold up the others
        logger.error("A row could not be made (%s)", type(error).__name__)
        _tell(waiting, NotKept())
        return None


def _tell(waiting: Waiting, outcome: bool | NotKept) -> None:
    try:
        waiting.kept(outcome)
    except Exception as error:  # who cannot be told any more must not keep the others from hearing it
        logger.error("Somebody could not be answered (%s)", type(error).__name__)


def _settle(kept: "asyncio.Future[bool]", outcome: bool | NotKept) -> None:
    if kept.done():  # the sender may have gone
        return
    if isinstance(outcome, NotKept):
        kept.set_exception(outcome)
    else:
        kept.set_result(outcome)
