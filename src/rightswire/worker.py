"""The worker and the scheduler, in one process: what is due is rendered, what is scheduled is published."""

import datetime
import functools
import hashlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.db.utils import Error as DatabaseError
from django.utils import timezone
from wagtail.models import Page, Revision

from rightswire.bake.baking import (
    BakeIsBusy,
    bake_due,
    only_baker,
    queue_everything,
    queue_if_outdated,
    sweep,
)
from rightswire.bake.models import Due, Imprint
from rightswire.bake.wake import Bell, wake_worker
from rightswire.campaigns.clock import CampaignClock
from rightswire.demo.subscribers import unlock_demo
from rightswire.newsletters.clock import MailboxClock, NewsClock
from rightswire.newsletters.post.office import PostOffice
from rightswire.newsletters.strongbox import Strongbox
from rightswire.newsroom.websub import Pinger
from rightswire.outbox.sending import Mailer

logger = logging.getLogger(__name__)

POLL = 1.0  # seconds between looks at the queue and at the clock
PATIENCE = 20.0  # seconds that `bake` waits for a worker that gets no further
RETRY = 30.0  # seconds until a piece or a scheduled page that failed is tried again
RENDERED_FROM = {".py", ".html", ".css", ".js", ".svg", ".po"}


def tick() -> None:
    """One pass of the scheduler: what has reached its time is published, counted, closed, destroyed."""
    publish_scheduled()
    CampaignClock().tick()
    NewsClock(Strongbox()).tick()
    MailboxClock().tick()


def publish_scheduled(skip: Collection[int] = ()) -> set[int]:
    """Publishes what has reached its time, takes down what has expired, page by page; Wagtail's command stops at the
    first that fails. Returns the numbers of the pages that failed.
    """
    now = timezone.now()
    failed = set()
    for page in Page.objects.filter(live=True, expire_at__lte=now).exclude(pk__in=skip).order_by("expire_at"):
        take_down = functools.partial(page.unpublish, set_expired=True, log_action="wagtail.unpublish.scheduled")
        if not _is_done(page.pk, take_down):
            failed.add(page.pk)
    due = Revision.page_revisions.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at")
    for revision in due.exclude(object_id__in=[str(pk) for pk in skip]):
        number = int(revision.object_id)
        if not _is_done(number, functools.partial(revision.publish, log_action="wagtail.publish.scheduled")):
            failed.add(number)
    return failed


def _is_done(number: int, act: Callable[[], None]) -> bool:
    """Does it whole or not at all; a page that fails must not hold up the others."""
    try:
        with transaction.atomic():
            act()
    except (OperationalError, InterfaceError):  # the database fails, not the page
        raise
    except Exception as error:
        logger.error("Page %s could not be published or taken down in time: %s", number, type(error).__name__)
        return False
    return True


def fingerprint() -> str:
    """A digest of all that every page is rendered from: code, templates, translations, address, languages."""
    digest = hashlib.sha256()
    for value in (settings.BASE_URL, settings.TIME_ZONE, settings.LANGUAGES):
        digest.update(repr(value).encode())
    package = Path(settings.PACKAGE)
    for file in sorted(package.rglob("*")):
        if file.suffix in RENDERED_FROM:
            digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
    return digest.hexdigest()


def is_published(mark: str) -> bool:
    """Whether the public folder shows everything as the version with the fingerprint `mark` would render it."""
    try:
        return Imprint.objects.filter(fingerprint=mark).exists() and not Due.objects.exists()
    except DatabaseError:  # busy; asked again soon
        return False


class Worker:
    """Works until it is told to stop; then it ends the batch at hand and leaves the rest in the queue."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._failed: dict[str, float] = {}
        self._late: dict[int, float] = {}
        self._month: tuple[int, int] | None = None

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        self._stop.set()

    def run(self) -> None:
        """Raises BakeIsBusy if another worker runs on this data folder, DkimKeyError for a broken key of the mail."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        with only_baker(), Bell() as bell:
            sweep()
            queue_if_outdated(fingerprint())
            strongbox = Strongbox()
            unlock_demo(strongbox)
            clocks = (CampaignClock(), NewsClock(strongbox), MailboxClock())
            parts = (Mailer(), strongbox, PostOffice(strongbox), *clocks, Pinger())
            for part in parts:
                part.start()
            while not self._stop.is_set():
                self._once()
                bell.wait(POLL)
            for part in reversed(parts):
                part.stop()

    def _once(self) -> None:
        try:
            close_old_connections()
            self._between()
            now = time.monotonic()
            skip = {piece for piece, until in self._failed.items() if until > now}
            failed = bake_due(skip, between=self._between)
            self._failed = {piece: until for piece, until in self._failed.items() if piece in skip}
            self._failed |= dict.fromkeys(failed, now + RETRY)
        except OSError as error:
            logger.error("The disk does not take the public site (%s); trying again", error.strerror)
            self._stop.wait(5)
        except DatabaseError as error:
            logger.error("The database does not answer (%s); trying again", type(error).__name__)
            self._stop.wait(2)

    def _between(self) -> bool:
        """Looks at the clock between two batches. False: stop."""
        now = time.monotonic()
        self._late = {page: until for page, until in self._late.items() if until > now}
        self._late |= dict.fromkeys(publish_scheduled(self._late), now + RETRY)
        today = datetime.date.today()
        if self._month != (today.year, today.month):  # security.txt carries a date
            self._month = (today.year, today.month)
            Due.objects.add(["root:"])
        return not self._stop.is_set()


def bake_now(*, everything: bool) -> dict[str, Exception]:
    """Renders what is due, or everything. Where a worker is running it hands the work over and waits for it."""
    if everything:
        queue_everything()
    try:
        with only_baker():
            sweep()
            queue_if_outdated(fingerprint())
            return bake_due()
    except BakeIsBusy:
        wake_worker()
        return _wait_for_worker()


def _wait_for_worker() -> dict[str, Exception]:
    """Waits until nothing is due. What the worker gets no further with for a while counts as failed."""
    waiting, since = Due.objects.tokens(), time.monotonic()
    while waiting:
        time.sleep(0.2)
        now = Due.objects.tokens()
        if now != waiting:
            waiting, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            error = TimeoutError("the running worker could not render it; its log says why")
            return dict.fromkeys(Due.objects.values_list("piece", flat=True), error)
    return {}
