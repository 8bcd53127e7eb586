"""Where a mail comes back to: an address that says whose mail it was, and that we wrote it (VERP with a proof).

Lower-case letters and digits only, since mail servers on the way may change the case of an address.
"""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

_PROOF = 8  # bytes
_SENDING = 5


def return_address(subscriber: UUID, sending: int, secret: bytes, home: str) -> str:
    """`home`: the address of the setting, such as bounces@news.example.org."""
    body = subscriber.bytes + sending.to_bytes(_SENDING, "big")
    token = base64.b32encode(body + _proof(body, secret)).decode().rstrip("=").lower()
    name, _, domain = home.partition("@")
    return f"{name}+{token}@{domain}"


def read_return_address(address: str, secret: bytes) -> tuple[UUID, int] | None:
    """The subscriber's number and the sending's; None where the address is forged, damaged or another one."""
    token = address.partition("@")[0].rpartition("+")[2].upper()
    try:
        raw = base64.b32decode(token + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    body, proof = raw[:-_PROOF], raw[-_PROOF:]
    if len(raw) != 16 + _SENDING + _PROOF or not hmac.compare_digest(proof, _proof(body, secret)):
        return None
    return UUID(bytes=body[:16]), int.from_bytes(body[16:], "big")


def _proof(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"rightswire return path 1\0" + body, hashlib.sha256)[:_PROOF]
