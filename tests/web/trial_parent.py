"""Runs web server and worker together: `trial_parent.py PORT WORKER_COMMAND...`."""

import os
import sys
from pathlib import Path

from rightswire.web import parent

NOTES = Path(os.environ["TRIAL_NOTES"])


def note(words):
    with NOTES.open("a") as notes:
        notes.write(f"{words}\n")


if __name__ == "__main__":
    parent.SECONDS_TO_DRAIN = 1.5
    parent.FIRST_PAUSE = 0.2
    sys.exit(
        parent.run_together(
            "127.0.0.1",
            int(sys.argv[1]),
            sys.argv[2:],
            is_ready=lambda: "working" in NOTES.read_text(),
            on_ready=lambda: note("ready"),
        )
    )
