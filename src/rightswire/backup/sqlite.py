"""SQLite: copied while it is written to, and put in its place by a rename."""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from rightswire.backup.archive import SQLITE, Archive, BackupError, Writer, flush_folder
from rightswire.backup.databases import LEFT_OUT, Snapshot

_IS_NOT_WAL = b"\x01\x01"  # at byte 18 of the file (sqlite.org/fileformat2.html, 1.3.3)


@contextlib.contextmanager
def snapshot() -> Iterator[Snapshot]:
    """A copy that has no name, so that it goes with the process. Raises BackupError."""
    path = Path(settings.HOME) / f".copy.{secrets.token_hex(4)}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "rb") as copied:
        # Two connections, since the second must not look before the first is done: what it reads then says that
        # the file is not in WAL mode, which needs other files by the name that is gone.
        with contextlib.closing(sqlite3.connect(path)) as target, contextlib.closing(sqlite3.connect(path)) as copy:
            path.unlink()
            try:
                _copy(target)
                target.close()
                os.pwrite(descriptor, _IS_NOT_WAL, 18)
                _leave_out(copy)
            except sqlite3.Error as error:
                raise BackupError(f"The database could not be copied: {error}. No backup was written.") from None
        yield Snapshot({}, partial(_write, copied=copied))


def _copy(target: sqlite3.Connection) -> None:
    target.execute("PRAGMA journal_mode=OFF")
    connection.ensure_connection()
    connection.connection.backup(target)  # in one step, from one moment; writers go on


def _leave_out(copy: sqlite3.Connection) -> None:
    copy.execute("PRAGMA journal_mode=MEMORY")
    copy.execute("PRAGMA secure_delete=ON")
    with copy:
        for table in sorted(LEFT_OUT):
            copy.execute(f'DELETE FROM "{table}"')


def _write(writer: Writer, copied: IO[bytes]) -> None:
    copied.seek(0)
    writer.add(SQLITE, copied, os.fstat(copied.fileno()).st_size)


@contextlib.contextmanager
def filled(archive: Archive, folder: Path) -> Iterator[None]:
    """Inside, Django works on the restored database, in `folder`; at the end it takes its place."""
    file, live = folder / SQLITE, connection.settings_dict["NAME"]
    archive.unpack(SQLITE, file)
    connection.close()
    connection.settings_dict["NAME"] = str(file)
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")  # all of it is in the one file
    finally:
        connection.close()
        connection.settings_dict["NAME"] = live
    for end in ("-wal", "-shm"):
        Path(f"{live}{end}").unlink(missing_ok=True)
    file.replace(live)
    flush_folder(Path(live).parent)
