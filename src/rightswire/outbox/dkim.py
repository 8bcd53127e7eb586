"""DKIM (RFC 6376, RFC 8463): the signature by which mail servers know that a mail is the organisation's.

Off unless the file `keys/dkim.pem` exists. The name of the key in the DNS is made from the key: another key has
another name, and mails on their way under the old one stay valid.
"""

import base64
import functools
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

FILE = "dkim.pem"
BITS = 2048
# Signed once more than they occur: one that is added on the way breaks the signature.
SIGNED = ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type")
SIGNED_IF_THERE = ("Auto-Submitted", "Content-Language", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
_DNS_STRING = 250


class DkimKeyError(Exception):
    """The key cannot be used, or must not be made."""


class Signer:
    """Signs with an RSA or an Ed25519 key."""

    def __init__(self, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self._key = key
        self._algorithm = "ed25519" if isinstance(key, Ed25519PrivateKey) else "rsa"
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.selector = f"rightswire-{hashlib.sha256(public).hexdigest()[:8]}"

    def header(self, headers: Sequence[tuple[str, str]], body: bytes, domain: str) -> tuple[str, str]:
        """The header to put before the others; `body` with CRLF at its lines' ends."""
        there = {name.lower() for name, _ in headers}
        names = [name for name in SIGNED if name.lower() in there]
        names += [*SIGNED, *(name for name in SIGNED_IF_THERE if name.lower() in there)]
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        value = self.unsigned(names, body_hash, domain, "relaxed/relaxed")
        signed = b"".join(line + b"\r\n" for line in _taken(names, headers))
        return "DKIM-Signature", self.complete(value, signed)

    def unsigned(self, names: Sequence[str], body_hash: str, domain: str, way: str) -> str:
        """The header's value without the signature itself. `way`: how headers and body are made alike first."""
        return (
            f"v=1; a={self._algorithm}-sha256; c={way}; d={domain};\r\n s={self.selector};\r\n "
            f"h={_names(tuple(names))};\r\n bh={body_hash};\r\n b="
        )

    def complete(self, value: str, signed: bytes) -> str:
        """`signed`: the headers that are signed, made alike, each with its line's end."""
        signature = base64.b64encode(self._signature(signed + relaxed_header("DKIM-Signature", value))).decode()
        return value + "\r\n ".join(signature[at : at + 70] for at in range(0, len(signature), 70))

    def dns_record(self, domain: str) -> str:
        """The record that the domain's DNS needs, as a line of a zone file."""
        public = self._key.public_key()
        if isinstance(self._key, Ed25519PrivateKey):
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        text = f"v=DKIM1; k={self._algorithm}; p={base64.b64encode(raw).decode()}"
        strings = " ".join(f'"{part}"' for part in re.findall(f".{{1,{_DNS_STRING}}}", text))
        return f"{self.selector}._domainkey.{domain}. IN TXT ( {strings} )"

    def _signature(self, text: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(hashlib.sha256(text).digest())
        return self._key.sign(text, PKCS1v15(), SHA256())


def load_signer(keys: Path) -> Signer | None:
    """The signer with the key in the folder `keys`; None if there is no key. Raises DkimKeyError."""
    file = keys / FILE
    try:
        pem = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DkimKeyError(f"{FILE} in the folder keys cannot be read: {error.strerror}") from None
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey) or (
        isinstance(key, RSAPrivateKey) and key.key_size < 1024
    ):
        raise DkimKeyError(
            f"{FILE} in the folder keys is not a private RSA or Ed25519 key in PEM form without a passphrase. "
            "Put the right one there, or take the file away to send without DKIM. No mail is lost."
        )
    return Signer(key)


def make_dkim_key(keys: Path) -> Signer:
    """Makes an RSA key in the folder `keys`, mode 0600. Raises DkimKeyError if there is one."""
    pem = generate_private_key(65537, BITS).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(keys / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DkimKeyError(f"There is already a key, {FILE} in the folder keys. Nothing was changed.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    signer = load_signer(keys)
    assert signer
    return signer


def relaxed_header(name: str, value: str) -> bytes:
    """RFC 6376, section 3.4.2, without the line's end."""
    unfolded = re.sub("[ \t\r\n]+", " ", value).strip(" ")
    return f"{name.lower()}:{unfolded}".encode()


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, section 3.4.4."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _taken(names: Iterable[str], headers: Sequence[tuple[str, str]]) -> list[bytes]:
    """The headers that `names` asks for, each once, from the last to the first; one that is not there is nothing."""
    left = list(headers)
    taken = []
    for name in names:
        for at in range(len(left) - 1, -1, -1):
            if left[at][0].lower() == name.lower():
                taken.append(relaxed_header(*left.pop(at)))
                break
    return taken


@functools.lru_cache(maxsize=16)
def _names(names: tuple[str, ...]) -> str:
    return _folded(names, ":")


def _folded(parts: Sequence[str], joint: str) -> str:
    """The parts over several lines, none longer than 78 characters."""
    lines, line = [], ""
    for part in parts:
        if line and len(line) + len(joint) + len(part) > 72:
            lines.append(line)
            line = ""
        line += (joint if line or lines else "") + part
    return "\r\n ".join([*lines, line])
