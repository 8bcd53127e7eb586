"""The queue: a composed mail becomes an encrypted row, and the row a mail again.

What stands in a row is under the key of the hour in which it was queued (`keys/outbox/HOUR/DAY`). The key is destroyed
as soon as the hour is over and no mail of it waits: databases keep what was deleted for a while, in free pages and in
their logs, and nobody shall be able to read there whom we wrote to.
"""

import datetime
import functools
import json
import re
import secrets
import time
import uuid
import zlib
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from rightswire.outbox.models import Message
from rightswire.seal.keys import Keys, day_of

PURPOSE = "outbox"
MINUTE, HOUR, DAY = 60, 3600, 86_400
COMMITTED_WITHIN = 600  # seconds after which what was packed is in the database, if it ever is
PADDING = 1024
NONCE = 12

# For either database, with what `pack` returns.
INSERT = "INSERT INTO outbox_message (id, next_attempt_at, expires_at, attempts, sealed) VALUES (%s, %s, %s, %s, %s)"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS = re.compile(r'(?:[^\s<>"]+|"(?:[^"\\]|\\.)+")@[^\s<>@]+')  # a name in quotes may hold spaces (RFC 5321)
_KIND = re.compile("[a-z][a-z-]{0,39}")
_HEADER_NAME = re.compile("(?:List|X)-[A-Za-z-]+")  # the others are the outbox's own
_LONGEST_HEADER = 900


class MessageError(ValueError):
    """A mail that must not be sent; names the field, never what stands in it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The mail was not queued: its {name} {problem}.")


class Unreadable(Exception):
    """A row whose key is gone, or that was changed. Nobody can read it any more."""


@dataclass(frozen=True, slots=True, repr=False)
class OutgoingMessage:
    """A composed mail. It cannot be printed by accident: it shows nothing of itself.

    `kind`: a short word for the totals, such as "petition-confirm". `headers`: further ones, List-… or X-….
    Raises MessageError where a header would not stay one line, or an address is none.
    """

    to: str
    subject: str
    text: str
    html: str
    language: str
    kind: str
    from_name: str
    from_address: str
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    id: str = field(default_factory=lambda: secrets.token_hex(16))  # the same however often it is sent

    def __post_init__(self) -> None:
        for name in ("to", "subject", "language", "kind", "from_name", "from_address", "reply_to"):
            if _CONTROL.search(getattr(self, name)):
                raise MessageError(name, "holds a line break or another control character")
        for name in ("to", "from_address", "reply_to"):
            value = getattr(self, name)
            if not _ADDRESS.fullmatch(value) and not (name == "reply_to" and not value):
                raise MessageError(name, "is not an e-mail address")
        if not _KIND.fullmatch(self.kind):
            raise MessageError("kind", "is not a short word such as petition-confirm")
        for name, value in self.headers:
            if not _HEADER_NAME.fullmatch(name):
                raise MessageError("headers", "hold a name that does not begin with List- or X-")
            if _CONTROL.search(value) or not value.isascii() or len(value) > _LONGEST_HEADER:
                raise MessageError("headers", "hold a value that is not one short line of ASCII")


def pack(message: OutgoingMessage) -> tuple[str, int, int, int, bytes]:
    """The values of INSERT. Due at once; it expires within 24 hours, on the hour."""
    now = int(time.time())
    number = uuid.uuid4()
    expires_at = now - now % HOUR + DAY
    plain = json.dumps(asdict(message), ensure_ascii=False).encode("utf-8", "replace")
    packed = zlib.compress(plain, 1)
    packed += bytes(-len(packed) % PADDING)  # its length should not tell which mail it is
    nonce = secrets.token_bytes(NONCE)
    key = outbox_keys().day_key(*_hour_of(expires_at))
    sealed = nonce + AESGCM(key).encrypt(nonce, packed, _bound(number, expires_at))
    return number.hex, now - now % MINUTE, expires_at, 0, sealed


def queue(message: OutgoingMessage) -> None:
    """Queues one mail, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, pack(message))


def unpack(row: Message) -> OutgoingMessage:
    """Raises Unreadable."""
    key = outbox_keys().known_day_key(*_hour_of(row.expires_at))
    if key is None:
        raise Unreadable
    sealed = bytes(row.sealed)
    try:
        packed = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], _bound(row.id, row.expires_at))
        fields = json.loads(zlib.decompressobj().decompress(packed))
        fields["headers"] = tuple((name, value) for name, value in fields["headers"])
        return OutgoingMessage(**fields)
    except (InvalidTag, ValueError, TypeError, KeyError, zlib.error):
        raise Unreadable from None


def destroy_idle_keys(now: float, waiting: Collection[int]) -> None:
    """Destroys the keys of past hours, except of those from which a mail waits: `waiting` has their `expires_at`."""
    keys = outbox_keys()
    for file in (keys.folder / PURPOSE).glob("[0-9][0-9]/[0-9]*"):
        hour, day = file.parent.name, day_of(file)
        if day is None or int(hour) >= 24:
            continue
        began = datetime.datetime.combine(day, datetime.time(int(hour)), datetime.UTC).timestamp()
        if began + HOUR + COMMITTED_WITHIN <= now and int(began) + DAY not in waiting:
            keys.destroy_day_keys(f"{PURPOSE}/{hour}", day + datetime.timedelta(days=1))


def outbox_keys() -> Keys:
    """The installation's secrets; read anew each hour, so that no process holds on to what was destroyed."""
    return _keys_in(Path(settings.HOME) / "keys", int(time.time()) // HOUR)


@functools.lru_cache(maxsize=1)
def _keys_in(folder: Path, hour: int) -> Keys:
    return Keys(folder)


def _hour_of(expires_at: int) -> tuple[str, datetime.date]:
    """Under which name the key of the hour is kept in which what expires then was queued."""
    queued_at = datetime.datetime.fromtimestamp(expires_at - DAY, datetime.UTC)
    return f"{PURPOSE}/{queued_at:%H}", queued_at.date()


def _bound(number: uuid.UUID, expires_at: int) -> bytes:
    return number.bytes + expires_at.to_bytes(8, "big")
