"""An editor's whole day in a real browser: write, preview, translate, embargo, correct, withdraw."""

import datetime
import io
import re
import time
import urllib.error
import urllib.request
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ADDRESS = "/en/news/the-okapi-of-epulu-is-free/"
ADMIN_ZONE = ZoneInfo("America/Toronto")


@pytest.fixture
def desk(open_page, demo_site):
    """The dashboard of somebody who has signed in."""
    name, password = demo_site.passwords.split()[:2]
    page = open_page("/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    return page


def status_of(site, address):
    try:
        with urllib.request.urlopen(site.address + address) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


def seconds_until(site, address, is_so, most=20):
    """How long it takes until a public address answers as wanted; fails after `most` seconds."""
    begun = time.monotonic()
    while not is_so(*status_of(site, address)):
        assert time.monotonic() - begun < most, f"{address} still answers {status_of(site, address)[0]}"
        time.sleep(0.1)
    return time.monotonic() - begun


def picture():
    file = io.BytesIO()
    Image.linear_gradient("L").resize((1600, 900)).save(file, "JPEG")
    return {"name": "okapi.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def add_block(page, panel, kind=None):
    page.locator(panel).get_by_role("button", name="Insert a block").last.click()
    if kind:
        page.get_by_role("option", name=kind, exact=True).click()


def write(page):
    page.get_by_role("link", name="Write a news item in English").click()
    page.fill("[name=title]", "The okapi of Epulu is free")
    page.fill("[name=date]", "2018-10-02")
    page.keyboard.press("Escape")
    add_block(page, "#panel-child-story-body-section", "Quote")
    page.fill("[name=body-0-value-words]", "Nobody had asked the okapi.")
    page.fill("[name=body-0-value-speaker]", "Ada Example")
    add_block(page, "#panel-child-story-lead-section")
    upload(page)
    save(page)


def upload(page):
    page.locator("#panel-child-story-lead-section").get_by_role("button", name="Choose an image").click()
    page.get_by_role("tab", name="Upload").click()
    page.set_input_files("#id_image-chooser-upload-file", picture())
    page.fill("[name=image-chooser-upload-title]", "Okapi")
    page.fill("[name=image-chooser-upload-description]", "An okapi among trees.")
    page.locator(".modal").get_by_role("button", name="Upload").last.click()
    page.locator(".modal").wait_for(state="detached")


def save(page):
    page.get_by_role("button", name="Save draft").click()
    page.locator(".messages").get_by_text(re.compile(r"(created|updated)\.")).first.wait_for()


def choose_action(page, name):
    page.locator("footer .w-dropdown__toggle, footer [data-w-dropdown-target=toggle]").first.click()
    page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).last.click()


def preview(page):
    page.get_by_role("button", name="Toggle preview").click()
    frame = page.frame_locator("#w-preview-iframe")
    frame.get_by_role("heading", level=1, name="The okapi of Epulu is free").wait_for()
    frame.get_by_text("“Nobody had asked the okapi.”").wait_for()
    family = frame.locator("h1").evaluate("heading => getComputedStyle(heading).fontFamily")
    assert "serif" in family  # the site's own style sheet is there
    page.get_by_role("button", name="Toggle preview").click()


def translate(page, number):
    page.goto(f"/admin/localize/submit/page/{number}/")
    page.locator("label", has_text=re.compile("French|Français")).locator("input").check()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_role("button", name="Translate", exact=True).first.click()
    page.locator("textarea").first.fill("L'okapi d'Epulu est libre")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("L'okapi d'Epulu est libre").first.wait_for()
    page.get_by_role("button", name=re.compile("Publish in")).click()
    page.get_by_text(re.compile("Published|has been published|was published")).first.wait_for()


def embargo(page, number, seconds):
    page.goto(f"/admin/pages/{number}/edit/")
    page.get_by_role("tab", name="Publishing").click()
    at = datetime.datetime.now(ADMIN_ZONE) + datetime.timedelta(seconds=seconds)
    field = page.locator("[name=go_live_at]")
    # The picker knows minutes alone; what is set behind its back spares the test the rest of the minute.
    field.evaluate("(field, moment) => { field.value = moment }", f"{at:%Y-%m-%d %H:%M:%S}")
    choose_action(page, re.compile("ublish"))
    page.get_by_text("has been scheduled for publishing").wait_for()
    return at


def correct(page, number):
    page.goto(f"/admin/pages/{number}/edit/")
    add_block(page, "#panel-child-story-corrections-section")
    page.fill("[name=corrections-0-value-text]", "Its age was wrong.")
    choose_action(page, re.compile("^Publish"))
    page.get_by_text("has been published").wait_for()


def withdraw(page, number, way):
    page.goto(f"/admin/pages/{number}/edit/")
    choose_action(page, re.compile("^Withdraw"))
    page.get_by_role("radio", name=way).check()
    if way == "Editorial":
        page.get_by_label("Reason for the public, in English").fill("The keeper took it back.")
    page.get_by_role("button", name="Withdraw in all languages").click()
    page.get_by_text("Withdrawn in all languages").wait_for()


def test_a_day_from_the_first_word_to_the_last_trace(desk, demo_site):
    french = ADDRESS.replace("/en/", "/fr/")
    write(desk)
    number = re.search(r"/pages/(\d+)/edit/", desk.url)[1]
    preview(desk)
    translate(desk, number)
    assert status_of(demo_site, french)[0] == 404  # its original is a draft

    at = embargo(desk, number, 6)
    assert status_of(demo_site, ADDRESS)[0] == status_of(demo_site, french)[0] == 404
    time.sleep(max(0, (at - datetime.datetime.now(ADMIN_ZONE)).total_seconds()))
    for address in (ADDRESS, french):
        seconds_until(demo_site, address, lambda status, text: status == 200, most=5)
    assert datetime.datetime.now(ADMIN_ZONE) - at < datetime.timedelta(seconds=5)
    assert "L’okapi d’Epulu est libre" in status_of(demo_site, french)[1].replace("&#x27;", "’").replace("'", "’")

    correct(desk, number)
    seconds_until(demo_site, ADDRESS, lambda status, text: "Its age was wrong." in text)

    withdraw(desk, number, "Editorial")
    seconds_until(demo_site, ADDRESS, lambda status, text: status == 410 and "The keeper took it back." in text)

    withdraw(desk, number, "For safety")
    seconds_until(demo_site, ADDRESS, lambda status, text: status == 410 and "keeper" not in text)
    seconds_until(demo_site, french, lambda status, text: status == 410)
    assert not [path for path in (demo_site.home / "site").rglob("*") if "okapi" in path.name]
    assert not [url for url in desk.watched.requests if not url.startswith((demo_site.address, "data:", "blob:"))]
