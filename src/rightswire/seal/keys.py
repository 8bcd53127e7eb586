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
        self._known: dict[Path, bytes] = {}

    def _read(self, file: Path) -> bytes | None:
        if file not in self._known:
            try:
                self._known[file] = file.read_bytes()
            except FileNotFoundError:
                return None
        return self._known[file]

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

    def _get(self, file: Path) -> bytes:
        known = self._read(file)
        if known is None:
            known = self._known[file] = self._make(file)
        return known

    def _destroy(self, file: Path) -> None:
        """Overwrites and removes. A disk may keep copies of overwritten blocks (docs/threat-model.md)."""
        self._known.pop(file, None)
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

    def _day_file(self, purpose: str, day: datetime.date) -> Path:
        return self.folder / purpose / day.isoformat()

    def day_key(self, purpose: str, day: datetime.date) -> bytes:
        return self._get(self._day_file(purpose, day))

    def known_day_key(self, purpose: str, day: datetime.date) -> bytes | None:
        """None when it was destroyed or never made."""
        return self._read(self._day_file(purpose, day))

    def destroy_day_keys(self, purpose: str, before: datetime.date) -> None:
        folder = self.folder / purpose
        for file in folder.glob("[0-9]*") if folder.exists() else ():
            day = day_of(file)
            if day and day < before:
                self._destroy(file)

    def forget(self) -> None:
        """Reads again from disk: another process may have destroyed some."""
        self._known.clear()

    # Peppers

    def _pepper_file(self, petition: bytes) -> Path:
        return self.folder / "petitions" / petition.hex()

    def make_pepper(self, petition: bytes) -> bytes:
        return self._get(self._pepper_file(petition))

    def has_pepper(self, petition: bytes) -> bool:
        return self._pepper_file(petition).exists()

    def pepper(self, petition: bytes) -> bytes:
        """Raises KeyIsGone thirty days after closing."""
        known = self._read(self._pepper_file(petition))
        if known is None:
            raise KeyIsGone("The secret of this petition")
        return known

    def destroy_pepper(self, petition: bytes) -> None:
        self._destroy(self._pepper_file(petition))

    # Subscribers

    def list_secret(self, name: str) -> bytes:
        """A secret for the list of subscribers; it lasts as long as the installation."""
        return self._get(self.folder / "newsletters" / name)

    # The site's signature

    def site_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._get(self.folder / "site.key"))

    def site_public_key(self) -> bytes:
        return self.site_key().public_key().public_bytes_raw()


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
