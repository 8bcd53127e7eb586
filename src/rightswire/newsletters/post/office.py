"""The post office: one a data folder, in the worker. It knows the database; its lines know the mail server."""

import contextlib
import logging
import queue
import sys
import threading
import time
from collections import defaultdict
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.db.models import Q
from django.db.utils import Error as DatabaseError
from django.utils import timezone

from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.addresses import keys as secrets_of_the_list
from rightswire.newsletters.bounces import account
from rightswire.newsletters.ledger import claim, recover, skip
from rightswire.newsletters.links import link_secret
from rightswire.newsletters.models import (
    UNDER_WAY,
    Fate,
    MailNotice,
    MailSettings,
    Sending,
    SendingState,
    Subscriber,
)
from rightswire.newsletters.post.failures import Failures
from rightswire.newsletters.post.outcomes import Ended
from rightswire.newsletters.post.pace import Pace
from rightswire.newsletters.post.plates import Plates
from rightswire.newsletters.post.press import PRESSES, Order, Plate, Press, Shop
from rightswire.newsletters.post.switchboard import Switchboard
from rightswire.newsletters.reports import find_code, judge
from rightswire.newsletters.strongbox import Strongbox
from rightswire.outbox.backends import open_bulk_connection
from rightswire.outbox.dkim import load_signer
from rightswire.outbox.server import read_server
from rightswire.seal.box import PrivateKey

logger = logging.getLogger(__name__)

LINES = 16
FEWEST, MOST = 2 * LINES, 400  # mails in hand
SECONDS_IN_HAND = 3.0
BUSY, IDLE, FAULT = 0.02, 0.5, 2.0  # seconds between looks
CLOSING_LOOK = 2.0  # seconds between looks whether a sending is over
SETTINGS_LAST = 1.0  # seconds
BATCH = 25  # mails for one press at a time
LONGEST_WAIT = 3600 + 60  # seconds; what was put off for longer comes from a clock that has been set right
STOP_WAITS = 30.0
A_RUN_OF_FAILURES = "One mail after another failed. Look at the causes before you resume it."
SECONDS_BETWEEN_THREADS = 0.0005  # the lines wait no longer for a thread that computes


class _Due(NamedTuple):
    """A row of the ledger that may go now."""

    handover: int
    rendering: int
    subscriber: UUID
    attempts: int


class PostOffice:
    """Sends while the strongbox is unlocked, until it is stopped; what is not handed over stays in the ledger."""

    def __init__(self, strongbox: Strongbox) -> None:
        self._strongbox = strongbox
        self._pace = Pace()
        self._stopping = threading.Event()
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self._in_hand: set[int] = set()  # handovers; one stays until its end is on the disk, whatever the row says
        self._failures = Failures()
        self._settings: MailSettings | None = None
        self._settings_end = 0.0
        self._plates = Plates()
        self._batches: queue.Queue[tuple[Plate, list[Order]] | None] = queue.Queue()
        self._presses: list[Press] = []
        self._unlocked_with: list[PrivateKey] = []
        self._switchboard: Switchboard | None = None
        self._looked_at = -CLOSING_LOOK
        self._thread = threading.Thread(target=self._run, name="rightswire-post", daemon=True)

    def start(self) -> None:
        """Raises DkimKeyError."""
        sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
        home = Path(settings.HOME)
        server = read_server(settings.EMAIL_URL)
        load_signer(home / "keys")  # each press loads its own; a key that cannot be used is told of now
        own_name = (urlsplit(settings.BASE_URL).hostname or "localhost").encode("idna").decode()
        if unknown := recover():
            logger.warning("%d mails were being handed over when the worker ended; they count as unknown", unknown)
        call = partial(open_bulk_connection, server, home, own_name)
        self._switchboard = Switchboard(LINES, call, self._ended, self._pace, self._failures)
        self._switchboard.start()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._switchboard:
            self._switchboard.stop()
            self._thread.join(STOP_WAITS)
        self._close_presses()

    def _run(self) -> None:
        is_busy = False
        while not self._stopping.is_set():
            try:
                self._account()
                was_busy, is_busy = is_busy, self._is_open() and self._take()
                if was_busy > is_busy or time.monotonic() - self._looked_at > CLOSING_LOOK:
                    self._close_those_that_are_over()
                    self._looked_at = time.monotonic()
                if not is_busy:  # else it is needed again at once
                    close_old_connections()
                self._stopping.wait(BUSY if is_busy else IDLE)
            except Exception as error:  # mail must go on; what the error says may be about a person
                logger.error("Newsletters wait: the post met %s. It goes on; nothing is lost.", type(error).__name__)
                close_old_connections()
                self._stopping.wait(FAULT)
        with contextlib.suppress(DatabaseError):
            self._account()
        connections.close_all()

    # The presses

    def _is_open(self) -> bool:
        """Whether mail is unlocked; the presses have the keys that the strongbox has, and no longer than it does."""
        keys = self._strongbox.keys()
        if keys != self._unlocked_with:
            self._close_presses()
            self._unlocked_with = keys
        return bool(keys)

    def _open_presses(self) -> None:
        store = secrets_of_the_list()
        shop = Shop(
            base_url=settings.BASE_URL,
            home=settings.BOUNCE_ADDRESS,
            links=link_secret(store),
            returns=store.list_secret("bounces"),
            keys_folder=str(store.folder),
            mailing_keys=tuple(key.raw for key in self._unlocked_with),
        )
        assert self._switchboard
        self._presses = [Press(self._batches, self._switchboard.put, shop) for _ in range(PRESSES)]
        for press in self._presses:
            press.start()

    def _close_presses(self) -> None:
        for _ in self._presses:
            self._batches.put(None)
        for press in self._presses:
            press.join(STOP_WAITS)
        self._presses = []

    # What the lines have done

    def _account(self) -> None:
        """Room for more; and what follows from refusals, for a sending and for a mailbox."""
        for number in self._failures.untold():
            self._halt(number, A_RUN_OF_FAILURES)
            self._failures.told(number)
        while not self._ended.empty():
            ended = self._ended.get()
            self._in_hand.discard(ended.handover)
            if code := find_code(ended.reply) if ended.is_failure else "":
                try:
                    account((ended.subscriber, ended.sending), judge(code))  # as if it had come back
                except (DatabaseError, OSError):
                    self._ended.put(ended)  # later
                    raise

    def _halt(self, number: int, words: str) -> None:
        """Until staff resume it; they are told."""
        running = Sending.objects.filter(pk=number, state=SendingState.RUNNING)
        with transaction.atomic():
            is_new = running.update(state=SendingState.HALTED, trouble=words)
            if is_new:
                MailNotice.objects.create(words=f"A sending was halted. {words}", sending_id=number)
        if is_new:
            logger.error("A sending was halted. %s", words)

    def _close_those_that_are_over(self) -> None:
        for sending in Sending.objects.filter(state=SendingState.RUNNING):
            if not sending.handovers.filter(fate__in=UNDER_WAY).exists():
                Sending.objects.filter(pk=sending.pk, state=SendingState.RUNNING).update(
                    state=SendingState.DONE, ended_at=timezone.now()
                )

    # What comes next

    def _take(self) -> bool:
        """Takes more in hand where there is room; False: there is nothing to send now."""
        room = int(min(MOST, max(FEWEST, SECONDS_IN_HAND * self._pace.in_seconds)))
        if len(self._in_hand) > room // 2:
            return True
        if time.monotonic() > self._settings_end:
            self._settings, self._settings_end = MailSettings.current(), time.monotonic() + SETTINGS_LAST
            self._pace.set(self._settings.a_minute, self._settings.a_minute_a_domain)
            self._failures.most = self._settings.most_failures
        for sending in Sending.objects.filter(state=SendingState.RUNNING).order_by("priority", "pk"):
            self._failures.begin_anew(sending.pk)
            try:
                self._claim(sending, room - len(self._in_hand))
            except NotAllowed as error:
                self._halt(sending.pk, str(error))
            except DatabaseError:
                raise
            except Exception as error:  # the others shall go out; what the error says may be about a person
                self._halt(sending.pk, f"Its mail cannot be put together ({type(error).__name__}).")
            if len(self._in_hand) >= room:
                break
        return bool(self._in_hand)

    def _claim(self, sending: Sending, number: int) -> None:
        """Claims what waits of a sending, and orders it to be sent."""
        if not (rows := [row for row in _due(sending, number) if row.handover not in self._in_hand]):
            return
        found = Subscriber.objects.active().filter(pk__in=[row.subscriber for row in rows])
        sealed = {pk: bytes(raw) for pk, raw in found.values_list("pk", "sealed")}
        wanted = [row for row in rows if row.subscriber in sealed]
        plates = self._plates.plates(sending, {row.rendering for row in wanted})
        by_plate: dict[Plate, list[Order]] = defaultdict(list)
        for row in wanted:
            if plate := plates.get(row.rendering):
                by_plate[plate].append(
                    Order(
                        (sending.priority, row.handover),
                        sending.pk,
                        row.handover,
                        row.subscriber,
                        row.attempts,
                        sealed[row.subscriber],
                    )
                )
        claimed = [order.handover for orders in by_plate.values() for order in orders]
        if skipped := list({row.handover for row in rows} - set(claimed)):
            skip(skipped)
        if claimed:
            if not self._presses:
                self._open_presses()
            claim(claimed)
            self._in_hand.update(claimed)
        for plate, orders in by_plate.items():
            for start in range(0, len(orders), BATCH):
                self._batches.put((plate, orders[start : start + BATCH]))


def _due(sending: Sending, number: int) -> list[_Due]:
    """What waits of a sending, what was put off first. Asked for one by one, each an index of the ledger answers."""
    now = int(time.time())
    rows: list[_Due] = []
    for which in (
        Q(fate=Fate.PUT_OFF, next_attempt_at__lte=now),
        Q(fate=Fate.PUT_OFF, next_attempt_at__gt=now + LONGEST_WAIT),
        Q(fate=Fate.WAITING),
    ):
        found = sending.handovers.filter(which).order_by("fate", "next_attempt_at", "pk")
        fields = found.values_list("pk", "rendering_id", "subscriber", "attempts")
        rows += starmap(_Due, fields[: max(0, number - len(rows))])
    return rows
