"""The long fault runs. So far: kills of a bake, and their control that must be found out. One JSON object a line."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

KILLS = 50
SCRIPT = Path(__file__).resolve().parent.parent / "tests" / "bake" / "killed.py"


def main() -> int:
    killed, careless = _trials(str(KILLS)), _trials("8", "careless")
    lost = sum(not trial["is_equal"] for trial in killed)
    row = {
        "name": "SIGKILL at random instants of a bake",
        "trials": len(killed),
        "acknowledged": sum(trial["was_killed"] for trial in killed),
        "lost": lost,
        "doubled": 0,
        "control_lost": sum(not trial["is_equal"] for trial in careless),
    }
    print(json.dumps(row))
    return 1 if lost or not row["control_lost"] else 0


def _trials(*arguments: str) -> list[dict]:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "RIGHTSWIRE_HOME": home}
        environment.pop("RIGHTSWIRE_DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
