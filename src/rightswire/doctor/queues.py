"""What waits, and for too long."""

import datetime
import time
from collections.abc import Iterator

from django.utils import timezone
from wagtail.models import Revision

from rightswire.bake.models import Due
from rightswire.doctor.finding import Finding, advice, good, wrong
from rightswire.newsletters.models import Sending, SendingState
from rightswire.outbox.models import Message
from rightswire.seal.how_many import how_many

LATE = 900  # seconds: a mail that is put off has a later moment, so one whose moment is this long ago is stuck
GLANCE = 0.2  # seconds
PATIENCE = 5.0  # seconds in which a pass of publishing gets something done


def about_queues() -> Iterator[Finding]:
    """The site's pieces, items whose moment has come, single mails, sendings."""
    yield _pieces()
    moment = timezone.now() - datetime.timedelta(seconds=LATE)
    items = Revision.objects.page_revisions().filter(approved_go_live_at__lte=moment).count()
    mails = Message.objects.filter(next_attempt_at__lte=moment.timestamp()).count()
    halted = Sending.objects.filter(state=SendingState.HALTED).count()
    if items:
        words = f"The moment of {how_many(items, 'scheduled page')} has come, and nothing was published."
        yield wrong("Scheduled pages", words, "See that a worker runs; its log says what holds it up.")
    if mails:
        words = f"{how_many(mails, 'e-mail')} should have gone out more than a quarter of an hour ago."
        yield wrong("Waiting mail", words, "See that a worker runs and what is said of the mail server; then its log.")
    if halted:
        words = f"{how_many(halted, 'sending')} halted."
        yield wrong("Sendings", words, "Newsletters, Sendings in the admin says why; resume it there.")
    if not (items or mails or halted):
        yield good("What waits", "Nothing has waited too long.")


def _pieces() -> Finding:
    """Pieces that are due are no trouble as long as some get done."""
    before, since = Due.objects.tokens(), time.monotonic()
    waiting = set(before)
    while waiting and before <= waiting and time.monotonic() - since < PATIENCE:
        time.sleep(GLANCE)
        waiting = Due.objects.tokens()
    if not waiting:
        return good("Public site", "It is up to date.")
    if not before <= waiting:
        return good("Public site", f"It is being rendered; {how_many(len(waiting), 'piece')} to go.")
    return advice(
        "Public site",
        f"It has {how_many(len(waiting), 'piece')} to be rendered, and none got done in {PATIENCE:.0f} seconds.",
        "If it stays so: `rightswire bake` names those that cannot be rendered.",
    )
