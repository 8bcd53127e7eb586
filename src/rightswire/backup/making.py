"""`rightswire backup`: the whole installation in one file, while everything runs."""

import os
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from rightswire.backup import postgresql, server_keys, sqlite
from rightswire.backup.archive import ABOUT, ERASED, KEYS, LEFT, MEDIA, About, BackupError, Writer, new_file
from rightswire.backup.migrating import applied
from rightswire.campaigns.erasing import tombstone_file
from rightswire.campaigns.models import RecipientKey
from rightswire.newsletters import suppressing
from rightswire.seal.how_many import how_many

_SNAPSHOT = {"sqlite": sqlite.snapshot, "postgresql": postgresql.snapshot}


def back_up(file: Path) -> str:
    """Writes the backup, whole or not at all, and says what is in it. Raises BackupError or OSError.

    The database first, then the uploads, so that every upload which the database names is there; the list of what was
    erased after both, so that what was erased meanwhile is removed again by restoring.
    """
    _check_place(file)
    now = timezone.now()
    with new_file(file) as out:
        writer = Writer(out, now.timestamp())
        with _SNAPSHOT[connection.vendor]() as snapshot:
            keys = list(RecipientKey.objects.in_use())
            about = About(
                rightswire=version("rightswire"),
                made_at=now.isoformat(timespec="seconds"),
                database=connection.vendor,
                migrations=applied(),
                tables=snapshot.tables,
                keys=[{"id": key.id_hex, "label": key.label} for key in keys],
            )
            writer.add_bytes(ABOUT, about.text())
            snapshot.write(writer)
        uploads = _add_uploads(writer, Path(settings.MEDIA_ROOT))
        if tombstone_file().exists():
            writer.add_bytes(ERASED, tombstone_file().read_bytes())
        if suppressing.tombstone_file().exists():
            writer.add_bytes(LEFT, suppressing.tombstone_file().read_bytes())
        if keys:
            sealed = server_keys.sealed(Path(settings.HOME) / "keys", [key.key for key in keys])
            writer.add_bytes(KEYS, sealed)
        writer.close()
    return f"{file} holds the database and {how_many(uploads, 'upload')}{_about_keys(keys)}"


def _check_place(file: Path) -> None:
    if file.exists():
        raise BackupError(f"{file} is already there and was not touched: give another name.")
    if not file.parent.is_dir():
        raise BackupError(f"There is no folder {file.parent}. Nothing was written.")
    if file.absolute().resolve().is_relative_to(Path(settings.SITE_FOLDER).resolve()):
        raise BackupError(f"{file} would be in the public folder, for everybody to read. Give another place.")


def _add_uploads(writer: Writer, folder: Path) -> int:
    """All regular files; what is deleted meanwhile is passed over."""
    number = 0
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(parent) / name
            try:
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except OSError:
                if file.is_symlink() or not file.exists():
                    continue
                raise
            with os.fdopen(descriptor, "rb") as opened:
                if file.is_file():
                    writer.add(MEDIA + file.relative_to(folder).as_posix(), opened, os.fstat(descriptor).st_size)
                    number += 1
    return number


def _about_keys(keys: list[RecipientKey]) -> str:
    if not keys:
        return (
            ".\nThe server's secrets (the folder `keys`) are NOT in it, because there is no key yet to encrypt them "
            "for: make a pair with `rightswire keygen` away from the server, and add its public half under Keys in the "
            "admin. Without the secrets, a restored petition cannot go on, and staff sign in again.\n"
        )
    names = ", ".join(f"“{key.label}”" for key in keys)
    return (
        f", and the server's secrets, encrypted for {names}.\nThe rest is not encrypted: drafts, withdrawn items and "
        "the accounts of staff can be read in it. Keep it as carefully as the server itself.\n"
    )
