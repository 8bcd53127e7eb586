"""The demo's texts and pictures keep the shape that the loader and the templates rely on."""

from __future__ import annotations

import datetime as dt
import io
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rightswire.demo.pictures import ALT, PICTURES, draw

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "src" / "rightswire" / "demo"
SEED = ROOT / "../shared/seed/news-page.txt"

KINDS = {"release", "response", "statement", "case_update", "campaign", "petition", "report"}
WORDS = {"release": (180, 350), "response": (100, 220), "case_update": (100, 220)}
LANGUAGES = ("en", "fr", "ar")
BLOCK_KEYS = {
    "text": {"paragraphs"},
    "heading": {"text"},
    "quote": {"paragraphs", "speaker"},
    "image": {"picture"},
    "asks": {"asks"},
    "facts": {"title", "facts"},
    "video": {"title", "url", "source", "text"},
    "action": {"label", "text", "link"},
    "contacts": set(),
}
NEWS = r"news/((2018|topic|country)/)?"
BUILT_IN = re.compile(rf"/(en|fr|ar)/(({NEWS}|search/|subscribe/|privacy/|act/(drop-dragonfly/)?)?)")

SITE = tomllib.loads((DEMO / "site.toml").read_text("utf-8"))
FILES = sorted((DEMO / "items").glob("*.toml"))
ITEMS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FILES if "." not in path.stem}
TRANSLATIONS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FILES if "." in path.stem}
EVERY_TEXT = {name: item["text"] for name, item in {**ITEMS, **TRANSLATIONS}.items()}
TOPICS = {topic["slug"] for topic in SITE["topics"]}
CONTACTS = {contact["slug"] for contact in SITE["contacts"]}


def page_texts() -> dict[str, dict[str, Any]]:
    return {
        f"{page['slug']}.{language}": page[language]
        for page in SITE["pages"]
        for language in LANGUAGES
        if language in page
    }


def strings(value: object) -> list[str]:
    """Every string inside a TOML value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return []


def links(value: object) -> list[str]:
    """Every value called `link` inside a TOML value."""
    if isinstance(value, dict):
        own = [value["link"]] if isinstance(value.get("link"), str) else []
        return own + [link for part in value.values() for link in links(part)]
    if isinstance(value, list):
        return [link for part in value for link in links(part)]
    return []


class InlineMarkup(HTMLParser):
    """Notes what a paragraph's markup holds that it may not."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        names = [name for name, _ in attrs]
        allowed = ["href"] if tag == "a" else []
        if tag not in {"a", "b", "i"} or names != allowed:
            self.faults.append(tag)
        if tag == "a" and not (dict(attrs)["href"] or "").startswith("https://"):
            self.faults.append("a link that is not https")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag}")


def check_body(body: list[dict[str, Any]]) -> None:
    assert body
    assert body[0]["type"] in BLOCK_KEYS
    for block in body:
        assert block["type"] in BLOCK_KEYS
        assert block.keys() >= BLOCK_KEYS[block["type"]], block
        for paragraph in block.get("paragraphs", []):
            markup = InlineMarkup()
            markup.feed(paragraph)
            assert not markup.faults + markup.open, paragraph
        if block["type"] == "image":
            assert block["picture"] in PICTURES
            assert block.get("alt") or block.get("decorative")
        for ask in block.get("asks", []):
            assert ask["who"]
            assert ask["what"]
            assert ask["state"] in {"open", "done", "refused"}
            assert isinstance(ask.get("by", dt.date.today()), dt.date)
        if block["type"] == "quote":
            assert not re.match('[“«"]', block["paragraphs"][0]), "the template adds the quotation marks"
    assert sum(block["type"] == "video" for block in body) <= 1


@pytest.mark.parametrize("slug", ITEMS)
def test_an_item_has_what_a_listing_and_its_page_need(slug: str) -> None:
    item, text = ITEMS[slug], ITEMS[slug]["text"]
    assert re.fullmatch(r"[a-z0-9-]+", slug)
    assert not slug.isdigit()
    assert item["kind"] in KINDS
    assert dt.date(2018, 10, 1) <= item["date"] <= dt.date(2018, 11, 29)
    assert item["topics"]
    assert set(item["topics"]) <= TOPICS
    assert all(re.fullmatch("[A-Z]{2}", country) for country in item["countries"])
    assert item["contacts"]
    assert set(item["contacts"]) <= CONTACTS
    assert item.get("picture", "forest") in PICTURES
    assert 10 <= len(text["headline"]) <= 110
    assert 40 <= len(text["teaser"]) <= 300
    assert "<" not in text["teaser"]
    assert text["body"][0]["type"] == "text"


@pytest.mark.parametrize("name", EVERY_TEXT)
def test_every_language_of_an_item_has_a_readable_body(name: str) -> None:
    text = EVERY_TEXT[name]
    check_body(text["body"])
    for correction in text.get("corrections", []):
        assert correction["at"].tzinfo is not None
        assert correction["text"]


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_a_translation_stands_beside_its_original(name: str) -> None:
    slug, language = name.rsplit(".", 1)
    assert language in LANGUAGES
    assert slug in ITEMS


@pytest.mark.parametrize("slug", [slug for slug in ITEMS if ITEMS[slug]["kind"] in WORDS])
def test_an_item_is_as_long_as_its_kind_is_in_a_real_newsroom(slug: str) -> None:
    told = (block for block in ITEMS[slug]["text"]["body"] if block["type"] not in {"image", "video", "action"})
    words = [
        word
        for block in told
        for key, value in block.items()
        if key not in {"type", "role", "speaker", "organisation"}
        for text in strings(value)
        for word in re.sub(r"<[^>]+>", "", text).split()
    ]
    low, high = WORDS[ITEMS[slug]["kind"]]
    assert low <= len(words) <= high


def test_the_demo_shows_every_kind_and_every_block() -> None:
    assert {item["kind"] for item in ITEMS.values()} == KINDS
    used = {block["type"] for text in EVERY_TEXT.values() for block in text["body"]}
    used |= {block["type"] for text in page_texts().values() for block in text["body"]}
    assert used == set(BLOCK_KEYS)
    assert any(item["good_news"] for item in ITEMS.values())
    assert [slug for slug, item in ITEMS.items() if item["pinned"]] == ["forests-the-law-says-are-theirs"]
    assert sum("corrections" in item["text"] for item in ITEMS.values()) == 2


def test_the_archive_has_two_months_and_the_listing_more_than_one_page() -> None:
    assert {(item["date"].year, item["date"].month) for item in ITEMS.values()} == {(2018, 10), (2018, 11)}
    assert len(ITEMS) > 20


def test_index_numbers_are_permanent_references_so_none_is_used_twice() -> None:
    numbers = [item["index_number"] for item in ITEMS.values() if "index_number" in item]
    assert len(numbers) == len(set(numbers))


def test_every_inner_link_leads_to_a_page_that_will_exist() -> None:
    inner = set()
    for language in LANGUAGES:
        inner |= {f"/{language}/news/{slug}/" for slug in ITEMS}
        inner |= {f"/{language}/news/topic/{slug}/" for slug in TOPICS}
        inner |= {f"/{language}/{page['slug']}/" for page in SITE["pages"]}
    for link in links(SITE) + links(list(EVERY_TEXT.values())):
        if link.startswith("https://"):
            assert re.match(r"https://([a-z-]+\.)*(everyname|chaquenom)\.example/", link), link
        else:
            assert link in inner or BUILT_IN.fullmatch(link), link


def test_contacts_can_be_reached_only_in_the_world_of_examples() -> None:
    for contact in SITE["contacts"]:
        assert contact["kind"] in {"press", "spokesperson"}
        assert contact["email"].endswith("@everyname.example")
        assert re.fullmatch(r"\+1 613 555 01\d\d", contact["phone"]), "reserved for fiction"
        assert contact["languages"]
        assert contact["en"]["role"]


@pytest.mark.parametrize("name", page_texts())
def test_a_plain_page_has_a_title_an_introduction_and_a_body(name: str) -> None:
    page = page_texts()[name]
    assert page["title"]
    assert page["intro"]
    check_body(page["body"])


def test_the_home_page_and_menus_are_complete_in_every_language_that_has_a_name() -> None:
    for language in (each for each in LANGUAGES if each in SITE["organisation"]):
        for key in ("name", "tagline", "description", "footer", "small_print"):
            assert SITE["organisation"][language][key]
        home = SITE["home"][language]
        assert home["band"].keys() == {"kicker", "headline", "text", "label", "link"}
        assert len(home["people"]) == 4
        assert all(group["label"] and group["links"] for group in SITE["menu"][language])
        assert all(topic[language] for topic in SITE["topics"])


def test_the_postal_address_leaves_the_name_to_what_stands_above_it() -> None:
    names = {SITE["organisation"][language]["name"] for language in LANGUAGES}
    assert names.isdisjoint(SITE["organisation"]["address"])


def test_quotes_and_apostrophes_are_typographic() -> None:
    for text in strings([SITE, list(EVERY_TEXT.values())]):
        plain = re.sub(r"<[^>]+>", "", text)
        assert not re.search(r"['\"]|\.\.\.", plain), plain


def test_no_sentence_is_the_seed_pages() -> None:
    if not SEED.exists():
        pytest.skip("the seed page is not here")

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[\w’'-]+", text.lower().replace("’", "'"))
        return {tuple(words[i : i + 9]) for i in range(len(words) - 8)}

    seed = runs(SEED.read_text("utf-8"))
    shared = {run for text in strings(list(EVERY_TEXT.values())) for run in runs(text) & seed}
    assert not shared


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_light_wide_and_the_same_every_time(name: str) -> None:
    first = draw(name)
    assert first == draw(name)
    assert len(first) < 60_000
    image = Image.open(io.BytesIO(first))
    assert image.format == "PNG"
    assert image.size == (1920, 800)


def test_every_picture_is_described_in_every_language() -> None:
    assert ALT.keys() == PICTURES.keys()
    assert all(ALT[name][language].strip() for name in ALT for language in LANGUAGES)


def test_every_picture_is_used() -> None:
    led = {item.get("picture") for item in ITEMS.values()}
    shown = {block.get("picture") for text in EVERY_TEXT.values() for block in text["body"]}
    assert set(PICTURES) <= led | shown
