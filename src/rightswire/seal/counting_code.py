"""Counting codes: the site's signed promise that a signature will be in the petition's log. No Django in here.

A promise in the manner of RFC 6962's signed certificate timestamp: it names the signature's commitment and the last
day whose head will hold it. Whoever finds a code learns that its owner signed, so it is never mailed, nor kept by us.
"""

import base64
import binascii
import datetime
import json
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TYPE = "rightswire counting code 1"
LONGEST = 4096  # characters
SLUG = re.compile(r"[\w-]{1,200}")


class CodeError(Exception):
    """The text is not a counting code."""

    def __init__(self) -> None:
        super().__init__(
            "This is not a counting code, or a part of it is missing. Please save the code again, whole and unchanged, "
            "from the page on which you confirmed your signature."
        )


@dataclass(frozen=True, slots=True)
class CountingCode:
    """`petition` is the petition's slug; `by` the last day whose head will hold the signature, `received` its own."""

    site: str
    petition: str
    commitment: bytes
    received: datetime.date
    by: datetime.date
    signature: bytes = b""

    def promise(self) -> dict[str, str]:
        """What is signed, by its names in the file."""
        return {
            "type": TYPE,
            "site": self.site,
            "petition": self.petition,
            "commitment": self.commitment.hex(),
            "received": self.received.isoformat(),
            "by": self.by.isoformat(),
        }

    def signed_bytes(self) -> bytes:
        return json.dumps(self.promise(), sort_keys=True, separators=(",", ":")).encode()


def make(
    site: str,
    petition: str,
    commitment: bytes,
    received: datetime.date,
    by: datetime.date,
    key: Ed25519PrivateKey,
) -> str:
    """The code as the file that a signer saves."""
    code = CountingCode(site, petition, commitment, received, by)
    signature = base64.b64encode(key.sign(code.signed_bytes())).decode()
    return json.dumps(code.promise() | {"signature": signature}, sort_keys=True, indent=1) + "\n"


def read(text: str) -> CountingCode:
    """A code that somebody kept, whose signature nobody has checked yet. Raises CodeError."""
    if len(text) > LONGEST:
        raise CodeError
    try:
        fields = json.loads(text.removeprefix("\ufeff"))  # some editors write a byte order mark
    except (ValueError, RecursionError):
        raise CodeError from None
    wanted = {"type", "site", "petition", "commitment", "received", "by", "signature"}
    if not isinstance(fields, dict) or fields.keys() != wanted or fields["type"] != TYPE:
        raise CodeError
    if not all(isinstance(value, str) for value in fields.values()) or not SLUG.fullmatch(fields["petition"]):
        raise CodeError
    try:
        code = CountingCode(
            fields["site"],
            fields["petition"],
            bytes.fromhex(fields["commitment"]),
            datetime.date.fromisoformat(fields["received"]),
            datetime.date.fromisoformat(fields["by"]),
            base64.b64decode(fields["signature"], validate=True),
        )
    except (ValueError, binascii.Error):
        raise CodeError from None
    if len(code.commitment) != 32 or len(code.signature) != 64:
        raise CodeError
    return code


def check_signature(code: CountingCode, public_raw: bytes) -> bool:
    """Whether the site whose key this is made the promise."""
    try:
        Ed25519PublicKey.from_public_bytes(public_raw).verify(code.signature, code.signed_bytes())
    except InvalidSignature:
        return False
    return True
