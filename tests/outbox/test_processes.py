"""The outbox in processes of its own: stopped, killed, and its files looked through."""

import base64
import re
import sqlite3
import subprocess
import sys
import time
import zlib
from collections import Counter
from pathlib import Path

import pytest

from mail_server import MailServer, running

PROGRAM = Path(__file__).with_name("mailing.py")


def start(home: Path, url: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, PROGRAM, home, url, *arguments])


def run(home: Path, url: str, *arguments: str) -> None:
    with start(home, url, *arguments) as process:
        assert process.wait(60) == 0


def waiting(home: Path) -> int:
    database = sqlite3.connect(home / "db.sqlite3")
    try:
        return database.execute("SELECT count(*) FROM outbox_message").fetchone()[0]
    finally:
        database.close()


def wait_for(number: int, server: MailServer) -> None:
    ends_at = time.monotonic() + 30
    while len(server.accepted) < number:
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def holds(home: Path, words: str) -> bool:
    """Whether a file of the data folder shows the words, as they are or packed."""
    forms = {words.encode(), words.encode("utf-16-le"), words.encode().hex().encode()}
    forms |= {base64.b64encode(words.encode()[start:])[1:-4] for start in range(3)}
    for file in home.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        packed = [_unpacked(content[found.start() :]) for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content)]
        if any(form in text for form in forms for text in (content, *packed)):
            return True
    return False


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(content[:100_000], 100_000)
    except zlib.error:
        return b""


@pytest.mark.parametrize("secret", ["person-3@example.org", "Tell nobody", "Words of the mail"])
def test_no_file_of_the_data_folder_shows_a_waiting_mail(tmp_path: Path, secret):
    run(tmp_path, "file:", "queue", "10")
    assert waiting(tmp_path) == 10
    assert not holds(tmp_path, secret)


def test_the_search_finds_what_an_outbox_without_encryption_gives_away(tmp_path: Path):
    run(tmp_path, "file:", "queue", "10", "careless")
    for secret in ("person-3@example.org", "Tell nobody", "Words of the mail"):
        assert holds(tmp_path, secret)


def test_a_mailer_that_is_told_to_stop_finishes_what_it_hands_over(tmp_path: Path):
    with running(MailServer()) as server:
        server.slowness = 0.1
        run(tmp_path, server.url, "queue", "40")
        with start(tmp_path, server.url, "send") as process:
            wait_for(6, server)
            process.terminate()
            assert process.wait(60) == 0
        assert 6 <= len(server.accepted) < 40
        assert waiting(tmp_path) == 40 - len(server.accepted)
        server.slowness = 0.0
        run(tmp_path, server.url, "send", "all")
    assert Counter(server.recipients()) == Counter(f"person-{number}@example.org" for number in range(40))


def test_a_mailer_that_is_killed_loses_nothing(tmp_path: Path):
    with running(MailServer()) as server:
        server.slowness = 0.02
        run(tmp_path, server.url, "queue", "60")
        for kill in range(1, 4):
            with start(tmp_path, server.url, "send") as process:
                wait_for(10 * kill, server)
                process.kill()
        run(tmp_path, server.url, "send", "all")
    assert set(server.recipients()) == {f"person-{number}@example.org" for number in range(60)}
    assert waiting(tmp_path) == 0
    again = [message["Message-ID"] for message in server.messages()]
    assert len(set(again)) == 60  # a mail that arrived twice can be known by its id


def test_a_mailer_that_deletes_before_it_sends_would_lose_some(tmp_path: Path):
    with running(MailServer()) as server:
        server.slowness = 0.02
        run(tmp_path, server.url, "queue", "60")
        with start(tmp_path, server.url, "send", "careless") as process:
            wait_for(10, server)
            process.kill()
        run(tmp_path, server.url, "send", "all")
    assert len(set(server.recipients())) < 60
