"""The command `open_subscribers`: an exported list as a spreadsheet, away from the server. No Django in here."""

import argparse
import base64
import binascii
import contextlib
import csv
import hashlib
import json
import os
import secrets
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rightswire.seal import minisign
from rightswire.seal.box import SealError, open_sealed
from rightswire.seal.how_many import how_many
from rightswire.seal.offline.ending import end_in_words
from rightswire.seal.offline.harmless import harmless
from rightswire.seal.offline.manifest import DeliveryError
from rightswire.seal.offline.own_keys import OwnKeys, read_own_keys
from rightswire.seal.offline.progress import Progress

DESCRIPTION = "opens an exported list of subscribers with the mailing key, as a spreadsheet; needs no network"
TYPE = "rightswire list 1"
LIST = b"rightswire list\0"  # what addresses are bound to: newsletters/addresses.py
LARGEST = 1 << 20  # bytes of the description, or of a row
PARTS = ["list.json", "rows.jsonl", "signature"]
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
COLUMNS = (
    "email", "language", "rhythm", "topics", "countries", "kinds", "newsletters", "follows", "time zone", "status",
    "paused until", "consent date", "consent basis", "consent source", "consent version", "consent words",
    "consent ends on",
)  # fmt: skip
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_DAMAGE = (
    zipfile.BadZipFile,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,  # a part that needs a password; also what zipfile cannot do, and nesting without end
    zlib.error,
)


class NotAnExport(DeliveryError):
    def __init__(self) -> None:
        super().__init__(
            "This is not a whole list that `export_subscribers` wrote: it was cut short when it was copied, or is "
            "something else. Copy it again. Nothing was written."
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """How many were written, and how many could not be opened."""

    written: int
    locked: int
    is_genuine: bool
    site: str
    site_key: bytes


def open_list(file: Path, keys: OwnKeys, out: Path) -> Opened:
    """Writes the spreadsheet, whole or not at all. Raises DeliveryError, also where `out` exists, and OSError."""
    if out.exists():
        raise DeliveryError(f"{out} is already there and was not touched: give another name.")
    try:
        with zipfile.ZipFile(file) as archive:
            return _open(archive, keys, out)
    except _DAMAGE:
        raise NotAnExport from None


def _open(archive: zipfile.ZipFile, keys: OwnKeys, out: Path) -> Opened:
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    if sorted(sizes) != PARTS or sizes["list.json"] > LARGEST or sizes["signature"] > LARGEST:
        raise NotAnExport
    if any(member.compress_type not in METHODS for member in archive.infolist()):
        raise NotAnExport
    about = json.loads(archive.read("list.json"))
    if about["type"] != TYPE:
        raise NotAnExport
    is_genuine = _is_genuine(archive, about)
    wordings, number, locked = about["wordings"], 0, 0
    with whole_or_not(out) as draft, draft.open("w", encoding="utf-8-sig", newline="") as stream:
        sheet = csv.writer(stream, quoting=csv.QUOTE_ALL)
        sheet.writerow(COLUMNS)
        with Progress("Opening", sizes["rows.jsonl"]) as progress:
            for line in _lines(archive):
                row = json.loads(line)
                address = _address(row, keys)
                if address is None:
                    locked += 1
                else:
                    sheet.writerow(_cells(address, row, wordings))
                    number += 1
                progress.advance(len(line))
        if locked and not number:
            labels = ", ".join(f"“{harmless(key['label'])}” ({harmless(key['id'])})" for key in about["keys"])
            raise DeliveryError(f"None of the keys you gave opens this list. It is for: {labels}. Nothing was written.")
    return Opened(number, locked, is_genuine, harmless(about["site"]), base64.b64decode(about["site_key"]))


def _lines(archive: zipfile.ZipFile) -> Iterator[bytes]:
    with archive.open("rows.jsonl") as member:
        while line := member.readline(LARGEST):
            yield line


def _is_genuine(archive: zipfile.ZipFile, about: dict[str, Any]) -> bool:
    """Whether the site's key, as the list names it, signed exactly this."""
    digest = hashlib.sha256()
    for line in _lines(archive):
        digest.update(line)
    whole = hashlib.sha256(archive.read("list.json")).digest() + digest.digest()
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(about["site_key"]))
        key.verify(base64.b64decode(archive.read("signature"), validate=True), whole)
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _address(row: dict[str, Any], keys: OwnKeys) -> str | None:
    """None: it was encrypted for other keys, or is damaged."""
    sealed = base64.b64decode(row["sealed"])
    for key in keys.private:
        with contextlib.suppress(SealError, UnicodeDecodeError):
            plain = open_sealed(sealed, LIST, key)
            return plain[2 : 2 + int.from_bytes(plain[:2], "big")].decode()
    return None


def _cells(address: str, row: dict[str, Any], wordings: dict[str, Any]) -> list[str]:
    consents, choice = row["consents"], row["choice"]
    words = [wordings[str(consent["words"])] for consent in consents]
    texts = [
        row["language"],
        row["rhythm"],
        *(" ".join(choice[name]) for name in ("topics", "countries", "kinds")),
        "yes" if row["newsletters"] else "no",
        " ".join(row["follows"]),
        row["zone"],
        row["state"],
        row["paused_until"],
        *(" | ".join(consent[name] for consent in consents) for name in ("day", "basis", "source")),
        " | ".join(wording["version"] for wording in words),
        " | ".join(wording["words"] for wording in words),
        row["consent_ends_on"],
    ]
    return [as_text(address), *map(cell, texts)]


def as_text(address: str) -> str:
    """The address so that no spreadsheet takes it for a formula: with quotation marks, it is the same mailbox."""
    if not address.startswith(_FORMULA):
        return address
    name, _, domain = address.rpartition("@")
    return f'"{name}"@{domain}'


def cell(text: str) -> str:
    """A line of text that no spreadsheet takes for a formula."""
    text = harmless(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


@contextlib.contextmanager
def whole_or_not(file: Path) -> Iterator[Path]:
    """A draft beside the file, readable to the owner alone, that takes its place once everything went well."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        yield draft
        with draft.open("rb") as done:
            os.fsync(done.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


# The command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what `export_subscribers` wrote")
    parser.add_argument(
        "--key", type=Path, action="append", required=True, metavar="KEYFILE", help="a mailing key; again for another"
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="holds the passphrase in its first line; it is asked for otherwise",
    )
    parser.add_argument("out", type=Path, metavar="CSV", help="the spreadsheet to write; it must not be there yet")


def run(arguments: argparse.Namespace) -> int:
    """0: opened, nothing wrong; 1: something failed or is not as it should be, and the message says what."""

    def work() -> int:
        keys = read_own_keys(arguments.key, arguments.passphrase_file)
        return _say(open_list(arguments.file, keys, arguments.out), arguments.out)

    return end_in_words("open_subscribers", work)


def _say(opened: Opened, out: Path) -> int:
    sys.stdout.write(
        f"{out} holds {how_many(opened.written, 'subscriber')} of {opened.site}, readable to you alone. Delete it when "
        "it has served: it is the list of everybody.\n"
    )
    if opened.locked:
        sys.stderr.write(
            f"ALARM: left out: {how_many(opened.locked, 'address', 'addresses')}, damaged or for other keys.\n"
        )
    if opened.is_genuine:
        sys.stdout.write(
            f"Signed by the site's key {minisign.key_line(opened.site_key)}; compare it with its public.key.\n"
        )
    else:
        sys.stderr.write("ALARM: The file is not as the site exported it: damaged, or changed by somebody.\n")
    return 1 if opened.locked or not opened.is_genuine else 0


def main(argv: Sequence[str]) -> int:
    """Exit status 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="open_subscribers", description=f"{DESCRIPTION[0].upper()}{DESCRIPTION[1:]}.")
    add_arguments(parser)
    return run(parser.parse_args(argv))
