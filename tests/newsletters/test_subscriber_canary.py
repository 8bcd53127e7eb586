"""An address that occurs nowhere else is in her mail, and nowhere on the server in a form that can be read.

tests/campaigns/test_canary.py does the same with all processes, a journal and a log. Here: the whole way of one
subscriber, and what somebody can do who has a copy of the server without the mailing key.
"""

import base64
import datetime
import gzip
import io
import logging
import re
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest
from django.db import connection

from campaigns.canaries import Search, files_in, forms_of_word, new_word
from mail_server import MailServer, running
from rightswire.backup.making import back_up
from rightswire.newsletters.addresses import address_key, open_address
from rightswire.newsletters.desk import NewsDesk
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.lists.importing import Terms, import_list
from rightswire.newsletters.models import MailNotice, Sending, SendingState, Subscriber
from rightswire.newsletters.post.office import PostOffice
from rightswire.newsletters.strongbox import Strongbox
from rightswire.outbox.models import Message
from rightswire.seal.box import NotForThisKey, PrivateKey

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def temporary(tmp_path_factory, monkeypatch) -> Path:
    """Where the process puts what is temporary."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def server(settings):
    with running(MailServer()) as server:
        settings.EMAIL_URL = server.url
        yield server


@pytest.fixture
def comes(reader):
    """comes(address): through the form and the link."""

    def come(address: str) -> Subscriber:
        assert reader.subscribe(address, rhythm="now", lang="en")[0] == 200
        assert reader.send("confirm", f"{reader.link()}/")[0] == 200
        return Subscriber.objects.get(address_key=address_key(address))

    return come


def send(strongbox) -> None:
    """What is news, to everybody."""
    send_at_once()
    post = PostOffice(strongbox)
    post.start()
    try:
        ends_at = time.monotonic() + 30
        while Sending.objects.filter(state=SendingState.RUNNING).exists():
            assert time.monotonic() < ends_at
            time.sleep(0.05)
    finally:
        post.stop()


def in_rows(search: Search) -> set[str]:
    """The tables in which something was found."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                values = [bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row]
                if search.in_bytes(b"\0".join(values)):
                    found.add(table)
    return found


def database_file(folder: Path) -> list[Path]:
    """A copy of the file, with what is deleted in it; PostgreSQL's files are searched where all processes run."""
    if connection.vendor != "sqlite":
        return []
    file = folder / "database.sqlite3"
    copy = sqlite3.connect(file)
    connection.connection.backup(copy)
    copy.close()
    return [file]


def test_a_subscribers_address_is_nowhere_in_clear(
    petition, home, reader, comes, news, strongbox, server, temporary, caplog, tmp_path_factory
):
    caplog.set_level(logging.DEBUG, "rightswire")
    word = new_word()
    address, moved = (f"{word}.{box}@example.org" for box in ("first", "second"))
    search, elsewhere = Search(forms_of_word(word)), tmp_path_factory.mktemp("elsewhere")
    assert reader.subscribe(f"{word}@", rhythm="now")[0] == 422
    comes(address)
    assert reader.send("preferences", pairs={"email": address, "lang": "en"})[0] == 200
    mine = f"{reader.link('preferences')}/"
    assert reader.send("preferences", mine, {"do": "take"})[0] == 200
    assert reader.send("preferences", mine, {"do": "move", "email": f"{word}@"})[0] == 422
    assert reader.send("preferences", mine, {"do": "move", "email": moved})[0] == 200
    assert reader.send("confirm", f"{reader.link()}/")[0] == 200
    news("A verdict in Bujumbura")
    send(strongbox)
    assert server.recipients() == [moved]
    assert Message.objects.count() == 3  # what is searched holds mails that wait, too
    backup = elsewhere / "backup.tar"
    back_up(backup)

    def found() -> set[str]:
        files = [*files_in(home, temporary), *database_file(elsewhere), backup]
        said = {"log"} if search.in_bytes(caplog.text.encode()) else set()
        return {Path(name).name for name in search.in_files(files)} | in_rows(search) | said

    assert found() == set()
    assert reader.send("unsubscribe", f"{links_of(server)[-1]}/")[0] == 200
    assert not Subscriber.objects.exists()
    assert found() == set()

    # A leak of each kind is found.
    (home / "leak.gz").write_bytes(gzip.compress(moved.encode()))
    (temporary / "leak").write_text(moved, encoding="utf-16-le")
    MailNotice.objects.create(words=base64.b64encode(b"To: " + moved.encode()).decode())
    logging.getLogger("rightswire").info("%s", moved.encode().hex())
    planted = {"leak.gz", "leak", "newsletters_mailnotice", "log"}
    assert found() == planted | ({"database.sqlite3"} if connection.vendor == "sqlite" else set())


def links_of(server: MailServer) -> list[str]:
    """The tokens to unsubscribe with, as a mail program reads them."""
    return [re.search(r"/do/unsubscribe/([\w-]+)/", mail["List-Unsubscribe"])[1] for mail in server.messages()]


# A copy of the server without the key


def keys_in(folder: Path) -> list[PrivateKey]:
    """Whatever in the copy could be a private key."""
    contents = [file.read_bytes() for file in files_in(folder)]
    for found in [*contents]:
        contents += [bytes.fromhex(text.decode()) for text in re.findall(rb"\b[0-9a-f]{64}\b", found)]
    return [PrivateKey.from_raw(content) for content in contents if len(content) == 32]


def listed(folder: Path) -> list[str]:
    """The addresses that somebody reads who has the copy and tries every key in it."""
    addresses, keys = [], keys_in(folder)
    for sealed in Subscriber.objects.values_list("sealed", flat=True):
        try:
            addresses.append(open_address(bytes(sealed), *keys))
        except NotForThisKey:
            continue
    return addresses


def test_a_copy_without_the_key_lists_nobody_and_can_still_take_somebody_out(
    home, reader, comes, news, strongbox, mailing_key, server, settings, tmp_path_factory
):
    word = new_word()
    search = Search(forms_of_word(word))
    leaves, stays = (f"{word}.{box}@example.org" for box in ("leaves", "stays"))
    for address in (leaves, stays):
        comes(address)
    news("A verdict in Bujumbura")
    send(strongbox)
    copy = tmp_path_factory.mktemp("copied") / "home"
    shutil.copytree(home, copy)
    settings.HOME = copy

    # Its holder lists nobody, and sends nothing to anybody.
    assert not Strongbox().is_unlocked
    assert keys_in(copy)  # the secrets of digests and links, which open no address
    assert listed(copy) == []
    assert search.in_files([*files_in(copy), *database_file(copy.parent)]) == {}
    assert in_rows(search) == set()

    # One click in her mail still takes her out, there, and keeps her out.
    tokens = dict(zip(server.recipients(), links_of(server), strict=True))
    reader.desk, before = NewsDesk(), reader.desk
    status, _page = reader.send("unsubscribe", f"{tokens[leaves]}/", {"List-Unsubscribe": "One-Click"})
    reader.desk.stop()
    reader.desk = before
    assert status == 200
    terms = Terms("Yes.", "An old list", "en", consented=datetime.date(2018, 11, 29), status="subscribed")
    assert import_list(io.BytesIO(f"email\n{leaves}\n".encode()), "list.csv", terms).added == 0
    assert [bytes(key) for key in Subscriber.objects.values_list("address_key", flat=True)] == [address_key(stays)]
    assert (copy / "unsubscribed").read_text() == f"-{address_key(leaves).hex()}\n"

    # With the key beside it, the same holder reads the list: what is kept away is what protects it.
    (copy / "keys" / "mailing").write_bytes(mailing_key.raw)
    assert listed(copy) == [stays]
