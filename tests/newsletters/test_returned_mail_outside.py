"""Returned mail from outside: what the documentation has a mail server start, and webhooks through the server."""

import base64
import http.client
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from campaigns.trial_installation import Installation
from rightswire.newsletters.models import SubscriberState

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "bounces.md"
SECRET = "provider:a-long-password-of-the-hook"
TOLD = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Email": "ada@example.org", "ID": 1}


# The script of the documentation


@pytest.fixture
def hand_over(tmp_path: Path) -> Callable[..., int]:
    """hand_over(RECIPIENT, environment file) -> the status that the mail server sees."""
    (found,) = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script, settings = tmp_path / "rightswire-bounce", tmp_path / "rightswire.env"
    program = Path(sys.executable).with_name("rightswire")
    for documented, here in {
        "/etc/rightswire.env": settings,
        "/var/lib/rightswire": tmp_path / "home",
        "/opt/rightswire/.venv/bin/rightswire": program,
    }.items():
        assert documented in found
        found = found.replace(documented, str(here))
    script.write_text(found, encoding="utf-8")

    def run(recipient: str, environment: str | None) -> int:
        if environment is not None:
            settings.write_text(environment, encoding="utf-8")
        own = {name: value for name, value in os.environ.items() if not name.startswith(("RIGHTSWIRE_", "DJANGO_"))}
        return subprocess.run(
            ["/bin/sh", str(script), recipient],
            input=b"To: x\n\n",
            env=own,
            capture_output=True,
            check=False,
            timeout=60,
        ).returncode

    return run


@pytest.mark.parametrize("recipient", ["someone@bounces.example.org", "-x@bounces.example.org"])
def test_what_is_none_of_ours_is_done_with_whatever_its_address(hand_over, recipient):
    assert hand_over(recipient, "RIGHTSWIRE_BOUNCE_ADDRESS=@bounces.example.org\n") == 0


@pytest.mark.parametrize("environment", [None, "RIGHTSWIRE_BOUNCE_ADDRESS='@bounces\n", "PATH=\nRIGHTSWIRE_HOME=x\n"])
def test_whatever_is_wrong_with_the_settings_nothing_is_lost(hand_over, environment):
    assert hand_over("someone@bounces.example.org", environment) == os.EX_TEMPFAIL


# The web server


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it works on a copy of the tests' database")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_webhook_comes_through_the_web_server(subscribe, home):
    subscribe("ada@example.org")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(home / "db.sqlite3")])
    with Installation(home, RIGHTSWIRE_MAIL_WEBHOOK_SECRET=SECRET) as installation:
        installation.start_server()
        installation.wait_until_ready()
        assert tell(installation, "provider:a guess") == 400
        assert states(home) == [SubscriberState.ACTIVE]
        assert tell(installation, SECRET) == 200
        assert states(home) == [SubscriberState.SUSPENDED]
        assert "ada@example.org" not in (home / "server.log").read_text(encoding="utf-8").lower()


def tell(installation: Installation, secret: str) -> int:
    headers = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Authorization": "Basic " + base64.b64encode(secret.encode()).decode(),
    }
    with closing(http.client.HTTPConnection("127.0.0.1", installation.port, timeout=30)) as line:
        line.request("POST", "/do/mail-event/postmark/", json.dumps(TOLD), headers)
        return line.getresponse().status


def states(home: Path) -> list[int]:
    with closing(sqlite3.connect(home / "db.sqlite3", timeout=30)) as database:
        return [state for (state,) in database.execute("SELECT state FROM newsletters_subscriber")]
