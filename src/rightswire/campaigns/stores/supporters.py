"""What is kept of those who sign."""

import datetime
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from rightswire.campaigns.erasing import tombstone_file
from rightswire.campaigns.models import (
    Act,
    AskedTotal,
    DayTotal,
    HourTotal,
    LogEntry,
    Petition,
    RegisterEntry,
    Signature,
    SignatureState,
    State,
    TakenAway,
    WaitingEntry,
)
from rightswire.campaigns.models.petition import PEPPER_LASTS
from rightswire.campaigns.stores.store import SERVER, Line, Store, counted, in_folder
from rightswire.campaigns.watch import MOST_MEMBERS
from rightswire.outbox.models import MailTrouble, Message
from rightswire.outbox.queue import DAY as MAIL_DAY
from rightswire.outbox.queue import HOUR
from rightswire.outbox.server import FILE, read_server
from rightswire.pages.models import Organisation
from rightswire.seal.links import LASTS

DAY = datetime.timedelta(days=1)
GRACE = datetime.timedelta(hours=1)  # until what should have gone is called overdue; the worker looks twice a minute
OVERDUE = "It should have gone by now. Is the worker running? Its log says what holds it up."


def _signatures() -> list[Line]:
    rows = Signature.objects.order_by().values_list("petition_id", "state").annotate(number=Count("country"))
    numbers = {(petition, state): number for petition, state, number in rows}
    return [_signatures_of(petition, numbers) for petition in Petition.objects.exclude(state=State.DRAFT)]


def _signatures_of(petition: Petition, numbers: dict[tuple[int, int], int]) -> Line:
    by_state = {state: numbers.get((petition.pk, state), 0) for state in SignatureState}
    number, now, ends = sum(by_state.values()), timezone.now(), petition.records_end_at
    parts = ", ".join(f"{some:,} {state.label.lower()}" for state, some in by_state.items() if some)
    note, problem = parts, ""
    if petition.records_destroyed_at:
        note = f"destroyed on {timezone.localdate(petition.records_destroyed_at)}"
        problem = "They were destroyed, but some are here: was a backup restored?" if number else ""
    elif ends is not None and ends < now - GRACE:
        problem = OVERDUE
    elif ends is None and petition.closed_at and petition.closed_at + datetime.timedelta(petition.keep_days) < now:
        problem = "Closed long ago, and no delivery is recorded: until one is, nothing ends them."
    return Line(petition.name, number, timezone.localdate(ends) if ends else None, note, problem)


def _secrets() -> list[Line]:
    petitions = {petition.uid: petition for petition in Petition.objects.all()}
    lines = []
    for file in in_folder("keys/petitions/*"):
        petition = petitions.get(_uid(file.name))
        if petition is None:
            lines.append(Line("Of no petition that is here", 1, problem="Destroy the file, or find out whose it is."))
            continue
        ends = petition.pepper_ends_at
        latest = ends or (petition.closes_at + PEPPER_LASTS if petition.closes_at else None)
        is_late = ends is not None and ends < timezone.now() - GRACE
        lines.append(
            Line(
                petition.name,
                1,
                timezone.localdate(latest) if latest else None,
                "" if ends else "thirty days after closing",
                OVERDUE if is_late else "",
            )
        )
    return lines


def _uid(name: str) -> UUID | None:
    try:
        return UUID(hex=name)
    except ValueError:
        return None


def _links() -> list[Line]:
    days = [datetime.date.fromisoformat(file.name) for file in in_folder("keys/tokens/[0-9]*")]
    last = LASTS + 2 * DAY  # from the beginning of the day (UTC) until its key is destroyed
    is_late = bool(days) and min(days) + last < datetime.datetime.now(datetime.UTC).date()
    return [
        Line("Keys of days", len(days), max(days) + last if days else None, problem=OVERDUE if is_late else ""),
    ]


def _mail() -> list[Line]:
    now = time.time() - GRACE.total_seconds()
    last = Message.objects.aggregate(last=Max("expires_at"))["last"]
    files = in_folder("keys/outbox/*/[0-9]*")
    hours = [datetime.datetime.fromisoformat(f"{file.name}T{file.parent.name}:00+00:00") for file in files]
    is_late = bool(hours) and min(hours).timestamp() + HOUR + MAIL_DAY < now
    return [
        Line(
            "E-mails that wait",
            Message.objects.count(),
            _day_of(last) if last else None,
            problem=OVERDUE if Message.objects.expired(now).exists() else "",
        ),
        Line("Keys of hours", len(files), _day_of(last) if last else None, problem=OVERDUE if is_late else ""),
    ]


def _day_of(moment: float) -> datetime.date:
    return timezone.localdate(datetime.datetime.fromtimestamp(moment, datetime.UTC))


def _mail_folder() -> list[Line]:
    is_used = read_server(settings.EMAIL_URL).scheme == FILE
    files, others = in_folder("mail/*.eml"), in_folder("mail/*.log")
    wrong = "Anybody with the server reads them. Set RIGHTSWIRE_EMAIL_URL to a mail server; remove the folder."
    is_real = not Organisation.current().is_demo
    ends = max((file.stat().st_mtime for file in files), default=None)
    return [
        Line(
            "E-mails to supporters, as files",
            len(files),
            _day_of(ends) + DAY if ends else None,
            problem=wrong if is_real and (files or is_used) else "",
        ),
        Line("Files with messages to staff", len(others), note="until somebody deletes them"),
    ]


def _taken_away() -> list[Line]:
    first = TakenAway.objects.aggregate(first=Min("day"))["first"]
    ends = first + LASTS + 2 * DAY if first else None
    file = tombstone_file()
    lines = file.read_bytes().count(b"\n") if file.exists() else 0
    return [
        Line(
            "Marks while links last",
            TakenAway.objects.count(),
            ends,
            problem=OVERDUE if ends and ends < timezone.localdate() else "",
        ),
        Line("Marks against backups", lines, note="no end: a backup may be restored at any time"),
    ]


def _log() -> list[Line]:
    return [
        counted("Entries of the public logs", [LogEntry], "no end: a log that loses entries proves nothing"),
        counted("Entries that wait for tonight", [WaitingEntry]),
    ]


def _totals() -> list[Line]:
    return [
        counted("Totals by day, country and state", [DayTotal], "no end"),
        counted("Totals by hour", [HourTotal], "no end"),
        counted("Totals of links for confirming by day", [AskedTotal], "no end"),
        Line("E-mails that could not be sent", MailTrouble.objects.aggregate(n=Sum("number"))["n"] or 0, note="no end"),
    ]


def _exports() -> list[Line]:
    done = RegisterEntry.objects.filter(act=Act.EXPORT).count()
    destroyed = RegisterEntry.objects.filter(act=Act.DESTROY_COPY).count()
    left = in_folder("handing-out-*/*")
    is_old = any(file.stat().st_mtime < time.time() - GRACE.total_seconds() for file in left)
    return [
        Line("Exports in the register", done, note="in the admin or with the command"),
        Line("Copies noted as destroyed", destroyed),
        Line(
            "Files being handed out now",
            len(left),
            problem="Left over when the server was stopped: delete the folder." if is_old else "",
        ),
    ]


def _memory() -> list[Line]:
    return [
        Line("Cannot be counted from here", note=f"{MOST_MEMBERS:,} sign-ups at most; gone when the server restarts")
    ]


def _remains() -> list[Line]:
    """What a database keeps of deleted rows until it writes something else there."""
    if connection.vendor == "sqlite":
        log = Path(f"{settings.DATABASES['default']['NAME']}-wal")
        size = log.stat().st_size if log.exists() else 0
        return [Line("Bytes in the database's journal (db.sqlite3-wal)", size, note="written over bit by bit")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE relname = ANY(%s)",
            [[Signature._meta.db_table, Message._meta.db_table]],
        )
        (dead,) = cursor.fetchone()
    return [Line("Deleted rows not written over yet", int(dead)), *(_log_setting(name) for name in LOG_SETTINGS)]


LOG_SETTINGS = {
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
}


def _log_setting(name: str) -> Line:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        (value,) = cursor.fetchone()
    is_right = value in LOG_SETTINGS[name]
    problem = "The database may write rows to its log: see docs/operate/postgresql.md." if not is_right else ""
    return Line(f"{name} = {value}", problem=problem)


def _demo() -> list[Line]:
    files = in_folder("demo/*")
    is_wrong = bool(files) and not Organisation.current().is_demo
    return [Line("Files", len(files), problem="This is no demonstration: remove the folder." if is_wrong else "")]


SUPPORTERS = (
    Store(
        "Signatures",
        holds=(
            "Name, comment and choices, encrypted; a mark made from the address; country, language, day and "
            "state in clear; of a held one, what it resembles."
        ),
        why="To count everybody once, and to hand the petition over.",
        until="The days that the form names, after the delivery; never before the last link has expired.",
        readers=(
            "Name and comment: whoever keeps one of the organisation's keys, on a computer without a "
            "network; nobody on this server. The rest: whoever has the server, or a copy of it."
        ),
        count=_signatures,
        models=("campaigns.Signature",),
    ),
    Store(
        "Secrets of petitions",
        holds=(
            "A random number for each petition. With it somebody who has the server can test whether an address "
            "that he already knows has signed; without it nobody can."
        ),
        why="So that a mailbox signs once, and can take its signature back.",
        until="Thirty days after the petition closes.",
        readers=SERVER,
        count=_secrets,
        files=("keys/petitions",),
    ),
    Store(
        "Keys of confirmation links",
        holds=(
            "Keys that read the links in our e-mails. What was typed is in the link alone, and its name and "
            "comment are encrypted once more."
        ),
        why="Nothing is stored before somebody confirms.",
        until="When the last link of the day has expired: seven days after it.",
        readers=SERVER,
        count=_links,
        files=("keys/tokens",),
    ),
    Store(
        "Outgoing e-mail",
        holds="Address, text and links of e-mails that wait, encrypted with a key that is on the server too.",
        why="The e-mail with the link has to be sent.",
        until=(
            "Until the mail server has taken it; 24 hours at most. Its key: until the hour is over and none of "
            "it waits."
        ),
        readers=SERVER,
        count=_mail,
        models=("outbox.Message",),
        files=("keys/outbox",),
    ),
    Store(
        "E-mail as files",
        holds="E-mails in clear, where no mail server is set.",
        why="For demonstrations.",
        until="A day.",
        readers=SERVER,
        count=_mail_folder,
        files=("mail",),
    ),
    Store(
        "What was erased or dropped",
        holds="A digest of each encrypted signature that is gone. It names nobody.",
        why="So that neither a link nor a restored backup brings it back.",
        until="While its link lasts; against backups, without end.",
        readers=SERVER,
        count=_taken_away,
        models=("campaigns.TakenAway",),
        files=("erased",),
    ),
    Store(
        "Public logs",
        holds=(
            "A digest of each encrypted signature, shuffled by the day. Whoever has somebody's counting code "
            "finds hers."
        ),
        why="So that anybody can check the count.",
        until="No end.",
        readers="Everybody.",
        count=_log,
        models=("campaigns.LogEntry", "campaigns.WaitingEntry"),
    ),
    Store(
        "Totals",
        holds=(
            "How many signed by day, country and hour; how many mailboxes were sent a link for confirming by day; how "
            "many e-mails failed, by the mail server's code. On the server also countries with fewer than twenty "
            "signers, which are never shown."
        ),
        why="To show the course of a petition.",
        until="No end.",
        readers=(
            "Staff with the role for petitions, as far as countries have twenty signers; whoever has the server, all."
        ),
        count=_totals,
        models=("campaigns.AskedTotal", "campaigns.DayTotal", "campaigns.HourTotal", "outbox.MailTrouble"),
    ),
    Store(
        "Exports",
        holds=(
            "Copies of the encrypted signatures that left the server, and what was opened from them: lists of "
            "names. They are out of this server's reach."
        ),
        why="To hand the petition over.",
        until="Until somebody destroys them and notes it in the register.",
        readers="The file: nobody without a key. What was opened: whoever has the computer or the paper.",
        count=_exports,
        files=("handing-out-*",),
    ),
    Store(
        "Backups",
        holds="Everything in the database as it was; the server's secrets encrypted for the organisation's keys.",
        why="So that a broken machine loses nothing.",
        until="Until whoever made them deletes them: no longer than the shortest term on a form.",
        readers="Whoever has the file reads all but signatures, secrets and waiting e-mails.",
        count=lambda: [Line("Cannot be counted from here")],
    ),
    Store(
        "The server's working memory",
        holds=(
            "Who signs at this moment. Of earlier sign-ups: their moment, mark, country, and pseudonyms of "
            "network and mail domain."
        ),
        why="To find machines, and to bound what one network may send.",
        until="Until the server restarts, or newer ones take their place.",
        readers="An intruder on the running server.",
        count=_memory,
    ),
    Store(
        "What deleting leaves behind",
        holds=(
            "Bytes of deleted rows: encrypted signatures, encrypted e-mails. A disk may keep more of them than "
            "the database knows, and a backup keeps all."
        ),
        why="Databases work like that.",
        until="Until something else is written there; e-mails cannot be read once their key is destroyed.",
        readers=SERVER,
        count=_remains,
    ),
    Store(
        "The demonstration's folder",
        holds="Passwords of the demonstration, and the key that opens its signatures.",
        why="So that a visitor can see the whole way.",
        until="As long as the demonstration.",
        readers=SERVER,
        count=_demo,
        files=("demo",),
    ),
)
