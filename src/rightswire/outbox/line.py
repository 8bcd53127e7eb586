"""One of the lines to the mail server: a thread with a connection of its own. It touches no database."""

import logging
import queue
import threading
import time
from dataclasses import dataclass
from enum import Enum

from rightswire.outbox.backends import Connection, Later, Refused, ServerTrouble
from rightswire.outbox.dkim import Signer
from rightswire.outbox.mime import BadAddress, make_mail
from rightswire.outbox.models import Message
from rightswire.outbox.queue import Unreadable, unpack

logger = logging.getLogger(__name__)

HANGS_UP_AFTER = 20.0  # seconds without a mail
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds until a server in trouble is called again
QUIET = 60.0  # seconds in which trouble is logged once

UNKNOWN = "unknown"
EXPIRED, UNREADABLE, BAD_ADDRESS = "expired", "unreadable", "address"


class Outcome(Enum):
    SENT = "sent"
    FAILED = "failed"  # for good
    LATER = "later"  # this mail waits
    UNTRIED = "untried"  # all mail waits


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a row; `reply` of one that failed is what is counted."""

    row: Message
    outcome: Outcome
    kind: str = UNKNOWN
    reply: str = ""


class Complaints:
    """What the lines say about the server, in the log once a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def add(self, trouble: str) -> None:
        with self._lock:
            if time.monotonic() >= self._next:
                self._next = time.monotonic() + QUIET
                logger.error("Mail waits: %s. It is tried again; nothing is lost.", trouble)


class Line(threading.Thread):
    """Takes rows from `todo` until it finds None, and says in `ended` what became of each."""

    def __init__(
        self,
        connection: Connection,
        signer: Signer | None,
        todo: "queue.Queue[Message | None]",
        ended: "queue.SimpleQueue[Ended]",
        complaints: Complaints,
        stopping: threading.Event,
    ) -> None:
        super().__init__(name="rightswire-mail", daemon=True)
        self._connection = connection
        self._signer = signer
        self._todo = todo
        self._ended = ended
        self._complaints = complaints
        self._stopping = stopping
        self._pause = FIRST_PAUSE

    def run(self) -> None:
        while True:
            try:
                row = self._todo.get(timeout=HANGS_UP_AFTER)
            except queue.Empty:
                self._connection.close()
                continue
            if row is None:
                break
            self._handle(row)
        self._connection.close()

    def _handle(self, row: Message) -> None:
        if self._stopping.is_set():
            self._ended.put(Ended(row, Outcome.UNTRIED))
            return
        try:
            self._ended.put(self._sent(row))
            self._pause = FIRST_PAUSE
        except ServerTrouble as trouble:
            self._ended.put(Ended(row, Outcome.UNTRIED))
            self._complaints.add(str(trouble))
            self._stopping.wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        except Exception as error:  # the line must live; what the error says may be about a person
            self._complaints.add(f"a mail could not be made ({type(error).__name__})")
            self._ended.put(Ended(row, Outcome.LATER))

    def _sent(self, row: Message) -> Ended:
        """Raises ServerTrouble."""
        kind = UNKNOWN
        try:
            message = unpack(row)
            kind = message.kind
            if row.expires_at <= time.time():
                return Ended(row, Outcome.FAILED, kind, EXPIRED)
            mail = make_mail(message, time.time())
            self._connection.send(mail.signed(self._signer) if self._signer else mail, row.id)
        except Unreadable:
            return Ended(row, Outcome.FAILED, kind, UNREADABLE)
        except BadAddress:
            return Ended(row, Outcome.FAILED, kind, BAD_ADDRESS)
        except Refused as refused:
            return Ended(row, Outcome.FAILED, kind, str(refused))
        except Later:
            return Ended(row, Outcome.LATER, kind)
        return Ended(row, Outcome.SENT, kind)
