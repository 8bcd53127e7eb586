"""A day of action shows one sum in all languages, its places to people and machines, and only news that is public."""

import datetime

import extruct
import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser
from wagtail.blocks import StructBlockValidationError
from wagtail.models import Locale
from wagtail_localize.models import Translation, TranslationSource

from rightswire.accounts.models import User
from rightswire.accounts.roles import EDITOR, MODERATOR
from rightswire.bake.models import Due
from rightswire.bake.pieces import Edition
from rightswire.campaigns import day_page
from rightswire.campaigns.counting import publish_counts
from rightswire.campaigns.founding import make_act
from rightswire.campaigns.models import (
    Count,
    DayOfActionPage,
    Elsewhere,
    PaperTally,
    Petition,
    PetitionPage,
    State,
)
from rightswire.campaigns.models.day_of_action import PlaceBlock
from rightswire.newsroom.withdrawal import withdraw
from rightswire.pages.sheet import Sheet

pytestmark = pytest.mark.django_db

NOON, FOUR = datetime.time(12), datetime.time(16)
OTTAWA = {
    "town": "Ottawa",
    "country": "CA",
    "what": "Names read aloud",
    "day": None,
    "starts": NOON,
    "ends": FOUR,
    "time_zone": "America/Toronto",
    "where": "Example Square 4",
    "access": "No steps.",
    "page": None,
    "address": "mailto:ottawa@example.org",
}


@pytest.fixture
def acts(newsroom):
    return make_act()


@pytest.fixture
def open_petition(acts):
    """open_petition("slug", confirmed=5, languages=["en"]) -> an open petition with pages and a count."""

    def make(slug, *, confirmed=0, unconfirmed=0, languages=("en", "fr", "ar"), state=State.OPEN):
        petition = Petition.objects.create(name=slug, slug=slug, state=state, opened_at=timezone.now())
        Count.objects.create(petition=petition, confirmed=confirmed, unconfirmed=unconfirmed, counted_at=timezone.now())
        key = None
        for code in languages:
            page = PetitionPage(
                petition=petition,
                title=f"{slug} in {code}",
                slug=slug,
                introduction="What it is about.",
                ask="Stop.",
                locale=acts[code].locale,
            )
            page.translation_key = key or page.translation_key
            acts[code].add_child(instance=page)
            page.save_revision().publish()
            key = page.translation_key
        return petition

    return make


@pytest.fixture
def publish_day(acts):
    """publish_day(petitions, original=None, language="en", places=[{…}], **fields) -> a published page."""

    def make(petitions=(), *, original=None, language="en", places=(), **fields):
        fields.setdefault("first_day", datetime.date(2018, 11, 27))
        page = DayOfActionPage(
            title=f"A day ({language})",
            slug="a-day",
            introduction="One day, many places.",
            places=[("place", OTTAWA | place) for place in places],
            locale=acts[language].locale,
            **fields,
        )
        if original:
            page.translation_key = original.translation_key
        page.petitions = list(petitions)
        acts[language].add_child(instance=page)
        page.save_revision().publish()
        return DayOfActionPage.objects.get(pk=page.pk)

    return make


@pytest.fixture
def shown(bake, site):
    """shown("fr") -> the parsed page of the day, as it was baked."""

    def read(language="en"):
        bake()
        return LexborHTMLParser((site / language / "act/a-day/index.html").read_bytes())

    return read


def total(page):
    return page.css_first(".count .sum").text()


def texts(page, selector):
    return [" ".join(node.text().split()) for node in page.css(selector)]


# The sum


def test_the_sum_is_of_the_confirmed_signatures_of_all_its_petitions(open_petition, publish_day, shown):
    petitions = [open_petition("one", confirmed=1200), open_petition("two", confirmed=34)]
    open_petition("another", confirmed=7)
    publish_day(petitions)
    page = shown()
    assert total(page) == "1,234"
    assert sorted(texts(page, "section h3")) == ["one in en", "two in en"]
    assert "counted once in each" in page.css_first(".count").text()


def test_what_is_not_confirmed_here_stands_apart(open_petition, publish_day, shown):
    petition = open_petition("one", confirmed=5, unconfirmed=3)
    for number in (40, -4):
        PaperTally.objects.create(
            petition=petition, number=number, place="Ottawa", collected_on="2018-11-27", witness="A colleague"
        )
    Elsewhere.objects.create(petition=petition, number=900, date="2018-11-01", source="Another organisation")
    publish_day([petition])
    page = shown()
    assert total(page) == "5"
    assert texts(page, ".count li") == ["36 on paper", "3 not confirmed by e-mail", "900 collected elsewhere"]


def test_a_petition_in_preparation_is_neither_shown_nor_counted(open_petition, publish_day, shown):
    publish_day([open_petition("one", confirmed=5), open_petition("draft", confirmed=9, state=State.DRAFT)])
    page = shown()
    assert total(page) == "5"
    assert "draft in en" not in page.html


def test_without_a_petition_there_is_no_sum(publish_day, shown):
    publish_day()
    assert shown().css(".count") == []


def test_the_sum_moves_when_a_petition_s_count_does(petition, sign, publish_day, shown):
    original = publish_day([petition])
    publish_day(original=original, language="fr")
    assert not shown().css(".count .sum")
    assert "Nobody has signed here yet" in shown().css_first(".count").text()
    for number in range(2):
        sign(f"person{number}@example.org")
    publish_counts()
    assert total(shown()) == total(shown("fr")) == "2"


def test_a_petition_that_opens_or_changes_renders_its_days_anew(open_petition, publish_day, bake):
    petition = open_petition("one")
    day = publish_day([petition])
    french = publish_day(original=day, language="fr")
    bake()
    petition.pages.first().save_revision().publish()
    assert {f"page:{day.pk}", f"page:{french.pk}"} <= set(Due.objects.values_list("piece", flat=True))


# In all languages


def test_all_languages_show_the_petitions_of_the_original(open_petition, publish_day, shown):
    one, two, stray = open_petition("one", confirmed=10), open_petition("two", confirmed=20), open_petition("stray")
    original = publish_day([one])
    publish_day([stray], original=original, language="fr")
    assert total(shown("fr")) == "10"
    original.petitions.add(two)
    original.save_revision().publish()
    page = shown("fr")
    assert total(page) == "30"
    assert sorted(texts(page, "section h3")) == ["one in fr", "two in fr"]


def test_a_translation_made_in_the_admin_follows_the_original(
    open_petition, publish_day, shown, django_capture_on_commit_callbacks
):
    one, two = open_petition("one", confirmed=10), open_petition("two", confirmed=20)
    original = publish_day([one])
    source, _created = TranslationSource.update_or_create_from_instance(original)
    translation = Translation.objects.create(source=source, target_locale=Locale.objects.get(language_code="fr"))
    with django_capture_on_commit_callbacks(execute=True):
        translation.save_target(publish=True)
    assert total(shown("fr")) == "10"
    original.petitions = [two]
    original.first_day = datetime.date(2018, 12, 10)
    original.save_revision().publish()
    source.update_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        translation.save_target(publish=True)
    page = shown("fr")
    assert texts(page, "section h3") == ["two in fr"]
    assert total(page) == "20"
    assert page.css_first("main").attributes["data-date"] == "2018-12-10"


def test_a_petition_without_a_page_in_this_language_is_shown_in_its_own(open_petition, publish_day, shown):
    publish_day([open_petition("one", confirmed=3, languages=("fr",))])
    page = shown()
    assert total(page) == "3"
    (headline,) = page.css("section [lang=fr] h3 a")
    assert headline.attributes["href"] == "/fr/act/one/"


# News


def test_news_that_was_withdrawn_is_not_named(publish, publish_day, shown, staff):
    item = publish("They were released")
    publish_day(news=[("item", item)])
    assert "They were released" in shown().html
    withdraw(item, "safety", {}, staff[0])
    assert "They were released" not in shown().html


# Places


def test_a_place_says_what_where_when_and_in_whose_time(publish_day, shown):
    publish_day(places=[{}, {"town": "Tunis", "country": "TN", "starts": None, "ends": None, "address": ""}])
    page = shown()
    assert texts(page, ".meet h3") == ["Canada", "Tunisia"]
    ottawa, tunis = texts(page, ".meet .item")
    assert "November 27, 2018, 12:00 p.m., until 4:00 p.m., Eastern Standard Time" in ottawa
    assert "Example Square 4" in ottawa
    assert "Accessibility No steps." in ottawa
    assert "ottawa@example.org" in ottawa
    assert "November 27, 2018 Example Square 4" in tunis


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_other_peoples_parser_finds_an_event_for_each_place(publish_day, shown):
    hostile = "</script><b>Vigil</b>"
    publish_day(places=[{"what": hostile}, {"town": "Montréal", "ends": None, "where": ""}])
    found = extruct.extract(shown().html, syntaxes=["json-ld"])["json-ld"]
    montreal, ottawa = [thing for thing in found if thing["@type"] == "Event"]
    assert ottawa["name"] == hostile
    assert ottawa["startDate"] == "2018-11-27T12:00:00-05:00"
    assert ottawa["endDate"] == "2018-11-27T16:00:00-05:00"
    assert ottawa["location"]["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "Example Square 4",
        "addressLocality": "Ottawa",
        "addressCountry": "CA",
    }
    assert montreal["location"]["name"] == "Montréal"
    assert "endDate" not in montreal


def _sheet():
    return Sheet(Edition(), "en")


def test_a_vigil_may_last_into_the_next_day(publish_day):
    day = publish_day(places=[{"starts": datetime.time(22), "ends": datetime.time(6)}])
    (place,) = day_page.places(day, _sheet())
    assert (place["ends"] - place["starts"]) == datetime.timedelta(hours=8)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"time_zone": ""}, "time_zone"), ({"starts": None}, "starts"), ({"town": ""}, "town")],
)
def test_a_place_that_nobody_could_come_to_in_time_is_refused(changes, field):
    block = PlaceBlock()
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(block.to_python(OTTAWA | changes))
    assert list(refused.value.block_errors) == [field]


def test_a_contact_is_a_safe_address():
    block = PlaceBlock()
    with pytest.raises(ValidationError):
        block.clean(block.to_python(OTTAWA | {"address": "javascript:alert(1)"}))


def test_a_day_does_not_end_before_it_begins(acts):
    page = DayOfActionPage(
        title="A day",
        slug="a-day",
        introduction="x",
        first_day=datetime.date(2018, 11, 27),
        last_day=datetime.date(2018, 11, 26),
        locale=acts["en"].locale,
    )
    with pytest.raises(ValidationError) as refused:
        page.clean()
    assert list(refused.value.message_dict) == ["last_day"]


# For staff, and in the listing


def test_in_the_listing_the_large_date_is_enough_for_a_single_day(publish_day, acts, bake, site):
    original = publish_day()
    publish_day(original=original, language="fr", last_day=datetime.date(2030, 1, 1))
    bake(everything=True)
    for language, is_hidden in (("en", True), ("fr", False)):
        listing = LexborHTMLParser((site / language / "act/index.html").read_bytes())
        (time,) = listing.css("article time")
        assert (time.attributes.get("class") == "vh") is is_hidden


@pytest.mark.parametrize("role", [EDITOR, MODERATOR])
def test_staff_write_a_day_in_the_admin(client, acts, open_petition, role):
    user = User.objects.create_user("writer", password="a long pass phrase")
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    open_petition("one")
    page = client.get(reverse("wagtailadmin_pages:add", args=("campaigns", "dayofactionpage", acts["en"].pk)))
    assert page.status_code == 200
    assert b"Their signatures are added up." in page.content


def test_days_are_listed_the_newest_first(publish_day, acts):
    publish_day()
    page = DayOfActionPage(
        title="A later day",
        slug="later",
        introduction="x",
        first_day=datetime.date(2018, 12, 10),
        last_day=datetime.date(2018, 12, 12),
        locale=acts["en"].locale,
    )
    acts["en"].add_child(instance=page)
    page.save_revision().publish()
    rows = day_page.listed(_sheet())
    assert [row["title"] for row in rows] == ["A later day", "A day (en)"]
    assert rows[0]["days"] == "From December 10, 2018 to December 12, 2018"
