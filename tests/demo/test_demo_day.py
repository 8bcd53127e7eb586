"""The demo's day of action: for its petition, in three languages, with no place that its sources do not name."""

import pytest
from django.utils import timezone

from rightswire.campaigns.models import DayOfActionPage, Petition, State
from rightswire.demo.day import make_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def petition(newsroom):
    return Petition.objects.create(name="Drop it", slug="drop-dragonfly", state=State.OPEN, opened_at=timezone.now())


def test_the_day_is_there_in_every_language_and_belongs_to_the_petition(petition, bake, site):
    make_day()
    days = {day.language: day for day in DayOfActionPage.objects.readable()}
    assert set(days) == {"en", "fr", "ar"}
    assert [list(day.original.petitions.all()) for day in days.values()] == [[petition]] * 3
    assert not any(day.places for day in days.values())
    bake()
    for language in days:
        assert (site / language / "act/against-dragonfly/index.html").exists()


def test_it_shows_the_news_that_is_there(petition, publish):
    publish("Tell Google", slug="drop-project-dragonfly")
    make_day()
    shown = {day.language: [block.value.title for block in day.news] for day in DayOfActionPage.objects.all()}
    assert shown == {"en": ["Tell Google"], "fr": [], "ar": []}
