"""Reading the text of a news page: its items, the page's own lines, and what is said of bad input."""

import datetime
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightswire.importing.dates import is_blank
from rightswire.importing.sources.furniture import is_known_furniture
from rightswire.importing.sources.listing import read_listing
from rightswire.importing.sources.text import LARGEST_FILE, SourceError

SEED = Path(__file__).resolve().parents[2] / "../shared/seed"
needs_seed = pytest.mark.skipif(not SEED.is_dir(), reason="the page that Rightswire began from is not here")

PAGE = """Main menu

    November 29, 2018

    The court freed the teacher.

    She had waited for nine months.

    November 28, 2018
    A day of action for the forest

    People met in nine cities.


    They sang.

    November 27, 2018

    The law was passed.


    Subscribe to news
"""


@pytest.fixture
def read(tmp_path):
    def read_text_or_bytes(content, language="en"):
        path = tmp_path / "news.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_listing(path, language)

    return read_text_or_bytes


@pytest.fixture
def refusal(read):
    def message_for(content):
        with pytest.raises(SourceError) as refused:
            read(content)
        message = str(refused.value)
        assert "news.txt" in message
        assert message.endswith("Nothing was changed.")
        return message

    return message_for


def texts(listing):
    return [list(item.paragraphs) for item in listing.items]


def dates(listing):
    return [item.date.isoformat() for item in listing.items]


@pytest.fixture(scope="module")
def seed():
    return read_listing(SEED / "news-page.txt", "en-CA")


@pytest.fixture(scope="module")
def expected():
    return json.loads((SEED / "expected.json").read_text(encoding="utf-8"))


@needs_seed
def test_the_first_page_is_read_character_for_character(seed, expected):
    assert [
        {"date": item.date.isoformat(), "kicker": item.kicker, "paragraphs": list(item.paragraphs)}
        for item in seed.items
    ] == expected["items"]
    assert seed.furniture == (*expected["chrome_before"], *expected["chrome_after"])
    assert seed.warnings == ()


@needs_seed
def test_no_suggestion_for_the_first_page_is_wrong(seed):
    # What a careful editor could tag each item with, in the page's order.
    right = [
        {"CA", "SA"},
        set(),
        {"CA"},
        {"MY"},
        {"VN"},
        {"MX"},
        {"CD"},
        {"IL", "SA"},
        {"BI"},
        {"US", "MX"},
        {"CN"},
        {"RU"},
        {"AE", "GB"},
        set(),
        {"PK"},
    ]
    assert [set(item.countries) - of_item for item, of_item in zip(seed.items, right, strict=True)] == [set()] * 15
    assert sum(len(item.countries) for item in seed.items) >= 12


@needs_seed
def test_the_people_of_the_first_page_are_those_whom_it_is_about(seed):
    assert {item.position: item.people for item in seed.items if item.people} == {
        0: ("Jamal Khashoggi",),
        4: ("Huynh Thuc Vy",),
        6: ("Zaida Catalan", "Michael Sharp"),
        8: ("Germain Rukuki",),
        11: ("Oyub Titiev",),
        12: ("Matthew Hedges", "Ahmed Mansoor", "Mohammed al-Roken"),
    }


@needs_seed
def test_the_kinds_of_the_first_page(seed):
    assert [item.kind for item in seed.items] == [
        *("response", "campaign", "release", "report", "case_update", "campaign", "response", "release"),
        *("case_update", "release", "petition", "response", "response", "report", "response"),
    ]


@needs_seed
def test_every_item_of_the_first_page_gets_a_headline_for_an_editor_to_look_at(seed):
    assert all(item.headline and len(item.headline) <= 121 for item in seed.items)
    assert all(item.headline_is_found for item in seed.items)
    assert seed.items[1].headline == seed.items[1].kicker
    assert seed.items[2].headline == seed.items[2].paragraphs[0].rstrip(".")


@needs_seed
def test_the_same_source_has_the_same_identities_every_time(seed):
    identities = [item.identity for item in seed.items]
    assert identities == [item.identity for item in read_listing(SEED / "news-page.txt", "en-CA").items]
    assert len(set(identities)) == 15
    assert all(len(identity) == 32 for identity in identities)


def test_a_page_falls_into_items_and_furniture(read):
    listing = read(PAGE)
    assert dates(listing) == ["2018-11-29", "2018-11-28", "2018-11-27"]
    assert texts(listing) == [
        ["The court freed the teacher.", "She had waited for nine months."],
        ["A day of action for the forest", "People met in nine cities.", "They sang."],
        ["The law was passed."],
    ]
    assert [item.kicker for item in listing.items] == [None, "A day of action for the forest", None]
    assert [item.line for item in listing.items] == [3, 9, 17]
    assert [item.position for item in listing.items] == [0, 1, 2]
    assert listing.furniture == ("Main menu", "Subscribe to news")


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_of_windows_and_old_macs_change_nothing(read, line_end):
    assert read(PAGE.replace("\n", line_end)) == read(PAGE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_change_nothing(read, encoding):
    assert read(PAGE.encode(encoding)) == read(PAGE)


def test_no_break_spaces_and_tags_are_kept_as_characters(read):
    paragraph = "\u00a0<b>«\u00a0Non\u00a0»</b> – a\u202fb said:\u00a0"
    assert texts(read(f"November 29, 2018\n\n    {paragraph}  \n")) == [[paragraph]]


@pytest.mark.parametrize(
    ("language", "page"),
    [
        ("fr", "1er décembre 2018\n\nUn.\n\n29 novembre 2018\n\nDeux.\n\nS’abonner aux nouvelles\n"),
        (
            "ar",
            "\u200f١ كانون الأول ٢٠١٨\u200f\n\nUn.\n\n\u206829 نوفمبر 2018\u2069\n\nDeux.\n\nاشترك في الأخبار\n",
        ),
        ("en", "2018-12-01\n\nUn.\n\n2018-11-29\n\nDeux.\n\nSubscribe\n"),
    ],
)
def test_pages_in_french_arabic_and_with_iso_dates(read, language, page):
    listing = read(page, language)
    assert dates(listing) == ["2018-12-01", "2018-11-29"]
    assert texts(listing) == [["Un."], ["Deux."]]
    assert len(listing.furniture) == 1


def page_of(*lines):
    return "\n\n".join(lines) + "\n"


@pytest.mark.parametrize("inner", ["December 10, 2018", "November 30, 2018", "July 13, 2017"])
def test_a_date_line_out_of_order_is_text_of_its_item_and_said_so(read, inner):
    listing = read(page_of("November 29, 2018", "One.", inner, "Two.", "November 28, 2018", "Three."))
    assert texts(listing) == [["One.", inner, "Two."], ["Three."]]
    assert len(listing.warnings) == 1
    assert listing.warnings[0].startswith(f"Line 5, “{inner}”")


def test_a_date_of_the_past_between_two_items_of_one_day_is_no_item(read):
    listing = read(page_of("November 29, 2018", "One.", "July 13, 2017", "Two.", "November 29, 2018", "Three."))
    assert texts(listing) == [["One.", "July 13, 2017", "Two."], ["Three."]]


def test_the_look_of_the_date_lines_decides_where_the_order_does_not(read):
    listing = read(page_of("November 29, 2018", "One.", "26 November 2018", "Two.", "November 27, 2018", "Three."))
    assert dates(listing) == ["2018-11-29", "2018-11-27"]


def test_a_page_from_oldest_to_newest_loses_no_item(read):
    listing = read(page_of("2018-11-27", "One.", "2018-11-28", "Two.", "2018-11-29", "Three."))
    assert texts(listing) == [["One."], ["Two."], ["Three."]]
    assert "oldest" in listing.warnings[0]


def test_an_older_item_pinned_to_the_top_is_an_item(read):
    listing = read(page_of("2018-01-05", "Pinned.", "2018-11-29", "One.", "2018-11-28", "Two."))
    assert texts(listing) == [["Pinned."], ["One."], ["Two."]]


def test_an_impossible_date_is_text_and_said_so_with_its_line(read):
    listing = read(page_of("November 29, 2018", "One.", "February 30, 2018", "Two."))
    assert texts(listing) == [["One.", "February 30, 2018", "Two."]]
    assert listing.warnings[0].startswith("Line 5, “February 30, 2018”: there is no such day")


def test_hundreds_of_warnings_become_a_few(read):
    listing = read(page_of("November 29, 2018", "One.", *["February 30, 2018"] * 300))
    assert len(listing.items[0].paragraphs) == 301
    assert len(listing.warnings) < 15
    assert "290 more" in listing.warnings[-1]


def test_a_date_without_text_makes_no_item_and_is_said(read):
    listing = read(page_of("November 29, 2018", "November 28, 2018", "One."))
    assert texts(listing) == [["One."]]
    assert listing.furniture == ("November 29, 2018",)
    assert listing.warnings[0].startswith("Line 1, “November 29, 2018”")


@pytest.mark.parametrize(
    "foot",
    [
        "\n\n\n    Subscribe to news",
        "\n\n    Subscribe to news\n\n    Follow us everywhere, every day, and tell us what you think of it.",
        "\n\n\n\n    News by e-mail\n\n    © 2018",
        "\n\nThe section on other sites",
        "\n\n    SUBSCRIBE TO NEWS »",
    ],
)
def test_the_foot_of_the_page_is_no_part_of_the_last_item(read, foot):
    listing = read("    November 29, 2018\n\n    One.\n\n\n    Two." + foot)
    assert texts(listing) == [["One.", "Two."]]
    assert list(listing.furniture) == [line.strip() for line in foot.split("\n") if line.strip()]


def test_blank_lines_within_the_last_item_do_not_cut_it(read):
    listing = read("November 29, 2018\n\nOne.\n\n\n\nThe court said no.\n\n\n“And then?”\n")
    assert texts(listing) == [["One.", "The court said no.", "“And then?”"]]


@pytest.mark.parametrize(
    ("body", "kicker"),
    [
        ("\nA day of action\n\nIt was long.", "A day of action"),
        ("A day of action.\n\nIt was long.", "A day of action."),
        ("\nA short sentence.\n\nIt was long.", None),
        ("\nShe said:\n\n“It was long.”", None),
        ("\nA day of action", None),
        ("A day of action", None),
    ],
)
def test_a_kicker_is_a_short_line_above_the_text(read, body, kicker):
    listing = read(f"November 29, 2018\n\nOne.\n\nNovember 28, 2018\n\nTwo.\n\nNovember 27, 2018\n{body}\n")
    assert listing.items[2].kicker == kicker
    assert texts(listing)[2] == [line for line in body.split("\n") if line]


def test_two_equal_items_stay_apart(read):
    listing = read(page_of("2018-11-29", "One.", "2018-11-29", "One.", "2018-11-28", "One."))
    assert len({item.identity for item in listing.items}) == 3


def test_an_item_keeps_its_identity_when_others_come_before_it(read):
    before = read(PAGE).items
    after = read(page_of("November 30, 2018", "New.") + "\n" + PAGE).items
    assert [item.identity for item in after[1:]] == [item.identity for item in before]


def test_lines_that_look_cut_are_mentioned(read):
    listing = read("2018-11-29\n\nOne two\nthree four\nfive six.\n\nSeven.\n")
    assert len(listing.items[0].paragraphs) == 4
    assert listing.warnings[0].startswith("Line 3 ")


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", "\u200f\n".encode()])
def test_an_empty_file_is_said_to_be_empty(refusal, content):
    assert "is empty" in refusal(content)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", PAGE.encode("utf-16")[2:]])
def test_a_file_that_is_not_text_is_refused(refusal, content):
    assert "is not text" in refusal(content)


def test_another_encoding_is_refused_with_the_line_where_it_shows(refusal):
    message = refusal("29 novembre 2018\r\n\r\nUne journée\r\n".encode("cp1252"))
    assert "Line 3" in message
    assert "UTF-8" in message


def test_a_file_that_is_too_large_is_refused_without_reading_it(tmp_path, monkeypatch):
    path = tmp_path / "news.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    with pytest.raises(SourceError, match=f"200.0 MB; at most {LARGEST_FILE // 1_000_000} MB"):
        read_listing(path)


@pytest.mark.parametrize(
    "content",
    [
        "<!DOCTYPE html>\n<html><body><p>November 29, 2018</p></body></html>",
        "\n<html lang='en'>\n<p>\nNovember 29, 2018\n",
        "<div>\n<p>November 29, 2018</p>\n<p>One.</p>\n</div>",
    ],
)
def test_a_page_of_html_is_refused_and_its_text_asked_for(refusal, content):
    message = refusal(content)
    assert "is HTML" in message
    assert "text of the page is wanted" in message


def test_a_feed_is_told_to_be_one(refusal):
    assert "--format feed" in refusal('<?xml version="1.0"?>\n<rss><channel/></rss>')


@pytest.mark.parametrize("content", ["Just a letter.\n\nWith no date.", "February 30, 2018\n\nOne.", "2018-11-29\n"])
def test_a_text_without_items_is_refused_and_told_how_one_looks(refusal, content):
    message = refusal(content)
    assert "No item was found" in message
    assert "November 29, 2018" in message


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path):
    with pytest.raises(SourceError, match=r"There is no file “gone\.txt”"):
        read_listing(tmp_path / "gone.txt")
    with pytest.raises(SourceError, match="is not a file"):
        read_listing(tmp_path)


def is_a_paragraph(text):
    return not is_blank(text) and text == text.strip(" \t") and not is_known_furniture(text)


PARAGRAPHS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), min_size=1, max_size=60
).filter(is_a_paragraph)
LETTERED = PARAGRAPHS.map(lambda text: "Text " + text).filter(is_a_paragraph)
ITEMS = st.lists(
    st.tuples(
        st.dates(datetime.date(1950, 1, 1), datetime.date(2050, 1, 1)),
        st.lists(LETTERED, min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(items=ITEMS, line_end=st.sampled_from(["\n", "\r\n"]), indent=st.sampled_from(["", "    ", "\t"]))
def test_whatever_is_written_as_a_listing_is_read_back(read, items, line_end, indent):
    items = sorted(items, key=lambda item: item[0], reverse=True)
    lines = [line for date, paragraphs in items for line in (date.strftime("%B %-d, %Y"), *paragraphs)]
    listing = read((line_end * 2).join(indent + line for line in lines))
    assert [(item.date, list(item.paragraphs)) for item in listing.items] == items


def test_a_large_listing_is_read_in_seconds(read):
    newest = datetime.date(2099, 1, 1)
    page = "\n\n".join(
        f"{newest - datetime.timedelta(days=day)}\n\nThe court in Kenya freed activist Amina Bello.\n\n"
        + "It did. " * 90
        for day in range(600)
    )
    begun = time.process_time()
    assert len(read(page).items) == 600
    assert time.process_time() - begun < 5
