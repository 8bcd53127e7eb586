"""The links in mails: everything that is needed stands in them, encrypted, and nothing on the server.

A confirmation link is under the key of its day; an erasure link under a key that comes from the petition's pepper and
goes with it. Both hold AES-256-GCM ciphertext in URL-safe base64.
"""

import base64
import binascii
import datetime
import hashlib
import hmac
import secrets
import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rightswire.seal.keys import KeyIsGone, Keys

CONFIRM, ERASE, CONFIRM_WITH_WISHES = 1, 2, 7  # 3 to 6 are newsletters'
LASTS = datetime.timedelta(days=7)
PURPOSE = "tokens"
LONGEST = 2000
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_CONFIRM = struct.Struct(">16sI32s8s2s8s")
_ERASE = struct.Struct(">16s32s8s")


class LinkError(Exception):
    """A link that cannot be used; the reason is for the reader's page to word."""


class LinkIsBroken(LinkError):
    """Cut short, changed on the way, or never ours."""


class LinkIsOld(LinkError):
    """Its time is over."""


class Confirmation(NamedTuple):
    """What a confirmation link carries. `begun_at` in seconds since 1970; `marks` 8 bytes of the watch."""

    petition: bytes
    begun_at: int
    address_key: bytes
    marks: bytes
    country: str
    language: str
    sealed: bytes
    wishes: bytes = b""  # what was ticked besides, for the app that offered it; at most 255 bytes


def encode(raw: bytes) -> str:
    """Bytes as the last part of an address."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(token: str) -> bytes:
    """Raises LinkIsBroken."""
    if len(token) > LONGEST:
        raise LinkIsBroken
    try:
        plain = token.encode("ascii").translate(_FROM_URL_SAFE)
        return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except ValueError:
        raise LinkIsBroken from None


def day_of(moment: int) -> datetime.date:
    """In UTC; `moment` in seconds since 1970."""
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).date()


def confirmation_link(link: Confirmation, keys: Keys) -> str:
    """The last part of the address, under the key of the day on which the signature was begun."""
    day = day_of(link.begun_at)
    kind = CONFIRM_WITH_WISHES if link.wishes else CONFIRM
    head = bytes((kind,)) + (day.toordinal() - _EPOCH).to_bytes(2, "big")
    body = _CONFIRM.pack(
        link.petition,
        link.begun_at,
        link.address_key,
        link.marks,
        link.country.encode(),
        link.language.encode(),
    )
    wishes = bytes((len(link.wishes),)) + link.wishes if link.wishes else b""
    nonce = secrets.token_bytes(12)
    cipher = AESGCM(keys.day_key(PURPOSE, day))
    return encode(head + nonce + cipher.encrypt(nonce, body + wishes + link.sealed, head))


def is_too_long(link: Confirmation) -> bool:
    """Whether its address would be longer than mail programs and servers take."""
    raw = 3 + 12 + _CONFIRM.size + 1 + len(link.wishes) + len(link.sealed) + 16
    return -(-raw * 4 // 3) > LONGEST


def read_confirmation(token: str, keys: Keys, now: float) -> Confirmation:
    """Raises LinkIsBroken or LinkIsOld. A link from the future is one of a clock that was set right since."""
    raw = decode(token)
    if len(raw) < 3 + 12 + 16 + _CONFIRM.size or raw[0] not in (CONFIRM, CONFIRM_WITH_WISHES):
        raise LinkIsBroken
    head, nonce = raw[:3], raw[3:15]
    day = datetime.date.fromordinal(_EPOCH + int.from_bytes(head[1:], "big"))
    key = keys.known_day_key(PURPOSE, day)
    if key is None:
        raise LinkIsOld if day < day_of(int(now)) else LinkIsBroken
    try:
        whole = AESGCM(key).decrypt(nonce, raw[15:], head)
    except InvalidTag:
        raise LinkIsBroken from None
    petition, begun_at, address_key, marks, country, language = _CONFIRM.unpack(whole[: _CONFIRM.size])
    if now > begun_at + LASTS.total_seconds():
        raise LinkIsOld
    rest, wishes = whole[_CONFIRM.size :], b""
    if raw[0] == CONFIRM_WITH_WISHES:
        wishes, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
    return Confirmation(
        petition,
        begun_at,
        address_key,
        marks,
        country.decode(),
        language.rstrip(b"\0").decode(),
        rest,
        wishes,
    )


def _erasure_key(pepper: bytes) -> bytes:
    return hmac.digest(pepper, b"rightswire erasure link 1", hashlib.sha256)


def erasure_link(petition: bytes, address_key: bytes, language: str, keys: Keys) -> str:
    """Works until the petition's pepper is gone. Raises KeyIsGone."""
    nonce = secrets.token_bytes(12)
    head = bytes((ERASE,)) + petition
    cipher = AESGCM(_erasure_key(keys.pepper(petition)))
    body = _ERASE.pack(petition, address_key, language.encode())
    return encode(head + nonce + cipher.encrypt(nonce, body, head))


def read_erasure(token: str, keys: Keys) -> tuple[bytes, bytes, str]:
    """The petition, the key of the address and the signer's language. Raises LinkIsBroken or LinkIsOld."""
    raw = decode(token)
    if len(raw) != 17 + 12 + _ERASE.size + 16 or raw[0] != ERASE:
        raise LinkIsBroken
    head, nonce = raw[:17], raw[17:29]
    try:
        cipher = AESGCM(_erasure_key(keys.pepper(head[1:])))
        petition, address_key, language = _ERASE.unpack(cipher.decrypt(nonce, raw[29:], head))
    except KeyIsGone:
        raise LinkIsOld from None
    except InvalidTag:
        raise LinkIsBroken from None
    return petition, address_key, language.rstrip(b"\0").decode()


def address_key(pepper: bytes, canonical_address: str) -> bytes:
    """Under which one mailbox signs once; says nothing of the address without the pepper."""
    return hmac.digest(pepper, canonical_address.encode(), hashlib.sha256)
