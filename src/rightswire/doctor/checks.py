"""Everything that is looked at: the machine, the database, the organisation, mail."""

import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error as DatabaseError

from rightswire.bake.baking import BakeIsBusy, only_baker
from rightswire.campaigns.models import RecipientKey
from rightswire.doctor.finding import Finding, State, advice, good, wrong
from rightswire.doctor.names import Names, about_host, about_returns, about_sender
from rightswire.newsletters import strongbox
from rightswire.newsletters.models import MailingKey
from rightswire.newsletters.post.office import waiting
from rightswire.outbox.backends import ServerTrouble
from rightswire.outbox.backends.smtp import connect
from rightswire.outbox.dkim import DkimKeyError, Signer, load_signer
from rightswire.outbox.server import FILE, read_server
from rightswire.pages.models import Organisation

LITTLE = 1 << 30  # bytes of disk


def examine(names: Names | None = None) -> Iterator[Finding]:
    """All findings, the machine first. What fails to be looked at is a finding too."""
    asked = names or Names()
    groups: tuple[Callable[[], Iterator[Finding]], ...] = (
        about_machine,
        about_database,
        about_organisation,
        lambda: about_mail(asked),
        about_keys,
    )
    for group in groups:
        try:
            yield from group()
        except DatabaseError as error:
            words = f"The database does not answer ({type(error).__name__})."
            yield wrong("Database", words, "Check RIGHTSWIRE_DATABASE_URL, and that it runs.")
            return


def must_be_mended(findings: list[Finding]) -> bool:
    return any(finding.state is State.WRONG for finding in findings)


def about_machine() -> Iterator[Finding]:
    home = Path(settings.HOME)
    free = shutil.disk_usage(home).free
    if free < LITTLE:
        yield wrong("Disk", f"{free >> 20} MB are left.", "Make room: signatures are refused when the disk is full.")
    else:
        yield good("Disk", f"{free >> 30} GB are left.")
    for name, open_to in (("keys", 0o077), ("db.sqlite3", 0o077), ("mail", 0o077)):
        place = home / name
        if place.exists() and stat.S_IMODE(place.stat().st_mode) & open_to:
            mode = "700" if place.is_dir() else "600"
            yield wrong(name, f"Others on this machine can read {name}.", f"chmod {mode} {place}")
    try:
        with only_baker():
            pass
    except BakeIsBusy:
        yield good("Worker", "It runs.")
    else:
        yield wrong("Worker", "None runs: nothing is published, counted or mailed.", "Start `rightswire up` or `work`.")


def about_database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield wrong("Database", f"{len(missing)} migrations are missing.", "`rightswire migrate`")
    else:
        yield good("Database", "It answers and is up to date.")
    if connection.vendor == "postgresql":
        yield from _about_postgresql()


def _about_postgresql() -> Iterator[Finding]:
    """Its log must not hold what people send (docs/operate/postgresql.md)."""
    for name, wanted in (("log_error_verbosity", "terse"), ("log_min_error_statement", "panic")):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [name])
            (value,) = cursor.fetchone()
        if value == wanted:
            yield good(name, f"It is {wanted}.")
        else:
            yield wrong(
                name,
                f"It is {value}: PostgreSQL's log may hold what people send.",
                f"ALTER SYSTEM SET {name} = '{wanted}'; SELECT pg_reload_conf();",
            )


def about_organisation() -> Iterator[Finding]:
    organisation = Organisation.current()
    for name, value in (
        ("an e-mail address", organisation.email),
        ("a postal address", organisation.address.strip()),
        ("who is responsible for personal data", organisation.controller.strip()),
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
    try:
        connect(server, host).quit()
    except ServerTrouble as trouble:
        yield wrong("Mail server", f"Mail waits: {trouble}.", "Check RIGHTSWIRE_EMAIL_URL; docs/operate/mail.md.")
    else:
        yield good("Mail server", "It answers and takes us.")
    signer: Signer | None = None
    try:
        signer = load_signer(Path(settings.HOME) / "keys")
    except DkimKeyError as error:
        yield wrong("DKIM", str(error), "docs/operate/mail.md")
    domain = Organisation.current().email.rpartition("@")[2]
    if domain:
        yield from about_sender(names, domain, signer)
    yield about_host(names, host)
    if settings.BOUNCE_ADDRESS:
        yield about_returns(names, settings.BOUNCE_ADDRESS.rpartition("@")[2])
    else:
        words = "Mail to subscribers comes back to the organisation's mailbox, and is not accounted for."
        yield advice("Where mail comes back", words, "Set RIGHTSWIRE_BOUNCE_ADDRESS; docs/operate/bounces.md.")


def about_keys() -> Iterator[Finding]:
    if not RecipientKey.objects.in_use().exists():
        yield advice("Petitions", "There is no key: no petition can be opened.", "Petitions, Keys in the admin.")
    if not MailingKey.objects.filter(proven_at__isnull=False).exists():
        yield advice("Subscribing", "There is no mailing key: nobody can subscribe.", "docs/operate/mailing-key.md")
        return
    if strongbox.is_unlocked():
        yield good("Mail to subscribers", "It is unlocked.")
    else:
        words = f"It is locked; {waiting():,} mails wait, and digests."
        yield wrong("Mail to subscribers", words, "Newsletters, Mailing keys, Unlock mail in the admin.")
