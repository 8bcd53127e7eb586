"""The long fault runs, each with its control that must be found out. One JSON object a line."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.campaigns.trial_disk import compiler
from tests.campaigns.trial_installation import has_postgresql

BAKES = 50  # killed
KILLS = int(os.environ.get("KILLS", "500"))  # of server and worker while people confirm
RECIPIENTS = int(os.environ.get("RECIPIENTS", "10000"))
CUTS = int(os.environ.get("CUTS", "500"))
TESTS = Path(__file__).resolve().parent.parent / "tests"
FACTS = ("is_logged", "is_sound", "is_verified", "is_published")


def main() -> int:
    """1 if anything was lost or doubled, or a control was not found out."""
    status = 0
    for row in _rows():
        print(json.dumps(row), flush=True)
        if "missing" not in row and (row["lost"] or row["doubled"] or not row["control_lost"]):
            status = 1
    return status


def _rows() -> Iterator[dict[str, Any]]:
    yield _killed_bakes()
    for database in ("sqlite", "postgresql"):
        yield _killed_signing(database)
    yield _power_cuts()
    for database in ("sqlite", "postgresql"):
        yield _killed_sending(database)


def _killed_bakes() -> dict[str, Any]:
    killed, careless = _trials("bake/killed.py", str(BAKES)), _trials("bake/killed.py", "8", "careless")
    return {
        "name": "SIGKILL at random instants of a bake",
        "trials": len(killed),
        "acknowledged": sum(trial["was_killed"] for trial in killed),
        "lost": sum(not trial["is_equal"] for trial in killed),
        "doubled": 0,
        "control_lost": sum(not trial["is_equal"] for trial in careless),
    }


def _killed_signing(database: str) -> dict[str, Any]:
    """A log that does not verify, or a count that is not that of the rows, counts as lost."""
    name = f"SIGKILL of server and worker under confirmations, {database}"
    if database == "postgresql" and not has_postgresql():
        return {"name": name, "missing": "PostgreSQL at 127.0.0.1:5432"}
    (killed,) = _trials("campaigns/killed_signing.py", str(KILLS), database)
    (careless,) = _trials("campaigns/killed_signing.py", "5", database, "careless")
    wrong = sum(not killed[fact] for fact in FACTS) + (killed["counted"] != killed["rows"])
    return {
        "name": name,
        "trials": sum(killed["killed"].values()),
        "acknowledged": killed["acknowledged"],
        "lost": killed["lost"] + wrong,
        "doubled": killed["doubled"],
        "control_lost": careless["lost"],
    }


def _killed_sending(database: str) -> dict[str, Any]:
    """A newsletter to RECIPIENTS, to a mail server in a bad mood. `unknown` is at most one a line and kill, or drop."""
    name = f"SIGKILL of the post under a newsletter to {RECIPIENTS}, {database}"
    if database == "postgresql" and not has_postgresql():
        return {"name": name, "missing": "PostgreSQL at 127.0.0.1:5432"}
    (sent,) = _trials("newsletters/killed_sending.py", str(RECIPIENTS), "10", database)
    (careless,) = _trials("newsletters/killed_sending.py", "1000", "5", database, "careless")
    return {
        "name": name,
        "trials": 10,
        "acknowledged": sent["delivered"],
        "lost": sent["lost"] + sent["left"] + max(0, sent["unknown"] - sent["unknown_at_most"]),
        "doubled": sent["doubled"],
        "control_lost": careless["doubled"],
        "unknown": sent["unknown"],
        "unknown_at_most": sent["unknown_at_most"],
        "refused": sent["refused"],
    }


def _power_cuts() -> dict[str, Any]:
    """`lost` in all cuts together; a database that could not be read afterwards counts as one."""
    name = "power cut at random instants of group commits, SQLite (control: synchronous=OFF)"
    if not compiler():
        return {"name": name, "missing": "a C compiler"}
    (cut,) = _trials("campaigns/power_cut.py", str(CUTS))
    (careless,) = _trials("campaigns/power_cut.py", "20", "careless")
    return {
        "name": name,
        "trials": cut["trials"],
        "acknowledged": cut["acknowledged"],
        "lost": cut["lost"] + cut["broken"],
        "doubled": 0,
        "control_lost": careless["lost"] + careless["broken"],
    }


def _trials(script: str, *arguments: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "RIGHTSWIRE_HOME": home}
        environment.pop("RIGHTSWIRE_DATABASE_URL", None)
        command = [sys.executable, str(TESTS / script), *arguments]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
