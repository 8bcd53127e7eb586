"""What both kinds of database have in common here."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import connection

from rightswire.backup.archive import Writer

# Sessions of staff, and mail that waits: neither is of use later, and the less is kept the better.
LEFT_OUT = frozenset({"django_session", "outbox_message"})


class Snapshot(NamedTuple):
    """The database at one moment. `tables` and their columns are named where each is a member of its own."""

    tables: dict[str, list[str]]
    write: Callable[[Writer], None]


def tables_there() -> list[str]:
    """The tables of the configured database; none in an empty one."""
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)
