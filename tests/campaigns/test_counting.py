"""The count is of the rows as they are, whatever was signed, erased, held or restored; old days are not read again."""

import json

import pytest

from rightswire.bake.models import Due
from rightswire.campaigns import counting
from rightswire.campaigns.counting import countries, goal, publish_counts, recount
from rightswire.campaigns.erasing import erase
from rightswire.campaigns.models import ChangedDay, DayTotal, Petition, Signature, SignatureState, State

pytestmark = pytest.mark.django_db


def counted(petition):
    return recount(petition).confirmed


def test_every_confirmed_signature_counts_once(petition, sign):
    for number in range(5):
        sign(f"person{number}@example.org")
    sign("Person1@example.org")  # the same mailbox
    assert counted(petition) == 5


def test_held_and_unconfirmed_ones_are_counted_apart(petition, sign):
    sign("a@example.org")
    sign("b@example.org", state=SignatureState.HELD)
    sign("c@example.org", state=SignatureState.UNCONFIRMED)
    count = recount(petition)
    assert (count.confirmed, count.held, count.unconfirmed) == (1, 1, 1)


def test_days_long_past_count_without_being_read(petition, sign):
    sign("old@example.org", days_ago=30)
    sign("new@example.org")
    assert counted(petition) == 2
    Signature.objects.filter(day=DayTotal.objects.earliest("day").day).delete()  # behind the counter's back
    sign("newer@example.org")
    assert counted(petition) == 3


def test_an_erasure_of_an_old_day_is_noticed(petition, sign):
    row = sign("old@example.org", days_ago=30)
    sign("new@example.org")
    assert counted(petition) == 2
    erase(petition.pk, petition.id_bytes, bytes(row.address_key))
    assert counted(petition) == 1
    assert not ChangedDay.objects.exists()


def test_after_a_long_sleep_the_days_between_are_counted(petition, sign, later):
    sign("first@example.org")
    assert counted(petition) == 1
    sign("late@example.org")
    later(days=20)
    sign("last@example.org")
    assert counted(petition) == 3


def test_totals_that_were_lost_are_made_again(petition, sign):
    sign("old@example.org", days_ago=30)
    counted(petition)
    DayTotal.objects.all().delete()
    assert counted(petition) == 1


def test_nothing_is_written_while_nothing_moves(petition, sign, django_assert_num_queries):
    sign("a@example.org")
    recount(petition)
    with django_assert_num_queries(5) as asked:
        assert recount(petition).confirmed == 1
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)


def test_one_petition_that_cannot_be_counted_keeps_no_other_from_it(petition, draft, sign, site, monkeypatch):
    draft("second")
    Petition.objects.update(state=State.OPEN, opened_at=petition.opened_at)
    sign("a@example.org")
    honest = counting.write_count

    def fail_for_one(petition, count):
        if petition.slug == "second":
            raise OSError(28, "No space left on device")
        honest(petition, count)

    monkeypatch.setattr(counting, "write_count", fail_for_one)
    with pytest.raises(OSError, match="No space left"):
        publish_counts()
    assert json.loads((site / "counts/free-them.json").read_text())["confirmed"] == 1


def test_countries_are_shown_from_twenty_on(petition, sign):
    for number in range(20):
        sign(f"ca{number}@example.org", country="CA")
    for number in range(3):
        sign(f"eg{number}@example.org", country="EG")
    recount(petition)
    assert countries(petition) == [("CA", 20), ("", 3)]


@pytest.mark.parametrize(
    ("confirmed", "first", "expected"),
    [(0, 100, 100), (99, 100, 100), (100, 100, 200), (200, 100, 500), (999, 1000, 1000), (1000, 1000, 2000)],
)
def test_the_next_milestone_is_always_ahead(confirmed, first, expected):
    assert goal(confirmed, first) == expected


def test_a_new_count_is_published_with_the_pages_that_show_it(petition, sign, bake, site):
    bake(everything=True)
    sign("a@example.org")
    publish_counts()
    published = json.loads((site / "counts/free-them.json").read_text())
    assert {**published, "as_of": ""} == {"action": "free-them", "confirmed": 1, "goal": 100, "as_of": ""}
    urgent = Due.objects.filter(priority=0).values_list("piece", flat=True)
    assert len([piece for piece in urgent if piece.startswith("page:")]) == 3
    bake()
    for language, number in (("en", "1"), ("fr", "1"), ("ar", "١")):
        page = (site / language / "act/free-them/index.html").read_text()
        assert f'class="sum">{number}</b>' in page


def test_a_sweep_leaves_the_counts_alone(petition, sign, bake, site):
    from rightswire.bake.baking import sweep

    publish_counts()
    sweep()
    assert (site / "counts/free-them.json").exists()
