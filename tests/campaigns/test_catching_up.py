"""What fell due while nothing ran is ended before `rightswire up` serves anything."""

import argparse
import datetime

import pytest
from django.db import OperationalError
from django.utils import timezone

from rightswire import cli
from rightswire.campaigns import clock
from rightswire.campaigns.models import Petition, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def up(monkeypatch):
    """up(serve): as the command, with `serve` in place of the server and the worker."""

    def run(serve) -> int:
        monkeypatch.setattr("rightswire.web.parent.run_together", lambda *a, **k: serve() or 0)
        monkeypatch.setattr("rightswire.web.server.check_address", lambda host, port: None)
        for name in ("set_up", "migrate"):
            monkeypatch.setattr(cli, name, lambda: None)
        monkeypatch.setattr(cli, "own_address", lambda port: None)
        return cli.up(argparse.Namespace(host="127.0.0.1", port=8000, workers=1, demo=False))

    return run


def test_a_petition_past_its_closing_time_is_closed_before_anything_is_served(petition, up):
    Petition.objects.update(closes_at=timezone.now() - datetime.timedelta(days=1))
    seen = []
    up(lambda: seen.append(Petition.objects.get().state))
    assert seen == [State.CLOSED]


def test_a_secret_past_its_end_is_destroyed_before_anything_is_served(petition, home, up):
    secret = home / "keys" / "petitions" / petition.uid.hex
    assert secret.exists()
    Petition.objects.update(state=State.CLOSED, closed_at=timezone.now() - datetime.timedelta(days=31))
    seen = []
    up(lambda: seen.append(secret.exists()))
    assert seen == [False]


@pytest.mark.parametrize("error", [OperationalError("busy"), OSError(28, "No space left on device")])
def test_where_that_fails_the_site_is_served_all_the_same(petition, up, monkeypatch, error):
    def fail() -> None:
        raise error

    monkeypatch.setattr(clock, "end_what_is_over", fail)
    served = []
    assert up(lambda: served.append(True)) == 0
    assert served
