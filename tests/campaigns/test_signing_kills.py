"""Kills, power cuts, full disks and double clicks, on a server and a worker of their own."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import killed_signing
import power_cut
import pytest
from trial_disk import compiled, compiler
from trial_installation import Installation, has_postgresql, postgresql_database

KILLS = int(os.environ.get("KILLS", "6"))
CUTS = int(os.environ.get("CUTS", "60"))

pytestmark = pytest.mark.xdist_group("signing")
needs_compiler = pytest.mark.skipif(not compiler(), reason="a C compiler is missing: no disk can be made to fail")


@pytest.fixture(scope="module")
def made(tmp_path_factory, django_db_setup) -> Installation:
    """Made once, never run: tests take copies."""
    return Installation(tmp_path_factory.mktemp("made") / "home").make()


@pytest.fixture
def installation(made: Installation, tmp_path: Path):
    with made.copy(tmp_path / "home") as copy:
        yield copy


def is_whole(outcome: dict) -> bool:
    """Everybody who was thanked is there once, and counted, and in the log, and the log verifies."""
    return (
        outcome["lost"] == outcome["doubled"] == outcome["held"] == 0
        and outcome["rows"] == outcome["counted"] >= outcome["acknowledged"] > 0
        and all(outcome[fact] for fact in ("is_logged", "is_sound", "is_verified", "is_published"))
    )


def test_whoever_was_thanked_is_counted_once_whatever_is_killed(installation: Installation):
    outcome = killed_signing.trial(installation, KILLS, is_careless=False)
    assert is_whole(outcome), outcome


@pytest.mark.postgresql
@pytest.mark.skipif(not has_postgresql(), reason="PostgreSQL is not running at 127.0.0.1:5432")
def test_the_same_on_postgresql(tmp_path: Path):
    with postgresql_database() as database:
        outcome = killed_signing.trial(Installation(tmp_path / "home", database).make(), KILLS, is_careless=False)
    assert is_whole(outcome), outcome


def test_the_control_that_thanks_before_the_commit_is_found_out(installation: Installation):
    assert killed_signing.trial(installation, 3, is_careless=True)["lost"] > 0


@needs_compiler
def test_what_was_acknowledged_outlives_a_power_cut(installation: Installation, tmp_path: Path):
    outcome = power_cut.trial(installation, tmp_path, CUTS, is_careless=False)
    assert outcome["flushes"] > 0
    assert outcome["acknowledged"] > 0
    assert outcome["lost"] == outcome["broken"] == 0, outcome


@needs_compiler
def test_the_control_that_does_not_flush_is_found_out(installation: Installation, tmp_path: Path):
    assert power_cut.trial(installation, tmp_path, CUTS // 3, is_careless=True)["lost"] > 0


@needs_compiler
@pytest.mark.parametrize("fault", ["flush", "full"])
def test_a_disk_that_fails_is_told_to_the_sender_and_forgotten_when_it_works(
    installation: Installation, tmp_path: Path, fault: str
):
    switch = tmp_path / "fault"
    links = installation.links(12)
    installation.start_server(
        LD_PRELOAD=str(compiled(tmp_path)), DISK_FOLDER=str(installation.home.resolve()), DISK_FAULT=str(switch)
    )
    installation.wait_until_ready()
    assert [installation.confirm(token) for token, _key in links[:3]] == [200] * 3
    switch.write_text(fault)
    for _ in range(2):  # what the disk has half taken does not pass for kept
        assert [installation.confirm(token) for token, _key in links[3:9]] == [503] * 6
    answer = installation.post("/do/sign/free-them/", "name=Ada+Example&email=ada%40example.org&country=CA&website=")
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after" in answer.lower()
    switch.unlink()
    assert [installation.confirm(token) for token, _key in links[3:]] == [200] * 9
    installation.stop()
    outcome = installation.check([key for _token, key in links])
    assert (outcome["rows"], outcome["lost"], outcome["is_sound"]) == (12, 0, True), outcome


def test_fifty_clicks_at_once_are_one_signature(installation: Installation):
    ((token, key),) = installation.links(1)
    installation.start_server()
    installation.wait_until_ready()
    with ThreadPoolExecutor(50) as clicks:
        answers = list(clicks.map(lambda _click: installation.confirm(token), range(50)))
    assert answers == [200] * 50
    installation.stop()
    outcome = installation.check([key])
    assert (outcome["rows"], outcome["counted"], outcome["lost"], outcome["is_logged"]) == (1, 1, 0, True), outcome
