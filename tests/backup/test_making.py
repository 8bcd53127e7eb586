"""A backup holds what cannot be made again, at one moment, and nothing that it should not."""

import base64
import io
import json
import secrets
import sqlite3
import stat
import struct
import tarfile
import threading
import uuid

import installation
import pytest
from django.db import connection

from rightswire.backup.archive import BackupError
from rightswire.backup.databases import LEFT_OUT
from rightswire.backup.making import back_up

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("backup")]


def members(file) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar.getmembers()}


def forms(content: bytes) -> list[bytes]:
    """A secret as it could be found in a file."""
    return [content, content.hex().encode(), base64.b64encode(content), base64.urlsafe_b64encode(content)]


def holds(file, content: bytes) -> bool:
    whole = file.read_bytes()
    return any(form in whole for form in forms(content))


def test_it_holds_the_database_the_uploads_and_the_secrets(source, tmp_path, offline_key):
    file = tmp_path / "backup.tar"
    with source.at():
        said = back_up(file)
    names = members(file)
    about = json.loads(names["backup.json"])
    assert about["type"] == "rightswire backup 1"
    assert about["keys"] == [{"id": offline_key.public.id.hex(), "label": "Key of the tests"}]
    assert next(iter(names)) == "backup.json"
    assert {"keys.sealed", "media/original_images/river.png"} < set(names)
    assert any(name.startswith("database") for name in names)
    assert "1 upload," in said
    assert "“Key of the tests”" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_whose_account_and_machine_it_was_made_with_is_not_in_it(source, tmp_path):
    file = tmp_path / "backup.tar"
    with source.at():
        back_up(file)
    with tarfile.open(file) as tar:
        assert {(info.uid, info.gid, info.uname, info.gname) for info in tar} == {(0, 0, "", "")}
        assert len({info.mtime for info in tar}) == 1


def test_no_secret_is_in_it_as_it_is_and_a_planted_one_is_found(source, tmp_path, offline_key):
    from rightswire.campaigns.models import Petition

    file, leaking = tmp_path / "backup.tar", tmp_path / "leaking.tar"
    with source.at():
        back_up(file)
        pepper, site_key = source.keys.pepper(Petition.objects.get().id_bytes), source.home / "keys" / "site.key"
        (source.home / "media" / "mistake.txt").write_text(base64.b64encode(pepper).decode())
        back_up(leaking)
    for secret in (pepper, site_key.read_bytes(), b"not a real secret"):
        assert not holds(file, secret)
    assert holds(leaking, pepper)


def test_nothing_that_a_signer_wrote_can_be_read_in_it(source, tmp_path):
    file = tmp_path / "backup.tar"
    with source.at():
        row = installation.sign(
            "free-them", "zuleika.quandary@example.org", name="Zuleika Quandary", comment="for my cousin"
        )
        back_up(file)
    for words in ("zuleika", "Zuleika", "quandary", "Quandary", "for my cousin"):
        assert words.encode() not in file.read_bytes()
        assert words.encode("utf-16-le") not in file.read_bytes()
    assert bytes(row.sealed) in file.read_bytes()  # the search would find what is there


def test_mail_that_waits_and_sessions_of_staff_are_not_in_it(source, tmp_path):
    from django.contrib.sessions.backends.db import SessionStore

    from rightswire.outbox.models import Message
    from rightswire.outbox.queue import OutgoingMessage, queue

    file = tmp_path / "backup.tar"
    words = ("ada@example.org", "Please confirm", "Words.", "<p>Words.</p>", "en", "petition-confirm")
    with source.at():
        queue(OutgoingMessage(*words, from_name="Every Name", from_address="hello@everyname.example"))
        session = SessionStore()
        session["who"] = "somebody of the staff"
        session.save()
        day_keys = [one.read_bytes() for one in (source.home / "keys" / "outbox").rglob("20*")]
        waiting = bytes(Message.objects.get().sealed)
        back_up(file)
        assert Message.objects.count() == 1
        live = source.home / "db.sqlite3-wal"
        assert not installation.IS_SQLITE or waiting[:900] in live.read_bytes()  # the search would find it
    assert not holds(file, waiting[:900])
    assert session.session_key.encode() not in file.read_bytes()
    assert not LEFT_OUT & {name.removeprefix("database/") for name in members(file)}
    assert not [name for name in keys_in(source, day_keys) if name.startswith("outbox")]


def keys_in(source, day_keys) -> list[str]:
    """The names of the secrets in a backup; none of them is one of `day_keys`."""
    from rightswire.backup import server_keys
    from rightswire.seal.box import PrivateKey
    from rightswire.seal.offline.own_keys import OwnKeys

    other = PrivateKey.generate()
    found = server_keys.unsealed(
        server_keys.sealed(source.home / "keys", [other.public]), OwnKeys((other,), frozenset({other.public.id}))
    )
    assert day_keys
    assert not set(day_keys) & set(found.values())
    return list(found)


def test_without_a_key_the_secrets_are_left_out_and_it_says_so(make, tmp_path):
    file, where = tmp_path / "backup.tar", make()
    with where.at():
        where.keys.site_key()
        said = back_up(file)
    assert "NOT in it" in said
    assert "keygen" in said
    assert "keys.sealed" not in members(file)


def test_a_retired_key_opens_no_later_backup(source, tmp_path, offline_key):
    from django.utils import timezone

    from rightswire.campaigns.models import RecipientKey

    with source.at():
        RecipientKey.objects.update(retired_at=timezone.now())
        back_up(tmp_path / "backup.tar")
    assert "keys.sealed" not in members(tmp_path / "backup.tar")


def test_a_file_that_is_there_is_not_touched(source, tmp_path):
    file = tmp_path / "backup.tar"
    file.write_text("an older one")
    with source.at(), pytest.raises(BackupError, match="already there"):
        back_up(file)
    assert file.read_text() == "an older one"


def test_it_is_not_written_where_everybody_can_read_it(source):
    (source.home / "site").mkdir()
    with source.at(), pytest.raises(BackupError, match="public folder"):
        back_up(source.home / "site" / "backup.tar")


def test_it_leaves_nothing_in_the_data_folder_and_nothing_where_it_fails(source, tmp_path):
    before = source.files()
    with source.at():
        back_up(tmp_path / "backup.tar")
        (source.home / "media" / "locked").write_text("x")
        (source.home / "erased").mkdir()  # cannot be read
        with pytest.raises(OSError, match="erased"):
            back_up(tmp_path / "second.tar")
    assert source.files() - before == {"media/locked"}
    assert not [one for one in tmp_path.iterdir() if "second" in one.name]


def test_every_table_is_in_it_or_left_out_on_purpose(source, tmp_path):
    from rightswire.backup.databases import tables_there

    with source.at():
        back_up(tmp_path / "backup.tar")
        there = set(tables_there())
    found = members(tmp_path / "backup.tar")
    if installation.IS_SQLITE:
        with sqlite3.connect(":memory:") as copy:
            copy.deserialize(found["database.sqlite3"])
            assert {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} >= there
    else:
        tables = {name.removeprefix("database/") for name in found if name.startswith("database/")}
        assert there - tables == LEFT_OUT | {"django_migrations"}


# While others write


def writing(where, stop: threading.Event, done: list[int]) -> None:
    """Adds a row to each of two tables in one transaction, again and again."""
    tag = "INSERT INTO taggit_tag (name, slug) VALUES (%s, %s)"
    due = "INSERT INTO bake_due (piece, priority, token) VALUES (%s, 1, %s)"
    if installation.IS_SQLITE:
        writer = sqlite3.connect(where.database, timeout=20)
        tag, due = tag.replace("%s", "?"), due.replace("%s", "?")
    else:
        import psycopg

        given = connection.settings_dict
        writer = psycopg.connect(
            host=given["HOST"], port=given["PORT"] or 5432, user=given["USER"], password=given["PASSWORD"],
            dbname=where.database,
        )  # fmt: skip
    while not stop.is_set():
        name = secrets.token_hex(8)
        writer.execute(tag, (name, name))
        writer.execute(due, (name, uuid.uuid4().hex))
        writer.commit()
        done.append(1)
    writer.close()


def rows(found: dict[str, bytes], table: str) -> int:
    if "database.sqlite3" in found:
        with sqlite3.connect(":memory:") as copy:
            copy.deserialize(found["database.sqlite3"])
            return copy.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    stream, number = io.BytesIO(found[f"database/{table}"][19:]), 0
    while (fields := struct.unpack(">h", stream.read(2))[0]) >= 0:
        for _field in range(fields):
            stream.read(max(0, struct.unpack(">i", stream.read(4))[0]))
        number += 1
    return number


def test_it_is_of_one_moment_while_others_write(make, tmp_path):
    where, stop, done = make(), threading.Event(), []
    with where.at():
        connection.ensure_connection()
        writer = threading.Thread(target=writing, args=(where, stop, done))
        writer.start()
        try:
            found = []
            for number in range(3):
                before = len(done)
                while len(done) < before + 5:
                    assert writer.is_alive()
                back_up(tmp_path / f"{number}.tar")
                found.append(members(tmp_path / f"{number}.tar"))
        finally:
            stop.set()
            writer.join()
    pairs = [(rows(one, "taggit_tag"), rows(one, "bake_due")) for one in found]
    assert [tags for tags, _dues in pairs] == [dues for _tags, dues in pairs]
    assert 5 <= pairs[0][0] < pairs[1][0] < pairs[2][0]
