"""An outbox for tests: an own data folder, mails to put into it, and a mail server to send them to."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mail_server import MailServer, running
from rightswire.outbox import line
from rightswire.outbox.models import Message
from rightswire.outbox.queue import OutgoingMessage
from rightswire.outbox.sending import Mailer


def outgoing(**fields) -> OutgoingMessage:
    given = {
        "to": "noor.haddad@example.org",
        "subject": "Please confirm",
        "text": "Words of the mail.\n",
        "html": "<p>Words of the mail.</p>",
        "language": "en",
        "kind": "petition-confirm",
        "from_name": "Every Name",
        "from_address": "hello@everyname.example",
    }
    return OutgoingMessage(**(given | fields))


@pytest.fixture
def mail() -> Callable[..., OutgoingMessage]:
    """mail(to="…", …) -> a composed mail."""
    return outgoing


@pytest.fixture
def outbox(home: Path, settings, monkeypatch) -> Path:
    """The data folder of an outbox whose lines do not pause for long after trouble."""
    settings.EMAIL_URL = "file:"
    settings.BASE_URL = "https://everyname.example"
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 0.05)
    return home


@pytest.fixture
def server(outbox: Path, settings) -> Iterator[MailServer]:
    """A mail server to which the outbox sends."""
    with running(MailServer()) as started:
        settings.EMAIL_URL = started.url
        yield started


@pytest.fixture
def send(outbox: Path) -> Iterator[Callable[..., None]]:
    """send() until nothing more can be sent now; or send(until=…) something is so."""
    mailers: list[Mailer] = []

    def run(until: Callable[[], bool] | None = None) -> None:
        mailer = Mailer()
        mailers.append(mailer)
        mailer.open()
        ends_at = time.monotonic() + 30
        while mailer.step() or (until and not until()):
            assert time.monotonic() < ends_at, f"{Message.objects.count()} mails still wait"
            if until and until():
                break
            time.sleep(0.005)
        mailer.close()

    yield run
    for mailer in mailers:
        mailer.close()
