"""What every command makes in the data folder by its mere beginning: gone again where a restore comes to nothing.

It looks before Django's settings are read, which makes the first of these files.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connections

from rightswire.conf import env

EMPTY_DATABASE = 4096  # bytes of SQLite's without a table: one page


@contextlib.contextmanager
def as_it_was() -> Iterator[None]:
    """Where what is done inside fails, takes these files away, unless they were there before."""
    home = Path(env.text("RIGHTSWIRE_HOME", "var")).expanduser().absolute()
    made = [home / name for name in ("db.sqlite3-wal", "db.sqlite3-shm", "db.sqlite3", "keys/secret_key")]
    files = [file for file in made if not file.exists()]
    folders = [folder for folder in (home / "keys", home, *home.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        _close_database()
        for file in files if _is_nothing_yet(home) else ():
            file.unlink(missing_ok=True)
        for folder in folders:
            with contextlib.suppress(OSError):  # something else is in it by now
                folder.rmdir()
        raise


def _is_nothing_yet(home: Path) -> bool:
    """Whether nobody else has put a database or secrets there meanwhile, such as another restore."""
    database, journal = home / "db.sqlite3", home / "db.sqlite3-wal"
    return (
        not (database.exists() and database.stat().st_size > EMPTY_DATABASE)
        and not (journal.exists() and journal.stat().st_size)
        and {file.name for file in (home / "keys").glob("*")} <= {"secret_key"}
    )


def _close_database() -> None:
    if settings.configured:  # not where a setting was wrong
        connections.close_all()
