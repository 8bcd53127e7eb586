"""How fast mail goes, on a clock that is turned by hand."""

import heapq

import pytest

from rightswire.newsletters.post import pace as pace_module
from rightswire.newsletters.post.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self) -> float:
            return self.now

    own = Clock()
    monkeypatch.setattr(pace_module, "time", own)
    return own


def hours_until_all_went(clock, pace: Pace, number: int, domain: str = "example.org") -> float:
    """Everybody asks, and asks again when told to."""
    begun = clock.now
    waiting = [(clock.now, one) for one in range(number)]
    while waiting:
        moment, one = heapq.heappop(waiting)
        clock.now = max(clock.now, moment)
        if wait := pace.turn_for(domain, 3):
            heapq.heappush(waiting, (clock.now + wait, one))
    return (clock.now - begun) / 3600


def test_a_large_domain_gets_its_mail_as_fast_as_it_may(clock):
    pace = Pace()
    pace.set(100_000, 120)
    number = 30_000
    fair = number / 120 / 60
    assert fair <= hours_until_all_went(clock, pace, number) + 0.01 < 1.3 * fair + 1


def test_a_domain_that_was_shut_is_served_again(clock):
    pace = Pace()
    pace.set(100_000, 120)
    pace.slow_down("example.org")
    assert pace.turn_for("example.org", 3) > 0
    assert pace.turn_for("example.com", 3) == 0
    assert hours_until_all_went(clock, pace, 120) < 0.1


def test_news_is_not_queued_behind_a_newsletter(clock):
    pace = Pace()
    pace.set(100_000, 60)
    while pace.turn_for("example.org", 3) < 600:
        pass
    assert pace.turn_for("example.org", 0) < 10


def test_to_look_whether_there_is_room_takes_none(clock):
    pace = Pace()
    pace.set(60, 60)
    assert [pace.wait() for _ in range(10)] == [0] * 10
    taken = 0
    while pace.wait() == 0:
        pace.goes()
        taken += 1
    assert 1 <= taken <= 5
    assert 0 < pace.wait() <= 1
    clock.now += 1
    assert pace.wait() == 0
