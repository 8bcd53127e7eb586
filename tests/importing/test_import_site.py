import json
from pathlib import Path

import pytest

from rightswire.importing.mapping import import_source
from rightswire.importing.sources.listing import SourceError
from rightswire.newsroom.models import NewsItem

pytestmark = pytest.mark.django_db
SEED = Path(__file__).resolve().parents[2] / "../shared/seed"

LISTING = """Main menu

November 29, 2018

First story of the day. It has a second sentence.

It goes on here.

November 28, 2018
A kicker about the second

Responding to news from the court, somebody said:

“Free them.”

Subscribe to news
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "listing.txt"
    file.write_text(LISTING, encoding="utf-8")
    return file


def test_a_listing_becomes_items_in_its_order(newsroom, source: Path):
    report = import_source(source)
    assert [line.done for line in report.lines] == ["imported", "imported"]
    first, second = NewsItem.objects.live().order_by("-date")
    assert first.title == "First story of the day"
    assert first.needs_look
    assert second.kicker == "A kicker about the second"
    assert second.kind == "response"
    assert second.paragraphs[0] == "A kicker about the second"


def test_the_same_source_twice_changes_nothing(newsroom, source: Path):
    import_source(source)
    before = list(NewsItem.objects.values_list("pk", "latest_revision_id"))
    report = import_source(source)
    assert {line.done for line in report.lines} == {"already here"}
    assert list(NewsItem.objects.values_list("pk", "latest_revision_id")) == before


def test_a_dry_run_says_what_it_would_do_and_does_nothing(newsroom, source: Path):
    report = import_source(source, is_dry_run=True)
    assert {line.done for line in report.lines} == {"would be imported"}
    assert not NewsItem.objects.exists()


def test_drafts_are_not_public(newsroom, source: Path):
    import_source(source, is_draft=True)
    assert NewsItem.objects.count() == 2
    assert not NewsItem.objects.live().exists()


def test_the_report_says_item_by_item_what_was_done(newsroom, source: Path, tmp_path: Path):
    report = import_source(source)
    report.write(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [line["headline"] for line in written["lines"]] == [
        "First story of the day",
        "A kicker about the second",
    ]
    assert "2 new" in report.summary()


@pytest.mark.parametrize("kind", ["feed", "wxr", "drupal"])
def test_formats_that_are_not_there_yet_say_so(newsroom, source: Path, kind: str):
    with pytest.raises(SourceError, match="cannot be read yet"):
        import_source(source, source_format=kind)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\xff\xfe\x9c" * 99, b"No date in here.\n"])
def test_a_source_without_items_changes_nothing(newsroom, tmp_path: Path, content: bytes):
    file = tmp_path / "source.txt"
    file.write_bytes(content)
    with pytest.raises(SourceError):
        import_source(file)
    assert not NewsItem.objects.exists()


def test_an_unknown_language_is_named(newsroom, source: Path):
    with pytest.raises(SourceError, match="'de'"):
        import_source(source, language="de")


def test_html_in_a_source_stays_text(newsroom, tmp_path: Path, bake, site: Path):
    file = tmp_path / "source.txt"
    file.write_text("November 29, 2018\n\nA <script>alert(1)</script> & a <b>tag</b>.\n", encoding="utf-8")
    import_source(file)
    bake(everything=True)
    assert "<script>alert(1)" not in (site / "en/news/index.html").read_text()
    feed = json.loads((site / "en/news/feed.json").read_text())
    assert feed["items"][0]["content_text"] == "A <script>alert(1)</script> & a <b>tag</b>."


@pytest.mark.skipif(not SEED.exists(), reason="the seed page is not beside the project")
def test_the_real_page_is_live_again_to_the_letter(newsroom, bake, site: Path):
    import_source(SEED / "news-page.txt")
    bake(everything=True)
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))["items"]
    feed = json.loads((site / "en/news/feed.json").read_text(encoding="utf-8"))
    assert [item["content_text"] for item in feed["items"]] == ["\n\n".join(e["paragraphs"]) for e in expected]
    assert [item["date_published"][:10] for item in feed["items"]] == [e["date"] for e in expected]
    listing = (site / "en/news/index.html").read_text(encoding="utf-8")
    assert "Subscribe to news</p>" not in listing
    assert "Select this search icon" not in listing
