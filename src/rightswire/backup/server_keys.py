"""The server's secrets in a backup: the folder `keys/`, encrypted so that only the organisation's own keys open it.

Without the secrets of mail that waits: that mail is in no backup, and is gone after a day.
"""

import io
import os
import re
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

from rightswire.backup.archive import Damaged, flush_folder, is_plain_file
from rightswire.outbox.queue import PURPOSE as OUTBOX
from rightswire.seal.box import Damaged as DamagedRecord
from rightswire.seal.box import NotForThisKey, PublicKey, open_sealed, seal
from rightswire.seal.offline.own_keys import OwnKeys

_BOUND = b"rightswire backup"[:16]  # what a petition's number is to its signatures
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")  # no drafts: they begin with a dot


class OtherKeys(Exception):
    """None of the keys that were given opens the secrets."""


def sealed(folder: Path, recipients: Sequence[PublicKey]) -> bytes:
    """All files of `keys/`, for any of the recipients to open."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder).as_posix()
            if file.is_symlink() or not file.is_file() or name.startswith(f"{OUTBOX}/") or not _NAME.fullmatch(name):
                continue
            try:
                content = file.read_bytes()
            except FileNotFoundError:  # its time was over
                continue
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            tar.addfile(info, io.BytesIO(content))
    return seal(packed.getvalue(), _BOUND, recipients)


def unsealed(content: bytes, keys: OwnKeys) -> dict[str, bytes]:
    """The secrets by their file's name. Raises OtherKeys, or Damaged where it is not what it says."""
    for key in keys.private:
        try:
            return _unpacked(open_sealed(content, _BOUND, key))
        except NotForThisKey:
            continue
        except DamagedRecord:
            raise Damaged from None
    raise OtherKeys


def _unpacked(packed: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as tar:
            for info in tar.getmembers():
                source = tar.extractfile(info) if is_plain_file(info) else None
                if source is None or info.name in found or not _NAME.fullmatch(info.name):
                    raise Damaged
                found[info.name] = source.read()
    except (tarfile.TarError, EOFError, ValueError):
        raise Damaged from None
    return found


def write(secrets: dict[str, bytes], folder: Path) -> None:
    """Makes the folder anew, mode 0700, its files 0600, in place of one that holds what a first start makes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, content in secrets.items():
        file = folder / name
        for parent in reversed(file.relative_to(folder).parents):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(descriptor)
        flush_folder(file.parent)
