"""What newsletters need done by the clock: each job has its own turn, whatever becomes of the others."""

import pytest

from rightswire.newsletters import clock
from rightswire.newsletters.clock import NewsClock
from rightswire.newsletters.strongbox import Strongbox

pytestmark = pytest.mark.django_db

ALWAYS = ["note_news", "take_from_maildir", "write_totals", "end_what_is_over"]
UNLOCKED = ["send_at_once", "send_digests", "seal_for_all"]


@pytest.fixture
def done(monkeypatch) -> list[str]:
    """What the clock has had done, by name; nothing of it really is."""
    found: list[str] = []
    for name in (*ALWAYS, *UNLOCKED):
        monkeypatch.setattr(clock, name, lambda *_arguments, name=name: found.append(name))
    return found


@pytest.mark.parametrize("failing", [*ALWAYS, *UNLOCKED])
def test_a_job_that_fails_keeps_no_other_from_being_done(strongbox, done, failing, monkeypatch, caplog):
    def fail(*_arguments):
        raise ValueError("about ada@example.org")

    monkeypatch.setattr(clock, failing, fail)
    NewsClock(strongbox).do_what_is_due(1.0)
    assert sorted(done) == sorted({*ALWAYS, *UNLOCKED} - {failing})
    assert "failed (ValueError); it is tried again" in caplog.text
    assert "ada" not in caplog.text


def test_a_job_that_failed_is_tried_again(strongbox, done, monkeypatch):
    tried = []

    def fail():
        tried.append(1)
        raise OSError

    monkeypatch.setattr(clock, "send_digests", fail)
    running = NewsClock(strongbox)
    running.do_what_is_due(1.0)
    running.do_what_is_due(2.0)
    assert len(tried) == 1
    running.do_what_is_due(1.0 + clock.DIGESTS_EVERY)
    assert len(tried) == 2


def test_each_job_has_its_own_rhythm(strongbox, done):
    running = NewsClock(strongbox)
    for second in range(60):
        running.do_what_is_due(1.0 + second)
    counts = {name: done.count(name) for name in (*ALWAYS, "send_digests")}
    assert counts == {
        "note_news": 60,
        "take_from_maildir": 1,
        "write_totals": 1,
        "end_what_is_over": 1,
        "send_digests": 3,
    }


def test_while_mail_is_locked_nothing_is_sent_and_the_rest_goes_on(done):
    NewsClock(Strongbox()).do_what_is_due(1.0)
    assert sorted(done) == sorted(ALWAYS)
