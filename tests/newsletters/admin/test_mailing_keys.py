"""Mailing keys: the public half is added, by administrators; a key that is in use stays."""

import pytest
from django.urls import reverse
from django.utils import timezone

from rightswire.campaigns.models import RecipientKey
from rightswire.newsletters.models import MailingKey
from rightswire.seal.box import PrivateKey

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def private():
    return PrivateKey.generate()


@pytest.fixture
def key(db, private):
    return MailingKey.objects.create(label="Press office", public=private.public.text())


def add(desk, text, label="Press office"):
    return desk.do("mailing-keys:add", label=label, public=text)


@pytest.mark.parametrize("before", ["", "# Rightswire: the public half\n"])
def test_the_line_or_the_whole_file_is_taken(keeper, private, before):
    assert "once somebody has unlocked mail with it" in add(keeper, f"{before}{private.public.text()}\n").said
    key = MailingKey.objects.get()
    assert (key.public, key.added_by, key.proven_at) == (private.public.text(), keeper.user, None)
    page = keeper.look("mailing-keys:index").content.decode()
    assert private.public.id.hex() in page
    assert "Not in use yet" in page


def test_the_private_half_is_refused_there_and_not_shown_again(keeper, private):
    text = private.protected("a passphrase")
    page = add(keeper, f"# Keep this offline\n{text}\n").content.decode()
    assert "This is the private half" in page
    assert text[30:60] not in page
    assert not MailingKey.objects.exists()


@pytest.mark.parametrize("text", ["", "hello", "hello " * 50, "rightswire-key-1:", "rightswire-key-1:AAAA"])
def test_what_is_no_key_is_refused_in_one_sentence(keeper, text):
    assert [len(errors) for errors in add(keeper, text).context["form"].errors.values()] == [1]
    assert not MailingKey.objects.exists()


def test_one_key_is_added_once_and_three_at_most(keeper, key):
    assert "there already" in add(keeper, key.public).content.decode()
    for _ in range(3):
        answer = add(keeper, PrivateKey.generate().public.text())
    assert "At most 3" in answer.content.decode()
    assert MailingKey.objects.count() == 3


def test_a_key_that_opens_signatures_is_no_mailing_key_and_the_other_way_round(keeper, private):
    """The private half of the one comes to the server; that of the other never may."""
    other = PrivateKey.generate().public.text()
    RecipientKey.objects.create(label="Safe", public=other)
    assert "This key opens signatures" in add(keeper, other).content.decode()
    add(keeper, private.public.text())
    answer = keeper.do("petition-keys:add", label="Safe", public=private.public.text())
    assert "This is a mailing key" in answer.content.decode()
    assert RecipientKey.objects.count() == 1
    assert MailingKey.objects.count() == 1


def test_only_a_key_that_nothing_is_encrypted_for_is_deleted(keeper, key):
    MailingKey.objects.update(proven_at=timezone.now())
    assert "cannot be deleted" in keeper.do("mailing-keys:delete", key.pk).said
    assert MailingKey.objects.exists()
    assert reverse("mailing-keys:delete", args=[key.pk]) not in keeper.look("mailing-keys:index").content.decode()
    MailingKey.objects.update(proven_at=None)
    keeper.do("mailing-keys:delete", key.pk)
    assert not MailingKey.objects.exists()
