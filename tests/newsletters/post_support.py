"""A post office before a real mail server."""

import time
from collections.abc import Callable, Iterator

import pytest

from mail_server import MailServer
from rightswire.newsletters.models import Fate, Handover, MailSettings, Sending, SendingState
from rightswire.newsletters.post import office
from rightswire.newsletters.post.office import PostOffice


class Pipelining(MailServer):
    """A server that takes the commands of an envelope together."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        first, *rest = await super().handle_EHLO(server, session, envelope, hostname, responses)
        return [first, "250-PIPELINING", *rest]


@pytest.fixture
def server(request, settings) -> Iterator[MailServer]:
    server = getattr(request, "param", Pipelining)().start()
    settings.EMAIL_URL = server.url
    yield server
    server.stop()


@pytest.fixture
def quick(proven, monkeypatch) -> None:
    """No pace, one press, and a look at once whether it is over."""
    monkeypatch.setattr(office, "PRESSES", 1)
    monkeypatch.setattr(office, "CLOSING_LOOK", 0.05)
    current = MailSettings.current()
    current.a_minute = current.a_minute_a_domain = 1_000_000
    current.save()


def is_over() -> bool:
    return not Sending.objects.filter(state=SendingState.RUNNING).exists()


def post(strongbox, until: Callable[[], bool] = is_over) -> None:
    """Sends until all is over."""
    own = PostOffice(strongbox)
    own.start()
    try:
        ends_at = time.monotonic() + 20
        while not until():
            assert time.monotonic() < ends_at, list(Handover.objects.values_list("fate", "reply"))
            time.sleep(0.05)
    finally:
        own.stop()


def fates() -> dict[str, int]:
    found = [Fate(fate).name for fate in Handover.objects.values_list("fate", flat=True)]
    return {name: found.count(name) for name in set(found)}
