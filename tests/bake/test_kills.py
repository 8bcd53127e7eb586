"""SIGKILL at random instants of a pass. KILLS=50 makes the number that the project promises; the suite makes a few."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("KILLS", "6"))

pytestmark = pytest.mark.usefixtures("django_db_setup")


def trials(home: Path, *arguments: str) -> list[dict]:
    environment = {**os.environ, "RIGHTSWIRE_HOME": str(home)}
    environment.pop("RIGHTSWIRE_DATABASE_URL", None)
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment, capture_output=True, text=True, timeout=900, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_pass_after_a_kill_the_site_equals_a_clean_one(tmp_path: Path):
    made = trials(tmp_path, str(KILLS))
    assert [trial for trial in made if not trial["is_equal"]] == []
    assert sum(trial["was_killed"] for trial in made) >= KILLS // 2, "the kills came too late to prove anything"


def test_the_control_that_writes_in_place_and_never_sweeps_is_found_out(tmp_path: Path):
    made = trials(tmp_path, "4", "careless")
    assert not all(trial["is_equal"] for trial in made)
