"""The press: opens addresses, prints mails and signs them, in processes beside the worker's. No database here.

Signing is most of the work of a mail, and would keep the worker's threads from talking to the mail server. The
processes end with the worker, however it ended, and hold what it holds: the mailing keys, in memory.
"""

import contextlib
import hashlib
import hmac
import logging
import multiprocessing
import os
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

from rightswire.newsletters.addresses import open_address
from rightswire.newsletters.links import PREFERENCES, UNSUBSCRIBE, person_link
from rightswire.newsletters.return_path import return_address
from rightswire.outbox.compiled import CompiledMail, Impression, Letter, MassMail
from rightswire.outbox.dkim import Signer, load_signer
from rightswire.outbox.mime import BadAddress
from rightswire.seal.box import NotForThisKey, PrivateKey, SealError
from rightswire.seal.offline.processes import begin

logger = logging.getLogger(__name__)

PRESSES = max(1, min(4, os.cpu_count() or 1))
PLATES = 64  # kept at hand
RETRY = 2.0  # seconds until a press that broke is set up again
# Why an order is not printed; but for the last, it stands in the ledger in place of a server's answer.
OTHER_KEY, DAMAGED, BAD_ADDRESS, NOT_PRINTED, NO_PRESS = "other key", "damaged", "address", "print", "no press"


@dataclass(frozen=True, slots=True, repr=False)
class Shop:
    """What every mail needs. `home`: the address that mail comes back to, or nothing."""

    base_url: str
    home: str
    links: bytes
    returns: bytes
    keys_folder: str  # of the key for DKIM
    mailing_keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Plate:
    """A rendering, ready to be printed from. `version`: another one when it was rendered again."""

    number: int
    version: int
    sending: int
    mail: MassMail


@dataclass(order=True, slots=True)
class Order:
    """One mail to send. `place`: priority, then the order of the ledger. `letter`: once it is printed."""

    place: tuple[int, int]
    sending: int = field(compare=False)
    handover: int = field(compare=False)
    subscriber: UUID = field(compare=False)
    attempts: int = field(compare=False)
    sealed: bytes = field(compare=False, repr=False)
    letter: Letter | None = field(compare=False, repr=False, default=None)
    problem: str = field(compare=False, default="")

    @property
    def domain(self) -> str:
        return self.letter.recipient.rpartition("@")[2].lower() if self.letter else ""


class Press(threading.Thread):
    """One process and the thread that feeds it: orders in, the same orders out, each printed or with why it is not."""

    def __init__(
        self,
        batches: "queue.Queue[tuple[Plate, list[Order]] | None]",
        printed: Callable[[list[Order]], None],
        shop: Shop,
    ) -> None:
        super().__init__(name="rightswire-press", daemon=True)
        self._batches = batches
        self._printed = printed
        self._shop = shop

    def run(self) -> None:
        connection: Connection | None = None
        while (batch := self._batches.get()) is not None:
            plate, orders = batch
            results: Sequence[Letter | str] = [NO_PRESS] * len(orders)
            try:
                connection = connection or self._set_up()
                connection.send((plate, [(order.subscriber, order.sealed) for order in orders]))
                results = connection.recv()
            except Exception as error:  # its orders must come back
                logger.error("A press broke (%s); it is set up again, and nothing is lost", type(error).__name__)
                connection = None
                time.sleep(RETRY)
            for order, result in zip(orders, results, strict=True):
                if isinstance(result, Letter):
                    order.letter = result
                else:
                    order.problem = result
            self._printed(orders)
        if connection:
            connection.close()

    def _set_up(self) -> Connection:
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        context.Process(target=work, args=(theirs, self._shop), daemon=True, name="rightswire-press").start()
        theirs.close()
        return ours


def work(connection: Connection, shop: Shop) -> None:
    """The process: prints until nobody is at the other end."""
    begin()
    keys = [PrivateKey.from_raw(raw) for raw in shop.mailing_keys]
    signer = load_signer(Path(shop.keys_folder))
    plates: OrderedDict[tuple[int, int], CompiledMail] = OrderedDict()
    with contextlib.suppress(EOFError, OSError):
        while True:
            plate, people = connection.recv()
            try:
                mail = _compiled(plate, plates, signer)
            except Exception as error:  # this sending alone shall wait, not the next one too
                logger.error("A sending cannot be printed (%s)", type(error).__name__)
                connection.send([NOT_PRINTED] * len(people))
            else:
                connection.send([_printed(plate, mail, shop, keys, number, sealed) for number, sealed in people])


def _compiled(
    plate: Plate, plates: "OrderedDict[tuple[int, int], CompiledMail]", signer: Signer | None
) -> CompiledMail:
    key = (plate.number, plate.version)
    if key not in plates:
        plates[key] = CompiledMail(plate.mail, signer)
        if len(plates) > PLATES:
            plates.popitem(last=False)
    return plates[key]


def _printed(
    plate: Plate, mail: CompiledMail, shop: Shop, keys: list[PrivateKey], subscriber: UUID, sealed: bytes
) -> Letter | str:
    try:
        address = open_address(sealed, *keys)
        return letter(plate, mail, shop, subscriber, address)
    except NotForThisKey:
        return OTHER_KEY
    except SealError:
        return DAMAGED
    except BadAddress:
        return BAD_ADDRESS
    except Exception as error:  # its traceback would name a person
        logger.error("A mail cannot be printed (%s)", type(error).__name__)
        return NOT_PRINTED


def letter(plate: Plate, mail: CompiledMail, shop: Shop, subscriber: UUID, address: str) -> Letter:
    """One person's mail. Raises BadAddress."""
    unsubscribe = _link(shop, "unsubscribe", UNSUBSCRIBE, subscriber, plate.sending)
    body = subscriber.bytes + plate.sending.to_bytes(8, "big")
    back = return_address(subscriber, plate.sending, shop.returns, shop.home) if shop.home else ""
    return mail.letter(
        Impression(
            to=address,
            return_path=back,
            number=hmac.digest(shop.links, b"rightswire message 1\0" + body, hashlib.sha256)[:16].hex(),
            one_click=unsubscribe,
            values={
                "unsubscribe": unsubscribe,
                "preferences": _link(shop, "preferences", PREFERENCES, subscriber, plate.sending),
            },
        ),
        time.time(),
    )


def _link(shop: Shop, name: str, kind: int, subscriber: UUID, sending: int) -> str:
    return f"{shop.base_url}/do/{name}/{person_link(kind, subscriber, sending, shop.links)}/"
