"""The tables of a trial's own database: a copy of the test run's. To migrate takes most of a small trial's time.

There is one to copy once `django_db_setup` has run in this process; else the trial migrates.
"""

import os
import shutil
from pathlib import Path

from django.core.management import call_command
from django.db import connection

TEMPLATE = "MIGRATED_DATABASE"  # a file of SQLite's, in the environment of what a test starts


def keep_template(file: Path) -> None:
    """Of the test run's own database, as long as it holds nothing else."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(file)])
        os.environ[TEMPLATE] = str(file)


def copy_template(database: Path) -> bool:
    """Whether there is one to copy."""
    template = os.environ.get(TEMPLATE)
    if template:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(template, database)
    return template is not None


def make_tables() -> None:
    """In the database of the settings."""
    is_copied = connection.vendor == "sqlite" and copy_template(Path(connection.settings_dict["NAME"]))
    if not is_copied:
        call_command("migrate", verbosity=0)
