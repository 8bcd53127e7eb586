"""The paper sheet asks for no more than it needs, says what becomes of it, and is made again only when it changes."""

import datetime
import io
import re

import pytest
from pypdf import PdfReader

from rightswire.bake.models import Due
from rightswire.campaigns import paper_sheet
from rightswire.campaigns.counting import publish_counts
from rightswire.campaigns.models import Petition, PetitionPage, SignedAsk
from rightswire.campaigns.opening import close_petition

pytestmark = pytest.mark.django_db


@pytest.fixture
def change(petition):
    """change("en", ask="…") publishes the petition's page anew."""

    def publish(language, **fields):
        pages = PetitionPage.objects.filter(petition=petition, locale__language_code=language)
        if "ask" in fields:  # as it was before opening
            pages.update(ask=fields["ask"])
            SignedAsk.objects.filter(page__in=pages).update(text=fields["ask"])
        page = pages.get()
        for name, value in fields.items():
            setattr(page, name, value)
        page.save_revision().publish()

    return publish


@pytest.fixture
def read(site):
    """read("en") -> the sheet's pages as plain text, spaces and line ends made one space."""

    def text(language="en"):
        pages = PdfReader(io.BytesIO((site / language / "act/free-them/sheet.pdf").read_bytes())).pages
        return [" ".join(page.extract_text().split()) for page in pages]

    return text


def lines_in(page):
    """How many numbered lines to sign on a page has."""
    heads = page.index("Name Country Signature")
    return len(re.findall(r"(?<!\S)\d{1,2}(?!\S)", page[heads : page.index("If you collect")]))


def test_a_sheet_says_what_is_asked_of_whom_and_where_to_send_it(petition, change, bake, read):
    petition.closes_at = datetime.datetime(2027, 3, 1, 12, tzinfo=datetime.UTC)
    petition.save()
    change("en", ask="Free them.\n\nAnd say so.")
    bake()
    (page,) = read()
    for words in ("Free them (en)", "Free them. And say so.", "A. Minister, minister", "1 Example Street"):
        assert words in page
    assert "It must arrive by March 1, 2027." in page
    assert "localhost:8000/en/act/free-them your name is encrypted" in page
    assert lines_in(page) >= 10


def test_a_sheet_says_what_becomes_of_it(petition, change, bake, read):
    Petition.objects.update(keep_days=120)
    change("en")
    bake()
    (page,) = read()
    assert "Whoever signs after you can read what you write here." in page
    assert "destroyed 120 days after the petition was handed over" in page
    assert "write to hello@everyname.example where and when you signed" in page


def test_a_sheet_asks_for_a_name_a_country_and_a_signature_and_for_nothing_else(petition, bake, read):
    bake()
    (page,) = read()
    table = page[page.index("Name Country Signature") : page.index("If you collect")]
    assert re.fullmatch(r"Name Country Signature( \d+)+ ", table)
    for wanted in (
        "Number of signatures",
        "Place",
        "Date",
        "Counted together with (name)",
        "Signature of this witness",
    ):
        assert wanted in page


def test_every_language_has_its_own_sheet_of_one_page(petition, bake, site, read):
    bake()
    for language in ("en", "fr", "ar"):
        assert len(read(language)) == 1
        pdf = PdfReader(io.BytesIO((site / language / "act/free-them/sheet.pdf").read_bytes()))
        assert pdf.metadata.title == f"Free them ({language})"
        assert pdf.trailer["/Root"]["/Lang"] == language
    assert "٠١" in read("ar")[0]  # the tenth line; the reader of the PDF turns these digits round
    assert "10" in read("fr")[0]
    assert "10" not in read("ar")[0]


def test_a_long_text_takes_a_page_of_its_own_and_the_lines_the_next(petition, change, bake, read):
    change("en", ask="\n\n".join([f"This is demand number {n}, and it has its reasons." for n in range(35)]))
    bake()
    *texts, last = read()
    assert "This is demand number 34" in " ".join(texts)
    assert lines_in(last) >= 15


def test_no_count_makes_a_sheet_anew(petition, sign, bake):
    bake()
    sign("ada@example.org")
    publish_counts()
    assert Due.objects.filter(piece__startswith="page:").exists()
    assert not Due.objects.filter(piece__startswith="sheet:").exists()


def test_made_again_from_the_same_words_a_sheet_is_the_same_file(petition, bake, site):
    bake()
    files = list(site.rglob("sheet.pdf"))
    before = [file.stat().st_mtime_ns for file in files]
    paper_sheet.set_in_type.cache_clear()
    bake(everything=True)
    assert paper_sheet.set_in_type.cache_info().misses == len(files) == 3
    assert [file.stat().st_mtime_ns for file in files] == before


def test_a_new_text_makes_a_new_sheet(petition, change, bake, site, read):
    bake()
    before = (site / "en/act/free-them/sheet.pdf").stat().st_mtime_ns
    change("en", ask="Let them go home.")
    bake()
    assert (site / "en/act/free-them/sheet.pdf").stat().st_mtime_ns != before
    assert "Let them go home." in read()[0]


def test_a_petition_that_is_not_open_has_no_sheet(draft, bake, site):
    draft("not-yet")
    bake(everything=True)
    assert list(site.rglob("sheet.pdf")) == []


def test_a_closed_petition_has_no_sheet_any_more(petition, staff, bake, site):
    bake()
    assert len(list(site.rglob("sheet.pdf"))) == 3
    close_petition(petition, staff[0])
    bake()
    assert list(site.rglob("sheet.pdf")) == []


def test_what_looks_like_markup_is_printed_as_it_is(petition, change, bake, read):
    title = '#panic("no") *bold* $x^2$ <b>&amp;</b> @name'
    change("en", title=title, ask='#read("/etc/hostname")\n\n= No heading')
    bake()
    (page,) = read()
    assert title in page
    assert '#read("/etc/hostname") = No heading' in page
