"""The paper tally only grows, with who, where and when; a mistake is put right by another line."""

import datetime

import pytest
from django.utils import timezone

from rightswire.bake.models import Due
from rightswire.campaigns.models import PaperTally

pytestmark = pytest.mark.django_db


def add(desk, petition, number, **fields):
    filled = {
        "number": number,
        "place": "Market square",
        "collected_on": timezone.localdate().isoformat(),
        "witness": "The treasurer",
    }
    return desk.do("petitions:paper", petition.pk, **filled | fields)


def test_a_line_is_kept_with_its_place_witness_and_writer_and_the_page_follows(opened, first):
    Due.objects.all().delete()
    assert "Counted" in add(first, opened, 120).said
    tally = PaperTally.objects.get()
    assert (tally.number, tally.place, tally.witness) == (120, "Market square", "The treasurer")
    assert tally.entered_by == first.user
    assert Due.objects.filter(piece=f"page:{opened.pages.get().pk}").exists()
    page = first.look("petitions:paper", opened.pk).content.decode()
    assert "On paper: 120" in page
    assert "Market square" in page


def test_a_mistake_is_taken_back_by_another_line(opened, first, second):
    add(first, opened, 120)
    add(second, opened, -20, place="Market square: counted twice")
    assert [tally.number for tally in PaperTally.objects.order_by("pk")] == [120, -20]
    assert "On paper: 100" in first.look("petitions:paper", opened.pk).content.decode()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"number": "0"}, "number"),
        ({"number": "-1"}, "number"),
        ({"number": "many"}, "number"),
        ({"number": "99999999999999999999"}, "number"),
        ({"place": ""}, "place"),
        ({"witness": ""}, "witness"),
        ({"collected_on": "30 February"}, "collected_on"),
        ({"collected_on": (datetime.date.today() + datetime.timedelta(days=3)).isoformat()}, "collected_on"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed_kept(opened, first, fields, wrong):
    answer = add(first, opened, **{"number": 5} | fields)
    assert set(answer.context["form"].errors) == {wrong}
    assert "The treasurer" in answer.content.decode() or wrong == "witness"
    assert not PaperTally.objects.exists()


def test_what_somebody_typed_is_text_and_nothing_else(opened, first):
    add(first, opened, 5, place="<script>alert(1)</script>")
    page = first.look("petitions:paper", opened.pk).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
