"""SQLite keeps signatures in the order of their key, as PostgreSQL is made to every night: no order of time is kept."""

from django.db import migrations

TABLE = "campaigns_signature"


def without_row_numbers(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC", [TABLE])
        table, *indexes = [row[0] for row in cursor.fetchall()]
        cursor.execute(f'DROP TABLE "{TABLE}"')
        for statement in (table + " WITHOUT ROWID", *indexes):
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [migrations.RunPython(without_row_numbers, migrations.RunPython.noop)]
