"""An installation of the outbox alone, in a process of its own.

`python mailing.py HOME URL queue N [careless]` puts N mails to person-0@example.org … into the queue; `careless` leaves
out the encryption. `send` sends until SIGTERM, `send all` until nothing waits, `send careless` deletes before it sends.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import django
from django.conf import settings

HOME, URL, VERB, *REST = sys.argv[1:]
settings.configure(
    HOME=Path(HOME),
    EMAIL_URL=URL,
    BASE_URL="https://everyname.example",
    INSTALLED_APPS=["rightswire.outbox"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(HOME) / "db.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    },
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402 - after the settings

from rightswire.outbox import queue  # noqa: E402
from rightswire.outbox.models import Message  # noqa: E402
from rightswire.outbox.sending import Mailer  # noqa: E402


class NoCipher:
    """The control of the search."""

    def __init__(self, key: bytes) -> None:
        pass

    def encrypt(self, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        return plain


class Careless(Mailer):
    """The control of the kills."""

    def _take(self, now: float) -> None:
        super()._take(now)
        Message.objects.filter(pk__in=self._in_hand).delete()


def put(number: int) -> None:
    call_command("migrate", verbosity=0)
    for person in range(number):
        queue.queue(
            queue.OutgoingMessage(
                to=f"person-{person}@example.org",
                subject="Tell nobody",
                text="Words of the mail.\n",
                html="<p>Words of the mail.</p>",
                language="en",
                kind="trial",
                from_name="Every Name",
                from_address="hello@everyname.example",
            )
        )
    os._exit(0)  # as a crash would: what is in the write-ahead log stays there


def send() -> None:
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: is_over.set())
    mailer = Careless() if REST == ["careless"] else Mailer()
    mailer.start()
    while not is_over.wait(0.02):
        if REST == ["all"] and not Message.objects.exists():
            break
    mailer.stop()


if VERB == "queue":
    if REST[1:] == ["careless"]:
        queue.AESGCM = NoCipher
    put(int(REST[0]))
else:
    send()
