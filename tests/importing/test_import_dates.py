"""Which lines are date lines, in English, French and Arabic."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.importing.dates import ImpossibleDateError, is_blank, read_date_line

NOVEMBER_29 = datetime.date(2018, 11, 29)


def date_of(line):
    found = read_date_line(line)
    return None if found is None else found.date


@pytest.mark.parametrize(
    "line",
    [
        "November 29, 2018",
        "29 November 2018",
        "Thursday, November 29, 2018",
        "NOVEMBER 29, 2018",
        "Nov. 29th, 2018",
        "29th of November 2018",
        "29 novembre 2018",
        "le jeudi 29 novembre 2018",
        "29 نوفمبر 2018",
        "٢٩ نوفمبر ٢٠١٨",
        "٢٩ تشرين الثاني ٢٠١٨",
        "29 نوفمبر/تشرين الثاني 2018",
        "29 تشرين الثاني/نوفمبر 2018",
        "الخميس، ٢٩ نوفمبر ٢٠١٨",
        "29 نونبر 2018",
        "2018-11-29",
        "2018-11-29T18:30:00Z",
    ],
)
def test_the_same_day_is_read_in_every_way_it_is_written(line):
    assert date_of(line) == NOVEMBER_29


@pytest.mark.parametrize(
    "line",
    [
        "\u200fNovember 29, 2018\u200e",
        "\u2068٢٩ نوفمبر ٢٠١٨\u2069",
        "\u202b29 \u200fنوفمبر 2018\u202c",
        "\ufeff2018-11-29",
        "29\u00a0novembre\u00a02018\u00a0",
        "November\u202f29,\u00a02018",
        "Nove\u00admber 29, 2018",
    ],
)
def test_marks_and_spaces_that_nobody_sees_do_not_hide_a_date(line):
    assert date_of(line) == NOVEMBER_29


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("1er décembre 2018", (2018, 12, 1)),
        ("1ᵉʳ decembre 2018", (2018, 12, 1)),
        ("14 août 2018", (2018, 8, 14)),
        ("3 كانون الثاني 2019", (2019, 1, 3)),
        ("٨ آذار ٢٠١٩", (2019, 3, 8)),
        ("8 mars 2019", (2019, 3, 8)),
        ("12 جويلية 2019", (2019, 7, 12)),
        ("February 29, 2020", (2020, 2, 29)),
    ],
)
def test_months_have_their_names_of_each_language_and_region(line, date):
    assert date_of(line) == datetime.date(*date)


@pytest.mark.parametrize(
    "line",
    ["February 30, 2018", "31 novembre 2018", "٣٠ شباط ٢٠١٨", "2018-02-30", "2018-13-01", "November 0, 2018"],
)
def test_a_day_that_does_not_exist_is_said_to_be_impossible(line):
    with pytest.raises(ImpossibleDateError):
        read_date_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "November 29",
        "November 2018",
        "2018",
        "On November 29, 2018",
        "November 29, 2018 was a Thursday",
        "29 brumaire 2018",
        "Someday, November 29, 2018",
        "29 نوفمبر/كانون الأول 2018",
        "25 نوفمبر",
        "10 December, 70th anniversary 1948",
        "November 29, 2018" + " " * 200 + "x",
    ],
)
def test_a_line_with_anything_but_one_whole_date_is_none(line):
    assert read_date_line(line) is None


@given(st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2100, 12, 31)))
def test_every_day_is_read_back_from_its_iso_form(date):
    assert date_of(date.isoformat()) == date


@given(st.text(max_size=90))
def test_no_line_at_all_does_harm(line):
    try:
        found = read_date_line(line)
    except ImpossibleDateError:
        return
    assert found is None or 1900 <= found.date.year <= 2100


def test_a_line_of_invisible_marks_is_blank():
    assert is_blank("\u200f \u00a0\ufeff")
    assert not is_blank("\u200f–")
