"""How many subscribers there are: written once a day, shown without what could be somebody, never who."""

import csv
import datetime
import io

import pytest

from rightswire.newsletters.models import Rhythm, SubscriberState, SubscriberTotal
from rightswire.newsletters.totals import write_totals

pytestmark = pytest.mark.django_db

DAY = datetime.date(2018, 11, 29)


def rows(by):
    return dict(SubscriberTotal.objects.filter(by=by, day=DAY).values_list("value", "number"))


@pytest.fixture
def counted(subscribe, newsroom):
    subscribe(6, topics=["china", "india"])
    subscribe(9, language="fr", topics=["china"], rhythm=Rhythm.NOW)
    subscribe(2, language="ar")
    subscribe(30, state=SubscriberState.SUSPENDED)
    write_totals(DAY)


def test_totals_are_of_those_who_are_active(counted):
    assert rows("all") == {"": 17}
    assert rows("language") == {"en": 6, "fr": 9, "ar": 2}
    assert rows("rhythm") == {"weekly": 8, "now": 9}
    assert rows("topic") == {"china": 15, "india": 6, "": 2}


def test_a_day_is_counted_once(counted, subscribe):
    subscribe(1)
    write_totals(DAY)
    assert rows("all") == {"": 17}
    write_totals(DAY + datetime.timedelta(days=1))
    assert list(SubscriberTotal.objects.filter(by="all").values_list("number", flat=True)) == [17, 18]


def test_nobody_yet_is_nought(newsroom):
    write_totals(DAY)
    assert rows("all") == {"": 0}


def test_what_could_be_somebody_is_told_in_words_only(counted, first):
    answer = first.look("subscriber-numbers:index")
    page = answer.content.decode()
    assert "fewer than 5" in page
    assert "<desc id=" in page  # a chart
    arabic = next(chart for chart in answer.context["parts"][0][2]["charts"] if chart["now"] == "fewer than 5")
    assert ": 2<" not in arabic["svg"]

    table = list(csv.reader(io.StringIO(first.look("subscriber-numbers:csv").content.decode())))
    assert table[0] == ["day", "by", "value", "subscribers"]
    assert ["2018-11-29", "all", "", "17"] in table
    assert [line[3] for line in table if line[1] == "language"] == ["fewer than 5", "6", "9"]


def test_nobody_and_a_few_are_told_apart_day_by_day(subscribe, newsroom, first):
    write_totals(DAY)
    subscribe(2)
    write_totals(DAY + datetime.timedelta(days=1))
    answer = first.look("subscriber-numbers:index")
    assert [numbers for _day, numbers in answer.context["total"]["rows"]] == [["fewer than 5"], ["0"]]
    assert "told as “fewer than 5”" in answer.content.decode()


def test_before_the_first_totals_the_page_says_so(first):
    assert "Nothing yet" in first.look("subscriber-numbers:index").content.decode()


def test_who_may_not_see_numbers_does_not(make_desk, counted):
    from django.contrib.auth.models import Permission

    guest = make_desk("guest", None)
    guest.user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    for name in ("index", "csv"):
        assert guest.look(f"subscriber-numbers:{name}").status_code == 302
