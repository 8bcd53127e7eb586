"""What search engines learn of an article, and that it cannot break out of its script."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.newsroom.linked_data import (
    Author,
    Correction,
    Publisher,
    as_script,
    breadcrumbs,
    news_article,
    shortened,
)

PUBLISHER = Publisher("An organisation", "https://news.example/", "https://news.example/static/logo.png", 600, 60)
PLAIN = {
    "url": "https://news.example/en/news/bail-refused/",
    "headline": "Court refuses bail",
    "description": "A court refused bail.",
    "published": datetime(2018, 11, 28, 14, 40, tzinfo=UTC),
    "modified": datetime(2018, 11, 29, 21, 5, tzinfo=UTC),
    "language": "en-CA",
    "section": "Press release",
    "publisher": PUBLISHER,
}


def test_an_article_has_every_field_that_search_engines_recommend():
    article = news_article(
        **PLAIN,
        author=Author("Mahin Example", "https://news.example/en/people/mahin/", is_person=True),
        images=["https://news.example/media/1x1.jpg", "https://news.example/media/16x9.jpg"],
        keywords=["Lawyers"],
        people=["Nasrin Example"],
        countries=[("IR", "Iran")],
    )
    assert article["@type"] == "NewsArticle"
    assert article["headline"] == "Court refuses bail"
    assert article["image"] == ["https://news.example/media/1x1.jpg", "https://news.example/media/16x9.jpg"]
    assert article["datePublished"] == "2018-11-28T14:40:00+00:00"
    assert article["dateModified"] == "2018-11-29T21:05:00+00:00"
    assert article["author"] == [
        {"@type": "Person", "name": "Mahin Example", "url": "https://news.example/en/people/mahin/"}
    ]
    assert article["publisher"]["name"] == "An organisation"
    assert article["publisher"]["logo"]["url"] == "https://news.example/static/logo.png"
    assert article["mainEntityOfPage"]["@id"] == PLAIN["url"]
    assert article["inLanguage"] == "en-CA"
    assert article["articleSection"] == "Press release"
    assert article["keywords"] == ["Lawyers"]
    assert article["about"] == [{"@type": "Country", "name": "Iran", "identifier": "IR"}]
    assert article["mentions"] == [{"@type": "Person", "name": "Nasrin Example"}]
    assert article["isAccessibleForFree"] is True


def test_what_an_article_does_not_have_is_not_claimed():
    article = news_article(**PLAIN)
    assert not {"image", "keywords", "about", "mentions", "correction"} & set(article)
    assert article["author"][0]["name"] == "An organisation"
    assert article["isAccessibleForFree"] is True


def test_a_correction_is_told_with_its_date():
    article = news_article(
        **PLAIN,
        corrections=[Correction("The hearing was on Monday.", datetime(2018, 11, 30, 9, 0, tzinfo=UTC))],
    )
    assert article["correction"] == [
        {
            "@type": "CorrectionComment",
            "text": "The hearing was on Monday.",
            "datePublished": "2018-11-30T09:00:00+00:00",
        }
    ]


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        news_article(**{**PLAIN, "modified": datetime(2018, 11, 29)})


def test_a_long_headline_is_cut_between_words():
    cut = shortened("Government must answer; " * 10)
    assert len(cut) <= 110
    assert cut == "Government must answer; " * 4 + "Government…"
    assert shortened("Short  and\nplain") == "Short and plain"
    assert shortened("x" * 110) == "x" * 110


@given(st.text(max_size=300))
def test_a_headline_is_never_longer_than_search_engines_read(headline):
    assert len(shortened(headline)) <= 110


def test_breadcrumbs_number_the_way_from_the_home_page():
    way = breadcrumbs([("Home", "https://news.example/en/"), ("News", "https://news.example/en/news/")])
    assert way["@type"] == "BreadcrumbList"
    assert [(step["position"], step["name"], step["item"]) for step in way["itemListElement"]] == [
        (1, "Home", "https://news.example/en/"),
        (2, "News", "https://news.example/en/news/"),
    ]


@given(st.text())
def test_nothing_breaks_out_of_the_script_and_nothing_is_lost(text):
    hostile = f"</script><!--{text}\u2028\u2029&"
    written = as_script({"headline": hostile})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"headline": hostile}
