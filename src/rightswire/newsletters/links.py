"""The links in mails to subscribers.

What asks for a confirmation carries everything, encrypted under the key of its day, as a petition's link does. What
stands in every mail is short: the subscriber's number and a proof that we made it; it names nobody and never expires,
because whoever finds an old mail must still be able to stop what she gets.
"""

import hashlib
import hmac
import json
import secrets
import time
import zlib
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rightswire.newsletters.addresses import keys
from rightswire.seal.keys import Keys
from rightswire.seal.links import LASTS, PURPOSE, LinkIsBroken, LinkIsOld, day_of, decode, encode

SUBSCRIBE, MOVE = 3, 6  # 1 and 2 are petitions'
UNSUBSCRIBE, PREFERENCES = 4, 5
_EPOCH_DAYS = 86_400
_PROOF = 16


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for and has not confirmed. `moves`: the number of the subscriber whose address changes."""

    address: str
    language: str
    rhythm: str
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    zone: str = ""
    moves: str = ""
    begun_at: int = 0


def wish_link(wish: Wish, store: Keys | None = None) -> str:
    """The last part of the address to confirm at."""
    kind = MOVE if wish.moves else SUBSCRIBE
    now = int(time.time())
    head = bytes((kind,)) + (now // _EPOCH_DAYS).to_bytes(2, "big")
    plain = zlib.compress(json.dumps(asdict(wish) | {"begun_at": now}, separators=(",", ":")).encode(), 9)
    nonce = secrets.token_bytes(12)
    cipher = AESGCM((store or keys()).day_key(PURPOSE, day_of(now)))
    return encode(head + nonce + cipher.encrypt(nonce, plain, head))


def is_wish(token: str) -> bool:
    """Whether the link is one of ours rather than a petition's; it may be broken all the same."""
    try:
        return decode(token[:4])[:1] in (bytes((SUBSCRIBE,)), bytes((MOVE,)))
    except LinkIsBroken:
        return False


def read_wish(token: str, now: float, store: Keys | None = None) -> Wish:
    """Raises LinkIsBroken or LinkIsOld."""
    raw = decode(token)
    if len(raw) < 3 + 12 + 16:
        raise LinkIsBroken
    head, nonce = raw[:3], raw[3:15]
    day = day_of(int.from_bytes(head[1:], "big") * _EPOCH_DAYS)
    key = (store or keys()).known_day_key(PURPOSE, day)
    if key is None:
        raise LinkIsOld if day < day_of(int(now)) else LinkIsBroken
    try:
        fields = json.loads(zlib.decompress(AESGCM(key).decrypt(nonce, raw[15:], head)))
    except (InvalidTag, zlib.error, ValueError):
        raise LinkIsBroken from None
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    wish = Wish(**given)
    if now > wish.begun_at + LASTS.total_seconds():
        raise LinkIsOld
    return wish


def person_link(kind: int, subscriber: UUID, sending: int, secret: bytes) -> str:
    """UNSUBSCRIBE or PREFERENCES. `sending`: the number of the sending it stands in, 0 for none."""
    body = bytes((kind,)) + subscriber.bytes + sending.to_bytes(5, "big")
    return encode(body + _proof(body, secret))


def read_person_link(kind: int, token: str, secret: bytes) -> tuple[UUID, int]:
    """The subscriber's number and the sending's. Raises LinkIsBroken."""
    raw = decode(token)
    body, proof = raw[:-_PROOF], raw[-_PROOF:]
    if len(raw) != 1 + 16 + 5 + _PROOF or raw[0] != kind or not hmac.compare_digest(proof, _proof(body, secret)):
        raise LinkIsBroken
    return UUID(bytes=body[1:17]), int.from_bytes(body[17:], "big")


def link_secret(store: Keys | None = None) -> bytes:
    """What proves that a link in a mail is ours; it is never renewed."""
    return (store or keys()).list_secret("links")


def _proof(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"rightswire subscriber link 1\0" + body, hashlib.sha256)[:_PROOF]
