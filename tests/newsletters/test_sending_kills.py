"""A worker that is killed while a newsletter goes out: each gets it once, or is said to be unknown."""

from pathlib import Path

import killed_sending
import pytest

from campaigns.trial_installation import has_postgresql, postgresql_database

pytestmark = [pytest.mark.xdist_group("sending"), pytest.mark.usefixtures("django_db_setup")]


def is_right(outcome: dict) -> bool:
    return (
        outcome["doubled"] == outcome["lost"] == outcome["left"] == 0
        and outcome["unknown"] <= outcome["unknown_at_most"]
        and outcome["delivered"] > outcome["recipients"] / 2
    )


def test_nobody_gets_it_twice_and_nobody_is_forgotten(tmp_path: Path):
    outcome = killed_sending.trial(tmp_path / "home", 600, 3)
    assert is_right(outcome), outcome


@pytest.mark.postgresql
@pytest.mark.skipif(not has_postgresql(), reason="PostgreSQL is not running at 127.0.0.1:5432")
def test_the_same_on_postgresql(tmp_path: Path):
    with postgresql_database() as database:
        outcome = killed_sending.trial(tmp_path / "home", 600, 3, database=database)
    assert is_right(outcome), outcome


def test_the_control_that_notes_it_afterwards_is_found_out(tmp_path: Path):
    assert killed_sending.trial(tmp_path / "home", 400, 3, is_careless=True)["doubled"] > 0
