"""The project's own settings, on a data folder of the test run's own."""

import os
import tempfile

os.environ.setdefault("RIGHTSWIRE_HOME", tempfile.mkdtemp(prefix="rightswire-tests-"))

from rightswire.conf.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
