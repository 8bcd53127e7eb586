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
_LENGTH = 16 + _SENDING + _PROOF
TOKEN = -(-8 * _LENGTH // 5)  # characters: 47, so that 16 are left for a name and the plus


def return_address(subscriber: UUID, sending: int, secret: bytes, home: str) -> str:
    """`home`: of the setting, such as bounces@news.example.org; or @bounces.example.org, a domain for this alone."""
    body = subscriber.bytes + sending.to_bytes(_SENDING, "big")
    name, _, domain = home.partition("@")
    token = _written(body + _proof(body, secret))
    return f"{name}+{token}@{domain}" if name else f"{token}@{domain}"


def read_return_address(address: str, secret: bytes) -> tuple[UUID, int] | None:
    """The subscriber's number and the sending's; None where the address is forged, damaged or another one."""
    token = address.partition("@")[0].rpartition("+")[2]
    if len(token) != TOKEN or not token.isascii():
        return None
    token = token.lower()
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    body, proof = raw[:-_PROOF], raw[-_PROOF:]
    if _written(raw) != token or not hmac.compare_digest(proof, _proof(body, secret)):
        return None
    return UUID(bytes=body[:16]), int.from_bytes(body[16:], "big")


def _written(raw: bytes) -> str:
    """Base 32. The last character has bits to spare, which have to be zero: one address, one spelling."""
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _proof(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"rightswire return path 1\0" + body, hashlib.sha256)[:_PROOF]
