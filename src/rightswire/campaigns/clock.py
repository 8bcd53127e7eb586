"""What petitions need done by the clock: counting every second; closing, logs and endings when their time comes."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connection

from rightswire.campaigns.counting import close_those_past_closing, publish_counts
from rightswire.campaigns.daily_log import write_logs
from rightswire.campaigns.ending import end_what_is_over

logger = logging.getLogger(__name__)

COUNT_EVERY = 0.8  # seconds: a count is to be two seconds old at most
LOOK_EVERY = 30.0  # seconds between looks for what is due by the day


class CampaignClock:
    """Runs in a thread of its own, so that rendering a whole site does not make counts old."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="campaign-clock", daemon=True)
        self._looked_at = -LOOK_EVERY
        self._often = (close_those_past_closing, publish_counts)
        self._by_the_day = (write_logs, end_what_is_over)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def tick(self) -> None:
        """Everything that is due now."""
        for job in (*self._often, *self._by_the_day):
            job()

    def catch_up(self) -> None:
        """What fell due while nothing ran, before anything is served. What fails now is tried again by the thread."""
        for job in (*self._often, *self._by_the_day):
            self._do(job)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            close_old_connections()
            for job in self._often:
                self._do(job)
            if began - self._looked_at > LOOK_EVERY:
                for job in self._by_the_day:
                    self._do(job)
                self._looked_at = began
            self._stop.wait(max(0.05, COUNT_EVERY - (time.monotonic() - began)))
        connection.close()

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:  # the others must go on; what the error says may be about a person
            logger.error("Petitions: %s failed (%s); it is tried again", job.__name__, type(error).__name__)
