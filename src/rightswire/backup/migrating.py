"""Which migrations a database has, and bringing an empty one to the same point."""

from collections import defaultdict
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from rightswire.backup.archive import BackupError


def applied() -> dict[str, list[str]]:
    """Those applied, by app; of such as were squashed into one, that one."""
    loader = MigrationLoader(connection)
    found: dict[str, list[str]] = defaultdict(list)
    for app, name in sorted(loader.graph.nodes):
        if (app, name) in loader.applied_migrations:
            found[app].append(name)
    return dict(found)


def check_known(migrations: dict[str, list[str]]) -> None:
    """Raises BackupError where a newer version made the backup."""
    known = MigrationLoader(None).disk_migrations
    if unknown := [f"{app} {name}" for app, names in migrations.items() for name in names if (app, name) not in known]:
        raise BackupError(
            f"The backup is of a newer version of Rightswire than this one, which does not know {unknown[0]}. "
            "Nothing was restored: install that version, or a newer one."
        )


def migrate_to(migrations: dict[str, list[str]]) -> None:
    """Brings an empty database to the point that these names describe, in the caller's transaction."""
    executor = MigrationExecutor(connection, progress_callback=_settle)
    graph = executor.loader.graph
    wanted = {(app, name) for app, names in migrations.items() for name in names}
    nodes = {
        key
        for key, migration in graph.nodes.items()
        if key in wanted or (migration.replaces and wanted.issuperset(migration.replaces))
    }
    last = [
        key
        for key in nodes
        if not any(child.key in nodes and child.key[0] == key[0] for child in _children(graph, key))
    ]
    executor.migrate(sorted(last))


def _children(graph: Any, key: tuple[str, str]) -> Any:
    return graph.node_map[key].children


def _settle(action: str, *_unused: object) -> None:
    """Between two migrations, what one of them left to be checked: a table with such things cannot be altered."""
    if action == "apply_success":
        connection.check_constraints()
