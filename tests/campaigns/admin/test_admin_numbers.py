"""Charts with tables, and the totals as CSV: from stored totals, countries from twenty on."""

import csv
import datetime
import io
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from rightswire.campaigns.admin.charts import bars, steps
from rightswire.campaigns.admin.totals import Share, by_hour, plain_cell
from rightswire.campaigns.counting import recount
from rightswire.campaigns.models import AskedTotal, HourTotal, Petition, SignatureState
from rightswire.outbox.models import MailTrouble

SVG = "{http://www.w3.org/2000/svg}"


@given(some.integers(min_value=0, max_value=10**9))
def test_an_axis_has_few_round_steps_and_holds_the_highest(most):
    axis = steps(most)
    assert axis[0] == 0
    assert axis[-1] >= most
    assert 2 <= len(axis) <= 6
    assert len({after - before for before, after in pairwise(axis)}) == 1
    assert str(axis[1]).strip("0") in ("1", "2", "5")


@given(some.lists(some.tuples(some.text(max_size=20), some.integers(-50, 10**7)), max_size=70))
def test_every_point_has_its_bar_and_any_label_is_text(points):
    told = [(label, number) for label, number in points if label.isprintable()]
    drawn = ElementTree.fromstring(bars("days", "Per day", "<b>All</b> of it", told))
    rects = drawn.findall(f"{SVG}rect") or drawn.findall("rect")
    assert len(rects) == len(told)
    most = max((number for _label, number in told), default=0)
    for rect, (label, number) in zip(rects, told, strict=True):
        assert float(rect.get("height")) >= 0
        assert (float(rect.get("height")) == 0) == (number <= 0) or number < most / 1000
        assert rect[0].text == f"{label}: {number}"


def test_a_chart_is_named_and_described_for_those_who_do_not_see_it():
    drawn = ElementTree.fromstring(bars("days", "Per day", "The most: 7.", [("1 May", 7)]))
    assert drawn.get("role") == "img"
    named = {part.get("id"): part.text for part in drawn if part.get("id")}
    assert [named[name] for name in drawn.get("aria-labelledby").split()] == ["Per day", "The most: 7."]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_value_is_a_formula(text):
    assert plain_cell(text) == "'" + text


@pytest.mark.django_db
def test_hours_are_what_was_added_to_the_count(opened):
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    for hours, confirmed in ((0, 10), (1, 25), (3, 20)):
        HourTotal.objects.create(petition=opened, hour=start + datetime.timedelta(hours=hours), confirmed=confirmed)
    assert [row.number for row in by_hour(opened)] == [10, 15, 0, -5]


@pytest.fixture
def counted(opened, collect):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    collect(opened, 25, day=yesterday)
    collect(opened, 5, country="FR")
    collect(opened, 4, state=SignatureState.HELD, batch="n-1", reason="network")
    recount(opened)
    MailTrouble.objects.create(day=timezone.now().date(), kind="petition-confirm", reply="550 5.1.1", number=7)
    MailTrouble.objects.create(day=timezone.now().date(), kind="something-else", reply="550 5.1.1", number=99)
    return opened


@pytest.mark.django_db
def test_the_page_shows_charts_with_their_tables(counted, first):
    answer = first.look("petitions:numbers", counted.pk)
    page = answer.content.decode()
    assert page.count("<desc id=") == 2
    assert [number for _day, number in answer.context["days"]] == [5, 25]
    assert answer.context["countries"] == [("Canada", 25), ("Elsewhere", 5)]
    assert "France" not in page
    assert "550 5.1.1" in page
    assert ">99<" not in page


@pytest.mark.django_db
def test_the_totals_are_a_table_for_a_spreadsheet(counted, first):
    answer = first.look("petitions:csv", counted.pk)
    assert answer["Content-Disposition"] == 'attachment; filename="drop-the-app-totals.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    yesterday = (timezone.localdate() - datetime.timedelta(days=1)).isoformat()
    assert ["total", "Confirmed", "30"] in rows
    assert ["confirmed on a day", yesterday, "25"] in rows
    assert ["confirmed in a country", "Elsewhere", "5"] in rows
    assert not [row for row in rows if "France" in row]


@pytest.mark.django_db
def test_a_petition_without_a_signature_has_an_empty_page(opened, first):
    page = first.look("petitions:numbers", opened.pk).content.decode()
    assert "Nothing yet" in page
    assert "Nobody was sent a link yet" in page
    assert "<desc id=" not in page
    rows = list(csv.reader(io.StringIO(first.look("petitions:csv", opened.pk).content.decode())))
    assert rows == [["what", "when or where", "number"], ["total", "Confirmed", "0"]]


@pytest.mark.django_db
def test_the_share_of_those_who_confirmed_is_of_those_who_were_sent_a_link(counted, first):
    day = timezone.localdate()
    AskedTotal.objects.create(petition=counted, day=day, number=25)
    AskedTotal.objects.create(petition=counted, day=day - datetime.timedelta(days=1), number=25)
    Petition.objects.update(dropped=6)  # with 30 confirmed and 4 held: 40 of 50
    answer = first.look("petitions:numbers", counted.pk)
    assert answer.context["share"] == Share(asked=50, confirmed=40, percent=80)
    assert "80 %" in answer.content.decode()
    rows = list(csv.reader(io.StringIO(first.look("petitions:csv", counted.pk).content.decode())))
    assert ["share confirmed, in percent", "of the mailboxes that were sent a link", "80"] in rows
    assert ["mailboxes sent a link on a day", day.isoformat(), "25"] in rows


@pytest.mark.django_db
def test_a_share_that_the_totals_do_not_give_is_not_made_up(counted, first):
    AskedTotal.objects.create(petition=counted, day=timezone.localdate(), number=3)
    assert first.look("petitions:numbers", counted.pk).context["share"].percent is None
    assert "share confirmed" not in first.look("petitions:csv", counted.pk).content.decode()
    Petition.objects.update(confirmed_by="nothing")
    assert first.look("petitions:numbers", counted.pk).context["share"] is None
