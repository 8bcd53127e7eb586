"""The privacy page says what the settings say, and of petitions as long as signatures are kept."""

import pytest
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from rightswire.campaigns.models import Petition, State
from rightswire.pages.models import Organisation, Recipient

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "fr", "ar")


@pytest.fixture
def page(newsroom, bake, site):
    """page("en"): the page's text as it is after rendering what is due."""

    def read(language: str = "en") -> str:
        bake()
        html = (site / language / "privacy" / "index.html").read_text(encoding="utf-8")
        return " ".join(LexborHTMLParser(html).css_first("main").text(separator=" ").split())

    bake(everything=True)
    return read


@pytest.fixture
def organisation(newsroom):
    return Organisation.current()


def opened(**fields) -> Petition:
    petition = Petition(name="Free them", slug=fields.pop("slug", "free-them"), **fields)
    petition.save()
    petition.state, petition.opened_at = State.OPEN, timezone.now()
    petition.save(update_fields=["state", "opened_at"])
    return petition


def test_it_names_who_is_responsible_and_whom_to_complain_to(organisation, page):
    organisation.controller = "Every Name, a registered charity"
    organisation.address = "12 Register Lane\nOttawa"
    organisation.privacy_officer = "Ada Example"
    organisation.privacy_email = "privacy@everyname.example"
    organisation.complaints_to = "The Commissioner of Examples"
    organisation.complaints_link = "https://commissioner.example.org/"
    organisation.save()
    for language in LANGUAGES:
        text = page(language)
        for words in (
            "Every Name, a registered charity",
            "12 Register Lane",
            "Ada Example",
            "privacy@everyname.example",
        ):
            assert words in text, language
        assert "The Commissioner of Examples" in text


def test_what_is_worded_in_a_language_stands_there_in_it(organisation, page, site):
    organisation.controller, organisation.privacy_officer = "Every Name, a charity", "The officer"
    organisation.complaints_to = "The Commissioner of Examples"
    organisation.address = "12 Register Lane, third floor\nOttawa"
    wording = next(wording for wording in organisation.wordings.all() if wording.language == "ar")
    wording.controller, wording.privacy_officer = "كلّ اسم، جمعية", "المسؤولة"
    wording.complaints_to = "هيئة الأمثلة"
    organisation.wordings.add(wording)
    organisation.save()
    for words in ("كلّ اسم، جمعية", "المسؤولة", "هيئة الأمثلة"):
        assert words in page("ar")
        assert words not in page("en")
    for words in ("Every Name, a charity", "The officer", "The Commissioner of Examples"):
        assert words in page("fr")  # which has no words of its own
        assert words not in page("ar")


def test_each_line_of_the_address_runs_its_own_way(organisation, page, site):
    organisation.address = "12 Register Lane, third floor\n١٢ شارع السجل"
    organisation.save()
    page("ar")
    html = LexborHTMLParser((site / "ar/privacy/index.html").read_text(encoding="utf-8"))
    lines = [line.text() for line in html.css("main bdi")]
    assert "12 Register Lane, third floor" in lines
    assert "١٢ شارع السجل" in lines
    assert html.css_first("footer bdi")


def test_who_receives_data_stands_there_with_country_and_part(organisation, page):
    assert "Who handles data for us" not in page()
    organisation.recipients = [
        Recipient(name="Example Hosting", country="CH", role="host"),
        Recipient(name="Example Post", country="CA", role="mail"),
    ]
    organisation.save()
    assert "Example Hosting , Switzerland runs the machine" in page()
    assert "Example Post , Canada delivers our e-mail" in page()
    assert "Suisse" in page("fr")


def test_the_age_is_the_one_of_the_settings(organisation, page):
    assert "Under 16 years" in page()
    organisation.minimum_age = 0
    organisation.save()
    assert "years of age" not in page()


def test_an_organisation_that_filled_in_nothing_has_a_page_without_gaps(organisation, page):
    Organisation.objects.update(email="")
    Organisation.current().save()
    text = page()
    for empty in ("Write to:", "officer", "complain", "Who handles"):
        assert empty not in text


def test_of_petitions_it_speaks_once_one_was_opened(page):
    draft = Petition(name="Free them", slug="free-them")
    draft.save()
    assert "When you sign" not in page()
    draft.state, draft.opened_at = State.OPEN, timezone.now()
    draft.save()
    text = page()
    assert "When you sign a petition" in text
    assert "90 days after the petition was handed over" in text


def test_it_stops_when_the_last_signatures_are_destroyed(page):
    petition = opened()
    assert "When you sign" in page()
    petition.state, petition.records_destroyed_at = State.CLOSED, timezone.now()
    petition.save()
    assert "When you sign" not in page()


def test_petitions_that_keep_signatures_differently_are_told_together(page):
    opened(keep_days=30)
    opened(slug="free-others", keep_days=60)
    shown = page()
    assert "30 to 60 days after the petition was handed over and the last link has expired" in shown
    assert "its form says how many" in shown


def test_a_petition_without_confirmation_is_told(page):
    opened()
    assert "Some petitions need no confirmation" not in page()
    opened(slug="on-the-square", confirmed_by="nothing")
    assert "Some petitions need no confirmation" in page()


def test_the_promise_stands_there_in_its_own_words(page):
    opened()
    promise = (
        "A copy of our switched-off server reveals no confirmed signer’s name, address or comment. While a petition is "
        "open, and for thirty days after, its holder can test addresses he already knows, and may read confirmation "
        "mails still waiting (24 hours at most). An intruder on the running server sees those who sign while he is "
        "there. This does not cover your own mailbox, nor news subscriptions, whose addresses we must be able to use."
    )
    assert promise in page()


def test_where_signatures_are_is_told_with_the_hosts_country(organisation, page):
    opened()
    assert "On our server, encrypted" in page()
    organisation.recipients = [Recipient(name="Example Hosting", country="CH", role="host")]
    organisation.save()
    assert "On our server (Switzerland), encrypted" in page()
