"""`rightswire restore`: an installation from its backup, into an empty data folder; all of it or nothing.

What is restored is made ready in the folder `restoring` of the data folder, or in one transaction; the database takes
its place last. A process that is killed before leaves that folder, and the next restore clears it away.
"""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rightswire.backup import postgresql, server_keys, sqlite
from rightswire.backup.archive import ERASED, KEYS, LEFT, MEDIA, SQLITE, TABLE, Archive, BackupError
from rightswire.backup.databases import tables_there
from rightswire.backup.held_mail import hold_mail
from rightswire.backup.migrating import check_known
from rightswire.backup.published_log import ends, go_on
from rightswire.bake.baking import queue_everything
from rightswire.campaigns.erasing import bury_again, tombstone_file
from rightswire.campaigns.models import Petition, State, TakenAway
from rightswire.newsletters import suppressing
from rightswire.newsletters.models import Subscriber
from rightswire.seal.how_many import how_many
from rightswire.seal.offline.own_keys import read_own_keys

FOLDER = "restoring"
PLACES = ("keys", "media", ERASED, LEFT)  # beside the database
_FILLED = {"sqlite": sqlite.filled, "postgresql": postgresql.filled}
_TOMBSTONE = re.compile("[0-9a-f]{64}")
_LEFT = re.compile("[+-][0-9a-f]{64}")
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What restoring is to use beside the backup: see `rightswire restore --help`."""

    key: Path | None = None
    passphrase_file: Path | None = None
    without_keys: bool = False
    erased: Path | None = None
    site: str = ""
    unsubscribed: Path | None = None


@dataclass
class Restored:
    """What there is to say; `problems` are what was wished for and could not be done."""

    words: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def restore(file: Path, wish: Wish) -> Restored:
    """Raises BackupError, KeyProblem or OSError, with the data folder and the database as empty as they were."""
    home = Path(settings.HOME)
    _check_empty(home, [file, wish.key, wish.passphrase_file, wish.erased, wish.unsubscribed])
    with Archive(file) as archive:
        _check_fits(archive)
        secrets = _secrets(archive, wish)
        tombstones, done = _tombstones(archive, ERASED, wish.erased, _TOMBSTONE), Restored()
        left = _tombstones(archive, LEFT, wish.unsubscribed, _LEFT)
        with _staging(home) as folder:
            for name in archive.names(MEDIA):
                archive.unpack(name, folder / name)
            with _FILLED[connection.vendor](archive, folder):
                _say_what(archive, done)
                _bring_up_to_date(secrets, tombstones, wish, folder, done)
                _keep_out(left, wish, secrets, done)
                _put_in_place(folder, home, secrets)
    return done


# Before anything is written


def _check_empty(home: Path, given: list[Path | None]) -> None:
    if tables_there():
        where = f"the database {connection.settings_dict['NAME']}"
        raise BackupError(f"There is something in {where} already. Nothing was restored: give an empty one.")
    expected = {"lost+found", "bake.lock", FOLDER}
    expected |= {file.name for file in given if file and file.absolute().parent == home} - {*PLACES}
    expected |= {f"db.sqlite3{end}" for end in ("", "-wal", "-shm")}
    if (home / FOLDER).exists():
        expected |= {*PLACES}  # of a restore that was killed
    there = [entry.name for entry in sorted(home.iterdir()) if entry.name not in expected and not _is_nothing(entry)]
    if there:
        raise BackupError(
            f"The data folder {home} is not empty: it holds {', '.join(there)}. Nothing was restored and nothing was "
            "touched. Move that away, or name another folder with RIGHTSWIRE_HOME."
        )


def _is_nothing(entry: Path) -> bool:
    """An empty folder, or the keys as the first look at the settings makes them."""
    if not entry.is_dir() or entry.is_symlink():
        return False
    return {one.name for one in entry.iterdir()} <= ({"secret_key"} if entry.name == "keys" else set())


def _check_fits(archive: Archive) -> None:
    about = archive.about
    if about.database != connection.vendor:
        kinds = [_NAMES.get(kind, "another database") for kind in (about.database, connection.vendor)]
        raise BackupError(
            f"The backup is of a site on {kinds[0]}, and RIGHTSWIRE_DATABASE_URL is of {kinds[1]}. Going from one to "
            "the other is not possible by a backup. Nothing was restored."
        )
    check_known(about.migrations)
    if (SQLITE in archive) == bool(archive.names(TABLE)):
        raise BackupError("There is no database in this backup. Nothing was restored.")


def _secrets(archive: Archive, wish: Wish) -> dict[str, bytes] | None:
    """The server's secrets, opened; None where there are none or none are wanted. Raises BackupError or KeyProblem."""
    if wish.without_keys or KEYS not in archive:
        if wish.site:
            raise BackupError("The published logs go on only with the server's secrets: leave out --site.")
        if wish.key:
            raise BackupError("There are no secrets to open, or you want none: leave out --key.")
        return None
    names = ", ".join(f"“{key['label']}” ({key['id']})" for key in archive.about.keys)
    if wish.key is None:
        raise BackupError(
            f"The server's secrets in this backup are encrypted for {names}: give the private key's file with --key, "
            "or go on --without-keys. Nothing was restored."
        )
    keys = read_own_keys([wish.key], [wish.passphrase_file] if wish.passphrase_file else [])
    try:
        return server_keys.unsealed(archive.read(KEYS), keys)
    except server_keys.OtherKeys:
        raise BackupError(
            f"{wish.key} does not open this backup's secrets, but {names}. Nothing was restored."
        ) from None


def _tombstones(archive: Archive, name: str, file: Path | None, form: re.Pattern[str]) -> list[str]:
    """Those in the backup and those of `file`, in their order; lines that a full disk cut are passed over."""
    lines = archive.read(name).decode("ascii", "replace").splitlines() if name in archive else []
    if file:
        given = file.read_text(encoding="ascii", errors="replace").splitlines()
        if given and not any(form.fullmatch(line) for line in given):
            raise BackupError(f"{file} is not a file `{name}` of a data folder. Nothing was restored.")
        lines = _joined(lines, given)
    found = [line for line in lines if form.fullmatch(line)]
    return found if name == LEFT else list(dict.fromkeys(found))


def _joined(lines: list[str], given: list[str]) -> list[str]:
    """A file grows at its end only: where one begins with the other, it is the newer one."""
    if lines[: len(given)] == given:
        return lines
    return given if given[: len(lines)] == lines else lines + given


# While it is made ready


@contextlib.contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A folder for what is on its way; where it is not brought to its end, everything goes that was put anywhere."""
    folder = home / FOLDER
    was_killed = folder.exists()
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                "Another restore is running on this data folder. Nothing was changed by this one."
            ) from None
        if was_killed:
            _clear(home)
            folder.mkdir(mode=0o700)
        try:
            yield folder
        except BaseException:
            _clear(home)
            raise
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)


def _clear(home: Path) -> None:
    for name in (*PLACES, FOLDER):
        place = home / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


@transaction.atomic
def _bring_up_to_date(
    secrets: dict[str, bytes] | None, tombstones: list[str], wish: Wish, folder: Path, done: Restored
) -> None:
    """What happened after the backup, as far as it is known: the published logs, then what was erased."""
    if tombstones:
        tombstone_file().touch(mode=0o600)
        tombstone_file().write_text("".join(f"{line}\n" for line in tombstones), encoding="ascii")
    if wish.site:
        _follow_logs(wish.site, secrets or {}, {bytes.fromhex(line) for line in tombstones}, folder, done)
    else:
        done.words += [words for petition in Petition.objects.exclude(state=State.DRAFT) for words in ends(petition)]
    buried = bury_again(tombstones)
    if buried:
        done.words.append(f"Removed again, because erased since the backup: {how_many(buried, 'signature')}.")
    _bar_links(tombstones)
    if secrets is None:
        done.words.append(_WITHOUT_SECRETS)
    if Petition.objects.exclude(state=State.DRAFT).exists():
        done.words += _unknown(wish)
    queue_everything()


@transaction.atomic
def _keep_out(left: list[str], wish: Wish, secrets: dict[str, bytes] | None, done: Restored) -> None:
    """Who unsubscribed since the backup stays out, and nothing is mailed again by itself."""
    if left:
        suppressing.tombstone_file().touch(mode=0o600)
        suppressing.tombstone_file().write_text("".join(f"{line}\n" for line in left), encoding="ascii")
    if buried := suppressing.bury_again(left):
        done.words.append(f"Taken out again, because unsubscribed since the backup: {how_many(buried, 'subscriber')}.")
    if Subscriber.objects.exists():
        if wish.unsubscribed is None:
            done.words.append(_WITHOUT_THOSE_WHO_LEFT)
        if secrets is None:
            done.words.append(_WITHOUT_SECRETS_OF_THE_LIST)
    done.words += hold_mail()


def _follow_logs(site: str, secrets: dict[str, bytes], tombstones: set[bytes], folder: Path, done: Restored) -> None:
    if "site.key" not in secrets:
        done.problems.append("There is no key of the site in the backup's secrets: no log was taken over.")
        return
    key = Ed25519PrivateKey.from_private_bytes(secrets["site.key"]).public_key().public_bytes_raw()
    for one in go_on(site, key, tombstones, folder):
        (done.problems if one.problem else done.words).append(str(one))


def _bar_links(tombstones: list[str]) -> None:
    """A link in a mail brings nothing back that was erased after it was used. Only the commitment is looked at there,
    and it does not tell the petition: any will do whose links still work."""
    petition = Petition.objects.counting().first()
    if petition:
        today = timezone.localdate()
        TakenAway.objects.bulk_create(
            (TakenAway(commitment=bytes.fromhex(line), petition=petition, day=today) for line in tombstones),
            batch_size=500,
            ignore_conflicts=True,
        )


_WITHOUT_SECRETS = (
    "The server's secrets were not restored. Open petitions take no more signatures: close them, and deliver what they "
    "have. Links in mails sent so far do not work, staff sign in again, and logs would be signed with another key."
)

_WITHOUT_SECRETS_OF_THE_LIST = (
    "No subscriber is recognised any more: links in mails sent so far take nobody out, whoever subscribes anew is "
    "there twice, and a list that is brought in brings back who has left."
)
_WITHOUT_THOSE_WHO_LEFT = (
    "Subscribers who left after the backup may be here again. If you still have the old data folder's file "
    "`unsubscribed`, empty this data folder and restore once more with --unsubscribed, before you start."
)


def _unknown(wish: Wish) -> Iterator[str]:
    if wish.erased is None:
        yield (
            "Signatures erased after the backup may be here again. If you still have the old data folder's file "
            "`erased`, empty this data folder and restore once more with --erased, before you start."
        )
    if not wish.site:
        yield (
            "If later days of a petition's log were published than the backup has, empty this data folder and restore "
            "once more with --site and a copy of the public site, before you start: or what is published next does not "
            "fit what others have kept."
        )


def _say_what(archive: Archive, done: Restored) -> None:
    made = timezone.localtime(datetime.fromisoformat(archive.about.made_at))
    done.words.append(
        f"Restored as it was on {made:%Y-%m-%d %H:%M %Z}: the database and "
        f"{how_many(len(archive.names(MEDIA)), 'upload')}. What was published, withdrawn or changed later is not "
        "in it. The public site is made again at the next start."
    )


def _put_in_place(folder: Path, home: Path, secrets: dict[str, bytes] | None) -> None:
    if (folder / "media").exists():
        with contextlib.suppress(FileNotFoundError):
            (home / "media").rmdir()
        (folder / "media").rename(home / "media")
    if secrets is not None:
        server_keys.write(secrets, home / "keys")
    os.sync()  # before the database, which comes last
