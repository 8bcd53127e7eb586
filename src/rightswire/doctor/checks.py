"""Everything that is looked at: the machine, the database, what waits, the organisation, mail."""

import contextlib
import fcntl
import shutil
import smtplib
import socket
import ssl
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error as DatabaseError

from rightswire.campaigns.models import RecipientKey
from rightswire.campaigns.stores.supporters import LOG_SETTINGS
from rightswire.doctor.finding import Finding, State, advice, good, unknown, wrong
from rightswire.doctor.names import Names, about_host, about_returns, about_sender, about_spf
from rightswire.doctor.queues import about_queues
from rightswire.newsletters import strongbox
from rightswire.newsletters.ledger import waiting
from rightswire.newsletters.models import MailingKey
from rightswire.outbox.backends import ServerTrouble
from rightswire.outbox.backends.smtp import connect
from rightswire.outbox.dkim import DkimKeyError, Signer, load_signer
from rightswire.outbox.server import FILE, MailServer, read_server
from rightswire.pages.models import Organisation

LITTLE = 1 << 30  # bytes of disk
PATIENCE = 5.0  # seconds until a mail server must have taken our call: a page of the admin waits for it
DATABASE = "Database"


def examine(names: Names | None = None) -> Iterator[Finding]:
    """All findings, the machine first. What fails to be looked at is a finding too."""
    asked = names or Names()
    groups: tuple[Callable[[], Iterator[Finding]], ...] = (
        about_disk,
        about_folder,
        about_worker,
        about_database,
        about_queues,
        about_organisation,
        lambda: about_mail(asked),
        about_keys,
    )
    for group in groups:
        for finding in _looked_at(group):
            yield finding
            if finding.about == DATABASE and finding.state is State.WRONG:
                return  # the rest is in it


def _looked_at(group: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from group()
    except DatabaseError as error:
        words = f"The database does not answer ({type(error).__name__})."
        yield wrong(DATABASE, words, "Check RIGHTSWIRE_DATABASE_URL, and that it runs.")
    except OSError as error:
        yield unknown("The machine", f"Something could not be looked at ({error.strerror}).", _AS_THE_SERVICE)


_AS_THE_SERVICE = "Run this as the account that runs Rightswire."


def about_disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.HOME).free
    if free < LITTLE:
        yield wrong("Disk", f"{free >> 20} MB are left.", "Make room: signatures are refused when the disk is full.")
    else:
        yield good("Disk", f"{free >> 30} GB are left.")


def about_folder() -> Iterator[Finding]:
    """That we can write into it, and others cannot read what is secret in it."""
    home = Path(settings.HOME)
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        words = f"Nothing can be written into {home} ({error.strerror})."
        yield wrong("Data folder", words, "Let it belong to the account that runs Rightswire, on a disk for writing.")
    else:
        yield good("Data folder", "It can be written into.")
    for name in ("keys", "db.sqlite3", "mail"):
        place = home / name
        if place.exists() and stat.S_IMODE(place.stat().st_mode) & 0o077:
            mode = "700" if place.is_dir() else "600"
            yield wrong(name, f"Others on this machine can read {name}.", f"chmod {mode} {place}")


def about_worker() -> Iterator[Finding]:
    if _worker_runs():
        yield good("Worker", "It runs.")
    else:
        yield wrong("Worker", "None runs: nothing is published, counted or mailed.", "Start `rightswire up` or `work`.")


def _worker_runs() -> bool:
    """Whether its lock is held. The file is only read: whoever looks must not make what is the worker's."""
    try:
        with (Path(settings.HOME) / "bake.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def about_database() -> Iterator[Finding]:
    if connection.vendor == "sqlite" and connection.connection is None and not _file().exists():  # asking would make it
        yield wrong(DATABASE, "There is none yet.", "Start `rightswire up`, which makes it; or check RIGHTSWIRE_HOME.")
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield wrong(DATABASE, f"{len(missing)} migrations are missing.", "`rightswire migrate`")
    else:
        yield good(DATABASE, "It answers and is up to date.")
    if connection.vendor == "postgresql":
        yield from _about_postgresql()


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _about_postgresql() -> Iterator[Finding]:
    """Its log must not hold what people send."""
    for name, wanted in LOG_SETTINGS.items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [name])
            (value,) = cursor.fetchone()
        if value in wanted:
            yield good(name, f"It is {value}.")
        else:
            yield wrong(
                name,
                f"It is {value}: PostgreSQL's log may hold what people send.",
                f"Let an administrator of the database set it to {wanted[0]}; docs/operate/postgresql.md.",
            )


def about_organisation() -> Iterator[Finding]:
    organisation = Organisation.current()
    for name, value in (
        ("an e-mail address", organisation.email),
        ("a postal address", organisation.address.strip()),
        ("somebody responsible for personal data", organisation.controller.strip()),
    ):
        if value:
            yield good("Organisation", f"It has {name}.")
        else:
            yield wrong("Organisation", f"It lacks {name}.", "Settings, Organisation in the admin.")


def about_mail(names: Names) -> Iterator[Finding]:
    server = read_server(settings.EMAIL_URL)
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    if server.scheme == FILE:
        yield advice("Mail server", "Mail goes into a folder and to nobody.", "Set RIGHTSWIRE_EMAIL_URL.")
        return
    yield from _about_server(server, host)
    signer: Signer | None = None
    try:
        signer = load_signer(Path(settings.HOME) / "keys")
    except DkimKeyError as error:
        yield wrong("DKIM", str(error), "docs/operate/mail.md")
    domain = Organisation.current().email.rpartition("@")[2]
    if domain:
        yield from about_sender(names, domain, signer)
    yield about_host(names, host)
    if returns := settings.BOUNCE_ADDRESS.rpartition("@")[2]:
        yield about_returns(names, returns)
        if returns != domain:
            yield about_spf(names, returns)
    else:
        words = "Mail to subscribers comes back to the organisation's mailbox, and is not accounted for."
        yield advice("Where mail comes back", words, "Set RIGHTSWIRE_BOUNCE_ADDRESS; docs/operate/bounces.md.")


def _about_server(server: MailServer, own_name: str) -> Iterator[Finding]:
    """It is greeted, and no mail is sent."""
    try:
        socket.create_connection((server.host, server.port), PATIENCE).close()
        smtp = connect(server, own_name)
    except OSError as error:
        words = f"Mail waits: the mail server cannot be reached ({type(error).__name__})."
        yield wrong("Mail server", words, "Check RIGHTSWIRE_EMAIL_URL, and that no firewall is in between.")
        return
    except ServerTrouble as trouble:
        yield wrong("Mail server", f"Mail waits: {trouble}.", "Check RIGHTSWIRE_EMAIL_URL; docs/operate/mail.md.")
        return
    is_encrypted = isinstance(smtp.sock, ssl.SSLSocket)
    with contextlib.suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    if is_encrypted or server.is_local:
        yield good("Mail server", "It answers and takes us.")
    else:
        words = "It answers and takes us, but offers no encryption: whoever is in between reads addresses and links."
        yield advice("Mail server", words, "Use one that does; smtp+starttls:// in RIGHTSWIRE_EMAIL_URL insists on it.")


def about_keys() -> Iterator[Finding]:
    if not RecipientKey.objects.in_use().exists():
        yield advice("Petitions", "There is no key: no petition can be opened.", "Petitions, Keys in the admin.")
    if not MailingKey.objects.exists():
        yield advice("Subscribing", "There is no mailing key: nobody can subscribe.", "docs/operate/mailing-key.md")
    elif not MailingKey.objects.in_use().exists():
        words = "No mailing key has been used yet, so nobody can subscribe: the key could be one that nobody has."
        yield advice("Subscribing", words, "Newsletters, Mailing keys, Unlock mail in the admin.")
    elif strongbox.is_unlocked():
        yield good("Mail to subscribers", "It is unlocked.")
    else:
        words = f"It is locked; {waiting():,} mails wait, and digests."
        yield wrong("Mail to subscribers", words, "Newsletters, Mailing keys, Unlock mail in the admin.")
