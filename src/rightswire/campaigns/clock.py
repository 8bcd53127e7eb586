"""What petitions need done by the clock: counting every second; closing, logs and endings when their time comes."""

import logging
import threading
import time

from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError

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

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def tick(self) -> None:
        """Everything that is due now."""
        close_those_past_closing()
        publish_counts()
        write_logs()
        end_what_is_over()

    def catch_up(self) -> None:
        """What fell due while nothing ran, before anything is served. What fails now is tried again by the thread."""
        try:
            self.tick()
        except (DatabaseError, OSError) as error:
            logger.error("What is overdue could not be ended (%s); it is tried again", type(error).__name__)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                close_old_connections()
                close_those_past_closing()
                publish_counts()
                if began - self._looked_at > LOOK_EVERY:
                    write_logs()
                    end_what_is_over()
                    self._looked_at = began
            except (DatabaseError, OSError) as error:
                logger.error("Counting petitions failed (%s); it is tried again", type(error).__name__)
            self._stop.wait(max(0.05, COUNT_EVERY - (time.monotonic() - began)))
        connection.close()
