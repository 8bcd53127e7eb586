"""The server's own secrets: files in `keys/` of the data folder, mode 0600, made when first needed.

Peppers, one a petition; keys of a day, for links and waiting mail, that go when nothing can need them any more;
and the key with which the site signs. The keys that open signatures are never here.
"""

import datetime
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class KeyIsGone(Exception):
    """The secret was destroyed, or is not in this data folder."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not in the folder `keys`: it was destroyed, or the backup without it was restored")


class Keys:
    """The secrets of one installation; each is read from disk once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, bytes] = {}

    def _read(self, name: str) -> bytes | None:
        """The secret in the file of that name in the folder."""
        known = self._known.get(name)
        if known is None:
            try:
                known = self._known[name] = (self.folder / name).read_bytes()
            except FileNotFoundError:
                return None
        return known

    def _make(self, file: Path) -> bytes:
        """Makes the secret once, durably; of two processes the first wins and both read the same."""
        for folder in (self.folder, *reversed([p for p in file.parents if self.folder in p.parents])):
            folder.mkdir(exist_ok=True, parents=True, mode=0o700)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(32))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _flush_folder(file.parent)
        return file.read_bytes()

    def _get(self, name: str) -> bytes:
        known = self._read(name)
        if known is None:
            known = self._known[name] = self._make(self.folder / name)
        return known

    def _destroy(self, name: str) -> None:
        """Overwrites and removes. A disk may keep copies of overwritten blocks (docs/threat-model.md)."""
        self._known.pop(name, None)
        file = self.folder / name
        try:
            descriptor = os.open(file, os.O_WRONLY)
        except FileNotFoundError:
            return
        try:
            os.write(descriptor, bytes(32))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        file.unlink(missing_ok=True)
        _flush_folder(file.parent)

    # Keys of a day

    def day_key(self, purpose: str, day: datetime.date) -> bytes:
        return self._get(f"{purpose}/{day}")

    def known_day_key(self, purpose: str, day: datetime.date) -> bytes | None:
        """None when it was destroyed or never made."""
        return self._read(f"{purpose}/{day}")

    def destroy_day_keys(self, purpose: str, before: datetime.date) -> None:
        folder = self.folder / purpose
        for file in folder.glob("[0-9]*") if folder.exists() else ():
            day = day_of(file)
            if day and day < before:
                self._destroy(f"{purpose}/{file.name}")

    def forget(self) -> None:
        """Reads again from disk: another process may have destroyed some."""
        self._known.clear()

    # Peppers

    def make_pepper(self, petition: bytes) -> bytes:
        return self._get(_pepper(petition))

    def has_pepper(self, petition: bytes) -> bool:
        return (self.folder / _pepper(petition)).exists()

    def pepper(self, petition: bytes) -> bytes:
        """Raises KeyIsGone thirty days after closing."""
        known = self._read(_pepper(petition))
        if known is None:
            raise KeyIsGone("The secret of this petition")
        return known

    def destroy_pepper(self, petition: bytes) -> None:
        self._destroy(_pepper(petition))

    # Subscribers

    def list_secret(self, name: str) -> bytes:
        """A secret for the list of subscribers; it lasts as long as the installation."""
        return self._get(f"newsletters/{name}")

    # The site's signature

    def site_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._get("site.key"))

    def site_public_key(self) -> bytes:
        return self.site_key().public_key().public_bytes_raw()


def _pepper(petition: bytes) -> str:
    return f"petitions/{petition.hex()}"


def day_of(file: Path) -> datetime.date | None:
    """The day of a key; None for a file that somebody else has put beside them."""
    try:
        day = datetime.date.fromisoformat(file.name)
    except ValueError:
        return None
    return day if file.name == day.isoformat() else None


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
