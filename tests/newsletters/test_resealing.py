"""A mailing key that comes later opens every address too, once mail was unlocked with the keys of before."""

import pytest
from django.utils import timezone

from rightswire.newsletters import resealing
from rightswire.newsletters.addresses import open_address, seal_address
from rightswire.newsletters.models import MailingKey, MailNotice, Subscriber
from rightswire.newsletters.resealing import seal_for_all
from rightswire.seal.box import PrivateKey, SealError

pytestmark = pytest.mark.django_db
PEOPLE = [f"reader.{number}@example.org" for number in range(5)]


@pytest.fixture
def later() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def people(subscribe, later):
    """Five who subscribed before the later key was there."""
    found = [subscribe(address) for address in PEOPLE]
    MailingKey.objects.create(label="Later", public=later.public.text(), proven_at=timezone.now())
    return found


def opened_by(key: PrivateKey) -> list[str]:
    found = []
    for sealed in Subscriber.objects.values_list("sealed", flat=True):
        try:
            found.append(open_address(bytes(sealed), key))
        except SealError:
            continue
    return sorted(found)


def test_each_key_opens_every_address(people, mailing_key, later, monkeypatch):
    monkeypatch.setattr(resealing, "PART", 2)
    assert opened_by(later) == []
    seal_for_all([mailing_key])
    assert opened_by(later) == opened_by(mailing_key) == PEOPLE
    assert not MailNotice.objects.exists()
    assert not MailingKey.objects.filter(is_for_all=False).exists()


def test_what_broke_off_goes_on_with_what_is_left(people, mailing_key, later, monkeypatch):
    monkeypatch.setattr(resealing, "PART", 2)
    sealed = []

    def breaking(address, recipients):
        if len(sealed) == 3:
            raise OSError(28, "No space left on device")
        sealed.append(address)
        return seal_address(address, recipients)

    monkeypatch.setattr(resealing, "seal_address", breaking)
    with pytest.raises(OSError, match="No space left"):
        seal_for_all([mailing_key])
    assert len(opened_by(later)) == 2  # whole parts
    assert opened_by(mailing_key) == PEOPLE
    monkeypatch.setattr(resealing, "seal_address", seal_address)
    seal_for_all([mailing_key])
    assert opened_by(later) == PEOPLE


def test_staff_are_told_how_many_addresses_no_key_opens_once_and_not_whose(people, mailing_key, later):
    lost = seal_address("lost@example.org", (PrivateKey.generate().public,))
    Subscriber.objects.filter(pk__in=[people[0].pk, people[1].pk]).update(sealed=lost)
    seal_for_all([mailing_key])
    seal_for_all([mailing_key])
    notice = MailNotice.objects.get()
    assert notice.words.startswith("2 addresses of subscribers cannot be opened")
    assert "@" not in notice.words
    assert opened_by(later) == PEOPLE[2:]
    assert MailingKey.objects.filter(is_for_all=False).exists()  # it is tried again with other keys


def test_an_address_that_is_changed_meanwhile_stays_as_it_was_changed(people, mailing_key, later, monkeypatch):
    both = (mailing_key.public, later.public)

    def meanwhile(address, recipients):
        if address == PEOPLE[0]:
            Subscriber.objects.filter(pk=people[0].pk).update(sealed=seal_address("moved@example.org", both))
        return seal_address(address, recipients)

    monkeypatch.setattr(resealing, "seal_address", meanwhile)
    seal_for_all([mailing_key])
    assert opened_by(later) == sorted(["moved@example.org", *PEOPLE[1:]])
