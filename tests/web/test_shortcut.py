import granian._futures as granian_futures
import pytest

from rightswire.web.shortcut import answer_before_the_loop


class Loop:
    def __init__(self):
        self.scheduled = 0

    def call_soon_threadsafe(self, *args, **kwargs):
        self.scheduled += 1


class Watcher:
    scope = proto = None


@pytest.fixture
def schedule(monkeypatch):
    """Makes Granian's way of scheduling, with a function before it."""
    monkeypatch.setattr(granian_futures, "_cbsched_aioschedule", granian_futures._cbsched_aioschedule)

    def make(answer_now):
        assert answer_before_the_loop(answer_now)
        loop = Loop()
        return granian_futures._cbsched_aioschedule(loop, None, lambda watcher: None), loop

    return make


def test_what_is_answered_at_once_does_not_reach_the_loop(schedule):
    run, loop = schedule(lambda scope, exchange: True)
    run(Watcher())
    assert loop.scheduled == 0


def test_what_is_not_goes_on_to_the_loop(schedule):
    run, loop = schedule(lambda scope, exchange: False)
    run(Watcher())
    assert loop.scheduled == 1


def test_an_error_is_left_to_the_loop(schedule):
    def fail(scope, exchange):
        raise OSError

    run, loop = schedule(fail)
    run(Watcher())
    assert loop.scheduled == 1


def test_a_granian_without_the_place_serves_all_the_same(monkeypatch, caplog):
    monkeypatch.delattr(granian_futures, "_cbsched_aioschedule")
    assert not answer_before_the_loop(lambda scope, exchange: True)
    assert "slower" in caplog.text
