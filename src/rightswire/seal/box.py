"""Sealing what a signer wrote so that only the organisation's offline keys open it. No Django in here.

A sealed record is: version, suite, number of recipients (one byte each), 16 random bytes, for each recipient its key's
id and the content key under HPKE (RFC 9180), and the record under the content key (AES-128-GCM). The content key is
used once, so its nonce may be zero. What stands before the ciphertext, and the petition, are authenticated with it.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

VERSION = 1
SUITE = 1  # DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM
MOST_RECIPIENTS = 3
KEY_ID = 8  # bytes
SALT = 16
WRAPPED = 32 + 16 + 16  # encapsulated key, content key, tag
PUBLIC_PREFIX = "rightswire-key-1:"
PRIVATE_PREFIX = "rightswire-private-key-1:"
PASSPHRASE_MEMORY = 256 * 1024  # KiB, so that trying passphrases is dear (RFC 9106)
_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
_ONCE = bytes(12)


class SealError(Exception):
    """A record or a key could not be used."""


class NotAKey(SealError):
    def __init__(self) -> None:
        super().__init__("This is not a key that `rightswire keygen` made, or a part of it is missing.")


class WrongPassphrase(SealError):
    def __init__(self) -> None:
        super().__init__("The passphrase does not open this key. Nothing was changed; please try again.")


class NotForThisKey(SealError):
    def __init__(self) -> None:
        super().__init__("The record was encrypted for other keys.")


class Damaged(SealError):
    def __init__(self) -> None:
        super().__init__("The record is damaged, or belongs to another petition.")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key pair that a server may have: it encrypts and cannot open."""

    raw: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.raw).digest()[:KEY_ID]

    def text(self) -> str:
        return PUBLIC_PREFIX + base64.urlsafe_b64encode(self.raw).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """Raises NotAKey."""
        key = cls(_decoded(text.strip(), PUBLIC_PREFIX))
        if len(key.raw) != 32 or text.strip() != key.text():
            raise NotAKey
        try:
            _wrap(bytes(16), key, bytes(16))  # refuses points of small order
        except ValueError:
            raise NotAKey from None
        return key


class PrivateKey:
    """The half that opens. It never is on a server."""

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> "PrivateKey":
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_raw(cls, raw: bytes) -> "PrivateKey":
        """Of `raw`, for a process beside this one."""
        return cls(X25519PrivateKey.from_private_bytes(raw))

    @property
    def raw(self) -> bytes:
        """The 32 bytes themselves: never to be written anywhere."""
        return self._key.private_bytes_raw()

    @classmethod
    def load(cls, text: str, passphrase: str) -> "PrivateKey":
        """From the text of `protected`. Raises WrongPassphrase or NotAKey."""
        body = "".join(line.strip() for line in text.splitlines() if not line.startswith("#"))
        raw = _decoded(body, PRIVATE_PREFIX)
        if len(raw) != SALT + 12 + 32 + 16:
            raise NotAKey
        salt, nonce, protected = raw[:SALT], raw[SALT : SALT + 12], raw[SALT + 12 :]
        try:
            plain = AESGCM(_from_passphrase(passphrase, salt)).decrypt(nonce, protected, None)
        except InvalidTag:
            raise WrongPassphrase from None
        return cls(X25519PrivateKey.from_private_bytes(plain))

    @cached_property
    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key().public_bytes_raw())

    def protected(self, passphrase: str) -> str:
        """The key as one line of text, encrypted under the passphrase (Argon2id, AES-256-GCM)."""
        salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(12)
        cipher = AESGCM(_from_passphrase(passphrase, salt))
        raw = salt + nonce + cipher.encrypt(nonce, self._key.private_bytes_raw(), None)
        return PRIVATE_PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def unwrap(self, wrapped: bytes, petition: bytes) -> bytes:
        try:
            return _HPKE.decrypt(wrapped, self._key, info=_info(petition, self.public.id))
        except (InvalidTag, ValueError):
            raise Damaged from None


def _decoded(text: str, prefix: str) -> bytes:
    encoded = text.removeprefix(prefix)
    try:
        if encoded == text:
            raise NotAKey
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotAKey from None


def _from_passphrase(passphrase: str, salt: bytes) -> bytes:
    derive = Argon2id(salt=salt, length=32, iterations=3, lanes=2, memory_cost=PASSPHRASE_MEMORY)
    return derive.derive(passphrase.encode())


def _info(petition: bytes, key_id: bytes) -> bytes:
    return b"rightswire petition 1\0" + petition + key_id


def _wrap(content_key: bytes, recipient: PublicKey, petition: bytes) -> bytes:
    public = X25519PublicKey.from_public_bytes(recipient.raw)
    return _HPKE.encrypt(content_key, public, info=_info(petition, recipient.id))


def seal(plaintext: bytes, petition: bytes, recipients: Sequence[PublicKey]) -> bytes:
    """Encrypts for each of one to three recipients; `petition` is the petition's 16 bytes."""
    if not 1 <= len(recipients) <= MOST_RECIPIENTS:
        raise ValueError(f"A record is encrypted for one to {MOST_RECIPIENTS} keys, not {len(recipients)}")
    content_key = secrets.token_bytes(16)
    parts = [bytes((VERSION, SUITE, len(recipients))), secrets.token_bytes(SALT)]
    for recipient in recipients:
        parts += [recipient.id, _wrap(content_key, recipient, petition)]
    head = b"".join(parts)
    return head + AESGCM(content_key).encrypt(_ONCE, plaintext, head + petition)


def _head_length(sealed: bytes) -> int:
    if len(sealed) < 3 or sealed[0] != VERSION or sealed[1] != SUITE or not 1 <= sealed[2] <= MOST_RECIPIENTS:
        raise Damaged
    length = 3 + SALT + sealed[2] * (KEY_ID + WRAPPED)
    if len(sealed) < length + 16:
        raise Damaged
    return length


def key_ids(sealed: bytes) -> list[bytes]:
    """The ids of the keys that open the record. Raises Damaged."""
    end = _head_length(sealed)
    return [sealed[at : at + KEY_ID] for at in range(3 + SALT, end, KEY_ID + WRAPPED)]


def open_sealed(sealed: bytes, petition: bytes, key: PrivateKey) -> bytes:
    """The plaintext. Raises NotForThisKey or Damaged."""
    end, wanted = _head_length(sealed), key.public.id
    for at in range(3 + SALT, end, KEY_ID + WRAPPED):
        if sealed[at : at + KEY_ID] == wanted:
            content_key = key.unwrap(sealed[at + KEY_ID : at + KEY_ID + WRAPPED], petition)
            try:
                return AESGCM(content_key).decrypt(_ONCE, sealed[end:], sealed[:end] + petition)
            except InvalidTag:
                raise Damaged from None
    raise NotForThisKey


def commitment(sealed: bytes, petition: bytes) -> bytes:
    """What the petition's log holds of a record: 32 bytes that tell nothing of it and fit no other."""
    return hashlib.sha256(b"rightswire signature 1\0" + petition + sealed).digest()
