"""The power is cut at random instants of group commits; what was acknowledged must be on the disk.

A program of its own: `python power_cut.py CUTS [careless]`; prints one JSON object. The commits run once, in a child
under `disk.c`, which keeps a journal of all that reaches the files, acknowledgements among it. Every prefix of the
journal is an instant at which the power may have gone: of each, the files are put together from what was flushed and a
random part of what was not. The control, `careless`, commits with `synchronous=OFF`.
"""

import asyncio
import contextlib
import json
import os
import random
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from trial_disk import Disk, compiled, compiler, read_journal
from trial_installation import Installation

ROWS = 1500
AT_ONCE = 8
CHECKPOINT = 60  # pages: often, so that cuts fall into checkpoints too


def write_rows(*, is_careless: bool) -> None:
    """The child: keeps rows by group commit, and notes each when it is acknowledged."""
    import django
    from django.conf import settings

    options = settings.DATABASES["default"]["OPTIONS"]
    options["init_command"] += f"; PRAGMA wal_autocheckpoint={CHECKPOINT}"
    if is_careless:
        options["init_command"] += "; PRAGMA synchronous=OFF"
    django.setup()

    from rightswire.campaigns.commits import GroupCommit
    from rightswire.campaigns.models import Petition
    from rightswire.campaigns.signing import INSERT

    number = Petition.objects.get().pk
    commits = GroupCommit()
    file = os.open(Path(settings.HOME) / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def sign(turns: int) -> None:
        for _ in range(turns):
            key = secrets.token_bytes(32)
            sealed = secrets.token_bytes(380)
            row = (number, key, sealed, "CA", "en", "2018-11-29", 0, False, "", "", secrets.token_bytes(32))
            await commits.keep(INSERT, row)
            os.write(file, key)

    async def sign_all() -> None:
        await asyncio.gather(*(sign(ROWS // AT_ONCE) for _ in range(AT_ONCE)))

    asyncio.run(sign_all())
    os._exit(0)


def trial(installation: Installation, folder: Path, cuts: int, *, is_careless: bool) -> dict:
    """`lost`: acknowledged rows that were not there after a cut, or cuts that left no readable database."""
    journal, start = folder / "journal", folder / "start"
    shutil.copytree(installation.home, start)
    environment = installation.environment | {
        "LD_PRELOAD": str(compiled(folder)),
        "DISK_FOLDER": str(installation.home.resolve()),
        "DISK_JOURNAL": str(journal),
    }
    command = [sys.executable, __file__, "write", *["careless"] * is_careless]
    subprocess.run(command, env=environment, check=True)
    steps = list(read_journal(journal))
    chance = random.Random(2018)
    instants = sorted(chance.randrange(len(steps)) for _ in range(cuts))
    disk, acknowledged, place, lost, broken = Disk(start), [], 0, 0, 0
    for instant in instants:
        for step in steps[place:instant]:
            if step.name == "acknowledged":
                acknowledged.append(step.data)
            else:
                disk.take(step)
        place = instant
        with tempfile.TemporaryDirectory() as name:
            disk.cut_power(Path(name), chance)
            found = _keys(Path(name))
        if found is None:
            broken += 1
        else:
            lost += len(set(acknowledged) - found)
    return {
        "trials": cuts,
        "acknowledged": len(acknowledged),
        "flushes": sum(step.kind == "S" for step in steps),
        "lost": lost,
        "broken": broken,
    }


def _keys(folder: Path) -> set[bytes] | None:
    """What is found when the power is back; None where the database cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(folder / "db.sqlite3")) as database:
            rows = database.execute("SELECT address_key FROM campaigns_signature").fetchall()
            found = database.execute("PRAGMA integrity_check(1000000)").fetchall()
    except sqlite3.DatabaseError:
        return None
    # See trial_petition.py on NULL.
    if any(line != "ok" and not line.startswith("NULL value in ") for (line,) in found):
        return None
    return {bytes(key) for (key,) in rows}


def main(cuts: int, *, is_careless: bool) -> None:
    if not compiler():
        print(json.dumps({"missing": "a C compiler"}))
        return
    with tempfile.TemporaryDirectory() as name:
        installation = Installation(Path(name) / "home").make()
        print(json.dumps(trial(installation, Path(name), cuts, is_careless=is_careless)))


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write_rows(is_careless="careless" in sys.argv)
    else:
        main(int(sys.argv[1]), is_careless="careless" in sys.argv)
