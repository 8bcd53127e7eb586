"""What is kept of subscribers is on the privacy page and on the page of all stores."""

import time
from html import unescape

import pytest
from django.apps import apps

from rightswire.bake.pieces import Edition
from rightswire.campaigns.stores import CHAPTERS, place_of
from rightswire.campaigns.wishes import Wishes
from rightswire.newsletters.models import Basis, Consent, MailingKey
from rightswire.newsletters.subscribing import confirm_beside_petition
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


@pytest.fixture
def part(proven, bake, site):
    """part("fr") -> the part about news on the baked privacy page, in plain words; empty where there is none."""

    def read(language: str = "en") -> str:
        bake(everything=True)
        html = (site / language / "privacy" / "index.html").read_text(encoding="utf-8")
        return unescape(html.partition('<h2 id="news">')[2].partition("<h2")[0])

    return read


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_it_stands_on_the_page_in_every_language(part, language):
    told = part(language)
    assert told.count("<dt>") == 7
    assert ("You subscribe" in told) == (language == "en")


def test_it_says_what_is_kept_and_promises_no_more_than_that(part):
    told = part()
    for kept in ("Language, how often", "time zone", "pauses", "petitions that you follow", "The words", "the reason"):
        assert kept in told
    assert "We must be able to write to you" in told
    assert "while mail is unlocked" in told
    assert "an address that he already knows" in told  # keys/newsletters lasts as long as the installation


def test_a_tick_beside_a_petition_shows_a_signature_and_the_page_says_so(part, petition):
    wished = Wishes("ada@example.org", updates=True, follow=True)
    confirm_beside_petition(wished, "en", "CA", petition.pk, int(time.time()))
    assert {consent.basis for consent in Consent.objects.all()} == {Basis.PETITION}
    assert "shows that you signed one" in part()


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
