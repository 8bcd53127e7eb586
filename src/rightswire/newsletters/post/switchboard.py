"""The switchboard: the one thread that keeps all lines, and writes the ledger for them.

It waits for nothing but its ledger: what the server says, what the presses have printed and what else happens rings,
and is seen to in turn. What the lines want written goes into one transaction, as signatures do.
"""

import contextlib
import heapq
import logging
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable

from django.db import connection as database
from django.db.utils import Error as DatabaseError

from rightswire.newsletters import ledger
from rightswire.newsletters.post.failures import Failures
from rightswire.newsletters.post.line import Line, Stage
from rightswire.newsletters.post.outcomes import Ended, Outcomes
from rightswire.newsletters.post.pace import Pace
from rightswire.newsletters.post.press import Order
from rightswire.outbox.backends import BulkConnection, ServerTrouble

logger = logging.getLogger(__name__)

LOOK = 0.5  # seconds between looks at the clock
GATHERS = 0.002  # seconds that what is to be written waits for more
FAULT = 1.0  # seconds
WRITES_AGAIN_AFTER = 1.0  # seconds until the ledger is written again after the database failed
STOP_WAITS = 30.0
AWAITED = (Stage.ASKING, Stage.HANDING_OVER)  # the server's word


class Switchboard(threading.Thread):
    """Sends what is printed, until it is stopped; says in `ended` what is done with."""

    def __init__(
        self,
        number: int,
        call: Callable[[], BulkConnection],
        ended: "queue.SimpleQueue[Ended]",
        pace: Pace,
        failures: Failures,
    ) -> None:
        """`number` of lines. `call` waits until the server has greeted us; raises ServerTrouble."""
        super().__init__(name="rightswire-post-lines", daemon=True)
        self._outcomes = Outcomes(ended, pace, failures)
        self._lines = [Line(self._outcomes) for _ in range(number)]
        self._call = call
        self._pace = pace
        self._failures = failures
        self._orders: list[Order] = []  # a heap
        self._printed: queue.SimpleQueue[list[Order]] = queue.SimpleQueue()
        self._called: queue.SimpleQueue[tuple[Line, BulkConnection | ServerTrouble]] = queue.SimpleQueue()
        self._is_stopping = False
        self._bell, self._rope = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Line, tuple[socket.socket, int]] = {}
        self._to_write_since = 0.0  # 0: there is nothing
        self._writes_from = 0.0
        self._clock_at = 0.0

    def put(self, orders: list[Order]) -> None:
        """From any thread: what a press gives back."""
        self._printed.put(orders)
        self._ring()

    def stop(self) -> None:
        """From any thread. Returns when the server has said what became of what is being handed over."""
        self._is_stopping = True
        self._ring()
        self.join(2 * STOP_WAITS)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # it is ringing, or nobody listens any more
            self._rope.send(b"!")

    def run(self) -> None:
        for end in (self._bell, self._rope):
            end.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        while not self._is_stopping:
            try:
                self._once()
            except Exception as error:  # mail must go on; what the error says may be about a person
                logger.error("Newsletters wait: the lines met %s. They go on; nothing is lost.", type(error).__name__)
                time.sleep(FAULT)
        self._end()
        self._selector.close()
        for end in (self._bell, self._rope):
            end.close()
        database.close()

    def _once(self) -> None:
        self._listen(self._patience(time.monotonic()))
        self._take_in()
        now = time.monotonic()
        if now >= self._writes_from:
            self._give_out(now)
            if self._is_time_to_write(now):
                self._write()
        if now >= self._clock_at:
            self._clock_at = now + LOOK
            for line in self._lines:
                line.look_at_the_clock(now)
                self._watch(line)

    def _patience(self, now: float) -> float:
        """Seconds until there is something to do though nothing rings."""
        if now < self._writes_from:
            return self._writes_from - now
        if self._to_write_since:
            return max(0.0, self._to_write_since + GATHERS - now)
        if self._has_to_write():
            return 0.0
        if self._orders and any(line.is_free(now) for line in self._lines):
            return min(LOOK, self._pace.wait())
        return LOOK

    def _listen(self, patience: float) -> None:
        for key, _ in self._selector.select(patience):
            line: Line | None = key.data
            if line is None:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)
                continue
            if line.connection:
                line.connection.hear()
                line.go_on()
            self._watch(line)

    def _take_in(self) -> None:
        """What other threads have said."""
        while not self._called.empty():
            line, result = self._called.get()
            line.called(result)
            self._watch(line)
        while not self._printed.empty():
            for order in self._printed.get():
                if order.problem:
                    self._outcomes.not_printed(order)
                else:
                    heapq.heappush(self._orders, order)

    def _give_out(self, now: float) -> None:
        """The next mails, to the lines that are free."""
        for line in self._lines:
            if line.is_free(now):
                if not (order := self._next()):
                    return
                line.begin(order)
                self._watch(line)

    def _next(self) -> Order | None:
        """The next mail that may go now, which is counted."""
        while self._orders and not self._pace.wait():
            order = heapq.heappop(self._orders)
            if self._failures.is_halted(order.sending):
                self._outcomes.give_back(order, 0)
            elif wait := self._pace.turn_for(order.domain, order.place[0]):
                self._outcomes.give_back(order, wait)
            else:
                self._pace.goes()
                return order
        return None

    # Connections

    def _watch(self, line: Line) -> None:
        """Listens to the connection that the line has by now; calls the server where it is cut off."""
        if line.stage is Stage.CUT_OFF and not self._is_stopping:
            line.calls()
            threading.Thread(target=self._call_for, args=(line,), name="rightswire-post-call", daemon=True).start()
        link = line.connection
        wanted = (link.socket, _events(link)) if link and link.socket else None
        known = self._watched.get(line)
        if wanted == known:
            return
        if known:
            self._selector.unregister(known[0])
            del self._watched[line]
        if wanted:
            self._selector.register(*wanted, line)
            self._watched[line] = wanted

    def _call_for(self, line: Line) -> None:
        """In a thread of its own: a server may take a minute to greet us."""
        result: BulkConnection | ServerTrouble
        try:
            result = self._call()
        except ServerTrouble as trouble:
            result = trouble
        except Exception as error:  # the line must go on
            result = ServerTrouble(f"the mail server cannot be called ({type(error).__name__})")
        if self._is_stopping and not isinstance(result, ServerTrouble):
            result.close()
        self._called.put((line, result))
        self._ring()

    # The ledger

    def _is_time_to_write(self, now: float) -> bool:
        """A moment later: what comes in it is written in the same transaction. Unless nothing more can come."""
        if not self._has_to_write():
            return False
        self._to_write_since = self._to_write_since or now
        return now - self._to_write_since >= GATHERS or not any(line.stage in AWAITED for line in self._lines)

    def _has_to_write(self) -> bool:
        return bool(self._outcomes.unwritten) or any(line.stage is Stage.READY for line in self._lines)

    def _write(self) -> None:
        """What became of mails, and that those of which the server waits for no more than the text are handed over."""
        ready = [line for line in self._lines if line.stage is Stage.READY]
        self._to_write_since = 0.0
        is_written = self._write_ledger([line.order.handover for line in ready])
        for line in ready:
            if is_written:
                line.hand_over(self._next())
            else:
                line.not_written()
            self._watch(line)

    def _write_ledger(self, about_to_go: list[int]) -> bool:
        """Whether it is on the disk."""
        try:
            ledger.write(about_to_go, self._outcomes.unwritten)
        except DatabaseError as error:
            logger.error("The ledger of mail cannot be written (%s); mail waits", type(error).__name__)
            database.close()
            self._writes_from = time.monotonic() + WRITES_AGAIN_AFTER
            return False
        self._outcomes.written()
        return True

    def _end(self) -> None:
        """Waits for what is being handed over, and until the ledger says what became of it."""
        self._take_in()
        ends_at = time.monotonic() + STOP_WAITS
        while time.monotonic() < ends_at and any(line.stage is Stage.HANDING_OVER for line in self._lines):
            self._listen(LOOK)
        for line in self._lines:
            line.end()
        ends_at = time.monotonic() + STOP_WAITS
        while self._outcomes.unwritten and not self._write_ledger([]) and time.monotonic() < ends_at:
            time.sleep(WRITES_AGAIN_AFTER)


def _events(link: BulkConnection) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if link.has_unsent else 0)
