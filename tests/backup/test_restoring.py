"""Restoring on a new machine: nobody can sign twice, the erased stay erased, and it is all there or nothing is."""

import contextlib
import io
import json
import os
import signal
import sqlite3
import stat
import tarfile
from pathlib import Path

import installation
import pytest
from installation import day, erase_row, key_file, passphrase_file, publish_logs, sign

from rightswire.backup import server_keys
from rightswire.backup.archive import BackupError, Damaged
from rightswire.backup.databases import tables_there
from rightswire.backup.making import back_up
from rightswire.backup.restoring import Restored, Wish, restore
from rightswire.seal.box import PrivateKey
from rightswire.seal.offline.own_keys import KeyProblem

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("backup")]
on_sqlite = pytest.mark.skipif(
    not installation.IS_SQLITE, reason="the same on both databases, and PostgreSQL takes its time to migrate"
)


@pytest.fixture(scope="session")
def wish(tmp_path_factory, offline_key) -> Wish:
    folder = tmp_path_factory.mktemp("keys")
    return Wish(key=key_file(folder, offline_key), passphrase_file=passphrase_file(folder))


@pytest.fixture
def backed_up(source, tmp_path) -> Path:
    file = tmp_path / "backup.tar"
    with source.at():
        back_up(file)
    return file


@pytest.fixture
def target(make):
    """A new machine, after a first look at the settings made its secret key and an empty database."""
    where = make(is_empty=True)
    (where.home / "keys").mkdir(mode=0o700)
    (where.home / "keys" / "secret_key").write_text("a fresh one", encoding="ascii")
    with where.at():
        assert tables_there() == []
    return where


def is_empty(where) -> bool:
    with where.at():
        return tables_there() == [] and where.files() <= {"keys/secret_key"}


def test_a_restored_installation_goes_on_where_the_backup_was(source, backed_up, target, wish):
    from django.contrib.contenttypes.models import ContentType

    from rightswire.bake.models import Due
    from rightswire.campaigns.models import LogEntry, Petition, Signature
    from rightswire.newsroom.models import NewsItem
    from rightswire.pages.models import Picture

    with source.at():
        rows = {bytes(row.address_key): bytes(row.sealed) for row in Signature.objects.all()}
        types = set(ContentType.objects.values_list("id", "app_label", "model"))
        pepper = source.keys.pepper(Petition.objects.get().id_bytes)
    with target.at():
        done = restore(backed_up, wish)
        assert done.problems == []
        assert {bytes(row.address_key): bytes(row.sealed) for row in Signature.objects.all()} == rows
        assert set(ContentType.objects.values_list("id", "app_label", "model")) == types
        item = NewsItem.objects.get(slug="not-yet")
        assert not item.live
        assert item.get_latest_revision_as_object().title == "Not published yet"
        with Picture.objects.get().file.open() as picture:
            assert picture.read()[:4] == b"\x89PNG"
        assert target.keys.pepper(Petition.objects.get().id_bytes) == pepper
        assert Due.objects.filter(piece=f"page:{item.get_parent().pk}").exists()
        # The same mailbox, in another spelling, is there once; a new one is added, also to the log.
        assert sign("free-them", "Ada@Example.org").address_key in rows
        assert Signature.objects.count() == 3
        sign("free-them", "dora@example.org")
        assert Signature.objects.count() == 4
        # New rows of the usual kind take the next numbers.
        assert Petition.objects.create(name="second", slug="second").pk > Petition.objects.get(slug="free-them").pk
        assert [entry.place for entry in LogEntry.objects.all()] == [0]
    assert not (target.home / "restoring").exists()
    for path in (target.home / "keys").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path.name


@on_sqlite
def test_the_secrets_are_the_old_ones_but_for_those_of_waiting_mail(source, backed_up, target, wish):
    with target.at():
        restore(backed_up, wish)
    old, new = (
        {
            str(file.relative_to(one.home)): file.read_bytes()
            for file in (one.home / "keys").rglob("*")
            if file.is_file()
        }
        for one in (source, target)
    )
    assert new == {name: content for name, content in old.items() if not name.startswith("keys/outbox")}
    assert new["keys/secret_key"] == b"not a real secret"


@on_sqlite
def test_what_was_erased_since_stays_erased_and_its_link_brings_nothing_back(source, backed_up, target, wish):
    from rightswire.campaigns.models import Petition, Signature, WaitingEntry

    with source.at():
        for name in ("ada", "ben", "late"):  # the last one's link was used after the backup
            erase_row(sign("free-them", f"{name}@example.org"))
        late = [line.split()[0] for line in (source.home / "erased").read_text().splitlines()][-1]
    with target.at():
        done = restore(backed_up, Wish(wish.key, wish.passphrase_file, erased=source.home / "erased"))
        assert any("2 signatures" in words for words in done.words)
        pepper = target.keys.pepper(Petition.objects.get().id_bytes)
        assert pepper
        assert Signature.objects.count() == 1
        assert sorted(WaitingEntry.objects.values_list("kind", flat=True)) == ["e", "e", "s"]
        assert Petition.objects.get().taken_away.filter(commitment=bytes.fromhex(late)).exists()
    assert set((source.home / "erased").read_text().split()) == set((target.home / "erased").read_text().split())


@on_sqlite
def test_what_was_erased_while_it_was_backed_up_stays_erased(source, tmp_path, target, wish, monkeypatch):
    from rightswire.backup import making
    from rightswire.campaigns.models import Signature

    uploads = making._add_uploads

    def and_somebody_erases(*arguments):
        erase_row(sign("free-them", "ben@example.org"))
        return uploads(*arguments)

    monkeypatch.setattr(making, "_add_uploads", and_somebody_erases)
    with source.at():
        back_up(tmp_path / "backup.tar")
    with target.at():
        restore(tmp_path / "backup.tar", wish)
        assert Signature.objects.count() == 2


@on_sqlite
def test_a_line_that_a_full_disk_cut_does_not_keep_the_others_from_being_erased(
    source, backed_up, target, wish, tmp_path
):
    from rightswire.campaigns.models import Signature

    with source.at():
        erase_row(sign("free-them", "ben@example.org"))
    torn = tmp_path / "erased"
    torn.write_text("0123abc\n" + (source.home / "erased").read_text())
    with target.at():
        restore(backed_up, Wish(wish.key, wish.passphrase_file, erased=torn))
        assert Signature.objects.count() == 2


@on_sqlite
def test_with_the_published_site_the_log_goes_on(source, backed_up, target, wish, tmp_path):
    from rightswire.campaigns.daily_log import write_head
    from rightswire.campaigns.models import Petition, Signature
    from rightswire.seal.verifying import verify

    with source.at():
        petition = Petition.objects.get()
        erase_row(sign("free-them", "ben@example.org"))
        sign("free-them", "dora@example.org")
        write_head(petition, day(0))
        site = publish_logs(tmp_path / "published")
    with target.at():
        done = restore(backed_up, Wish(wish.key, wish.passphrase_file, site=str(site)))
        assert done.problems == []
        assert any("Lost here: 1 signature confirmed after the backup" in words for words in done.words)
        petition = Petition.objects.get()
        assert Signature.objects.count() == 2  # ada and cleo; dora is lost, ben stays erased
        assert set(Signature.objects.values_list("is_logged", flat=True)) == {True}
        write_head(petition, day(1))
        report = verify(str(publish_logs(tmp_path / "later")), key_file=None, receipt=None)
    assert report.problems == []
    for file in (site / ".well-known/rightswire/log/free-them").glob("20*"):  # what others have kept still fits
        assert (tmp_path / "later" / file.relative_to(site)).read_bytes() == file.read_bytes()


@on_sqlite
def test_a_published_log_that_does_not_fit_is_said_and_the_rest_stays(source, backed_up, target, wish, tmp_path):
    from rightswire.campaigns.models import Signature

    with source.at():
        site = publish_logs(tmp_path / "published")
    (entries,) = site.glob(".well-known/rightswire/log/free-them/*.entries")
    entries.write_text("")
    with target.at():
        done = restore(backed_up, Wish(wish.key, wish.passphrase_file, site=str(site)))
        assert len(done.problems) == 1
        assert "free-them" in done.problems[0]
        assert Signature.objects.count() == 3


@on_sqlite
def test_without_the_secrets_it_says_what_that_means(backed_up, target):
    with target.at():
        done = restore(backed_up, Wish(without_keys=True))
    assert any("no more signatures" in words for words in done.words)
    assert (target.home / "keys" / "secret_key").read_text() == "a fresh one"
    assert not (target.home / "keys" / "petitions").exists()


# What cannot be restored leaves everything as it was


def refused(target, file: Path, wish: Wish, match: str, error: type[Exception] = BackupError) -> None:
    with target.at(), pytest.raises(error, match=match):
        restore(file, wish)
    assert is_empty(target)


@on_sqlite
def test_a_wrong_passphrase_changes_nothing(backed_up, target, wish, tmp_path):
    refused(
        target, backed_up, Wish(wish.key, passphrase_file(tmp_path, "another")), "passphrase does not open", KeyProblem
    )


@on_sqlite
def test_a_wrong_key_changes_nothing_and_the_right_one_is_named(backed_up, target, wish, tmp_path):
    other = key_file(tmp_path, PrivateKey.generate(), "other.key")
    refused(target, backed_up, Wish(other, wish.passphrase_file), "Key of the tests")


@on_sqlite
def test_without_any_key_it_says_which_one_is_needed(backed_up, target):
    refused(target, backed_up, Wish(), "Key of the tests.*--key.*--without-keys")


@on_sqlite
def test_a_file_that_was_cut_changes_nothing(backed_up, target, wish):
    whole = backed_up.read_bytes()
    for length in (0, 5000, len(whole) // 2, len(whole) - 11_000):
        backed_up.write_bytes(whole[:length])
        refused(target, backed_up, wish, "cut short", Damaged)


@on_sqlite
def test_damage_that_is_found_late_changes_nothing(backed_up, target, wish):
    whole = bytearray(backed_up.read_bytes())
    for words in (b"SQLite format 3\0", b"\x89PNG"):
        damaged = whole[:]
        damaged[whole.index(words) + 900 if words.startswith(b"SQL") else whole.index(words)] ^= 255
        backed_up.write_bytes(damaged)
        refused(target, backed_up, wish, "damaged", Damaged)


@on_sqlite
def test_an_installation_in_use_is_not_touched(source, backed_up, wish):
    before = source.files()
    with source.at(), pytest.raises(BackupError, match="something in the database"):
        restore(backed_up, wish)
    assert source.files() == before


@on_sqlite
@pytest.mark.parametrize("there", ["media/a.png", "erased", "keys/site.key", "site/index.html", "notes.txt"])
def test_a_data_folder_with_something_in_it_is_not_touched_and_it_is_named(backed_up, target, wish, there):
    file = target.home / there
    file.parent.mkdir(exist_ok=True)
    file.write_text("somebody's")
    with target.at(), pytest.raises(BackupError, match=there.partition("/")[0]):
        restore(backed_up, wish)
    assert file.read_text() == "somebody's"


@on_sqlite
def test_a_list_of_erased_ones_that_lies_in_the_data_folder_is_not_lost(source, backed_up, target, wish):
    with source.at():
        erase_row(sign("free-them", "ben@example.org"))
    there = target.home / "erased"
    there.write_text((source.home / "erased").read_text())
    for given in (there, source.home / "erased"):
        with target.at(), pytest.raises(BackupError, match="holds erased"):
            restore(backed_up, Wish(wish.key, wish.passphrase_file, erased=given))
        assert there.read_text() == (source.home / "erased").read_text()


@on_sqlite
def test_the_backup_may_lie_in_the_data_folder_itself(backed_up, target, wish):
    with target.at():
        assert restore(backed_up.rename(target.home / "backup.tar"), wish).problems == []
    assert (target.home / "backup.tar").exists()


def rebuilt(file: Path, **changes) -> Path:
    """The same backup, saying something else of itself."""
    from rightswire.backup.archive import Archive, Writer

    changed = file.with_name("changed.tar")
    with Archive(file) as archive, changed.open("wb") as out:
        writer = Writer(out, 0)
        for name in archive.names(""):
            content = b"".join(archive.parts(name))
            if name == "backup.json":
                content = json.dumps({**json.loads(content), **changes}).encode()
            if name != "digests.json":
                writer.add_bytes(name, content)
        writer.close()
    return changed


@on_sqlite
def test_a_backup_of_the_other_database_is_refused(backed_up, target, wish):
    refused(target, rebuilt(backed_up, database="postgresql"), wish, "PostgreSQL.*SQLite")


@on_sqlite
def test_a_backup_of_a_newer_version_is_refused(backed_up, target, wish):
    refused(target, rebuilt(backed_up, migrations={"campaigns": ["0999_of_tomorrow"]}), wish, "0999_of_tomorrow")


@on_sqlite
def test_a_backup_without_its_database_is_refused(backed_up, target, wish, tmp_path):
    refused(target, rebuilt(backed_up, database="postgresql", tables={}), wish, "PostgreSQL")
    from rightswire.backup.archive import Archive, Writer

    with Archive(backed_up) as archive, (tmp_path / "none.tar").open("wb") as out:
        writer = Writer(out, 0)
        for name in ("backup.json", "keys.sealed"):
            writer.add_bytes(name, archive.read(name))
        writer.close()
    refused(target, tmp_path / "none.tar", wish, "no database")


@on_sqlite
def test_a_file_that_is_no_list_of_erased_ones_is_refused(backed_up, target, wish, tmp_path):
    (tmp_path / "notes").write_text("buy milk\n")
    refused(target, backed_up, Wish(wish.key, wish.passphrase_file, erased=tmp_path / "notes"), "not a file `erased`")


def test_where_it_fails_at_the_end_everything_is_taken_back(backed_up, target, wish, monkeypatch):
    from rightswire.backup import restoring

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring.server_keys, "write", fail)
    refused(target, backed_up, wish, "No space left", OSError)
    monkeypatch.undo()
    if installation.IS_SQLITE:
        with target.at():
            assert restore(backed_up, wish).problems == []


@pytest.mark.parametrize(
    "hostile",
    [
        {"name": "../outside"},
        {"name": "/tmp/outside"},
        {"name": "petitions/../../outside"},
        {"name": "site.key", "type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"name": "site.key", "type": tarfile.LNKTYPE, "linkname": "secret_key"},
        {"name": ".hidden"},
        {"name": "tokens", "type": tarfile.DIRTYPE},
    ],
    ids=lambda one: f"{one['name']} {one.get('type', '')!r}",
)
def test_secrets_that_would_go_elsewhere_are_refused(hostile, offline_key):
    from rightswire.seal.box import seal
    from rightswire.seal.offline.own_keys import OwnKeys

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        made = tarfile.TarInfo(hostile["name"])
        made.type, made.linkname = hostile.get("type", tarfile.REGTYPE), hostile.get("linkname", "")
        tar.addfile(made)
    sealed = seal(packed.getvalue(), server_keys._BOUND, [offline_key.public])
    with pytest.raises(Damaged):
        server_keys.unsealed(sealed, OwnKeys((offline_key,), frozenset()))


@on_sqlite
def test_two_at_a_time_do_not_disturb_each_other(backed_up, target, wish):
    import fcntl

    (target.home / "restoring").mkdir()
    descriptor = os.open(target.home / "restoring", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (target.home / "restoring" / "database.sqlite3").write_text("the other one's")
    with target.at(), pytest.raises(BackupError, match="Another restore"):
        restore(backed_up, wish)
    assert (target.home / "restoring" / "database.sqlite3").read_text() == "the other one's"
    os.close(descriptor)


# As commands


@pytest.fixture
def command(monkeypatch, capsys):
    """command("backup", …) -> exit status, what it said, what it complained of."""
    from rightswire import cli

    monkeypatch.setattr(cli, "set_up", lambda: None)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.run(cli.parser().parse_args([str(one) for one in arguments]))
        said = capsys.readouterr()
        return status, said.out, said.err

    yield run
    signal.signal(signal.SIGTERM, before)


@on_sqlite
def test_the_commands_end_with_the_status_that_scripts_rely_on(command, source, target, wish, tmp_path):
    file, site = tmp_path / "backup.tar", tmp_path / "published"
    site.mkdir()
    with source.at():
        assert command("backup", file)[0] == 0
        status, _said, complaint = command("backup", file)
        assert status == 1
        assert "already there" in complaint
        assert command("backup", tmp_path / "nowhere" / "backup.tar")[0] == 1
    keys = ("--key", wish.key, "--passphrase-file", wish.passphrase_file)
    with target.at():
        status, _said, complaint = command("restore", file)
        assert status == 1
        assert "--key" in complaint
        assert command("restore", tmp_path / "missing.tar", *keys)[0] == 1
        status, said, complaint = command("restore", file, *keys, "--site", site)
        assert status == 1  # everything is restored, but no log was there to go on from
        assert "Restored as it was" in said
        assert "nothing to check here" in complaint.lower()
        with pytest.raises(SystemExit) as wrong_usage, contextlib.redirect_stderr(io.StringIO()):
            command("restore", file, "--site", tmp_path / "missing")
        assert wrong_usage.value.code == 2


@on_sqlite
def test_the_restored_database_is_whole_and_one_file(source, backed_up, target, wish):
    with target.at():
        assert isinstance(restore(backed_up, wish), Restored)
    assert {file.name for file in target.home.iterdir()} == {"db.sqlite3", "keys", "media"}
    with contextlib.closing(sqlite3.connect(target.database)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        found = database.execute("PRAGMA integrity_check").fetchall()
    with contextlib.closing(sqlite3.connect(source.database)) as database:
        # Not simply "ok": some versions find NULLs that are not there in tables without row numbers.
        assert found == database.execute("PRAGMA integrity_check").fetchall()
