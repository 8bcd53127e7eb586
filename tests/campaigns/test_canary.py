"""Somebody with a name that occurs nowhere else signs, errs, confirms and takes it back. Nothing may remember it."""

import base64
import bz2
import contextlib
import gzip
import http.client
import io
import lzma
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote, urlencode

import brotli
import pytest
from canaries import Search, files_in, forms_of_address, forms_of_word, new_network, new_word
from trial_installation import free_port, has_postgresql, postgresql_database

from mail_server import MailServer, running
from migrated import copy_template

SLUG = "drop-dragonfly"
SECONDS_TO_START = 600
SECONDS_FOR_MAIL = 60
FORM = "application/x-www-form-urlencoded"

# The search finds what it is to find


def row_in_a_database(content: bytes, wal: bool = False) -> bytes:
    """The file of a database, or its write-ahead log, with `content` in the midst of a long row."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, contextlib.closing(sqlite3.connect(f"{folder}/db")) as session:
        if wal:
            session.execute("PRAGMA journal_mode=WAL")
        session.execute("CREATE TABLE mail (text TEXT, sealed BLOB)")
        session.execute("INSERT INTO mail VALUES ('', ?)", [os.urandom(9000) + content + os.urandom(90)])
        session.commit()
        return Path(folder, "db-wal" if wal else "db").read_bytes()


def in_archive(content: bytes, mode: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        member = tarfile.TarInfo("keys/one")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def in_zip(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("records.bin", content)
    return packed.getvalue()


LEAKS = {
    "a line of a log": lambda word: f"2026-01-01 ERROR: duplicate key ({word}@example.org)\n".encode(),
    "hex": lambda word: word.encode().hex().encode(),
    "hex of PostgreSQL": lambda word: b"\\x" + word.encode().hex().upper().encode(),
    "base64": lambda word: base64.b64encode(word.encode()),
    "base64 after one": lambda word: base64.b64encode(b"." + word.encode() + b"..."),
    "base64 after two": lambda word: base64.urlsafe_b64encode(b"\xff\xfe" + word.encode() + b"\xff"),
    "URL": lambda word: "".join(f"%{ord(sign):02x}" for sign in word).encode(),
    "UTF-16": lambda word: word.encode("utf-16"),
    "UTF-16 of the other end": lambda word: word.encode("utf-16-be"),
    "gzip": lambda word: gzip.compress(b"some words before " + word.encode()),
    "zlib among others": lambda word: b"random" * 40 + zlib.compress(word.encode()) + b"random" * 40,
    "brotli": lambda word: brotli.compress(word.encode()),
    "bzip2": lambda word: bz2.compress(word.encode()),
    "xz": lambda word: lzma.compress(word.encode()),
    "lzma": lambda word: lzma.compress(word.encode(), lzma.FORMAT_ALONE),
    "base64 in gzip in tar": lambda word: in_archive(gzip.compress(base64.b64encode(word.encode())), "w"),
    "tar.gz": lambda word: in_archive(word.encode(), "w:gz"),
    "zip": lambda word: in_zip(word.encode() * 20),
    "a row": lambda word: row_in_a_database(word.encode()),
    "a row of the write-ahead log": lambda word: row_in_a_database(word.encode(), wal=True),
    "zlib in a row": lambda word: row_in_a_database(zlib.compress(os.urandom(3000) + word.encode())),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_found(tmp_path, leak):
    word = new_word()
    search = Search(forms_of_word(word))
    file = tmp_path / "file"
    file.write_bytes(LEAKS[leak](new_word()))
    assert not search.in_files(files_in(tmp_path))
    file.write_bytes(LEAKS[leak](word))
    assert search.in_files(files_in(tmp_path))


def test_an_address_of_the_network_is_found_as_text_and_as_bytes(tmp_path):
    network = new_network()
    search = Search(forms_of_address(network))
    for leak in (str(network).encode(), network.exploded.encode(), network.packed, b"6" + network.packed[:6]):
        (tmp_path / "file").write_bytes(leak)
        assert search.in_files(files_in(tmp_path))


def test_a_file_named_after_somebody_is_found(tmp_path):
    word = new_word()
    (tmp_path / f"{word}.eml").touch()
    assert Search(forms_of_word(word)).in_files(files_in(tmp_path))


# A whole installation is searched


class Demonstration:
    """`rightswire up --demo`, whose mail goes to a server of the test."""

    def __init__(self, folder: Path, mail_server: MailServer, database: str) -> None:
        self.folder, self.home, self.temporary = folder, folder / "var", folder / "temporary"
        self.log, self.backup, self.port = folder / "log.txt", folder / "backup.tar", free_port()
        self.database = database
        self.temporary.mkdir()
        if not database:
            copy_template(self.home / "db.sqlite3")
        ours = ("RIGHTSWIRE_", "DJANGO_SETTINGS_MODULE")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "RIGHTSWIRE_HOME": str(self.home),
            "RIGHTSWIRE_EMAIL_URL": mail_server.url,
            "RIGHTSWIRE_DATABASE_URL": database,
            "TMPDIR": str(self.temporary),
        }

    @contextlib.contextmanager
    def running(self):
        with self.log.open("wb") as output:
            command = [sys.executable, "-m", "rightswire.cli", "up", "--demo", "--port", str(self.port)]
            process = subprocess.Popen(
                command, env=self.environment, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            wait_until(lambda: "They are kept in" in self.log.read_text() or process.poll(), SECONDS_TO_START)
            assert process.poll() is None, self.log.read_text()
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def publish(self, title: str) -> None:
        """An item of today, as an editor would."""
        code = (
            "import datetime; from rightswire.newsroom.models import NewsIndex, NewsItem; "
            "index = NewsIndex.objects.get(locale__language_code='en'); "
            f"item = NewsItem(title={title!r}, date=datetime.date.today(), locale=index.locale); "
            "index.add_child(instance=item); item.save_revision().publish()"
        )
        command = [sys.executable, "-m", "rightswire.cli", "shell", "-c", code]
        subprocess.run(command, env=self.environment, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def make_backup(self) -> None:
        command = [sys.executable, "-m", "rightswire.cli", "backup", str(self.backup)]
        subprocess.run(command, env=self.environment, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def files(self) -> list[Path]:
        return files_in(self.folder)

    def rows(self, query: str) -> list[tuple]:
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as session:
                return session.execute(query).fetchall()
        with contextlib.closing(sqlite3.connect(self.home / "db.sqlite3", timeout=30)) as session:
            return session.execute(query).fetchall()

    def change(self, statement: str) -> None:
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as session:
                session.execute(statement)
            return
        with contextlib.closing(sqlite3.connect(self.home / "db.sqlite3")) as session:
            session.execute(statement)
            session.commit()

    def in_postgresql(self, search: Search, since: float) -> dict[str, set[str]]:
        """What its tables, the files of its tables, its write-ahead log and its log hold."""
        tables = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found: dict[str, set[str]] = {}
        for (table,) in tables:
            for row in self.rows(f'SELECT * FROM "{table}"'):
                values = [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row]
                if names := search.in_bytes(b"\0".join(values)):
                    found[table] = names
        self.change("CHECKPOINT")  # what is in memory goes to the files
        ((folder, number),) = self.rows(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        )
        if os.access(folder, os.R_OK | os.X_OK):
            logs = files_in(Path(folder, "pg_wal"), Path(folder, "log"), Path("/var/log/postgresql"))
            found |= search.in_files(file for file in logs if was_written(file, since))
            found |= search.in_files(files_in(Path(folder, "base", str(number))))
        return found


def was_written(file: Path, since: float) -> bool:
    """Not of what PostgreSQL has just taken away."""
    return file.exists() and file.stat().st_mtime >= since


def wait_until(is_so, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.2)


class Somebody:
    """Everything that is hers carries `word`: name, address, comment, browser, and where she comes from."""

    def __init__(self, demonstration: Demonstration, mail_server: MailServer) -> None:
        self.demonstration = demonstration
        self.mail_server = mail_server
        self.word = new_word()
        self.network = new_network()
        self.tokens: list[str] = []

    def forms(self) -> dict[bytes, str]:
        links = {token[:40].encode(): "link" for token in self.tokens}
        return forms_of_word(self.word) | forms_of_address(self.network) | links

    def address(self, box: str) -> str:
        return f"{self.word}.{box}@example.org"

    def ask(self, path: str, fields=None, method: str = "POST", body: bytes | None = None, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.demonstration.port, timeout=60)
        hers = {
            "User-Agent": f"Mozilla/5.0 {self.word}",
            "X-Forwarded-For": str(self.network),
            "Forwarded": f'for="[{self.network}]"',
            "Referer": f"http://localhost/{self.word}",
            "Cookie": f"word={self.word}",
            "Content-Type": FORM,
        }
        try:
            content = urlencode(fields).encode() if fields is not None else body
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, content, hers | named)
            answer = connection.getresponse()
            self.page = answer.read().decode()
            return answer.status
        finally:
            connection.close()

    def form(self, box: str, **fields: str) -> dict[str, str]:
        given = {"lang": "fr", "name": f"Ada {self.word}", "email": self.address(box), "country": "FR", "website": ""}
        return given | {"comment": f"Libérez-les ! {self.word}", "show_name": "1"} | fields

    def sign(self, box: str, **fields: str) -> int:
        return self.ask(f"/do/sign/{SLUG}/", self.form(box, **fields))

    def links(self, box: str) -> tuple[str, str]:
        """The paths of the newest mail's two links."""
        wait_until(lambda: self.address(box) in self.mail_server.recipients(), SECONDS_FOR_MAIL)
        mail = next(m for m in reversed(self.mail_server.messages()) if self.address(box) in str(m["to"]))
        text = mail.get_body(("plain",)).get_content()
        found = [re.search(rf"/do/{name}/([\w-]+)/", text) for name in ("confirm", "erase")]
        self.tokens += [each[1] for each in found]
        return found[0][0], found[1][0]

    def breaks_off(self) -> None:
        """The connection ends in the midst of the form."""
        import socket

        body = urlencode(self.form("half")).encode()
        head = f"POST /do/sign/{SLUG}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.demonstration.port), timeout=20) as connection:
            connection.sendall(head.encode() + body[: len(body) // 2])

    def errs(self) -> None:
        """Every way in which a form is refused."""
        word, path = self.word, f"/do/sign/{SLUG}/"
        for field in ({"email": word}, {"email": f"{word}@"}, {"name": word * 9}, {"comment": word * 20}):
            assert self.sign("errs", **field) == 422
            assert word in self.page  # nothing typed is lost
        assert self.sign("errs", country="XX", website=word) == 422
        assert self.sign("errs", puzzle=word) == 200
        assert self.ask(path, self.form("errs", comment=word * 4000)) == 413
        assert self.ask(path, self.form("errs") | {f"{word}{n}": word for n in range(650)}) == 400
        assert self.ask(path, body=f"name=%ff{word}".encode()) == 400
        assert self.ask(path, body=f"name=\xff{word}".encode("latin-1")) == 400
        assert self.ask(path, body=word.encode(), Content_Type="application/json") == 400
        assert self.ask(path, self.form("errs"), Origin=f"https://{word}.example.org") == 403
        assert self.ask(path, self.form("errs"), Sec_Fetch_Site="cross-site") == 403
        assert self.ask(path, self.form("errs"), method="PUT") == 405
        assert self.ask(f"/do/sign/{word}/", self.form("errs")) == 404
        for name in ("confirm", "erase"):
            assert self.ask(f"/do/{name}/{word}/", {"check": word}) == 404
        assert self.ask("/do/erase/", {"slug": SLUG, "email": self.address("errs"), "lang": word}) < 500
        for address in (f"/do/search/?q={word}&lang=en", f"/do/demo-mail/?mail={word}", f"/{word}/", f"/do/{word}"):
            assert self.ask(address, method="GET") in (200, 404)
        assert self.ask(f"/en/{quote(chr(0))}{word}/", method="GET") == 404
        for address in ("/do/subscribe/", "/do/preferences/"):
            assert self.ask(address, {"email": word, "lang": word, "topic": word, "rhythm": word}) == 422
        assert self.ask("/do/subscribe/", {"email": self.address("errs"), "website": word, "rhythm": "now"}) == 422
        for name in ("unsubscribe", "preferences"):
            assert self.ask(f"/do/{name}/{word}/", {"do": word}) == 404
        assert self.ask(f"/do/mail-event/{word}/", {"email": word}) == 404
        self.breaks_off()

    def subscribes(self) -> None:
        """Comes, follows, moves, is written to, and one of her leaves."""
        for box in ("reader", "leaver"):
            assert self.ask("/do/subscribe/", {"email": self.address(box), "lang": "en", "rhythm": "now"}) == 200
            assert self.ask(self.reader_link(box, "confirm"), {}) == 200
        assert self.sign("follower", follow="1", updates="1") == 200
        assert self.ask(self.links("follower")[0], {}) == 200
        assert self.ask("/do/preferences/", {"email": self.address("reader"), "lang": "en"}) == 200
        mine = self.reader_link("reader", "preferences")
        assert self.ask(mine, {"do": "take"}) == 200
        assert self.ask(mine, {"do": "move", "email": self.address("moved")}) == 200
        assert self.ask(self.reader_link("moved", "confirm"), {}) == 200
        self.demonstration.publish("A verdict in Bujumbura")
        leave = self.reader_link("leaver", "unsubscribe")
        assert self.reader_link("moved", "unsubscribe")
        assert self.ask(leave, {"List-Unsubscribe": "One-Click"}, Origin=f"https://{self.word}.example.org") == 200

    def reader_link(self, box: str, name: str) -> str:
        """The path of the newest link of a kind in her mails."""
        found: list[str] = []

        def look() -> list[str]:
            for mail in self.mail_server.messages():
                if self.address(box) in str(mail["to"]):
                    found.extend(re.findall(rf"/do/{name}/[\w-]+/", mail.get_body(("plain",)).get_content()))
            return found

        wait_until(look, SECONDS_FOR_MAIL)
        return found[-1]

    def signs(self) -> None:
        """The whole way, and the ways of mail that cannot be delivered."""
        for box in ("stays", "goes", "refused", "deferred"):
            assert self.sign(box) == 200
        confirm, _erase = self.links("stays")
        assert self.ask(confirm, method="GET") == 200
        assert [self.ask(confirm, {}), self.ask(confirm, {})] == [200, 200]
        assert self.ask(confirm, {"check": "1"}) == 200
        confirm, erase = self.links("goes")
        assert self.ask(confirm, {}) == 200
        assert self.ask(erase, method="GET") == 200
        assert [self.ask(erase, {}), self.ask(confirm, {})] == [200, 410]
        assert self.sign("stays") == 200  # once more, from the mailbox that has signed


@contextlib.contextmanager
def moody_mail_server():
    """Real servers repeat the address in their answers."""
    with running(MailServer()) as server:
        answers = {"refused": "550 5.1.1 <{}>: no such user", "deferred": "451 4.7.1 <{}>: greylisted, try later"}
        server.on_rcpt = lambda address: next(
            (answer.format(address) for box, answer in answers.items() if f".{box}@" in address), "250 OK"
        )
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request):
    """The address of a database of the test's own."""
    if request.param == "sqlite":
        yield ""
    elif not has_postgresql():
        pytest.skip("no PostgreSQL at 127.0.0.1:5432")
    else:
        with postgresql_database() as address:
            yield address


def test_nobody_who_signs_is_remembered_in_clear(tmp_path, database, django_db_setup):
    began = time.time()
    with moody_mail_server() as mail_server:
        demonstration = Demonstration(tmp_path, mail_server, database)
        with demonstration.running():
            somebody = Somebody(demonstration, mail_server)
            somebody.errs()
            somebody.signs()
            somebody.subscribes()
            # What is searched below is there: a signature, a mail that waits, one that was refused.
            waiting = "SELECT count(*) FROM outbox_message WHERE attempts > 0"
            refused = "SELECT coalesce(sum(number), 0) FROM outbox_mailtrouble WHERE reply LIKE '550%'"
            wait_until(lambda: demonstration.rows(waiting)[0][0] == 1, SECONDS_FOR_MAIL)
            wait_until(lambda: demonstration.rows(refused)[0][0] == 1, SECONDS_FOR_MAIL)
            assert demonstration.rows("SELECT count(*) FROM campaigns_signature") == [(2,)]
            assert demonstration.rows("SELECT count(*) FROM newsletters_subscriber") == [(2,)]
            demonstration.make_backup()
            search = Search(somebody.forms())
            assert search.in_files(demonstration.files()) == {}
        assert search.in_files(demonstration.files()) == {}
        if database:
            assert demonstration.in_postgresql(search, began) == {}
        assert demonstration.backup.stat().st_size > 100_000
        check_that_a_leak_would_be_found(demonstration, somebody, search, began)


def check_that_a_leak_would_be_found(demonstration, somebody, search, since) -> None:
    """Of a mail that had been queued without encryption, and of a line in the log."""
    with demonstration.log.open("a") as log:
        log.write(f"ERROR: {somebody.network}\n")
    assert list(search.in_files([demonstration.log])) == [str(demonstration.log)]
    mail = zlib.compress(b"To: " + somebody.address("stays").encode()).hex()
    literal = f"'\\x{mail}'" if demonstration.database else f"X'{mail}'"
    demonstration.change(f"UPDATE outbox_message SET sealed = {literal}")
    if not demonstration.database:
        assert search.in_files(files_in(demonstration.home))
        return
    found = demonstration.in_postgresql(search, since)
    assert "outbox_message" in found
    assert len(found) > 1 or not os.access("/var/lib/postgresql", os.R_OK)  # in the files too
