"""What a calendar program reads back from the file is what was put in, in any script."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.campaigns.calendar_file import LONGEST_LINE, Event, calendar_file

CHANGED = datetime.datetime(2018, 11, 20, 9, 30, tzinfo=datetime.UTC)
DAY = datetime.date(2018, 11, 27)
TORONTO = datetime.timezone(datetime.timedelta(hours=-5))
SEEN = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029"), max_size=200)


def event(**changes):
    fields = {"uid": "1@example.org", "start": DAY, "end": None, "changed": CHANGED, "title": "A day", "text": ""}
    return Event(**fields | {"place": "", "url": "https://example.org/en/act/a-day/"} | changes)


def read(content):
    """The events of a calendar as a program reads them: one dictionary each, by RFC 5545."""
    assert content.endswith(b"\r\n")
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= LONGEST_LINE and b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()  # no letter is cut in two
    unfolded = b"\r\n".join(lines).replace(b"\r\n ", b"").decode().split("\r\n")
    assert unfolded[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert unfolded[-1] == "END:VCALENDAR"
    events = []
    for line in unfolded:
        name, _colon, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and line not in ("END:VEVENT", "END:VCALENDAR"):
            assert name not in events[-1]
            events[-1][name] = value
    return events


def plain(value):
    """A text without the signs that set its own signs apart; fails on one that should have been."""
    assert re.fullmatch(r"(?:[^\\,;]|\\[\\,;nN])*", value)
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@given(title=SEEN, lines=st.lists(SEEN, min_size=1, max_size=4), place=SEEN)
def test_any_text_comes_back_whole(title, lines, place):
    (found,) = read(calendar_file([event(title=title, text="\n".join(lines), place=place)], "ar"))
    assert plain(found.get("SUMMARY;LANGUAGE=ar", "")) == title
    assert plain(found.get("DESCRIPTION;LANGUAGE=ar", "")) == "\n".join(lines).removesuffix("\n")
    assert plain(found.get("LOCATION;LANGUAGE=ar", "")) == place


def test_no_text_can_begin_a_line_of_its_own():
    (found,) = read(calendar_file([event(title="A day\r\nATTACH:http://example.org/\x00\x0bX:1")], "en"))
    assert "ATTACH" not in found
    assert plain(found["SUMMARY;LANGUAGE=en"]) == "A day\nATTACH:http://example.org/\nX:1"


def test_moments_are_in_universal_time():
    start = datetime.datetime(2018, 11, 27, 22, 0, tzinfo=TORONTO)
    (found,) = read(calendar_file([event(start=start, end=start + datetime.timedelta(hours=3))], "en"))
    assert found["DTSTART"] == "20181128T030000Z"
    assert found["DTEND"] == "20181128T060000Z"
    assert found["DTSTAMP"] == "20181120T093000Z"


def test_a_moment_without_an_end_has_none():
    start = datetime.datetime(2018, 11, 27, 12, 0, tzinfo=TORONTO)
    (found,) = read(calendar_file([event(start=start)], "en"))
    assert [name for name in found if name.startswith("DTEND")] == []


@pytest.mark.parametrize(("end", "after"), [(None, "20181128"), (datetime.date(2018, 11, 30), "20181201")])
def test_a_whole_day_ends_when_the_next_begins(end, after):
    (found,) = read(calendar_file([event(end=end)], "en"))
    assert found["DTSTART;VALUE=DATE"] == "20181127"
    assert found["DTEND;VALUE=DATE"] == after


def test_an_address_in_another_script_is_written_as_the_format_wants():
    (found,) = read(calendar_file([event(url="https://example.org/ar/act/يوم/")], "ar"))
    assert found["URL"].isascii()


@pytest.mark.django_db
def test_a_day_of_action_has_its_calendar_beside_it(newsroom, bake, site):
    from rightswire.campaigns.founding import make_act
    from rightswire.campaigns.models import DayOfActionPage

    index = make_act()["fr"]
    place = dict.fromkeys(("day", "page")) | dict.fromkeys(("access", "address"), "")
    place |= {"town": "Montréal", "country": "CA", "what": "Une marche; des noms", "where": "Rue de l’Exemple, 12"}
    place |= {"starts": datetime.time(12), "ends": datetime.time(13, 30), "time_zone": "America/Toronto"}
    page = DayOfActionPage(
        title="Une journée", slug="a-day", introduction="Un jour.", first_day=DAY, locale=index.locale
    )
    page.places = [("place", place)]
    index.add_child(instance=page)
    page.save_revision().publish()
    bake()
    file = site / "fr/act/a-day/calendar.ics"
    day, march = read(file.read_bytes())
    assert plain(day["SUMMARY;LANGUAGE=fr"]) == "Une journée"
    assert plain(march["SUMMARY;LANGUAGE=fr"]) == "Une marche; des noms, Montréal"
    assert plain(march["LOCATION;LANGUAGE=fr"]) == "Rue de l’Exemple, 12, Montréal, Canada"
    assert (march["DTSTART"], march["DTEND"]) == ("20181127T170000Z", "20181127T183000Z")
    assert day["UID"] != march["UID"]
    before = file.stat().st_mtime_ns
    bake(everything=True)
    assert file.stat().st_mtime_ns == before
