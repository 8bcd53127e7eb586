"""What becomes of orders: gathered until the ledger is written, and then told to the post office."""

import logging
import queue
import time
from dataclasses import dataclass
from uuid import UUID

from rightswire.newsletters.ledger import Outcome
from rightswire.newsletters.models import Fate
from rightswire.newsletters.post.failures import Failures
from rightswire.newsletters.post.pace import Pace
from rightswire.newsletters.post.press import BAD_ADDRESS, DAMAGED, NOT_PRINTED, OTHER_KEY, Order
from rightswire.outbox.backends import Later, Refused, ServerTrouble

logger = logging.getLogger(__name__)

PUT_OFF = (60, 300, 900, 3600)  # seconds until the next attempts
MOST_ATTEMPTS = 14  # then it counts as refused: half a day has gone by
NO_PATIENCE = "given up"
NO_PRESS_PAUSE = 5.0  # seconds


@dataclass(frozen=True, slots=True, repr=False)
class Ended:
    """An order that is done with; `reply` of the server where it refused."""

    handover: int
    sending: int
    subscriber: UUID
    reply: str = ""
    is_failure: bool = False


class Outcomes:
    """Filled by the thread of the lines, which writes the ledger; the post office reads `ended`."""

    def __init__(self, ended: "queue.SimpleQueue[Ended]", pace: Pace, failures: Failures) -> None:
        self.unwritten: list[Outcome] = []
        self._untold: list[Ended] = []
        self._ended = ended
        self._pace = pace
        self._failures = failures

    def written(self) -> None:
        """The ledger says what is `unwritten`."""
        for ended in self._untold:
            self._ended.put(ended)
        self._untold.clear()
        self.unwritten.clear()

    def handed_over(self, order: Order) -> None:
        self._pace.went_well(order.domain)
        self._failures.went_well(order.sending)
        self._end(order, Fate.HANDED_OVER)

    def unknown(self, order: Order) -> None:
        """The server may have it, or not: it is not tried again."""
        self._end(order, Fate.UNKNOWN)

    def not_taken(self, order: Order, error: Refused | Later) -> None:
        """The server does not take this mail, now or ever."""
        reply = str(error)[:20]
        if isinstance(error, Refused):
            self._refuse(order, reply)
            return
        self._pace.slow_down(order.domain)
        if order.attempts + 1 >= MOST_ATTEMPTS:
            self._refuse(order, reply or NO_PATIENCE)
        else:
            self._put_off(order, reply, _pause_after(order))

    def no_server(self, order: Order, trouble: ServerTrouble, pause: float) -> None:
        """No mail is taken at present; this one waits `pause` seconds."""
        logger.error("Newsletters wait: %s. It is tried again; nothing is lost.", trouble)
        self.give_back(order, pause)

    def not_printed(self, order: Order) -> None:
        """An order that came back from the presses with a problem."""
        if order.problem == OTHER_KEY:
            self._put_off(order, OTHER_KEY, 3600, has_tried=False)
        elif order.problem in (BAD_ADDRESS, DAMAGED):
            self._end(order, Fate.REFUSED, order.problem)
        elif order.problem == NOT_PRINTED:
            self.failed(order)
        else:
            self.give_back(order, NO_PRESS_PAUSE)

    def failed(self, order: Order) -> None:
        """It is our own fault; it is tried again as if the server had put it off."""
        self._failures.failed(order.sending)
        if order.attempts + 1 >= MOST_ATTEMPTS:
            self._end(order, Fate.REFUSED, NOT_PRINTED)
        else:
            self._put_off(order, NOT_PRINTED, _pause_after(order))

    def give_back(self, order: Order, wait: float) -> None:
        """Nothing was tried: it goes back into the queue."""
        self._put_off(order, "", wait, has_tried=False)

    def _put_off(self, order: Order, reply: str, wait: float, *, has_tried: bool = True) -> None:
        fate = Fate.PUT_OFF if wait or has_tried else Fate.WAITING
        moment = int(time.time() + wait) if wait else 0
        self.unwritten.append(Outcome(order.handover, fate, reply, moment, has_tried))
        self._untold.append(Ended(order.handover, order.sending, order.subscriber))

    def _refuse(self, order: Order, reply: str) -> None:
        """By the server, for good."""
        self._failures.failed(order.sending)
        self.unwritten.append(Outcome(order.handover, Fate.REFUSED, reply))
        self._untold.append(Ended(order.handover, order.sending, order.subscriber, reply, is_failure=True))

    def _end(self, order: Order, fate: Fate, reply: str = "") -> None:
        self.unwritten.append(Outcome(order.handover, fate, reply))
        self._untold.append(Ended(order.handover, order.sending, order.subscriber))


def _pause_after(order: Order) -> float:
    return PUT_OFF[min(order.attempts, len(PUT_OFF) - 1)]
