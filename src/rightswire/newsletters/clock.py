"""What newsletters need done by the clock, in a thread of the worker."""

import datetime
import logging
import threading
import time

from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError
from django.utils import timezone

from rightswire.newsletters.digests import note_news, send_at_once, send_digests
from rightswire.newsletters.freezing import fill, freeze_newsletter
from rightswire.newsletters.models import Newsletter, NewsletterState, Sending, SendingState
from rightswire.newsletters.resealing import seal_for_all
from rightswire.newsletters.retention import end_what_is_over
from rightswire.newsletters.returned_mail import take_from_maildir
from rightswire.newsletters.strongbox import Strongbox
from rightswire.newsletters.totals import write_totals

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between looks for news
DIGESTS_EVERY = 20.0
TIDY_EVERY = 60.0


class NewsClock:
    """News is put in its order always. Audiences are frozen only while mail is unlocked: digests do not pile up."""

    def __init__(self, strongbox: Strongbox) -> None:
        self._strongbox = strongbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="news-clock", daemon=True)
        self._is_news = True  # also at the start: somebody may have been left out by a crash
        self._sealed_with: frozenset[bytes] = frozenset()
        self._digests_at = self._tidied_at = -TIDY_EVERY

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def tick(self) -> None:
        """Everything that is due now."""
        self._look_for_news()
        if self._strongbox.is_unlocked:
            self._send_what_is_due()
        self._tidy()

    def _look_for_news(self) -> None:
        if note_news():
            self._is_news = True

    def _send_news(self) -> None:
        if self._is_news:
            send_at_once()
            self._is_news = False

    def _send_what_is_due(self) -> None:
        for sending in Sending.objects.filter(state=SendingState.FREEZING):
            fill(sending)
        self._send_news()
        send_digests()
        for newsletter in Newsletter.objects.filter(state=NewsletterState.RELEASED):
            if newsletter.send_at is None or newsletter.send_at <= timezone.now():
                freeze_newsletter(newsletter)

    def _seal_for_new_keys(self) -> None:
        """Whenever other keys are unlocked than before: together they may open what one alone did not."""
        keys = self._strongbox.keys()
        unlocked = frozenset(key.public.id for key in keys)
        if unlocked != self._sealed_with:
            seal_for_all(keys)
            self._sealed_with = unlocked

    def _tidy(self) -> None:
        take_from_maildir()
        write_totals(timezone.localdate() - datetime.timedelta(days=1))  # the day that has ended
        end_what_is_over()

    def _run(self) -> None:
        while not self._stop.is_set():
            now = time.monotonic()
            try:
                close_old_connections()
                self._look_for_news()
                if self._strongbox.is_unlocked:
                    self._send_news()
                    self._seal_for_new_keys()
                    if now - self._digests_at > DIGESTS_EVERY:
                        self._send_what_is_due()
                        self._digests_at = now
                if now - self._tidied_at > TIDY_EVERY:
                    self._tidy()
                    self._tidied_at = now
            except (DatabaseError, OSError) as error:
                logger.error("Newsletters could not be looked after (%s); it is tried again", type(error).__name__)
            except Exception as error:  # the others must go on; what the error says may be about a person
                logger.error("Newsletters met %s; they go on", type(error).__name__)
            self._stop.wait(LOOK_EVERY)
        connection.close()
