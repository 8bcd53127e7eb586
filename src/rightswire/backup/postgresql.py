"""PostgreSQL: every table in its binary form, all from one moment; restored in one transaction."""

import contextlib
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

from rightswire.backup.archive import TABLE, Archive, BackupError, Damaged, Writer
from rightswire.backup.databases import LEFT_OUT, Snapshot, tables_there
from rightswire.backup.migrating import migrate_to

IN_MEMORY = 8 << 20  # bytes of a table; of larger ones a file without a name


@contextlib.contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Everything that is read inside is of the same moment. Raises BackupError."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            tables = {table: _columns(cursor, table) for table in _wanted()}
            yield Snapshot(tables, partial(_write, tables=tables))
    except psycopg.Error as error:
        raise BackupError(f"The database broke off ({type(error).__name__}). No backup was written.") from None


def _wanted() -> list[str]:
    there = set(tables_there())
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models} & there - LEFT_OUT)


def _columns(cursor: Any, table: str) -> list[str]:
    return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _names(columns: list[str]) -> str:
    return ", ".join(connection.ops.quote_name(column) for column in columns)


def _write(writer: Writer, tables: dict[str, list[str]]) -> None:
    for table, columns in tables.items():
        with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(settings.HOME)) as spool:
            with connection.cursor() as cursor:
                order = connection.introspection.get_primary_key_columns(cursor, table) or columns
                # In the order of the key: as rows came is how they lie, and nobody needs to know.
                rows = f"SELECT {_names(columns)} FROM {_names([table])} ORDER BY {_names(order)}"
                with cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)") as copy:
                    for part in copy:
                        spool.write(part)
            size = spool.tell()
            spool.seek(0)
            writer.add(f"{TABLE}{table}", spool, size)


@contextlib.contextmanager
def filled(archive: Archive, _folder: Path) -> Iterator[None]:
    """Inside, the restored database is seen by nobody else; it is there at the end, or as empty as before."""
    with transaction.atomic():
        migrate_to(archive.about.migrations)
        try:
            _copy_in(archive)
        except psycopg.Error as error:
            raise BackupError(
                f"The database did not take what is in the backup ({type(error).__name__}). Nothing was restored."
            ) from None
        connection.check_constraints()
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
                cursor.execute(statement)
        yield
        connection.check_constraints()


def _copy_in(archive: Archive) -> None:
    there = [table for table in tables_there() if table != "django_migrations"]
    tables = archive.about.tables
    if not tables.keys() <= set(there) - LEFT_OUT or {TABLE + table for table in tables} != set(archive.names(TABLE)):
        raise Damaged
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {_names(there)}")
        for table, columns in tables.items():
            if not set(columns) <= set(_columns(cursor, table)):
                raise Damaged
            into = f"COPY {_names([table])} ({_names(columns)}) FROM STDIN (FORMAT binary)"
            with cursor.copy(into) as copy:
                for part in archive.parts(f"{TABLE}{table}"):
                    copy.write(part)
