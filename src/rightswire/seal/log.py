"""A petition's log: what was counted, in an order that can only grow. No Django in here.

An entry is a letter and 32 bytes: `s` and the commitment of a confirmed signature, `e` and the commitment of one that
was erased. The entries are the leaves of a Merkle tree (RFC 9162, section 2.1); once a day its head is signed and
published as a checkpoint (c2sp.org/tlog-checkpoint, c2sp.org/signed-note), which other people's tools read too.
"""

import base64
import binascii
import datetime
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNED, ERASED = "s", "e"
LARGEST_CHECKPOINT = 65_536  # characters; ours have some four hundred, witnesses may add signatures
_ED25519 = b"\x01"  # the signature type of signed-note
_NAME = r"[^\s+\x00-\x1f\x7f]+"
_NUMBER = r"0|[1-9][0-9]{0,15}"
_SIGNATURE_LINE = re.compile(rf"— (?P<name>{_NAME}) (?P<signature>[A-Za-z0-9+/]+=*)")
_TEXT = re.compile(
    rf"(?P<origin>{_NAME})\n(?P<size>{_NUMBER})\n(?P<root>[A-Za-z0-9+/]{{43}}=)\n"
    rf"date (?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})\nsignatures (?P<signatures>{_NUMBER})\n"
    rf"erasures (?P<erasures>{_NUMBER})\nset-aside (?P<set_aside>{_NUMBER})\n(?:[^\n]+\n)*"
)
_ENTRY_LINE = re.compile(r"([se]) ([0-9a-f]{64})\n")


class LogError(Exception):
    """A log or a part of it is not as it should be; the message says what, in plain words."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed head of a day: what the log held at its end, all numbers since the petition opened.

    `set_aside` counts false sign-ups that were dropped and never were in the log.
    """

    origin: str
    size: int
    root: bytes
    date: datetime.date
    signatures: int
    erasures: int
    set_aside: int


class Tree:
    """The root over all leaves so far; keeps one hash for each full subtree, so at most 64 of them."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []  # roots of the full subtrees, the largest first

    def append(self, leaf_hash: bytes) -> None:
        node, rest = leaf_hash, self.size
        while rest & 1:
            node = _node(self._full.pop(), node)
            rest >>= 1
        self._full.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._full:
            return hashlib.sha256().digest()
        node = self._full[-1]
        for left in reversed(self._full[:-1]):
            node = _node(left, node)
        return node


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    tree = Tree()
    for leaf_hash in leaf_hashes:
        tree.append(leaf_hash)
    return tree.root()


def entry_hash(kind: str, value: bytes) -> bytes:
    """The leaf of an entry: `kind` is SIGNED or ERASED, `value` a commitment."""
    if kind not in (SIGNED, ERASED) or len(value) != 32:
        raise ValueError("An entry of the log is the letter s or e with 32 bytes")
    return hashlib.sha256(b"\x00" + kind.encode() + value).digest()


def entries_text(entries: Iterable[tuple[str, bytes]]) -> str:
    """A day's entries as they are published: one a line, the letter and the 32 bytes in hexadecimal."""
    return "".join(f"{kind} {value.hex()}\n" for kind, value in entries)


def read_entries(text: str) -> Iterator[tuple[str, bytes]]:
    """The entries of one day's file, in order. Raises LogError."""
    for number, line in enumerate(io.StringIO(text), start=1):
        match = _ENTRY_LINE.fullmatch(line)
        if match is None:
            raise LogError(f"line {number} of its list of entries is not an entry")
        yield match[1], bytes.fromhex(match[2])


def origin(site: str, petition: str) -> str:
    """The name of a petition's log, which is also the name of the key that signs it: host and slug, no scheme."""
    return f"{urlsplit(site).netloc}/log/{petition}"


def note_key_id(name: str, public_raw: bytes) -> bytes:
    """The four bytes by which a signed note names an Ed25519 key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_raw).digest()[:4]


def checkpoint(
    origin: str,
    size: int,
    root: bytes,
    date: datetime.date,
    signatures: int,
    erasures: int,
    set_aside: int,
    key: Ed25519PrivateKey,
    name: str,
) -> str:
    """The signed head of a day. `name` is the key's name; other people's tools expect it to be the origin."""
    if not re.fullmatch(_NAME, origin) or not re.fullmatch(_NAME, name):
        raise ValueError("The name of a log or of its key has neither spaces nor plus signs")
    text = (
        f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ndate {date.isoformat()}\n"
        f"signatures {signatures}\nerasures {erasures}\nset-aside {set_aside}\n"
    )
    key_id = note_key_id(name, key.public_key().public_bytes_raw())
    return f"{text}\n— {name} {base64.b64encode(key_id + key.sign(text.encode())).decode()}\n"


def parse_checkpoint(text: str, public_raw: bytes) -> Checkpoint:
    """The head of a day, if the key signed it; signatures by other keys are passed over. Raises LogError."""
    if len(text) > LARGEST_CHECKPOINT:
        raise LogError("its signed head is too long to be one")
    body, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise LogError("its signed head is cut short, or is not one")
    body += "\n"
    _check_signatures(body.encode(errors="surrogatepass"), signatures, public_raw)
    match = _TEXT.fullmatch(body)
    if match is None:
        raise LogError("its signed head is not in the form of a petition's log")
    try:
        date = datetime.date.fromisoformat(match["date"])
    except ValueError:
        raise LogError("its signed head names a day that does not exist") from None
    return Checkpoint(
        match["origin"],
        int(match["size"]),
        base64.b64decode(match["root"]),
        date,
        int(match["signatures"]),
        int(match["erasures"]),
        int(match["set_aside"]),
    )


def _check_signatures(body: bytes, lines: str, public_raw: bytes) -> None:
    """Raises LogError unless the key signed the body, and whenever a signature in its name is wrong."""
    is_signed = False
    for line in lines.split("\n")[:-1]:
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise LogError("its signed head has a line that is not a signature")
        signature = _decoded(match["signature"])
        if signature[:4] != note_key_id(match["name"], public_raw):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public_raw).verify(signature[4:], body)
        except InvalidSignature:
            raise LogError("the signature of its head is wrong: the head was changed after it was signed") from None
        is_signed = True
    if not is_signed:
        raise LogError("its head is not signed with this key")


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raw = b""
    if base64.b64encode(raw).decode() != encoded:  # one signature has one spelling
        raise LogError("its signed head has a signature that is damaged")
    return raw
