# ruff: noqa: E402 - Django is imported on the data folder of the environment
"""Kills backing up, or restoring, at random instants (SIGKILL); prints one JSON object a trial.

A program of its own: `python killed.py back_up|restore TRIALS [careless]`, on a data folder (RIGHTSWIRE_HOME) with a
whole installation in SQLite. `is_clean`: after a killed back_up there is no file or a whole one, and nothing new in the
data folder; after a killed restore everything is there, or the next restore brings it. The controls, `careless`, write
the backup in place, and leave to the next restore what the killed one left.
"""

import contextlib
import json
import os
import random
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

os.environ["DJANGO_SETTINGS_MODULE"] = "settings_for_tests"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

django.setup()

from django.conf import settings
from installation import Installation

from rightswire.backup import making, restoring
from rightswire.backup.archive import Archive, BackupError
from rightswire.backup.databases import tables_there

UPLOAD = 12_000_000  # bytes, so that there is something to be killed in


def killed(work: Callable[[], object], has_begun: Callable[[], bool], lasts: float) -> bool:
    """Whether `work` was ended within `lasts` seconds of its beginning, in a process of its own."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    while not has_begun() and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.002)
    time.sleep(random.uniform(0.0, lasts))
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    return False


def took(work: Callable[[], object]) -> float:
    """Seconds that the whole of it takes, in a process of its own."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    os.waitpid(child, 0)
    return time.perf_counter() - started


def tree(folder: Path) -> dict[str, int]:
    """The files and their sizes, without those that the database keeps beside itself."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("db.sqlite3"))
    return {str(file.relative_to(folder)): file.stat().st_size for file in files}


def is_whole(file: Path) -> bool:
    try:
        with Archive(file) as archive:
            for name in archive.names(""):
                for _part in archive.parts(name):
                    pass
    except BackupError:
        return False
    return True


@contextlib.contextmanager
def in_place(file: Path) -> Iterator[IO[bytes]]:
    with file.open("wb") as opened:
        yield opened


def kill_back_up(trials: int, folder: Path, *, is_careless: bool) -> None:
    before = tree(settings.HOME)
    whole = min(took(lambda name=name: making.back_up(folder / name)) for name in ("first.tar", "second.tar"))
    if is_careless:
        making.new_file = in_place
    for trial in range(trials):
        place = folder / str(trial)
        place.mkdir()
        file = place / "backup.tar"
        has_begun = file.exists if is_careless else lambda: True
        was_killed = killed(lambda file=file: making.back_up(file), has_begun, whole)
        whole *= 1 if was_killed else 0.7  # it was quicker than before
        found = {entry.name for entry in place.iterdir()}
        is_clean = found <= {"backup.tar"} and (not found or is_whole(file)) and tree(settings.HOME) == before
        print(json.dumps({"trial": trial, "was_killed": was_killed, "is_clean": is_clean}), flush=True)


def kill_restore(trials: int, folder: Path, *, is_careless: bool) -> None:
    file, wish = folder / "backup.tar", restoring.Wish(without_keys=True)
    making.back_up(file)
    wanted = {name: size for name, size in tree(settings.HOME).items() if name.startswith("media")}

    def restore(where: Installation) -> None:
        with where.at():
            restoring.restore(file, wish)

    whole = took(lambda: restore(Installation(folder / "first", None)))
    if is_careless:
        restoring._clear = lambda home: None
    for trial in range(trials):
        where = Installation(folder / str(trial), None)
        has_begun = (where.home / "restoring").exists
        was_killed = killed(lambda where=where: restore(where), has_begun, whole * 0.8)
        whole *= 1 if was_killed else 0.7  # it was quicker than before
        with where.at():
            is_there = tables_there() != []
        if not is_there:
            took(lambda where=where: restore(where))
        with where.at():
            found = {name: size for name, size in tree(where.home).items() if name.startswith("media")}
            is_clean = found == wanted and tables_there() != []
        print(json.dumps({"trial": trial, "was_killed": was_killed, "is_clean": is_clean}), flush=True)


if __name__ == "__main__":
    random.seed(2026)
    scratch = Path(settings.HOME).with_name(f"killed-{secrets.token_hex(4)}")
    scratch.mkdir()
    upload = Path(settings.HOME) / "media" / "upload.bin"
    upload.parent.mkdir(exist_ok=True)
    upload.write_bytes(random.randbytes(UPLOAD))
    kill = {"back_up": kill_back_up, "restore": kill_restore}[sys.argv[1]]
    kill(int(sys.argv[2]), scratch, is_careless=sys.argv[3:] == ["careless"])
