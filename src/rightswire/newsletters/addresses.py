"""Subscribers' addresses: encrypted for the mailing keys, and known again by a keyed digest.

The digest's secret is in `keys/newsletters/`. It is another one than any petition's, so that nobody can tell from two
rows that a signer and a subscriber are the same person.
"""

import contextlib
import hashlib
import hmac
from pathlib import Path

from django.conf import settings

from rightswire.seal.address import canonical
from rightswire.seal.box import Damaged, NotForThisKey, PrivateKey, PublicKey, open_sealed, seal
from rightswire.seal.keys import Keys

LIST = b"rightswire list\0"  # binds what is encrypted here, as a petition's number does there
BLOCK = 64  # bytes: lengths of addresses tell little


class NoMailingKey(Exception):
    """There is no key to encrypt addresses for: nobody can subscribe."""


def keys() -> Keys:
    return Keys(Path(settings.HOME) / "keys")


def mailing_keys() -> tuple[PublicKey, ...]:
    """The keys that addresses are encrypted for: those that somebody has unlocked mail with."""
    from rightswire.newsletters.models import MailingKey  # noqa: PLC0415 - the press works without a database

    return tuple(row.key for row in MailingKey.objects.in_use())


def address_key(address: str, secrets: Keys | None = None) -> bytes:
    """The keyed digest of an address that `read_address` gave; 32 bytes."""
    secret = (secrets or keys()).list_secret("addresses")
    return hmac.digest(secret, canonical(address).encode(), hashlib.sha256)


def seal_address(address: str, recipients: tuple[PublicKey, ...]) -> bytes:
    """Raises NoMailingKey."""
    if not recipients:
        raise NoMailingKey
    plain = address.encode()
    plain = len(plain).to_bytes(2, "big") + plain
    return seal(plain + bytes(-len(plain) % BLOCK), LIST, recipients)


def open_address(sealed: bytes, *keys_at_hand: PrivateKey) -> str:
    """With whichever key opens it. Raises NotForThisKey or Damaged."""
    plain = b""
    for key in keys_at_hand:
        with contextlib.suppress(NotForThisKey):
            plain = open_sealed(sealed, LIST, key)
            break
    if not plain:
        raise NotForThisKey
    length = int.from_bytes(plain[:2], "big")
    try:
        return plain[2 : 2 + length].decode()
    except UnicodeDecodeError:
        raise Damaged from None
