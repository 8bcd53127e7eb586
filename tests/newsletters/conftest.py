"""Subscribers for tests, and a post office before a real mail server."""

import datetime
import time
from collections.abc import Callable

import pytest

from campaigns.conftest import draft, offline_key, petition, staff  # noqa: F401 - a petition to sign
from newsletters.post_support import quick, server  # noqa: F401 - a post office
from newsletters.reader_support import preferences, reader, signed  # noqa: F401 - somebody before the desk
from rightswire.seal.box import PrivateKey


@pytest.fixture(scope="session")
def mailing_key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def proven(newsroom, mailing_key):
    """The mailing key is in use, and the organisation has what its mails need."""
    from django.utils import timezone

    from rightswire.newsletters.models import MailingKey
    from rightswire.pages.models import Organisation

    organisation = Organisation.current()
    organisation.address = "1 Example Street"
    organisation.save()
    return MailingKey.objects.create(label="Tests", public=mailing_key.public.text(), proven_at=timezone.now())


@pytest.fixture
def subscribe(proven) -> Callable:
    """subscribe("ada@example.org", rhythm="now", countries=("CA",)) -> a Subscriber who has confirmed."""
    from rightswire.newsletters.links import Wish
    from rightswire.newsletters.subscribing import confirm

    def make(address: str, *, rhythm: str = "now", language: str = "en", **chosen):
        return confirm(Wish(address, language, rhythm, begun_at=int(time.time()), **chosen))

    return make


@pytest.fixture
def strongbox(proven, mailing_key):
    """Unlocked."""
    from rightswire.newsletters.strongbox import Strongbox

    box = Strongbox()
    box.put_in(mailing_key)
    return box


@pytest.fixture
def news(publish) -> Callable:
    """news("Headline", countries=["CA"]) -> an item of today, in its place in the order of news."""
    from rightswire.newsletters.digests import note_news

    def make(title: str, **fields):
        item = publish(title, date=datetime.date.today().isoformat(), **fields)
        note_news()
        return item

    return make
