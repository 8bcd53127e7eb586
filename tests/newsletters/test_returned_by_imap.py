"""Returned mail in a mailbox at a provider: a real IMAP server (Dovecot), with a certificate of its own."""

import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import returned_samples as samples
from django.db import OperationalError

from mail_server import certificate, free_port
from rightswire.newsletters import returned_mail
from rightswire.newsletters.addresses import keys
from rightswire.newsletters.clock import MailboxClock
from rightswire.newsletters.models import Subscriber, SubscriberState
from rightswire.newsletters.return_path import return_address
from rightswire.newsletters.returned_mail import take_from_mailbox

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("dovecot"), reason="no IMAP server here (Debian: dovecot-imapd)"),
]

PASSWORD = "hush"
CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/certificate.key
mail_location = maildir:{folder}/mail
default_login_user = {login}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
"""


class ImapServer:
    """In a folder that the accounts which root makes it work for can reach, and pytest's they cannot."""

    def __init__(self) -> None:
        self.folder = folder = Path(tempfile.mkdtemp(prefix="imap-"))
        self.port = free_port()
        self.url = f"imaps://bounces%40example.org:{PASSWORD}@127.0.0.1:{self.port}"
        _, self.certificate = certificate(folder)
        (folder / "mail").mkdir()
        accounts = _accounts()
        os.chown(folder / "mail", accounts["uid"], accounts["gid"])
        folder.chmod(0o755)
        text = CONFIGURATION.format(folder=folder, port=self.port, password=PASSWORD, **accounts)
        (folder / "dovecot.conf").write_text(text)
        self._process = subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")])
        ends_at = time.monotonic() + 20
        while time.monotonic() < ends_at:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((folder / "log").read_text())

    def session(self) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=self.certificate)
        session = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context)
        session.login("bounces@example.org", PASSWORD)
        return session

    def put(self, raw: bytes, folder: str = "INBOX") -> None:
        with self.session() as session:
            session.append(folder, "", None, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def flags(self) -> list[str]:
        """Of each message that is there."""
        with self.session() as session:
            session.select("INBOX", readonly=True)
            found = session.fetch("1:*", "(FLAGS)")[1]
        names = [imaplib.ParseFlags(each) for each in found if isinstance(each, bytes)]
        return [" ".join(sorted(flag.decode() for flag in flags if flag != b"\\Recent")) for flags in names]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def _accounts() -> dict[str, Any]:
    """It refuses to be root; Debian's package makes accounts for it."""
    own = pwd.getpwuid(os.geteuid())
    mail, group = own, grp.getgrgid(own.pw_gid).gr_name
    login = user = own.pw_name
    if own.pw_uid == 0:
        login, user, group, mail = "dovenull", "dovecot", "dovecot", pwd.getpwnam("dovecot")
    return {"login": login, "user": user, "group": group, "uid": mail.pw_uid, "gid": mail.pw_gid}


@pytest.fixture
def server(settings, monkeypatch) -> Iterator[ImapServer]:
    """The setting leads to it, and this machine trusts its certificate."""
    server = ImapServer()
    settings.BOUNCE_MAILBOX = server.url
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    yield server
    server.stop()


@pytest.fixture
def ada(subscribe) -> Subscriber:
    return subscribe("ada@example.org")


def report(to: str, text: str = samples.POSTFIX) -> bytes:
    return text.format(to=to, action="failed", status="5.1.1").encode()


def address_for(subscriber: Subscriber) -> str:
    return return_address(subscriber.pk, 3, keys().list_secret("bounces"), "bounces@news.example.org")


def suspended() -> set[Subscriber]:
    return set(Subscriber.objects.filter(state=SubscriberState.SUSPENDED))


def test_reports_are_accounted_for_and_go_and_what_is_none_of_ours_stays(ada, subscribe, server):
    ben, _cleo = subscribe("ben@example.org"), subscribe("cleo@example.org")
    server.put(report(address_for(ada)))
    server.put(b"From: a@example.org\nSubject: A letter\n\nDear all\n")
    server.put(report(address_for(ben), samples.QMAIL))
    server.put(b"To: " + address_for(ben).encode() + b"\nAuto-Submitted: auto-replied\nSubject: Away\n\nUntil Monday\n")
    server.put(report("somebody@example.org"))
    server.put(b"a" * 3_000_000)
    assert take_from_mailbox() == 6
    assert suspended() == {ada, ben}
    assert server.flags() == ["\\Seen"] * 3
    assert take_from_mailbox() == 0
    server.put(report(address_for(_cleo)))
    MailboxClock().tick()
    assert suspended() == {ada, ben, _cleo}


def test_what_cannot_be_read_is_flagged_and_not_tried_for_ever(ada, server, monkeypatch, caplog):
    take = returned_mail.take

    def read(raw: bytes):
        if b"broken" in raw:
            raise LookupError("ada@example.org")
        return take(raw)

    monkeypatch.setattr(returned_mail, "take", read)
    server.put(b"To: ada@example.org\n\nbroken\n")
    server.put(report(address_for(ada)))
    assert take_from_mailbox() == 2
    assert (suspended(), server.flags(), take_from_mailbox()) == ({ada}, ["\\Flagged"], 0)
    assert "LookupError" in caplog.text
    assert "ada" not in caplog.text


def test_while_the_database_does_not_answer_the_message_stays(ada, server, monkeypatch):
    def away(raw: bytes):
        raise OperationalError

    server.put(report(address_for(ada)))
    with monkeypatch.context() as patched:
        patched.setattr(returned_mail, "take", away)
        with pytest.raises(OperationalError):
            take_from_mailbox()
    assert server.flags() == [""]
    assert take_from_mailbox() == 1
    assert suspended() == {ada}


def test_another_folder_and_its_absence(ada, server, settings, caplog):
    settings.BOUNCE_MAILBOX = f"{server.url}/Returned%20mail"
    assert take_from_mailbox() == 0
    assert "RIGHTSWIRE_BOUNCE_MAILBOX: returned mail waits: the server has no folder Returned mail" in caplog.text
    with server.session() as session:
        session.create('"Returned mail"')
    server.put(report(address_for(ada)), '"Returned mail"')
    assert take_from_mailbox() == 1
    assert suspended() == {ada}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda server, _patch: server.url.replace(PASSWORD, "wrong"), "refuses the user or the password"),
        (lambda server, _patch: server.url.replace(str(server.port), str(free_port())), "cannot be reached"),
        (lambda server, patch: patch.delenv("SSL_CERT_FILE") or server.url, "certificate is not valid"),
    ],
    ids=["password", "server", "certificate"],
)
def test_what_is_wrong_is_told_without_the_address(server, settings, monkeypatch, caplog, change, words):
    settings.BOUNCE_MAILBOX = change(server, monkeypatch)
    assert take_from_mailbox() == 0
    assert "RIGHTSWIRE_BOUNCE_MAILBOX: returned mail waits" in caplog.text
    assert words in caplog.text
    assert not any(secret in caplog.text for secret in (PASSWORD, "bounces@", "wrong"))


def test_a_server_that_hangs_up_in_the_middle_is_told_of(server, ada, monkeypatch, caplog):
    server.put(report(address_for(ada)))

    def read(raw: bytes):
        server.stop()

    monkeypatch.setattr(returned_mail, "take", read)
    assert take_from_mailbox() == 0
    assert "RIGHTSWIRE_BOUNCE_MAILBOX: returned mail waits: the server does not" in caplog.text
