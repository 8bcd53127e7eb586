"""Held signatures: staff see how many and why, nobody's name, and release or drop them in batches."""

import pytest
from django.utils import timezone

from rightswire.campaigns.models import Act, Petition, RegisterEntry, SignatureState

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(opened, collect):
    collect(opened, 70)
    collect(opened, 20, country="FR", state=SignatureState.HELD, batch="n-1", reason="network")
    collect(opened, 10, country="DE", state=SignatureState.HELD, batch="n-1", reason="network")
    collect(opened, 3, country="CA", state=SignatureState.HELD, batch="o-1", reason="program")
    return opened


def of(petition, state):
    return petition.signatures.filter(state=state).count()


def test_a_batch_is_shown_with_number_share_and_reason_in_plain_words(held, first):
    answer = first.look("petitions:held", held.pk)
    largest, smallest = answer.context["rows"]
    assert (largest["number"], largest["percent"]) == (30, 29)
    assert (smallest["number"], smallest["percent"]) == (3, 3)
    page = answer.content.decode()
    assert "Many from one network, too alike for people" in page
    assert "Sent by a program, not by a browser" in page
    assert ">program<" not in page


def test_countries_are_named_from_twenty_on(held, first):
    page = first.look("petitions:held", held.pk).content.decode()
    assert "France 20" in page
    assert "Germany" not in page
    assert "No country has 20" in page


def test_a_released_batch_counts_and_the_others_stay_held(held, first):
    assert "Counted after all: 30 signatures." in first.do("petitions:release", held.pk, batch="n-1").said
    assert of(held, SignatureState.CONFIRMED) == 100
    assert of(held, SignatureState.HELD) == 3
    entry = RegisterEntry.objects.get(act=Act.RELEASE)
    assert (entry.by, entry.note) == ("ada", "30 signatures")
    assert "Nothing of this batch" in first.do("petitions:release", held.pk, batch="n-1").said


def test_dropping_asks_once_more(held, first):
    page = first.do("petitions:ask_before_dropping", held.pk, batch="n-1").content.decode()
    assert "Drop 30 signatures?" in page
    assert "cannot be brought back" in page
    assert of(held, SignatureState.HELD) == 33

    late = first.do("petitions:drop", held.pk, batch="n-1", number=29)  # one more came since the page was shown
    assert "Nothing was dropped" in late.said
    assert of(held, SignatureState.HELD) == 33

    assert "Dropped for good: 30 signatures." in first.do("petitions:drop", held.pk, batch="n-1", number=30).said
    assert of(held, SignatureState.HELD) == 3
    assert Petition.objects.get(pk=held.pk).dropped == 30
    assert RegisterEntry.objects.get(act=Act.DROP).note == "30 signatures"


@pytest.mark.parametrize("batch", ["", "no-such"])
def test_no_batch_releases_or_drops_nothing(held, first, batch):
    for name in ("petitions:release", "petitions:drop"):
        assert "Nothing of this batch" in first.do(name, held.pk, batch=batch).said
    assert "Nothing to drop" in first.do("petitions:ask_before_dropping", held.pk, batch=batch).content.decode()
    assert of(held, SignatureState.CONFIRMED) == 70
    assert of(held, SignatureState.HELD) == 33
    assert not RegisterEntry.objects.filter(act__in=[Act.RELEASE, Act.DROP]).exists()


def test_a_batch_over_several_days_says_from_when_to_when(opened, collect, first):
    today = timezone.localdate()
    for days in (0, 2):
        day = today - timezone.timedelta(days=days)
        collect(opened, 1, day=day, state=SignatureState.HELD, batch="r", reason="resembles")
    (row,) = first.look("petitions:held", opened.pk).context["rows"]
    assert (row["first"], row["last"]) == (today - timezone.timedelta(days=2), today)
