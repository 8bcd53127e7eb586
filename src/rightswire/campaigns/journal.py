"""SQLite's journal: what was written lately, in its order of time, and what was erased since, until it is emptied."""

from django.db import connection

PATIENCE = 300  # milliseconds to wait for readers; whoever writes waits meanwhile


def empty_journal() -> None:
    """Puts what the journal holds into the database, and cuts it to nothing; next time, if somebody is reading now.

    PostgreSQL keeps its own: docs/operate/postgresql.md.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:  # SQLite refuses it inside a transaction
        return
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
