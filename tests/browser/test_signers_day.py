"""A signer's day in the demonstration: from the petition's page to the count, and back out of it."""

import json
import re
import secrets
import subprocess
import sys
import time
import unicodedata
import urllib.request

import pytest
from test_public_pages import PAINTED_TEXT, contrast

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SLUG = "drop-dragonfly"
SECONDS_FOR_MAIL = 30
SECONDS_FOR_THE_COUNT = 20
# Chromium itself notes every page that comes with a 4xx, as a form to mend does.
NOTED_BY_CHROMIUM = re.compile(r"Failed to load resource: the server responded with a status of 422")


def count(site):
    with urllib.request.urlopen(f"{site.address}/counts/{SLUG}.json") as answer:
        return json.load(answer)["confirmed"]


def wait_for(is_so, seconds):
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.25)


class Signer:
    """One person, one browser. Her steps yield the name of each page as it stands before her."""

    def __init__(self, page, site, language, folder):
        self.page, self.site, self.language = page, site, language
        self.file = folder / "counting-code.txt"
        self.address = f"noor.{secrets.token_hex(4)}@example.org"

    def signs(self):
        page = self.page
        yield "petition"
        send = page.locator("form#sign .send button")
        send.click()
        page.locator(".errors").wait_for()
        yield "errors"
        fields = page.locator(".errors a").evaluate_all("links => links.map((link) => link.hash.slice(1))")
        assert fields == ["name", "email", "country"]
        for field in fields:  # each is led to, and says itself what is wrong with it
            page.locator(f".errors a[href='#{field}']").click()
            assert page.locator(f"#{field}").evaluate("field => field === document.activeElement")
            assert page.locator(f"#{field}-e").inner_text()
        page.fill("#name", "Noor Haddad")
        page.fill("#email", "noor.haddad")
        page.select_option("#country", "LB")
        page.fill("#comment", "« Libérez-les »")
        page.locator("#show_name").check()
        send.click()
        page.locator("#email-e").wait_for()
        yield "one error"
        assert page.locator(".errors a").count() == 1
        assert page.input_value("#name") == "Noor Haddad"
        assert page.input_value("#country") == "LB"
        assert page.input_value("#comment") == "« Libérez-les »"
        assert page.locator("#show_name").is_checked()
        assert not page.locator("#show_comment").is_checked()
        page.fill("#email", self.address)
        send.click()
        page.wait_for_url(f"**/do/sign/{SLUG}/")
        page.locator("a.btn[href^='/do/demo-mail/']").wait_for()
        yield "sent"

    def opens_mail(self):
        self.page.goto(f"/do/demo-mail/?lang={self.language}")
        mail = self.page.locator("section.box").filter(has_text=self.address)
        ends_at = time.monotonic() + SECONDS_FOR_MAIL
        while not mail.count():
            assert time.monotonic() < ends_at
            self.page.wait_for_timeout(300)
            self.page.reload()
        return mail.first

    def confirms(self):
        page = self.page
        mail = self.opens_mail()
        assert mail.get_attribute("lang") == self.language
        yield "mailbox"
        before = count(self.site)
        mail.locator("a[href*='/do/confirm/']").click()
        page.locator("main form[method=post] button").wait_for()
        yield "confirm"
        assert count(self.site) == before  # reading a link signs nothing
        page.locator("main form[method=post] button").click()
        page.locator("button[name=check]").wait_for()
        yield "thanks"
        wait_for(lambda: count(self.site) == before + 1, SECONDS_FOR_THE_COUNT)

    def takes_a_code(self):
        page = self.page
        page.locator("button[name=check]").click()
        page.locator("a[download]").wait_for()
        yield "code"
        with page.expect_download() as download:
            page.locator("a[download]").click()
        download.value.save_as(self.file)
        assert json.loads(self.file.read_text()) == json.loads(page.locator("textarea.code").input_value())

    def sees_the_number(self):
        """The petition's page comes to show what the count says."""
        number = count(self.site)
        self.page.goto(f"/{self.language}/act/{SLUG}/")

        def is_shown():
            self.page.reload()  # a page that was open before may come from the browser's own store for a minute
            shown = "".join(self.page.locator(".count .sum").all_inner_texts())
            return "".join(str(unicodedata.digit(sign)) for sign in shown if sign.isdigit()) == str(number)

        wait_for(is_shown, SECONDS_FOR_THE_COUNT)
        yield "petition afterwards"

    def takes_it_back(self):
        page, before = self.page, count(self.site)
        self.opens_mail().locator("a[href*='/do/erase/']").click()
        page.locator("main form[method=post] button").wait_for()
        yield "erase"
        assert count(self.site) == before
        page.locator("main form[method=post] button").click()
        page.locator("main form").wait_for(state="detached")
        yield "erased"
        wait_for(lambda: count(self.site) == before - 1, SECONDS_FOR_THE_COUNT)


def verify(site, file):
    command = [sys.executable, "-m", "rightswire.cli", "verify"]
    command += [str(site.home / "site"), "--receipt", str(file), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout)


def keeps_to_the_rules(page, step):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{step} is too wide"
    assert page.locator("h1").count() == 1, step
    faint = [text for text, colour, ground in page.evaluate(PAINTED_TEXT) if contrast(colour, ground) < 4.5]
    assert faint == [], step
    fields = page.locator("main input:not([type=hidden]), main select, main textarea")
    nameless = fields.evaluate_all("all => all.filter((field) => !field.labels.length).map((field) => field.id)")
    assert nameless == [], step


@pytest.mark.parametrize(
    ("language", "width", "options"),
    [
        ("en", 1280, {}),
        ("fr", 320, {"color_scheme": "dark"}),
        ("ar", 320, {"java_script_enabled": False}),
        ("ar", 1280, {"color_scheme": "dark"}),
        ("en", 320, {"java_script_enabled": False}),
    ],
)
def test_a_signers_day(open_page, demo_site, tmp_path, language, width, options):
    page = open_page(f"/{language}/act/{SLUG}/", width=width, **options)
    signer = Signer(page, demo_site, language, tmp_path)
    for stretch in (signer.signs, signer.confirms, signer.takes_a_code, signer.sees_the_number, signer.takes_it_back):
        for step in stretch():
            assert page.locator("html").get_attribute("lang") == language, step
            keeps_to_the_rules(page, step)
    assert verify(demo_site, signer.file)["code"]["outcome"] == "not yet due"
    elsewhere = [url for url in page.watched.requests if not url.startswith((demo_site.address, "data:"))]
    assert elsewhere == []
    assert [text for text in page.watched.messages if not NOTED_BY_CHROMIUM.match(text)] == []
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
