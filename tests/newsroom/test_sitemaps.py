"""Sitemaps that search engines accept."""

import shutil
import subprocess
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rightswire.newsroom.sitemaps import SitemapUrl, sitemap, sitemap_index

SCHEMA = Path(__file__).resolve().parents[2] / "../shared/check/sitemap-all.xsd"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"

ENGLISH, FRENCH = "https://news.example/en/news/bail/?a=1&b=2", "https://news.example/fr/news/caution/"
TRANSLATED = SitemapUrl(ENGLISH, date(2018, 11, 29), (("en", ENGLISH), ("fr", FRENCH)))
ALONE = SitemapUrl("https://news.example/ar/", None)


def test_a_page_is_listed_with_its_day_and_its_other_languages():
    (url,) = ElementTree.fromstring(sitemap([TRANSLATED]))
    assert url.findtext(f"{SITEMAP}loc") == ENGLISH
    assert url.findtext(f"{SITEMAP}lastmod") == "2018-11-29"
    links = [link.attrib for link in url.findall(f"{XHTML}link")]
    assert {link["rel"] for link in links} == {"alternate"}
    assert [(link["hreflang"], link["href"]) for link in links] == [
        ("en", ENGLISH),
        ("fr", FRENCH),
        ("x-default", ENGLISH),
    ]


def test_readers_of_other_languages_can_be_led_elsewhere():
    chosen = SitemapUrl(ENGLISH, None, (("en", ENGLISH), ("x-default", "https://news.example/")))
    (url,) = ElementTree.fromstring(sitemap([chosen]))
    assert [link.attrib["href"] for link in url.findall(f"{XHTML}link")] == [ENGLISH, "https://news.example/"]


def test_a_page_without_translations_or_day_has_its_address_only():
    (url,) = ElementTree.fromstring(sitemap([ALONE]))
    assert [(part.tag, part.text) for part in url] == [(f"{SITEMAP}loc", ALONE.location)]


def test_the_index_lists_the_parts_in_their_order():
    root = ElementTree.fromstring(
        sitemap_index(
            [
                ("https://news.example/sitemap-2018.xml", date(2018, 11, 29)),
                ("https://news.example/b.xml", None),
            ]
        )
    )
    assert root.tag == f"{SITEMAP}sitemapindex"
    assert [part.findtext(f"{SITEMAP}loc")[-8:] for part in root] == ["2018.xml", "le/b.xml"]
    assert [part.findtext(f"{SITEMAP}lastmod") for part in root] == ["2018-11-29", None]


def test_a_part_that_has_lost_its_last_page_is_still_written():
    assert list(ElementTree.fromstring(sitemap([]))) == []


def test_more_addresses_than_search_engines_read_are_refused():
    assert sitemap([ALONE] * 50_000).count(b"<loc>") == 50_000
    with pytest.raises(ValueError, match=r"50,001 addresses.*more parts"):
        sitemap([ALONE] * 50_001)
    with pytest.raises(ValueError, match=r"50,001 addresses.*more parts"):
        sitemap_index([(ENGLISH, None)] * 50_001)


def test_more_bytes_than_search_engines_read_are_refused():
    long = SitemapUrl("https://news.example/" + "a" * 2000, None)
    with pytest.raises(ValueError, match=r"bytes.*more parts"):
        sitemap([long] * 27_000)


@pytest.mark.skipif(
    not (shutil.which("xmllint") and SCHEMA.exists() and (SCHEMA.parent / "node_modules/sitemap").exists()),
    reason="xmllint or the schema of sitemaps, with the npm package that it includes, is not here",
)
def test_a_sitemap_is_valid_against_its_schema(tmp_path):
    file = tmp_path / "sitemap.xml"
    file.write_bytes(sitemap([TRANSLATED, ALONE]))
    check = subprocess.run(
        ["xmllint", "--nonet", "--noout", "--schema", SCHEMA, file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr
