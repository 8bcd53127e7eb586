"""SIGKILL at random instants of backing up and restoring. KILLS=50 makes more of them; the suite makes a few."""

import json
import os
import subprocess
import sys
from pathlib import Path

import installation
import pytest

KILLS = int(os.environ.get("KILLS", "4"))
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("backup"),
    pytest.mark.skipif(not installation.IS_SQLITE, reason="PostgreSQL takes its time to migrate for every restore"),
]


def trials(where, *arguments: str) -> list[dict]:
    environment = {**os.environ, "RIGHTSWIRE_HOME": str(where.home)}
    environment.pop("RIGHTSWIRE_DATABASE_URL", None)
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment, capture_output=True, text=True, timeout=900, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("what", ["back_up", "restore"])
def test_a_kill_leaves_all_or_nothing(source, what):
    made = trials(source, what, str(KILLS))
    assert [trial for trial in made if not trial["is_clean"]] == []
    assert sum(trial["was_killed"] for trial in made) >= KILLS // 2, "the kills came too late to prove anything"


@pytest.mark.parametrize("what", ["back_up", "restore"])
def test_the_careless_control_is_found_out(source, what):
    made = trials(source, what, "4", "careless")
    assert not all(trial["is_clean"] for trial in made)
