"""What is done by the clock: a list of jobs, each with its own turn, whatever becomes of the others."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import close_old_connections, connection

from rightswire.campaigns.counting import close_those_past_closing, publish_counts
from rightswire.campaigns.daily_log import write_logs
from rightswire.campaigns.ending import end_what_is_over
from rightswire.campaigns.journal import empty_journal

logger = logging.getLogger(__name__)

COUNT_EVERY = 0.8  # seconds: a count is to be two seconds old at most
LOOK_EVERY = 30.0  # seconds between looks for what is due by the day
EMPTY_EVERY = 60.0
SHORTEST_WAIT = 0.05


@dataclass(slots=True)
class Job:
    """Something to be done again and again. `name`: what the log says could not be done."""

    name: str
    do: Callable[[], object]
    every: float  # seconds
    may: Callable[[], bool] = lambda: True  # else it waits, and has its turn as soon as it may
    next_at: float = 0.0


class Clock:
    """Does its jobs in a thread of its own, in their order, looking each so many seconds."""

    def __init__(self, name: str, every: float, jobs: Sequence[Job]) -> None:
        self._every = every
        self._jobs = jobs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def tick(self) -> None:
        """Everything, once. Raises what a job raises."""
        for job in self._jobs:
            if job.may():
                job.do()

    def do_what_is_due(self, now: float) -> None:
        """`now`: in seconds of a clock that only goes forward. A job that fails has its turn again, like any other."""
        for job in self._jobs:
            if job.next_at > now or not job.may():
                continue
            job.next_at = now + job.every
            try:
                job.do()
            except Exception as error:  # what it says may be about a person
                logger.error("%s failed (%s); it is tried again", job.name, type(error).__name__)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            close_old_connections()
            self.do_what_is_due(began)
            self._stop.wait(max(SHORTEST_WAIT, self._every - (time.monotonic() - began)))
        connection.close()


class CampaignClock(Clock):
    """Apart from the worker's other work, so that rendering a whole site does not make counts old."""

    def __init__(self) -> None:
        jobs = [
            Job("Closing petitions", close_those_past_closing, COUNT_EVERY),
            Job("Counting petitions", publish_counts, COUNT_EVERY),
            Job("Writing the log", write_logs, LOOK_EVERY),
            Job("Ending what is over", end_what_is_over, LOOK_EVERY),
            Job("Emptying the journal", empty_journal, EMPTY_EVERY),  # the last: what they erased is gone at once
        ]
        super().__init__("campaign-clock", COUNT_EVERY, jobs)

    def catch_up(self) -> None:
        """What fell due while nothing ran, before anything is served. What fails now is tried again by the thread."""
        self.do_what_is_due(time.monotonic())
