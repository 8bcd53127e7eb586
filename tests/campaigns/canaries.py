"""Words that occur nowhere else, and a search for them in every form in which a disk may hold them."""

import base64
import bz2
import contextlib
import io
import ipaddress
import lzma
import os
import re
import secrets
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import brotli

DEEPEST = 4  # packings within one another
LARGEST = 1 << 28  # bytes that are unpacked of one thing
# Where deflated bytes may begin in the midst of others, such as a blob in a database's page.
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


def new_word() -> str:
    """Small letters only, so that neither a name nor an address nor JSON or HTML writes them otherwise."""
    return "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(20))


def new_network() -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(b"\x20\x01\x0d\xb8" + secrets.token_bytes(12))


def forms_of_word(word: str) -> dict[bytes, str]:
    plain = word.encode()
    return {plain: "plain", word.encode("utf-16-le")[:-1]: "UTF-16"} | _forms_of_bytes(plain)


def forms_of_address(address: ipaddress.IPv6Address | ipaddress.IPv4Address) -> dict[bytes, str]:
    texts = {str(address), address.exploded, quote(str(address))}
    forms = {form: f"{name} of the address" for text in texts for form, name in forms_of_word(text).items()}
    if address.version == 6:  # its four bytes would be found in any heap of random ones
        forms[address.packed[:6]] = "bytes of the network"
        forms[address.packed] = "bytes of the address"
    return forms | {address.packed.hex().encode(): "hex of the bytes"}


def _forms_of_bytes(plain: bytes) -> dict[bytes, str]:
    forms = {plain.hex().encode(): "hex", plain.hex().upper().encode(): "hex"}
    for shift in range(3):
        # The first and the last group of four are also made of what stands before and after.
        coded = base64.b64encode(bytes(shift) + plain)[4:-4]
        forms[coded] = forms[coded.translate(bytes.maketrans(b"+/", b"-_"))] = f"base64 at {shift}"
    for style in ("%%%02X", "%%%02x"):
        forms["".join(style % byte for byte in plain).encode()] = "URL"
    return forms


class Search:
    """Finds forms in files, in what is packed in them, and in the rows of SQLite's databases."""

    def __init__(self, forms: dict[bytes, str]) -> None:
        self.forms = forms

    def in_bytes(self, content: bytes, depth: int = 0) -> set[str]:
        found = {name for form, name in self.forms.items() if form in content}
        if depth < DEEPEST:
            for how, inner in unpacked(content):
                found |= {f"{name}, {how}" for name in self.in_bytes(inner, depth + 1)}
        return found

    def in_files(self, files: Iterable[Path]) -> dict[str, set[str]]:
        """What was found, by file."""
        found: dict[str, set[str]] = {}
        for file in files:
            if names := self.in_bytes(str(file).encode()):
                found[f"the name of {file}"] = names
            with contextlib.suppress(FileNotFoundError):  # a draft that got its name meanwhile
                content = file.read_bytes()
                names = self.in_bytes(content)
                if content.startswith(b"SQLite format 3\0"):
                    names |= self.in_rows(file)
                if names:
                    found[str(file)] = names
        return found

    def in_rows(self, file: Path) -> set[str]:
        """Long values lie in pages that need not stand side by side."""
        found: set[str] = set()
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as session:
            session.text_factory = bytes
            tables = [row[0].decode() for row in session.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in session.execute(f'SELECT * FROM "{table}"'):
                    values = [value for value in row if isinstance(value, bytes)]
                    found |= {f"{name}, row" for name in self.in_bytes(b"\0".join(values))}
        return found


def files_in(*folders: Path) -> list[Path]:
    """All regular files; a socket of the worker's holds nothing."""
    found = (Path(parent) / name for folder in folders for parent, _, names in os.walk(folder) for name in names)
    return [file for file in found if file.is_file()]


def unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Everything in `content` that is packed, as far as it can be read."""
    view = memoryview(content)
    for start in PACKED.finditer(content):
        if inner := _inflated(view[start.start() :]):
            yield "gzip" if start[0][0] == 0x1F else "zlib", inner
    if content.startswith(b"PK\3\4"):
        with contextlib.suppress(zipfile.BadZipFile, RuntimeError), zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield "zip", archive.read(name)
    if content[257:262] == b"ustar":
        with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                if opened := archive.extractfile(member):
                    yield "tar", opened.read()
    for how, unpack, error, magic in (
        ("brotli", brotli.decompress, brotli.error, b""),
        ("bzip2", bz2.decompress, OSError, b"BZh"),
        ("xz", lzma.decompress, lzma.LZMAError, (b"\xfd7zXZ\0", b"]\0\0")),  # and the older form
    ):
        if content.startswith(magic):
            with contextlib.suppress(error, ValueError, EOFError):
                yield how, unpack(content)


def _inflated(content: memoryview) -> bytes:
    """What can be read of it; most of what only looks packed fails within a few bytes."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        first = inflater.decompress(content[:256])
    except zlib.error:
        return b""
    if inflater.eof:
        return first
    try:
        return first + inflater.decompress(content[256:], LARGEST)
    except zlib.error:
        return first
