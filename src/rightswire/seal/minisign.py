"""The file in which a site publishes the key that it signs with, in minisign's form. No Django in here.

Two lines: a comment, and base64 of the letters Ed, the key's number (8 bytes) and the Ed25519 key
(jedisct1.github.io/minisign, "Public key format"). The number is the beginning of the SHA-256 of the key.
"""

import base64
import binascii
import hashlib

_ALGORITHM = b"Ed"
_COMMENT = "untrusted comment: "


class KeyFileError(Exception):
    def __init__(self) -> None:
        super().__init__("This is not a site's public key: a file of two lines, the second beginning with RW.")


def key_id(public_raw: bytes) -> bytes:
    return hashlib.sha256(public_raw).digest()[:8]


def key_line(public_raw: bytes) -> str:
    """The key as one line, in which people compare keys and `minisign -P` takes them."""
    return base64.b64encode(_ALGORITHM + key_id(public_raw) + public_raw).decode()


def public_key_file(public_raw: bytes) -> str:
    number = int.from_bytes(key_id(public_raw), "little")  # as minisign writes it
    return f"{_COMMENT}minisign public key {number:016X}\n{key_line(public_raw)}\n"


def read_public_key_file(text: str) -> bytes:
    """The raw key. Raises KeyFileError, also where the key does not fit its number."""
    lines = text.splitlines()
    if len(lines) != 2 or not lines[0].startswith(_COMMENT):
        raise KeyFileError
    try:
        raw = base64.b64decode(lines[1].strip(), validate=True)
    except (binascii.Error, ValueError):
        raise KeyFileError from None
    public_raw = raw[10:]
    if len(public_raw) != 32 or key_line(public_raw) != lines[1].strip():
        raise KeyFileError
    return public_raw
