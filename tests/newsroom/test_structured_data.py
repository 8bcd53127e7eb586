from pathlib import Path

import extruct
import pytest

pytestmark = pytest.mark.django_db

REQUIRED = {
    "headline",
    "image",
    "datePublished",
    "dateModified",
    "author",
    "publisher",
    "mainEntityOfPage",
    "inLanguage",
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_other_peoples_parser_finds_one_article_with_all_it_needs_and_its_breadcrumbs(publish, bake, site: Path):
    publish("Free “them” </script> now", countries=["BI"], topics=["justice"], people="Germain Rukuki")
    bake(everything=True)
    page = (site / "en/news/item-1/index.html").read_text()
    found = extruct.extract(page, syntaxes=["json-ld", "opengraph"], uniform=True)
    articles = [thing for thing in found["json-ld"] if thing["@type"] == "NewsArticle"]
    assert len(articles) == 1
    assert set(articles[0]) >= REQUIRED
    assert articles[0]["headline"] == "Free “them” </script> now"
    assert articles[0]["mentions"] == [{"@type": "Person", "name": "Germain Rukuki"}]
    crumbs = next(thing for thing in found["json-ld"] if thing["@type"] == "BreadcrumbList")
    assert [step["name"] for step in crumbs["itemListElement"]] == [
        "Home",
        "News",
        "Burundi",
        "Free “them” </script> now",
    ]
    assert found["opengraph"][0]["og:title"] == "Free “them” </script> now"
    assert found["opengraph"][0]["@type"] == "article"
