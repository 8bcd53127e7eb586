"""The lines to the mail server, where the server, the network or the ledger is in a bad way."""

import asyncio
import selectors
import socket
import threading
import time
from selectors import EVENT_READ, EVENT_WRITE

import pytest
from django.db.utils import OperationalError

from mail_server import MailServer, certificate, free_port, running
from newsletters.post_support import Pipelining, fates, is_over, post
from rightswire.newsletters import ledger
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.models import Fate, Handover, Sending
from rightswire.newsletters.post import line, office, outcomes, pace, switchboard
from rightswire.outbox.backends import Later, Refused, ServerTrouble
from rightswire.outbox.backends.pipelined import Broken, PipelinedConnection
from rightswire.outbox.compiled import Letter
from rightswire.outbox.server import read_server

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def thirty(subscribe, news) -> list[str]:
    """Of thirty who want news at once, and there is news."""
    addresses = [f"reader.{number}@example{number}.org" for number in range(30)]
    for address in addresses:
        subscribe(address)
    news("A verdict")
    send_at_once()
    return addresses


@pytest.mark.parametrize("kind", [Pipelining, MailServer])
def test_over_an_encrypted_connection(kind, quick, thirty, strongbox, settings, tmp_path):
    context, _ = certificate(tmp_path)
    with running(kind(tls_context=context, require_starttls=True)) as server:
        settings.EMAIL_URL = server.url
        post(strongbox)
    assert server.was_encrypted
    assert sorted(server.recipients()) == sorted(thirty)
    assert fates() == {"HANDED_OVER": 30}


def test_a_server_that_comes_up_late_gets_everything(quick, thirty, strongbox, settings, monkeypatch):
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 0.2)
    server = Pipelining(free_port())
    settings.EMAIL_URL = server.url
    threading.Timer(1.0, server.start).start()
    post(strongbox)
    server.stop()
    assert sorted(server.recipients()) == sorted(thirty)
    assert set(Handover.objects.values_list("fate", "attempts")) == {(Fate.HANDED_OVER, 1)}


def test_a_server_that_hung_up_between_two_sendings_is_called_again(
    quick, subscribe, news, strongbox, settings, monkeypatch
):
    monkeypatch.setattr(office, "IDLE", 0.05)
    subscribe("ada@example.org")
    with running(Pipelining(timeout=0.5)) as server:
        settings.EMAIL_URL = server.url
        news("A verdict")
        send_at_once()

        def both_are_over() -> bool:
            if is_over() and Sending.objects.count() == 1:
                time.sleep(1.0)
                news("Another")
                send_at_once()
            return is_over() and Sending.objects.count() == 2

        post(strongbox, until=both_are_over)
        assert len(server.peers) == 2
    assert server.recipients() == ["ada@example.org"] * 2
    assert set(Handover.objects.values_list("fate", "attempts")) == {(Fate.HANDED_OVER, 1)}


def test_a_server_that_never_answers_about_a_mail_leaves_it_unknown(server, quick, thirty, strongbox, monkeypatch):
    monkeypatch.setattr(line, "PATIENCE", 0.5)
    monkeypatch.setattr(switchboard, "LOOK", 0.1)
    never = threading.Event()
    real = server.handle_DATA

    async def handle_data(protocol, session, envelope):
        if envelope.rcpt_tos == [thirty[3]]:
            while not never.is_set():
                await asyncio.sleep(0.05)
        return await real(protocol, session, envelope)

    server.handle_DATA = handle_data
    post(strongbox)
    never.set()
    assert fates() == {"HANDED_OVER": 29, "UNKNOWN": 1}


def test_what_the_ledger_cannot_note_is_not_sent_and_goes_out_later(
    server, quick, thirty, strongbox, monkeypatch, caplog
):
    monkeypatch.setattr(line, "NOT_WRITTEN_PAUSE", 0.2)
    monkeypatch.setattr(switchboard, "WRITES_AGAIN_AFTER", 0.2)
    real, failures = ledger.write, []

    def fail_at_first(about_to_go, outcomes) -> None:
        if about_to_go and len(failures) < 3:
            failures.append(len(server.accepted))
            raise OperationalError("disk I/O error")
        real(about_to_go, outcomes)

    monkeypatch.setattr(ledger, "write", fail_at_first)
    post(strongbox)
    assert failures == [0, 0, 0]
    assert sorted(server.recipients()) == sorted(thirty)
    assert fates() == {"HANDED_OVER": 30}
    assert "cannot be written (OperationalError); mail waits" in caplog.text


def test_a_commit_that_worked_and_was_reported_as_failed_doubles_nothing(server, quick, thirty, strongbox, monkeypatch):
    """What was put off is due again before the ledger is written once more."""
    monkeypatch.setattr(outcomes, "PUT_OFF", (0.1,))
    monkeypatch.setattr(pace, "FIRST_PENALTY", 0.1)
    refused, failed = set(), []
    real = ledger.write

    def once_not(address: str) -> str:
        is_first = address not in refused
        refused.add(address)
        return "450 4.2.0 Later" if is_first else "250 OK"

    def fail_afterwards(about_to_go, ended) -> None:
        real(about_to_go, ended)
        if len(failed) < 3 and any(one.fate is Fate.PUT_OFF for one in ended):
            failed.append(len(ended))
            raise OperationalError("server closed the connection unexpectedly")

    server.on_rcpt = once_not
    monkeypatch.setattr(ledger, "write", fail_afterwards)
    post(strongbox)
    assert failed
    assert sorted(server.recipients()) == sorted(thirty)
    assert set(fates()) == {"HANDED_OVER"}


def test_who_stops_waits_for_the_server_and_what_is_left_goes_out_afterwards(server, quick, thirty, strongbox):
    server.slowness = 0.3
    post(strongbox, until=lambda: server.under_way > 0)
    first = len(server.accepted)
    assert fates()["HANDED_OVER"] == first > 0
    assert "SENDING" not in fates()
    post(strongbox)
    assert sorted(server.recipients()) == sorted(thirty)
    assert fates() == {"HANDED_OVER": 30}


def test_a_server_that_takes_one_mail_a_connection_gets_all(quick, thirty, strongbox, settings, monkeypatch):
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 0.1)
    server = Pipelining()
    taken: set = set()

    async def handle_mail(protocol, session, envelope, address, options):
        if session.peer in taken:
            return "421 4.7.0 one a connection"
        taken.add(session.peer)
        return await MailServer.handle_MAIL(server, protocol, session, envelope, address, options)

    server.handle_MAIL = handle_mail
    with running(server):
        settings.EMAIL_URL = server.url
        post(strongbox)
    assert sorted(server.recipients()) == sorted(thirty)
    assert set(Handover.objects.values_list("fate", "attempts")) == {(Fate.HANDED_OVER, 1)}


def test_a_folder_takes_mail_as_fast_as_it_comes(quick, subscribe, news, strongbox, settings, home, monkeypatch):
    monkeypatch.setattr(switchboard, "LOOK", 30.0)  # nothing may wait for it
    settings.EMAIL_URL = "file:"
    for number in range(120):
        subscribe(f"reader.{number}@example{number}.org")
    news("A verdict")
    send_at_once()
    post(strongbox)
    assert len(list((home / "mail").glob("*.eml"))) == 120
    assert fates() == {"HANDED_OVER": 120}


# A connection by itself


def converse(link: PipelinedConnection, step) -> bool:
    """Waits as the lines do until the step has its answer."""
    ends_at = time.monotonic() + 20
    while not (answer := step()):
        assert time.monotonic() < ends_at
        with selectors.DefaultSelector() as selector:
            selector.register(link.socket, EVENT_READ | (EVENT_WRITE if link.has_unsent else 0))
            selector.select(1)
        link.hear()
    return answer


def letter(to: str, content: bytes = b"Subject: A trial\r\n\r\nRead this.\r\n") -> Letter:
    return Letter("hello@everyname.example", to, False, content)


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_mail_larger_than_what_the_network_takes_at_once_arrives_whole(tmp_path, is_encrypted):
    large = b"Subject: A trial\r\n\r\n" + b"".join(b"%070d\r\n" % number for number in range(200_000))
    options = {"tls_context": certificate(tmp_path)[0]} if is_encrypted else {}
    with running(Pipelining(data_size_limit=0, **options)) as server:
        link = PipelinedConnection(read_server(server.url), "localhost")
        link.begin(letter("ada@example.org"))
        converse(link, link.has_agreed)
        link.finish(letter("ada@example.org", large), letter("ben@example.org"))
        assert link.has_unsent
        converse(link, link.has_taken)
        assert link.has_begun
        converse(link, link.has_agreed)
        link.finish(letter("ben@example.org"), None)
        converse(link, link.has_taken)
        link.close()
    assert [recipient for recipient, _ in server.accepted] == ["ada@example.org", "ben@example.org"]
    assert server.accepted[0][1] == large


class Scripted:
    """A server that answers each command as the script says; `said`: what it was told."""

    def __init__(self, *answers: str) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._answers = answers
        self.said: list[str] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        talk, _ = self._socket.accept()
        with self._socket, talk, talk.makefile("rwb", buffering=0) as file:
            file.write(b"220 hello\r\n")
            for answer in self._answers:
                self.said.append(file.readline().decode().strip())
                file.write(answer.replace("\n", "\r\n").encode() + b"\r\n")

    def wait(self) -> list[str]:
        self._thread.join(10)
        return self.said


def test_a_server_that_waits_for_a_mail_to_nobody_gets_a_dot_and_the_next_mail():
    server = Scripted(
        "250-here\n250 PIPELINING", "250 ok", "550 5.1.1 who?", "354 go on", "554 nobody",
        "250 reset", "250 ok", "250 ok", "354 go on",
    )  # fmt: skip
    link = PipelinedConnection(read_server(server.url), "localhost")
    link.begin(letter("gone@example.org"))
    with pytest.raises(Refused, match=r"550 5\.1\.1"):
        converse(link, link.has_agreed)
    link.begin(letter("ada@example.org"))
    assert converse(link, link.has_agreed)
    link.drop()
    assert server.wait()[4:] == [
        ".",
        "RSET",
        "MAIL FROM:<hello@everyname.example>",
        "RCPT TO:<ada@example.org>",
        "DATA",
    ]


@pytest.mark.parametrize("words", ["what?", "25", "2five0 ok", "\x00", "é" * 100_000])
def test_a_server_that_nobody_understands_costs_the_connection(words):
    server = Scripted("250-here\n250 PIPELINING", words)
    link = PipelinedConnection(read_server(server.url), "localhost")
    link.begin(letter("ada@example.org"))
    with pytest.raises(ServerTrouble):
        converse(link, link.has_agreed)
    assert not link.is_open
    server.wait()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (["421 4.3.2 closing"], ServerTrouble),  # nobody was named: no fault of the mail's
        (["250 ok", "550 5.1.1 who?", "421 4.7.0 too many errors"], Refused),
        (["250 ok", "250 ok", "421 4.3.2 closing"], Later),
    ],
)
def test_a_server_that_takes_leave_ends_the_connection_and_only_what_it_said_of_the_mail_counts(answers, error):
    server = Scripted("250-here\n250 PIPELINING", *answers)
    link = PipelinedConnection(read_server(server.url), "localhost")
    link.begin(letter("ada@example.org"))
    with pytest.raises(error):
        converse(link, link.has_agreed)
    assert not link.is_open
    server.wait()


@pytest.mark.parametrize("after", ["\n250 stray", None], ids=["speaks", "hangs up"])
def test_what_a_server_says_before_the_text_is_no_answer_to_it(after):
    server = Scripted("250-here\n250 PIPELINING", "250 ok", "250 ok", "354 go on" + (after or ""))
    link = PipelinedConnection(read_server(server.url), "localhost")
    link.begin(letter("ada@example.org"))
    server.wait()  # it has said all, and is gone
    link.hear()
    link.hear()
    with pytest.raises(Later):
        link.has_agreed()
    assert not link.is_open


@pytest.mark.parametrize("code", ["25", "150", "354", "650"])
def test_an_answer_about_the_text_that_means_nothing_leaves_it_unknown(code):
    server = Scripted("250-here\n250 PIPELINING", "250 ok", "250 ok", "354 go on", f"{code} hm")
    link = PipelinedConnection(read_server(server.url), "localhost")
    link.begin(letter("ada@example.org"))
    assert converse(link, link.has_agreed)
    link.finish(letter("ada@example.org"), None)
    with pytest.raises(Broken):
        converse(link, link.has_taken)
    server.wait()
