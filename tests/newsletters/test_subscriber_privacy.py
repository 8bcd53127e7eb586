"""What is kept of subscribers is on the privacy page and on the page of all stores."""

import pytest
from django.apps import apps

from rightswire.bake.pieces import Edition
from rightswire.campaigns.stores import CHAPTERS, place_of
from rightswire.newsletters.models import MailingKey
from rightswire.pages import following, privacy
from rightswire.pages.sheet import Sheet

pytestmark = pytest.mark.django_db


def test_the_privacy_page_and_the_form_are_there_once_a_key_is_proven(proven):
    sheet = Sheet(Edition(), "en")
    assert "newsletters/privacy.html" in [name for name, _facts in privacy.parts(sheet)]
    assert following.parts(sheet)
    MailingKey.objects.update(proven_at=None)
    assert "newsletters/privacy.html" not in [name for name, _facts in privacy.parts(sheet)]
    assert not following.parts(sheet)


def test_every_model_of_newsletters_has_its_place():
    for model in apps.get_app_config("newsletters").get_models():
        assert place_of(model), model


def test_the_page_of_stores_counts_them(subscribe):
    from rightswire.newsletters.subscribing import leave

    subscribe("ada@example.org")
    leave(subscribe("ben@example.org").pk)
    (chapter,) = [chapter for chapter in CHAPTERS if chapter.name == "Subscribers"]
    numbers = {line.what: line.number for store in chapter.stores for line in store.count()}
    assert (numbers["Active"], numbers["Mailboxes"], numbers["The same in the file `unsubscribed`"]) == (1, 1, 1)
