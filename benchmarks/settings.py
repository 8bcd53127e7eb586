"""The project's settings, and a urlconf that serves pages as Wagtail usually does, for comparison."""

from rightswire.conf.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
ALLOWED_HOSTS = ["*"]
