"""Sends what is queued: the worker's part that knows the database, and the lines that know the mail server.

A row is deleted after the server has taken its mail. Who is killed between the two sends it twice: at least once is
right for a mail that confirms something, and both carry the same Message-ID.
"""

import datetime
import logging
import queue
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.db.models import F
from django.db.utils import Error as DatabaseError

from rightswire.outbox.backends import open_connection
from rightswire.outbox.backends.folder import remove_old_files
from rightswire.outbox.dkim import load_signer
from rightswire.outbox.line import EXPIRED, UNKNOWN, Complaints, Ended, Line, Outcome
from rightswire.outbox.models import LONGEST_WAIT, MailTrouble, Message
from rightswire.outbox.queue import Unreadable, destroy_idle_keys, unpack
from rightswire.outbox.server import FILE, read_server

logger = logging.getLogger(__name__)

LINES = 4
IN_HAND = 100  # rows taken at a time, when half of them are done
PUT_OFF = (30, 120, 600)  # seconds until the next attempts, then LONGEST_WAIT
BUSY, IDLE = 0.1, 0.5  # seconds between looks at the queue
FAULT = 2.0  # seconds until it is tried again after an error of the database or the disk
TIDY = 60.0  # seconds between looks for what has expired
EXPIRY_BATCH = 500
STOP_WAITS = 30.0  # seconds for the mails that are just being handed over


class Mailer:
    """Sends until it is stopped; then the mails being handed over are finished and the rest stays in the queue.

    One a data folder: the worker has it. Either `start` and `stop`, which use a thread of their own, or `open`,
    `step` as often as wanted, and `close`, which use the caller's.
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._todo: queue.Queue[Message | None] = queue.Queue()
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self._unaccounted: list[Ended] = []
        self._in_hand: set[UUID] = set()
        self._lines: list[Line] = []
        self._tidied_at = -TIDY
        self._thread = threading.Thread(target=self._run, name="rightswire-outbox", daemon=True)

    def start(self) -> None:
        """Raises DkimKeyError."""
        self.open()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(2 * STOP_WAITS)

    def open(self) -> None:
        """Raises DkimKeyError where the key for signing cannot be used: mail waits rather than go unsigned."""
        home = Path(settings.HOME)
        server, signer = read_server(settings.EMAIL_URL), load_signer(home / "keys")
        own_name = (urlsplit(settings.BASE_URL).hostname or "localhost").encode("idna").decode()
        complaints = Complaints()
        for _ in range(LINES):
            connection = open_connection(server, home, own_name)
            self._lines.append(Line(connection, signer, self._todo, self._ended, complaints, self._stopping))
            self._lines[-1].start()

    def step(self) -> bool:
        """Accounts for what has ended and takes more in hand. False: there is nothing to send now."""
        now = time.time()
        self._account(now)
        if not self._stopping.is_set():
            self._take(now)
        if time.monotonic() - self._tidied_at >= TIDY:
            self._tidied_at = time.monotonic()
            try:
                self._tidy(now)
            except Exception as error:  # mail must go on; what the error says may be about a person
                logger.error("What has expired is still there: %s. It is tried again.", type(error).__name__)
        return bool(self._in_hand)

    def close(self) -> None:
        """Ends the lines. Raises DatabaseError if the account cannot be written: those mails will be sent again."""
        self._stopping.set()
        for _ in self._lines:
            self._todo.put(None)
        ends_at = time.monotonic() + STOP_WAITS
        for line in self._lines:
            line.join(max(0.0, ends_at - time.monotonic()))
        self._account(time.time())

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                is_busy = self.step()
                self._stopping.wait(BUSY if is_busy else IDLE)
            except Exception as error:  # mail must go on; what the error says may be about a person
                logger.error("Mail waits: the outbox met %s. It goes on; nothing is lost.", type(error).__name__)
                self._stopping.wait(FAULT)
        try:
            self.close()
        except DatabaseError as error:
            logger.error("The database does not answer (%s): a few mails will be sent twice", type(error).__name__)
        connections.close_all()

    def _take(self, now: float) -> None:
        if len(self._in_hand) > IN_HAND // 2:
            return
        for row in Message.objects.due(now)[:IN_HAND]:
            if row.id not in self._in_hand:
                self._in_hand.add(row.id)
                self._todo.put(row)

    def _account(self, now: float) -> None:
        """Writes what has ended, all of it in one transaction; until that is done it counts as in hand."""
        while not self._ended.empty():
            self._unaccounted.append(self._ended.get())
        if not self._unaccounted:
            return
        finished = [ended for ended in self._unaccounted if ended.outcome in (Outcome.SENT, Outcome.FAILED)]
        failed = Counter((ended.kind, ended.reply) for ended in finished if ended.outcome is Outcome.FAILED)
        put_off: dict[int, list[UUID]] = defaultdict(list)
        for ended in self._unaccounted:
            if ended.outcome is Outcome.LATER:
                put_off[ended.row.attempts].append(ended.row.id)
        with transaction.atomic():
            Message.objects.filter(pk__in=[ended.row.id for ended in finished]).delete()
            MailTrouble.objects.add(_today(now), failed)
            for attempts, rows in put_off.items():
                wait = PUT_OFF[attempts] if attempts < len(PUT_OFF) else LONGEST_WAIT
                Message.objects.filter(pk__in=rows).update(attempts=F("attempts") + 1, next_attempt_at=int(now) + wait)
        self._in_hand.difference_update(ended.row.id for ended in self._unaccounted)
        self._unaccounted.clear()

    def _tidy(self, now: float) -> None:
        while self._expire(now):
            pass
        destroy_idle_keys(now, set(Message.objects.values_list("expires_at", flat=True).distinct()))
        if read_server(settings.EMAIL_URL).scheme == FILE:
            remove_old_files(Path(settings.HOME) / "mail")

    def _expire(self, now: float) -> bool:
        """Gives up mails whose time is over; those in hand the lines give up. False: there are no more."""
        rows = list(Message.objects.expired(now).exclude(pk__in=self._in_hand)[:EXPIRY_BATCH])
        with transaction.atomic():
            Message.objects.filter(pk__in=[row.id for row in rows]).delete()
            MailTrouble.objects.add(_today(now), Counter((_kind_of(row), EXPIRED) for row in rows))
        if rows:
            logger.warning("%d mails could not be handed over within a day and were given up", len(rows))
        return len(rows) == EXPIRY_BATCH


def _kind_of(row: Message) -> str:
    try:
        return unpack(row).kind
    except Unreadable:
        return UNKNOWN


def _today(now: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(now, datetime.UTC).date()
