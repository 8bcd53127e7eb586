"""A petition to several: they are named with “and”, and the form says that a tick is for all of them."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from rightswire.campaigns.models import Addressee, Official
from rightswire.campaigns.opening import show

pytestmark = pytest.mark.django_db
AND = {"en": " and ", "fr": " et ", "ar": " و"}


@pytest.fixture
def page(petition, bake, site):
    def read(language: str) -> LexborHTMLParser:
        show(petition)
        bake()
        return LexborHTMLParser((site / language / "act/free-them/index.html").read_text(encoding="utf-8"))

    bake(everything=True)
    return read


def add_second(petition) -> None:
    second = Official.objects.create(name="B. President", country="LB", languages="fr")
    Addressee.objects.create(petition=petition, official=second)


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_two_are_joined_with_and(petition, page, language):
    add_second(petition)
    label = page(language).css_first('label[for="show_name"]').text()
    first, second = label.rsplit(AND[language], 1)
    assert "A. Minister" in first
    assert "B. President" in second


def test_the_form_speaks_of_several_and_says_that_a_tick_is_for_all(petition, page):
    one = page("en").css_first("fieldset").text()
    assert "What the addressee may see" in one
    assert "for all of them" not in one
    add_second(petition)
    two = page("en").css_first("fieldset").text()
    assert "What the addressees may see" in two
    assert "Each tick is for all of them together." in two


def test_the_listing_joins_them_too(petition, page, site):
    add_second(petition)
    page("en")
    listing = LexborHTMLParser((site / "en/act/index.html").read_text(encoding="utf-8"))
    assert "A. Minister and B. President" in listing.css_first(".to").text()
