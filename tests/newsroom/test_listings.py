import datetime
import json
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from rightswire.newsroom.archive import Archive, Entry

pytestmark = pytest.mark.django_db


def headlines(page: Path) -> list[str]:
    return [link.text() for link in LexborHTMLParser(page.read_text()).css("article h3 a")]


def story(number: int) -> str:
    return f"Story {number:02d}"


def test_the_newest_page_holds_ten_to_nineteen_and_older_pages_ten(publish, bake, site: Path):
    for number in range(45):
        publish(story(number), date=f"2018-10-{number // 3 + 1:02d}")
    bake(everything=True)
    assert headlines(site / "en/news/index.html") == [story(n) for n in range(44, 29, -1)]
    assert headlines(site / "en/news/page/3/index.html") == [story(n) for n in range(29, 19, -1)]
    assert headlines(site / "en/news/page/1/index.html") == [story(n) for n in range(9, -1, -1)]
    assert "/en/news/page/3/" in (site / "en/news/index.html").read_text()


def test_a_new_item_changes_no_full_page(publish, bake, site: Path, tree):
    for number in range(20):
        publish(story(number))
    bake(everything=True)
    full = (site / "en/news/page/1/index.html").read_bytes()
    for number in range(20, 31):  # among them the one that fills page 2
        publish(story(number))
        bake()
        assert (site / "en/news/page/1/index.html").read_bytes() == full
    assert len(headlines(site / "en/news/page/2/index.html")) == 10


def test_a_withdrawal_leaves_its_page_shorter_and_a_backdated_item_joins_the_page_of_its_date(
    publish, bake, site: Path
):
    items = [publish(story(number), date=f"2018-11-{number + 1:02d}") for number in range(25)]
    bake(everything=True)
    assert headlines(site / "en/news/page/1/index.html") == [story(n) for n in range(9, -1, -1)]
    items[4].unpublish()
    bake()
    assert headlines(site / "en/news/page/1/index.html") == [story(n) for n in range(9, -1, -1) if n != 4]
    publish("Backdated", date="2018-11-03")
    bake()
    assert "Backdated" in headlines(site / "en/news/page/1/index.html")
    assert len(headlines(site / "en/news/index.html")) == 15


def test_the_address_of_the_next_page_leads_to_the_newest_until_it_is_full(publish, bake, site: Path, home: Path):
    for number in range(20):
        publish(story(number))
    bake(everything=True)
    assert 'url=/en/news/"' in (site / "en/news/page/2/index.html").read_text()
    addresses = json.loads((home / "addresses.json").read_text())
    assert addresses["temporary"]["/en/news/page/2/"] == "/en/news/"


def test_days_come_newest_first_and_within_a_day_the_latest(publish, bake, site: Path):
    publish("Morning", date="2018-11-28", rank=1)
    publish("Evening", date="2018-11-28", rank=2)
    publish("Next day", date="2018-11-29", rank=0)
    bake(everything=True)
    page = LexborHTMLParser((site / "en/news/index.html").read_text())
    assert [article.css_first("h3").text() for article in page.css("article")] == [
        "Next day",
        "Evening",
        "Morning",
    ]
    assert [t.attributes["datetime"] for t in page.css("article time")] == [
        "2018-11-29",
        "2018-11-28",
        "2018-11-28",
    ]
    assert [len(article.css("time")) for article in page.css("article")] == [1, 1, 1]


def test_an_empty_listing_says_so_and_leads_to_the_languages_that_have_news(publish, bake, site: Path):
    publish("Only in English", countries=["TV"])
    bake(everything=True)
    page = LexborHTMLParser((site / "fr/news/country/tv/index.html").read_text())
    assert not page.css("article")
    assert page.css_first('main a[href="/en/news/country/tv/"]')


def test_a_listing_shows_the_teaser_or_else_the_opening_paragraphs(publish, bake, site: Path):
    publish("With", teaser="First of the teaser.\n\nSecond.", text="Not shown.")
    publish("Without", text="One.</p><p>Two.\u00a0")
    bake(everything=True)
    shown = [
        [p.text() for p in article.css("h3 ~ p")]
        for article in LexborHTMLParser((site / "en/news/index.html").read_text()).css("article")
    ]
    assert shown == [["One.", "Two.\u00a0"], ["First of the teaser.", "Second."]]


def entry(pk: int, day: int, **fields) -> Entry:
    known = {"countries": ("CA",), "topics": (1,), "people": ()} | fields
    return Entry(
        pk, str(pk), f"/en/news/{pk}/", f"Story {pk}", "", "release", False, False,
        datetime.date(2018, 11, day), pk, revision=pk, **known,
    )  # fmt: skip


def test_related_items_are_those_about_the_same_people_then_earlier_ones_of_country_and_topic():
    about, later = entry(5, 5, people=("Germain Rukuki",)), entry(9, 9)
    same_person = entry(8, 8, people=("Germain Rukuki",), countries=("BI",), topics=())
    both, country, topic = entry(2, 2), entry(4, 4, topics=(7,)), entry(3, 3, countries=("MX",))
    archive = Archive("en", [about, later, same_person, both, country, topic], {1: "torture", 7: "land"})
    assert [e.pk for e in archive.related(about, 5)] == [8, 2, 4, 3]


def test_the_home_page_leads_with_the_newest_pinned_item(publish, bake, site: Path):
    publish("Pinned", date="2018-10-01", is_pinned=True)
    for number in range(12):
        publish(story(number))
    bake(everything=True)
    page = LexborHTMLParser((site / "en/index.html").read_text())
    assert page.css_first("article.lead h2").text() == "Pinned"
    assert len(page.css("ul.up li")) == 9


def test_a_changed_slug_leaves_a_redirect(publish, bake, site: Path, home: Path, django_capture_on_commit_callbacks):
    item = publish("Headline", slug="old-address")
    bake(everything=True)
    item.slug = "new-address"
    with django_capture_on_commit_callbacks(execute=True):
        item.save_revision().publish()
    bake()
    assert (site / "en/news/new-address/index.html").exists()
    assert 'url=/en/news/new-address/"' in (site / "en/news/old-address/index.html").read_text()
    assert json.loads((home / "addresses.json").read_text())["moved"] == {
        "/en/news/old-address/": "/en/news/new-address/"
    }


def test_the_feed_gives_every_paragraph_as_it_is_with_the_kicker_once(publish, bake, site: Path):
    publish(
        "Headline",
        kicker="Kicker",
        text="“Quoted” – said\u00a0she:\u00a0</p><p>Second &amp; last.",
        people="A B",
    )
    bake(everything=True)
    feed = json.loads((site / "en/news/feed.json").read_text())
    assert feed["items"][0]["content_text"] == "Kicker\n\n“Quoted” – said\u00a0she:\u00a0\n\nSecond & last."
    assert feed["items"][0]["_rightswire"] == {"kind": "release", "countries": [], "people": ["A B"]}
    assert feed["items"][0]["date_published"] == "2018-11-29T00:00:00-05:00"


def test_only_a_correction_moves_the_date_of_the_last_change_and_ids_stay(publish, bake, site: Path):
    item = publish("Headline")
    bake(everything=True)
    before = json.loads((site / "en/news/feed.json").read_text())["items"][0]
    item.title = "Headline without a slip"
    item.save_revision().publish()
    bake()
    silent = json.loads((site / "en/news/feed.json").read_text())["items"][0]
    assert (silent["id"], silent["date_modified"]) == (before["id"], before["date_modified"])
    moment = datetime.datetime(2018, 12, 1, 9, 40, tzinfo=datetime.UTC)
    item.corrections = [("correction", {"at": moment, "text": "A date was wrong."})]
    item.save_revision().publish()
    bake()
    corrected = json.loads((site / "en/news/feed.json").read_text())["items"][0]
    assert corrected["id"] == before["id"]
    assert corrected["date_modified"] == "2018-12-01T04:40:00-05:00"
    assert "A date was wrong." in (site / "en/news/item-1/index.html").read_text()


def test_a_translation_stands_beside_its_original(publish, bake, site: Path):
    original = publish("In English")
    publish("En français", language="fr", original=original)
    bake(everything=True)
    english = (site / "en/news/item-1/index.html").read_text()
    assert 'hreflang="fr" href="http://localhost:8000/fr/news/item-1/"' in english
    assert "Not in Arabic" in english
    assert LexborHTMLParser(english).css_first('.tools a[hreflang="ar"]').attributes["href"] == "/ar/news/"
    french = (site / "fr/news/item-1/index.html").read_text()
    assert 'hreflang="en" href="http://localhost:8000/en/news/item-1/"' in french


def test_an_archive_that_an_older_version_filed_is_filed_anew(publish, bake, site: Path):
    from rightswire.newsroom.models import Filed

    publish("Headline")
    bake(everything=True)
    Filed.objects.update(entry={"title": "as an older version wrote it"})
    publish("Another", countries=["CA"])
    bake()
    assert headlines(site / "en/news/index.html") == ["Another", "Headline"]
    assert headlines(site / "en/news/country/ca/index.html") == ["Another"]
    assert all(isinstance(row.entry, list) for row in Filed.objects.all())


def test_the_lists_of_topics_and_countries_name_what_has_news_in_their_language(publish, bake, site: Path):
    english = publish("A verdict", countries=["BI", "CA"], topics=["trials"])
    publish("Un verdict", language="fr", countries=["BI"], original=english)
    bake(everything=True)

    def links(page: str) -> list[str]:
        return [link.attributes["href"] for link in LexborHTMLParser((site / page).read_text()).css(".choices a")]

    assert links("en/news/country/index.html") == ["/en/news/country/bi/", "/en/news/country/ca/"]
    assert links("fr/news/country/index.html") == ["/fr/news/country/bi/"]
    assert links("en/news/topic/index.html") == ["/en/news/topic/trials/"]
    assert links("ar/news/topic/index.html") == []
    assert "لا أخبار هنا بهذه اللغة بعد." in (site / "ar/news/topic/index.html").read_text()
