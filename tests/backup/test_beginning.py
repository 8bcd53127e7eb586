"""A restore that is refused leaves nothing behind, and takes nothing away that others put there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from rightswire.backup.archive import BackupError
from rightswire.backup.beginning import as_it_was
from rightswire.backup.making import back_up


def restore_without_its_key(backup: Path, home: Path) -> str:
    """In a process of its own: the settings and the look at the database make files too."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("RIGHTSWIRE_", "DJANGO_"))}
    words = [sys.executable, "-m", "rightswire.cli", "restore", str(backup)]
    done = subprocess.run(words, env=others | {"RIGHTSWIRE_HOME": str(home)}, capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the command of its own process has SQLite")
def test_a_restore_that_is_refused_leaves_no_trace_of_itself(source, tmp_path):
    backup, home = tmp_path / "backup.tar", tmp_path / "new" / "machine"
    with source.at():
        back_up(backup)
    assert "--key" in restore_without_its_key(backup, home)
    assert not home.parent.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the command of its own process has SQLite")
def test_a_secret_that_was_there_before_stays(source, tmp_path):
    backup, home = tmp_path / "backup.tar", tmp_path / "home"
    with source.at():
        back_up(backup)
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "secret_key").write_text("kept", encoding="ascii")
    assert "--key" in restore_without_its_key(backup, home)
    assert [file.relative_to(home).as_posix() for file in home.rglob("*")] == ["keys", "keys/secret_key"]
    assert (home / "keys" / "secret_key").read_text(encoding="ascii") == "kept"


@pytest.mark.parametrize("there", [["db.sqlite3"], ["keys/site.key"], ["db.sqlite3-wal"]])
def test_what_another_restore_put_there_meanwhile_stays(tmp_path, monkeypatch, there):
    home = tmp_path / "home"
    monkeypatch.setenv("RIGHTSWIRE_HOME", str(home))

    def fail() -> None:
        (home / "keys").mkdir(parents=True)
        for name in ["keys/secret_key", *there]:
            (home / name).write_bytes(bytes(10_000))
        raise BackupError("Another restore is running.")

    with pytest.raises(BackupError), as_it_was():
        fail()
    assert {file.relative_to(home).as_posix() for file in home.rglob("*")} == {"keys", "keys/secret_key", *there}
