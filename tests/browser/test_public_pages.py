"""The public pages in a real browser, as a reader meets them."""

import contextlib
import functools
import http.server
import re
import threading

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LANGUAGES = ("en", "fr", "ar")
ITEM = "news/free-germain-rukuki/"
PAGES = ("", "news/", ITEM, "search/", "subscribe/", "privacy/", "about/", "contact/", "news/topic/")

# Text and its background as the browser paints them, for every element that holds text of its own.
PAINTED_TEXT = """() => [...document.querySelectorAll("body *")].flatMap((element) => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const texts = [...element.childNodes].filter((node) => node.nodeType === 3);
  const words = texts.map((node) => node.data).join(" ").trim();
  if (!words || !box.width || style.visibility !== "visible" || style.clipPath !== "none") return [];
  let ground = element;
  while (ground && /, 0\\)$/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
  return [[words.slice(0, 60), style.color, getComputedStyle(ground ?? document.body).backgroundColor]];
})"""


def luminance(colour):
    """Relative luminance of `rgb(…)` as WCAG 2 defines it."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


# The menu


def test_menu_opens_and_closes_by_keyboard(open_page):
    page = open_page("/en/")
    group = page.locator(".menu summary").first
    group.focus()
    page.keyboard.press("Enter")
    link = page.locator(".menu details[open] a").first
    assert link.is_visible()
    page.keyboard.press("Tab")
    assert link.evaluate("link => link === document.activeElement")
    page.keyboard.press("Escape")
    assert not link.is_visible()
    assert group.evaluate("group => group === document.activeElement")


def test_opening_one_group_of_the_menu_closes_the_other(open_page):
    page = open_page("/fr/")
    page.locator(".menu summary").nth(0).click()
    page.locator(".menu summary").nth(1).click()
    assert page.locator(".menu details[open]").count() == 1


def test_escape_closes_the_whole_menu_of_a_phone_after_its_group(open_page):
    page = open_page("/en/", width=390)
    page.get_by_text("Menu", exact=True).click()
    page.locator(".menu summary").first.click()
    page.keyboard.press("Escape")
    assert page.locator(".menu summary").first.is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".menu summary").first.is_visible()


def test_menu_of_a_phone_leads_to_a_page_without_javascript(open_page):
    page = open_page("/en/", width=390, java_script_enabled=False)
    assert not page.locator(".menu").locator("summary").first.is_visible()
    page.locator(".open summary").click()
    page.locator(".menu summary").first.click()
    link = page.locator(".menu details[open] a").first
    target = link.get_attribute("href")
    link.click()
    page.wait_for_url(f"**{target}")
    assert page.locator("h1").is_visible()


# Languages


def test_language_switch_leads_to_the_same_page(open_page):
    page = open_page(f"/en/{ITEM}")
    page.get_by_role("navigation", name="Language").get_by_text("العربية").click()
    page.wait_for_url(f"**/ar/{ITEM}")
    assert page.locator("html").get_attribute("lang") == "ar"


def test_not_in_a_language_leads_to_the_news_in_it(open_page):
    page = open_page("/en/news/page/1/")
    addresses = page.locator(".item h3 a").evaluate_all("links => links.map((link) => link.pathname)")
    for address in addresses:
        page.goto(address)
        missing = page.get_by_role("link", name="Not in French")
        if missing.count():
            break
    missing.click()
    page.wait_for_url("**/fr/news/")


def test_arabic_page_runs_from_right_to_left(open_page):
    page = open_page("/ar/news/")
    date, text = page.locator(".group .date").first.bounding_box(), page.locator(".item").first.bounding_box()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert date["x"] > text["x"] + text["width"]
    assert page.locator("h3").first.evaluate("title => getComputedStyle(title).letterSpacing") in (
        "normal",
        "0px",
    )


def test_quote_in_another_language_runs_its_own_way_in_its_own_letters(open_page):
    page = open_page(f"/ar/{ITEM}")
    page.locator(".quote[lang=fr] p").first.wait_for()
    words = page.locator(".quote[lang=fr] p").first
    style = words.evaluate("p => { const s = getComputedStyle(p); return [s.direction, s.fontFamily] }")
    assert style[0] == "ltr"
    assert "Arabic" not in style[1]


# Search


def test_search_without_javascript_finds_and_marks_the_words(open_page):
    page = open_page("/en/search/", java_script_enabled=False)
    page.get_by_label("Search everything published").fill("human rights")
    page.locator("main form button").click()
    page.wait_for_url("**/do/search/?q=human+rights&lang=en")
    marked = {words.lower() for words in page.locator("main mark").all_inner_texts()}
    assert {"human", "rights"} <= marked | {word for words in marked for word in words.split()}


def test_search_excerpts_begin_with_what_was_written_not_with_dates_and_credits(open_page):
    page = open_page("/do/search/?q=Rukuki&lang=en")
    excerpts = page.locator("main ol > li > p:last-child").all_inner_texts()
    assert excerpts
    assert not [text for text in excerpts if re.match(r"\W*\w+day \d|.*Drawing:", text)]


def test_search_that_finds_nothing_offers_a_way_on(open_page):
    page = open_page("/do/search/?q=zzzzqqq&lang=en", java_script_enabled=False)
    page.get_by_role("main").get_by_role("link", name="All news").click()
    page.wait_for_url("**/en/news/")


# Sharing


def test_share_links_are_plain_links_to_the_sites_they_name(open_page):
    page = open_page(f"/en/{ITEM}", java_script_enabled=False)
    hosts = {
        "Facebook": "https://www.facebook.com/",
        "X": "https://x.com/",
        "Bluesky": "https://bsky.app/",
        "WhatsApp": "https://wa.me/",
        "Telegram": "https://t.me/",
        "LinkedIn": "https://www.linkedin.com/",
        "E-mail": "mailto:",
    }
    for name, start in hosts.items():
        address = page.locator(".share").get_by_role("link", name=name, exact=True).get_attribute("href")
        assert address.startswith(start)
        assert "free-germain-rukuki" in address
    assert not page.locator(".share button:visible").count()


def test_copy_link_copies_the_address_of_the_page(open_page, demo_site):
    page = open_page(f"/en/{ITEM}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{demo_site.address}/en/{ITEM}"


# What every page keeps to


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_call_nobody_keep_nothing_complain_of_nothing_and_fit(open_page, demo_site, language):
    page = open_page(f"/{language}/", width=320, height=640)
    for name in PAGES:
        page.goto(f"/{language}/{name}")
        scrolled = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert scrolled <= 0, f"/{language}/{name} is {scrolled} px too wide at 320 px"
    assert {address for address in page.watched.requests if not address.startswith(demo_site.address)} == set()
    assert page.watched.messages == []
    assert page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["en/", f"en/{ITEM}", f"ar/{ITEM}", "fr/news/", "fr/privacy/"])
def test_text_stands_out_from_its_ground(open_page, path, scheme):
    page = open_page(f"/{path}", color_scheme=scheme)
    faint = [
        (words, colour, ground)
        for words, colour, ground in page.evaluate(PAINTED_TEXT)
        if contrast(colour, ground) < 4.5
    ]
    assert faint == []


def test_dark_page_is_dark(open_page):
    page = open_page("/en/", color_scheme="dark")
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 0.02


# Without the application


@contextlib.contextmanager
def any_web_server(folder):
    """Files from a folder, as the plainest of web servers gives them."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_read_from_any_web_server_without_the_application(open_page, demo_site, language):
    with any_web_server(demo_site.home / "site") as address:
        page = open_page(f"{address}/{language}/")
        page.locator(".lead h2 a").click()
        page.locator(".text p").first.wait_for()
        size = page.locator("h1").evaluate("title => parseFloat(getComputedStyle(title).fontSize)")
        pictures = page.locator("main img").evaluate_all("all => all.map((picture) => picture.naturalWidth)")
    assert size > 40  # the style sheet was there
    assert page.watched.messages == []
    assert all(pictures)
