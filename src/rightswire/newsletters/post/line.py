"""One of the lines to the mail server: a thread with a connection of its own. It touches no database."""

import logging
import queue
import threading
import time
from dataclasses import dataclass
from uuid import UUID

from rightswire.newsletters.ledger import Ledger, NotWritten, Outcome
from rightswire.newsletters.models import Fate
from rightswire.newsletters.post.failures import Failures
from rightswire.newsletters.post.pace import Pace
from rightswire.newsletters.post.press import BAD_ADDRESS, DAMAGED, NOT_PRINTED, OTHER_KEY, Order
from rightswire.outbox.backends import BulkConnection, Later, Refused, ServerTrouble
from rightswire.outbox.backends.pipelined import Broken

logger = logging.getLogger(__name__)

LOOK = 0.2  # seconds between looks whether to stop
HANGS_UP_AFTER = 20.0  # seconds without a mail
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PUT_OFF = (60, 300, 900, 3600)  # seconds until the next attempts
MOST_ATTEMPTS = 14  # then it counts as refused: half a day has gone by
NO_PATIENCE = "given up"


@dataclass(frozen=True, slots=True, repr=False)
class Ended:
    """An order that is done with; `reply` of the server where it refused."""

    sending: int
    subscriber: UUID
    reply: str = ""
    is_failure: bool = False


class Line(threading.Thread):
    """Sends what is ordered, one mail after another, and says in `ended` what is done with."""

    def __init__(
        self,
        connection: BulkConnection,
        orders: "queue.PriorityQueue[Order]",
        ended: "queue.SimpleQueue[Ended]",
        ledger: Ledger,
        pace: Pace,
        failures: Failures,
        stopping: threading.Event,
    ) -> None:
        super().__init__(name="rightswire-post-line", daemon=True)
        self._connection = connection
        self._orders = orders
        self._ended = ended
        self._ledger = ledger
        self._pace = pace
        self._failures = failures
        self._stopping = stopping
        self._pause = FIRST_PAUSE
        self._quiet_since = time.monotonic()

    def run(self) -> None:
        order: Order | None = None
        while not self._stopping.is_set():
            order = order or self._next(LOOK)
            if order is None:
                if time.monotonic() - self._quiet_since > HANGS_UP_AFTER:
                    self._connection.close()
                continue
            order = self._send(order)
            self._quiet_since = time.monotonic()
        if order is not None:
            self._give_back(order, 0)
        self._connection.close()

    def _next(self, patience: float) -> Order | None:
        """The next mail that may go now; None if there is none."""
        try:
            order = self._orders.get(timeout=patience) if patience else self._orders.get_nowait()
        except queue.Empty:
            return None
        if self._failures.is_halted(order.sending):
            self._give_back(order, 0)
        elif order.problem == OTHER_KEY:
            self._put_off(order, OTHER_KEY, 3600, has_tried=False)
        elif order.problem in (BAD_ADDRESS, DAMAGED):
            self._end(order, Fate.REFUSED, order.problem, is_failure=False)
        elif order.problem == NOT_PRINTED:
            self._fail(order)
        elif order.problem:
            self._give_back(order, 5)
        elif wait := self._pace.turn_for(order.domain, order.place[0]):
            self._give_back(order, wait)
        elif self._may_go(order, is_patient=patience > 0):
            return order
        return None

    def _may_go(self, order: Order, *, is_patient: bool) -> bool:
        """Waits until the pace lets the next mail go; who is not patient gives it back instead."""
        while wait := self._pace.wait():
            if not is_patient or self._stopping.wait(min(wait, 1.0)):
                self._give_back(order, 0)
                return False
        return True

    def _send(self, order: Order) -> Order | None:
        """One mail, begun before or now; returns the one that was begun behind it."""
        following: Order | None = None
        is_being_handed_over = False
        assert order.letter
        try:
            if not self._connection.has_begun:
                self._connection.begin(order.letter)
            if self._connection.has_begun and self._pace.has_room():
                following = self._next(0)  # while the server thinks
            self._connection.agreed()
            self._ledger.about_to_hand_over(order.handover)
            is_being_handed_over = True
            self._connection.finish(order.letter, following.letter if following else None)
            self._finish(order)
        except NotWritten:
            self._connection.drop()  # before the final dot: the server delivers nothing
            self._give_back(order, 5)
        except (Refused, Later, ServerTrouble) as error:
            self._account(order, error)
        except Exception as error:  # the line must go on; what the error says may be about a person
            logger.error("A mail could not be handed over (%s)", type(error).__name__)
            self._connection.drop()
            if is_being_handed_over:
                self._end(order, Fate.UNKNOWN, "", is_failure=False)
            else:
                self._fail(order)
        return following

    def _finish(self, order: Order) -> None:
        """Raises Refused, Later, ServerTrouble."""
        try:
            self._connection.taken()
        except Broken:
            self._end(order, Fate.UNKNOWN, "", is_failure=False)
            return
        self._pause = FIRST_PAUSE
        self._pace.went_well(order.domain)
        self._end(order, Fate.HANDED_OVER, "", is_failure=False)

    def _account(self, order: Order, error: Exception) -> None:
        reply = str(error)[:20]
        if isinstance(error, Refused):
            self._end(order, Fate.REFUSED, reply, is_failure=True)
        elif isinstance(error, Later):
            self._pace.slow_down(order.domain)
            if order.attempts + 1 >= MOST_ATTEMPTS:
                self._end(order, Fate.REFUSED, reply or NO_PATIENCE, is_failure=True)
            else:
                self._put_off(order, reply, PUT_OFF[min(order.attempts, len(PUT_OFF) - 1)])
        else:
            logger.error("Newsletters wait: %s. It is tried again; nothing is lost.", error)
            self._give_back(order, self._pause)
            self._stopping.wait(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _fail(self, order: Order) -> None:
        """It is our own fault; it is tried again as if the server had put it off."""
        self._failures.failed(order.sending)
        if order.attempts + 1 >= MOST_ATTEMPTS:
            self._end(order, Fate.REFUSED, NOT_PRINTED, is_failure=False)
        else:
            self._put_off(order, NOT_PRINTED, PUT_OFF[min(order.attempts, len(PUT_OFF) - 1)])

    def _give_back(self, order: Order, wait: float) -> None:
        """Nothing was tried: it goes back into the queue."""
        self._put_off(order, "", wait, has_tried=False)

    def _put_off(self, order: Order, reply: str, wait: float, *, has_tried: bool = True) -> None:
        fate = Fate.PUT_OFF if wait or has_tried else Fate.WAITING
        moment = int(time.time() + wait) if wait else 0
        self._ledger.ended(Outcome(order.handover, fate, reply, moment, has_tried))
        self._ended.put(Ended(order.sending, order.subscriber))

    def _end(self, order: Order, fate: Fate, reply: str, *, is_failure: bool) -> None:
        if is_failure:
            self._failures.failed(order.sending)
        elif fate is Fate.HANDED_OVER:
            self._failures.went_well(order.sending)
        self._ledger.ended(Outcome(order.handover, fate, reply))
        self._ended.put(Ended(order.sending, order.subscriber, reply, is_failure=is_failure))
