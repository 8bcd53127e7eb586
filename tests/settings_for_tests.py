"""The project's own settings, on a data folder of the test run's own."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("RIGHTSWIRE_HOME", tempfile.mkdtemp(prefix="rightswire-tests-"))

from rightswire.conf.settings import *  # noqa: F403
from rightswire.conf.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # In a file, as in production: in memory, threads would be refused what they wait for in a file.
    DATABASES["default"]["TEST"] = {"NAME": Path(os.environ["RIGHTSWIRE_HOME"]) / "db.sqlite3"}
