"""What is kept of those who subscribe, for the page that lists every store of personal data."""

from django.db.models import Count

from rightswire.campaigns.stores import Chapter, Line, Store, add_chapter
from rightswire.campaigns.stores.store import SERVER, counted, in_folder
from rightswire.newsletters.models import (
    Consent,
    Fate,
    Follow,
    Handover,
    MailNotice,
    Rendering,
    Sending,
    Subscriber,
    SubscriberState,
    Suppression,
)
from rightswire.newsletters.models.list_export import ListExport
from rightswire.newsletters.retention import LEDGER_LASTS


def _subscribers() -> list[Line]:
    by_state = dict(Subscriber.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return [
        *(Line(state.label, by_state.get(state, 0)) for state in SubscriberState),
        counted("Petitions that somebody follows", [Follow]),
        counted("Consents", [Consent]),
    ]


def _suppressed() -> list[Line]:
    return [counted("Mailboxes", [Suppression]), Line("The same in the file `unsubscribed`", _lines("unsubscribed"))]


def _lines(name: str) -> int:
    return sum(len(file.read_bytes().splitlines()) for file in in_folder(name))


def _ledger() -> list[Line]:
    left = Handover.objects.filter(fate__in=(Fate.WAITING, Fate.CLAIMED, Fate.SENDING, Fate.PUT_OFF)).count()
    return [
        counted("Sendings", [Sending], "how many got them stays"),
        counted("Lines of the ledger", [Handover], f"{LEDGER_LASTS.days} days after a sending has ended"),
        Line("Of these still to be sent", left),
        counted("Texts that are rendered", [Rendering], "they name nobody"),
        counted("Notices for staff", [MailNotice], "they name nobody"),
    ]


def _exports() -> list[Line]:
    return [counted("Exports of the list", [ListExport], "who asked for them and who agreed")]


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
        until="Thirty days after the sending has ended; then only totals.",
        readers=SERVER,
        count=_ledger,
        models=(
            "newsletters.Handover",
            "newsletters.Sending",
            "newsletters.SendingTotal",
            "newsletters.Rendering",
            "newsletters.MailNotice",
        ),
    ),
    Store(
        "Exports of the list",
        holds="Who of staff asked for the list and who agreed. The file itself is encrypted, and out of our reach.",
        why="So that the list leaves by two people only.",
        until="No end.",
        readers=SERVER,
        count=_exports,
        models=("newsletters.ListExport",),
    ),
    Store(
        "Secrets of the list",
        holds="What digests of addresses, links in mails and return addresses are made with.",
        why="So that somebody can be taken out without opening her address, and nobody can forge a link.",
        until="As long as the installation.",
        readers="Whoever has the server.",
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
        "newsletters.MailingKey": "public keys, and who of staff added them",
        "newsletters.MailSettings": "hours of digests and the pace of mail",
        "newsletters.Newsletter": "what an editor wrote, and who of staff released it",
    },
    {"mail.sock": "says that mail can be unlocked", "lists.lock": "says that a list is being brought in"},
)
