"""One of the lines to the mail server: a connection, and the mail on it. It touches no database."""

import logging
import time
from collections.abc import Callable
from enum import Enum, auto

from rightswire.newsletters.post.outcomes import Outcomes
from rightswire.newsletters.post.press import Order
from rightswire.outbox.backends import BulkConnection, Later, Refused, ServerTrouble
from rightswire.outbox.backends.pipelined import Broken
from rightswire.outbox.compiled import Letter

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
HANGS_UP_AFTER = 20.0  # seconds without a mail
PATIENCE = 120.0  # seconds for an answer
NOT_WRITTEN_PAUSE = 5.0  # seconds until a mail is tried again that the ledger could not note


class Stage(Enum):
    FREE = auto()
    CUT_OFF = auto()  # there is a mail and no connection
    CALLING = auto()  # until the server has greeted us
    ASKING = auto()  # until it has answered the envelope
    READY = auto()  # until the ledger says that the mail is being handed over
    HANDING_OVER = auto()  # until it has said what became of the mail


class Line:
    """Its steps are told by the switchboard; none of them waits. `order` is there while it is not FREE."""

    def __init__(self, outcomes: Outcomes) -> None:
        self.stage = Stage.FREE
        self._outcomes = outcomes
        self._connection: BulkConnection | None = None
        self._order: Order | None = None
        self._following: Order | None = None
        self._pause = FIRST_PAUSE
        self._rests_until = 0.0
        self._moved_at = time.monotonic()

    @property
    def connection(self) -> BulkConnection | None:
        """None: there is none, or it has ended."""
        return self._connection if self._connection and self._connection.is_open else None

    @property
    def order(self) -> Order:
        assert self._order
        return self._order

    def is_free(self, now: float) -> bool:
        return self.stage is Stage.FREE and self._rests_until <= now

    def begin(self, order: Order) -> None:
        """Sends its envelope; where there is no connection, the line is CUT_OFF until somebody calls the server."""
        self._order = order
        self._do(self._begin)

    def calls(self) -> None:
        """Somebody calls the server, and will say what came of it."""
        self._move(Stage.CALLING)

    def called(self, result: BulkConnection | ServerTrouble) -> None:
        if isinstance(result, ServerTrouble):
            self._rest(result)
        else:
            self._connection = result
            self._do(self._begin)

    def go_on(self) -> None:
        """Takes the mail as far as what the server has said allows."""
        self._do(self._go_on)

    def hand_over(self, following: Order | None) -> None:
        """Sends the mail, of which the ledger says that it is being handed over, and the envelope of another."""
        self._following = following
        self._do(self._hand_over)

    def _begin(self) -> None:
        """Raises Refused, Later, ServerTrouble, Broken."""
        if link := self.connection:
            self._move(Stage.ASKING)
            link.begin(_letter(self.order))
            self._go_on()
        else:
            self._move(Stage.CUT_OFF)

    def _go_on(self) -> None:
        """Raises Refused, Later, ServerTrouble, Broken."""
        if self.stage is Stage.ASKING and self._link.has_agreed():
            self._move(Stage.READY)
        elif self.stage is Stage.HANDING_OVER and self._link.has_taken():
            self._pause = FIRST_PAUSE
            self._outcomes.handed_over(self.order)
            self._next()
        elif self.stage in (Stage.FREE, Stage.READY) and self._link.is_astray:  # it hangs up, most likely
            self._link.drop()
            if self.stage is Stage.READY:
                raise Later

    def _hand_over(self) -> None:
        self._move(Stage.HANDING_OVER)
        self._link.finish(_letter(self.order), _letter(self._following) if self._following else None)
        self._go_on()

    def _do(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Broken:
            self._outcomes.unknown(self.order)
            self._next()
        except (Refused, Later) as error:
            self._outcomes.not_taken(self.order, error)
            self._next()
        except ServerTrouble as trouble:
            self._rest(trouble)
        except Exception as error:  # the line must go on; what the error says may be about a person
            logger.error("A mail could not be handed over (%s)", type(error).__name__)
            self._link.drop()
            if self.stage is Stage.HANDING_OVER:
                self._outcomes.unknown(self.order)
            else:
                self._outcomes.failed(self.order)
            self._next()

    def not_written(self) -> None:
        """The ledger could not note it: before its final dot, the server delivers nothing."""
        self._link.drop()
        self._outcomes.give_back(self.order, NOT_WRITTEN_PAUSE)
        self._next()

    def look_at_the_clock(self, now: float) -> None:
        """Hangs up where there was no mail for a while, and where the server does not answer."""
        if not (link := self.connection):
            return
        if self.stage is Stage.FREE and now - self._moved_at > HANGS_UP_AFTER:
            link.close()
        elif self.stage in (Stage.ASKING, Stage.HANDING_OVER) and now - self._moved_at > PATIENCE:
            link.give_up()
            self.go_on()

    def end(self) -> None:
        """What is being handed over is unknown; all else stays claimed, and goes out when somebody sends again."""
        if self.stage is Stage.HANDING_OVER:
            self._outcomes.unknown(self.order)
        if link := self.connection:
            link.close() if self.stage is Stage.FREE else link.drop()

    @property
    def _link(self) -> BulkConnection:
        """The connection, ended or not."""
        assert self._connection
        return self._connection

    def _next(self) -> None:
        """The mail that was on the line is done with."""
        self._order, self._following = self._following, None
        if self._order is None:
            self._move(Stage.FREE)
        elif self._link.has_begun:
            self._move(Stage.ASKING)
            self.go_on()
        else:
            self._do(self._begin)

    def _rest(self, trouble: ServerTrouble) -> None:
        for order in filter(None, (self._order, self._following)):
            self._outcomes.no_server(order, trouble, self._pause)
        self._order = self._following = None
        self._rests_until = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._move(Stage.FREE)

    def _move(self, stage: Stage) -> None:
        self.stage = stage
        self._moved_at = time.monotonic()


def _letter(order: Order) -> Letter:
    assert order.letter
    return order.letter
