"""What is kept of those who subscribe, for the page that lists every store of personal data."""

import time
from pathlib import Path

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from rightswire.campaigns.stores import Chapter, Line, Store, add_chapter
from rightswire.campaigns.stores.others import STAFF_READ
from rightswire.campaigns.stores.store import SERVER, counted, in_folder
from rightswire.campaigns.stores.supporters import GRACE, OVERDUE
from rightswire.newsletters.models import (
    UNDER_WAY,
    Consent,
    Follow,
    Handover,
    ListExport,
    MailingKey,
    MailNotice,
    Newsletter,
    Rendering,
    Sending,
    Subscriber,
    SubscriberState,
    Suppression,
)
from rightswire.newsletters.retention import LEDGER_LASTS
from rightswire.newsletters.returned_mail import FLAGGED, INFO
from rightswire.outbox.mailbox import read_mailbox


def _subscribers() -> list[Line]:
    by_state = dict(Subscriber.objects.order_by().values_list("state").annotate(n=Count("pk")))
    expired = Subscriber.objects.filter(consent_ends_on__lte=timezone.localdate(timezone.now() - GRACE)).count()
    return [
        *(Line(state.label, by_state.get(state, 0)) for state in SubscriberState),
        counted("Petitions that somebody follows", [Follow]),
        counted("Consents", [Consent]),
        Line("Of these subscribers, consent expired", expired, problem=OVERDUE if expired else ""),
    ]


def _suppressed() -> list[Line]:
    return [
        counted("Mailboxes", [Suppression], "no end: a list or a backup may be brought in at any time"),
        Line("The same in the file `unsubscribed`", _lines("unsubscribed"), note="a line more for whoever came back"),
    ]


def _lines(name: str) -> int:
    return sum(len(file.read_bytes().splitlines()) for file in in_folder(name))


def _ledger() -> list[Line]:
    left = Handover.objects.filter(sending__ended_at__isnull=True, fate__in=UNDER_WAY).count()
    late = Handover.objects.filter(sending__frozen_at__lt=timezone.now() - LEDGER_LASTS - GRACE).count()
    return [
        counted("Sendings", [Sending], "how many got them stays"),
        counted("Lines of the ledger", [Handover], f"{LEDGER_LASTS.days} days after a sending has begun"),
        Line("Of these still to be sent", left),
        Line("Of these older than that", late, problem=OVERDUE if late else ""),
        counted("Texts that are rendered", [Rendering], "they name nobody"),
    ]


def _returned() -> list[Line]:
    """By their moment in the folder: mail that nobody can account for stays, with an address in clear."""
    found = []
    if settings.BOUNCE_MAILBOX:
        where = read_mailbox(settings.BOUNCE_MAILBOX).host
        found = [Line(f"It waits in a mailbox at {where}", note="ours goes a minute later; look at what stays")]
    if not settings.BOUNCE_MAILDIR:
        return found or [Line("No folder is set for it", note="a mail server's pipe keeps what waits itself")]
    files = [file for part in ("new", "cur") for file in (Path(settings.BOUNCE_MAILDIR) / part).glob("*")]
    waiting = [file for file in files if FLAGGED not in file.name.partition(INFO)[2]]
    is_late = any(_moment(file) < time.time() - GRACE.total_seconds() for file in waiting)
    aside = len(files) - len(waiting)
    return [
        *found,
        Line("Mails that wait", len(waiting), problem=OVERDUE if is_late else ""),
        Line("Mails that could not be read", aside, problem="Look at them, then delete them." if aside else ""),
    ]


def _moment(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # it was just accounted for
        return time.time()


def _staff() -> list[Line]:
    return [
        counted("Newsletters", [Newsletter], "until staff delete them; what was released stays"),
        counted("Exports of the list", [ListExport], "no end"),
        counted("Mailing keys, with who keeps them", [MailingKey], "until staff delete them"),
        counted("Notices", [MailNotice], "no end"),
    ]


def _secrets() -> list[Line]:
    return [Line("Secrets", len(in_folder("keys/newsletters/*")))]


SUBSCRIBERS = (
    Store(
        "Subscribers",
        holds=(
            "The address, encrypted for the mailing keys; a keyed digest of it; language, rhythm, topics, countries "
            "and kinds of news, time zone; pauses; how often mail came back; which petitions somebody follows; the "
            "words that were agreed to, the day, and how."
        ),
        why="They asked for mail. It cannot be sent without their address.",
        until="Until they unsubscribe; of lists brought in also until the consent expires.",
        readers=(
            "The addresses: whoever has a mailing key, and an intruder on the running server while mail is unlocked. "
            "Whoever has the server can test addresses he already knows, and reads the rest."
        ),
        count=_subscribers,
        models=(
            "newsletters.Subscriber",
            "newsletters.Choice",
            "newsletters.Follow",
            "newsletters.Consent",
            "newsletters.ConsentWording",
        ),
    ),
    Store(
        "Who must not be written to",
        holds="A keyed digest of an address, why, and when.",
        why="So that no list that is brought in and no backup brings back who has left.",
        until="Until the person subscribes anew; else no end.",
        readers="Whoever has the server can test addresses he already knows.",
        count=_suppressed,
        models=("newsletters.Suppression",),
        files=("unsubscribed",),
    ),
    Store(
        "The ledger of mail",
        holds="For each sending and subscriber, by a number that means nothing elsewhere: whether the mail went out.",
        why="So that nobody gets a mail twice, and bounces can be assigned.",
        until="Thirty days after the sending has begun; then only totals.",
        readers=SERVER,
        count=_ledger,
        models=(
            "newsletters.Handover",
            "newsletters.Sending",
            "newsletters.SendingTotal",
            "newsletters.Rendering",
        ),
    ),
    Store(
        "Mail that came back",
        holds="Reports of mail servers, with the address in clear and often the mail itself. They are in no backup.",
        why="To write no more to a mailbox that is not there.",
        until="Until it is accounted for, a minute later; what cannot be read until somebody deletes it.",
        readers=f"{SERVER} The mail server that takes it, and whoever may read its folder or mailbox.",
        count=_returned,
        files=("returned",),
    ),
    Store(
        "Who did what with mail",
        holds=(
            "Which accounts asked for a newsletter or the list and agreed, added a key, saw to a notice; who keeps "
            "which key; whoever a newsletter names. A list that is handed out is encrypted, and no part of this."
        ),
        why="So that newsletters and the list go out by two people only, and it can be accounted for.",
        until="No end; keys and drafts until staff delete them.",
        readers=STAFF_READ,
        count=_staff,
        models=(
            "newsletters.Newsletter",
            "newsletters.ListExport",
            "newsletters.MailingKey",
            "newsletters.MailNotice",
        ),
    ),
    Store(
        "Secrets of the list",
        holds=(
            "What digests of addresses, links in mails and return addresses are made with. With it, whoever knows an "
            "address can tell whether it is subscribed, or has left."
        ),
        why="So that somebody can be taken out without opening her address, and nobody can forge a link.",
        until="As long as the installation.",
        readers=SERVER,
        count=_secrets,
        files=("keys/newsletters",),
    ),
)

add_chapter(
    Chapter("Subscribers", SUBSCRIBERS),
    {
        "newsletters.News": "the order in which items became public",
        "newsletters.DigestRun": "which digests have gone out",
        "newsletters.SubscriberTotal": "how many subscribers there were on a day",
        "newsletters.MailSettings": "hours of digests and the pace of mail",
    },
    {"mail.sock": "says that mail can be unlocked", "lists.lock": "says that a list is being brought in"},
)
