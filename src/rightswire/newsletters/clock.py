"""What newsletters need done by the clock, in a thread of the worker."""

import datetime

from django.utils import timezone

from rightswire.campaigns.clock import Clock, Job
from rightswire.newsletters.digests import note_news, send_at_once, send_digests
from rightswire.newsletters.freezing import fill, freeze_newsletter
from rightswire.newsletters.models import Newsletter, NewsletterState, Sending, SendingState
from rightswire.newsletters.resealing import seal_for_all
from rightswire.newsletters.retention import end_what_is_over
from rightswire.newsletters.returned_mail import take_from_mailbox, take_from_maildir
from rightswire.newsletters.strongbox import Strongbox
from rightswire.newsletters.totals import write_totals

LOOK_EVERY = 1.0  # seconds between looks for news
DIGESTS_EVERY = 20.0
TIDY_EVERY = 60.0


class NewsClock(Clock):
    """News is put in its order always. Audiences are frozen only while mail is unlocked: digests do not pile up."""

    def __init__(self, strongbox: Strongbox) -> None:
        self._strongbox = strongbox
        self._is_news = True  # also at the start: somebody may have been left out by a crash
        self._sealed_with: frozenset[bytes] = frozenset()
        jobs = [
            Job("Putting news in its order", self._look_for_news, LOOK_EVERY),
            Job("Writing an audience down to its end", _fill_audiences, DIGESTS_EVERY, may=self._is_unlocked),
            Job("Sending news at once", self._send_news, LOOK_EVERY, may=self._is_unlocked),
            Job("Sending digests", send_digests, DIGESTS_EVERY, may=self._is_unlocked),
            Job("Sending a newsletter", _send_newsletters, DIGESTS_EVERY, may=self._is_unlocked),
            Job("Taking returned mail", take_from_maildir, TIDY_EVERY),
            Job("Writing the day's totals", _write_totals, TIDY_EVERY),
            Job("Ending what is over", end_what_is_over, TIDY_EVERY),
            Job("Sealing addresses for a new key", self._seal_for_new_keys, LOOK_EVERY, may=self._is_unlocked),
        ]
        super().__init__("news-clock", LOOK_EVERY, jobs)

    def _is_unlocked(self) -> bool:
        return self._strongbox.is_unlocked

    def _look_for_news(self) -> None:
        if note_news():
            self._is_news = True

    def _send_news(self) -> None:
        if self._is_news:
            send_at_once()
            self._is_news = False

    def _seal_for_new_keys(self) -> None:
        """Whenever other keys are unlocked than before: together they may open what one alone did not."""
        keys = self._strongbox.keys()
        unlocked = frozenset(key.public.id for key in keys)
        if unlocked != self._sealed_with:
            seal_for_all(keys)
            self._sealed_with = unlocked


class MailboxClock(Clock):
    """Apart from the others: the mailbox is at a provider, and news does not wait for its server."""

    def __init__(self) -> None:
        super().__init__("mailbox-clock", TIDY_EVERY, [Job("Reading returned mail", take_from_mailbox, TIDY_EVERY)])


def _fill_audiences() -> None:
    for sending in Sending.objects.filter(state=SendingState.FREEZING):
        fill(sending)


def _send_newsletters() -> None:
    for newsletter in Newsletter.objects.filter(state=NewsletterState.RELEASED):
        if newsletter.send_at is None or newsletter.send_at <= timezone.now():
            freeze_newsletter(newsletter)


def _write_totals() -> None:
    write_totals(timezone.localdate() - datetime.timedelta(days=1))  # the day that has ended
