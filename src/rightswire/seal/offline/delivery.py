"""The file of a delivery: a ZIP of four parts, stored as they are, read part by part in flat memory."""

import base64
import binascii
import hashlib
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rightswire.seal.offline.manifest import DeliveryError, read_manifest

PARTS = ("delivery.json", "entries.bin", "records.bin", "signature")
SIGNED_PARTS = PARTS[:3]
LARGEST_DESCRIPTION = 16 << 20
LARGEST_RECORD = 16 << 10  # bytes; ours are under two thousand
ENTRY = 33
ROWS_A_SPAN = 512
ROW = struct.Struct(">32s2s8sIBH")
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a ZIP member: signature, lengths of its name and of its extra field


class NotADelivery(DeliveryError):
    def __init__(self) -> None:
        super().__init__(
            "This is not a whole delivery: the file was cut short when it was copied, or is something else. "
            "Copy it again from where it was exported. Nothing was written."
        )


class Part(NamedTuple):
    """Where a part stands in the file."""

    start: int
    size: int


class Row(NamedTuple):
    """One record as it stands in the list: what the server said of it, and what only the keys open."""

    number: int
    address_key: bytes
    country: str
    language: str
    day: int
    state: int
    sealed: bytes


class Span(NamedTuple):
    """A run of rows: the number of the first, and where the run stands in the file."""

    first: int
    start: int
    end: int


class Delivery:
    """Raises DeliveryError, or OSError where the file cannot be read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            with file.open("rb") as stream:
                self.parts = _parts(stream)
        except (zipfile.BadZipFile, struct.error, ValueError, EOFError, RuntimeError):
            raise NotADelivery from None
        if self.parts["delivery.json"].size > LARGEST_DESCRIPTION or self.parts["signature"].size > 1024:
            raise NotADelivery
        self.manifest = read_manifest(self._whole("delivery.json"))
        self.has_rest = False

    def _whole(self, name: str) -> bytes:
        return b"".join(self._pieces(name))

    def _pieces(self, name: str) -> Iterator[bytes]:
        """The part in pieces of at most 990 KB, each a whole number of log entries."""
        start, left = self.parts[name]
        with self.file.open("rb") as stream:
            stream.seek(start)
            while left and (piece := stream.read(min(left, ENTRY * 30_000))):
                left -= len(piece)
                yield piece

    def is_genuine(self) -> bool:
        """Whether the site's key, as the delivery names it, signed exactly these parts."""
        digests = b""
        for name in SIGNED_PARTS:
            digest = hashlib.sha256()
            for piece in self._pieces(name):
                digest.update(piece)
            digests += digest.digest()
        try:
            signature = base64.b64decode(self._whole("signature").strip(), validate=True)
            Ed25519PublicKey.from_public_bytes(self.manifest.site_key).verify(signature, digests)
        except (binascii.Error, ValueError, InvalidSignature):
            return False
        return True

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """The log in its order. Raises DeliveryError at an entry that is none."""
        for piece in self._pieces("entries.bin"):
            for at in range(0, len(piece), ENTRY):
                kind, value = piece[at : at + 1], piece[at + 1 : at + ENTRY]
                if kind not in (b"s", b"e") or len(value) != ENTRY - 1:
                    raise DeliveryError("An entry of the public log cannot be read.")
                yield kind.decode(), value

    def spans(self) -> Iterator[Span]:
        """The rows in runs. Sets `has_rest` where the list breaks off."""
        start, size = self.parts["records.bin"]
        end = start + size
        with self.file.open("rb", buffering=1 << 16) as stream:
            stream.seek(start)
            at = begun = start
            number = first = 0
            while at < end:
                length = ROW.unpack(head)[5] if len(head := stream.read(ROW.size)) == ROW.size else 0
                following = at + ROW.size + length
                if following > end or not 0 < length <= LARGEST_RECORD:
                    self.has_rest = True
                    break
                stream.seek(length, 1)
                at, number = following, number + 1
                if number - first == ROWS_A_SPAN:
                    yield Span(first, begun, at)
                    first, begun = number, at
            if number > first:
                yield Span(first, begun, at)


def read_rows(stream: BinaryIO, span: Span) -> Iterator[Row]:
    """The rows of a span of the open file."""
    stream.seek(span.start)
    piece = stream.read(span.end - span.start)
    at, number = 0, span.first
    while at < len(piece):
        address_key, country, language, day, state, length = ROW.unpack_from(piece, at)
        at += ROW.size
        sealed = piece[at : at + length]
        at += length
        yield Row(
            number,
            address_key,
            country.decode("ascii", "replace"),
            language.rstrip(b"\0").decode("ascii", "replace"),
            day,
            state,
            sealed,
        )
        number += 1


def _parts(stream: BinaryIO) -> dict[str, Part]:
    """Where the four parts stand. What the ZIP says of them is not trusted further than that."""
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
    if sorted(member.filename for member in members) != sorted(PARTS):
        raise NotADelivery
    found = {}
    whole = stream.seek(0, 2)
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 or member.header_offset < 0:
            raise NotADelivery
        stream.seek(member.header_offset)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
        start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        if signature != b"PK\x03\x04" or start + member.file_size > whole:
            raise NotADelivery
        found[member.filename] = Part(start, member.file_size)
    return found
