"""A petition from its first word to its opening, by two people in two browsers; the key is made elsewhere."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAME = "Let the bongo of Ituri speak"
SLUG = "let-the-bongo-speak"
LABEL = "Safe at the notary's"


@pytest.fixture
def desks(open_page, demo_site):
    """The dashboards of the two members of staff, each in a browser of their own."""
    words = demo_site.passwords.split()
    opened = []
    for name, password in (words[:2], words[2:4]):
        page = open_page("/admin/")
        page.fill("#id_username", name)
        page.fill("#id_password", password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/admin/")
        opened.append(page)
    return opened


@pytest.fixture
def offline(tmp_path):
    """The machine where the keys are: commands that need neither server nor data folder."""
    (tmp_path / "passphrase").write_text("a sheep on a bicycle\n")

    def run(*arguments):
        command = [sys.executable, "-m", "rightswire.cli", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("keygen", "--out", tmp_path, "--name", "notary", "--passphrase-file", tmp_path / "passphrase")
    run.folder = tmp_path
    return run


def public_page(site):
    try:
        with urllib.request.urlopen(f"{site.address}/en/act/{SLUG}/") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


def said(page, words):
    page.locator(".messages").get_by_text(re.compile(words)).first.wait_for()


def make_campaigner(page):
    page.goto("/admin/users/")
    page.get_by_role("link", name=re.compile("Second")).first.click()
    for name, value in (("email", "second@example.org"), ("first_name", "Demo"), ("last_name", "Second")):
        page.fill(f"[name={name}]", value)
    page.get_by_role("tab", name="Roles").click()
    page.get_by_label("Campaigners").check()
    page.get_by_role("button", name="Save").click()
    said(page, "updated")


def add_key(page, folder):
    page.goto("/admin/petition-keys/")
    page.get_by_role("link", name="Add a key").click()
    page.get_by_label("Who keeps it, where").fill(LABEL)
    (private,) = (file for file in folder.glob("notary*") if "rightswire-private-key-1:" in file.read_text())
    (public,) = (file for file in folder.glob("notary*") if file != private)

    page.get_by_label("Public key").fill(private.read_text())
    page.get_by_role("button", name="Add the key").click()
    page.get_by_text("This is the private half").wait_for()
    assert private.read_text().split("rightswire-private-key-1:")[1][:40] not in page.content()

    page.get_by_label("Public key").fill(public.read_text())
    page.get_by_role("button", name="Add the key").click()
    said(page, "was added")
    return private


def begin(page):
    page.goto("/admin/petitions/")
    page.get_by_role("link", name="Add petition").click()
    page.fill("[name=name]", NAME)
    page.fill("[name=slug]", SLUG)
    page.get_by_role("button", name=re.compile("^Choose")).first.click()
    page.locator(".modal").get_by_role("link", name="Sundar Pichai").click()
    page.locator(".modal").wait_for(state="detached")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="What must be in order").or_(page.get_by_text("What must be in order")).wait_for()
    return page.url


def write(page):
    page.get_by_role("link", name="Write its page in English").click()
    page.fill("[name=title]", "Let the bongo speak")
    page.fill("[name=introduction]", "Nobody had asked the bongo.")
    page.fill("[name=ask]", "Ask the bongo.")
    page.locator("footer .w-dropdown__toggle, footer [data-w-dropdown-target=toggle]").first.click()
    page.get_by_role("button", name=re.compile("^Publish")).last.click()
    said(page, "published")


def prove(page, address, label, private, passphrase, offline):
    page.goto(address)
    row = page.get_by_role("row").filter(has_text=label)
    with page.expect_download() as download:
        row.get_by_role("button", name="Download the test file").click()
    file = offline.folder / "test.zip"
    download.value.save_as(file)
    arguments = ("--key", private, "--passphrase-file", passphrase, "--json")
    (code,) = json.loads(offline("open_delivery", file, *arguments))["codes"]
    row.get_by_label(re.compile("^Code in the test file")).fill(code)
    row.get_by_role("button", name="Prove").click()
    said(page, "Proven")


def test_a_petition_is_written_proven_and_opened_by_two(desks, demo_site, offline):
    first, second = desks
    make_campaigner(first)
    private = add_key(second, offline.folder)
    address = begin(first)
    write(first)
    assert public_page(demo_site)[0] == 404  # published, but not opened

    (offline.folder / "demo").write_text("demo\n")
    demo_key = demo_site.home / "demo" / "offline.key"
    prove(first, address, "Demonstration key", demo_key, offline.folder / "demo", offline)
    prove(second, address, LABEL, private, offline.folder / "passphrase", offline)

    first.goto(address)
    first.get_by_role("button", name="Ask to open").click()
    said(first, "A second person can agree")
    assert first.get_by_role("button", name="Agree and open").count() == 0
    assert public_page(demo_site)[0] == 404

    second.goto(address)
    second.get_by_role("button", name="Agree and open").click()
    said(second, "The petition is open")
    begun = time.monotonic()
    while f"/do/sign/{SLUG}/" not in public_page(demo_site)[1]:
        assert time.monotonic() - begun < 20, "the page of an open petition is not there"
        time.sleep(0.1)

    second.goto("/admin/petition-register/")
    second.get_by_role("row").filter(has_text="Open the petition").filter(has_text=NAME).wait_for()

    second.goto("/admin/petition-keys/")  # so that the demonstration goes on with its own key
    second.get_by_role("row").filter(has_text=LABEL).get_by_role("link", name="Retire…").click()
    second.get_by_role("button", name="Retire it").click()
    said(second, "was retired")
    for page in desks:
        foreign = [url for url in page.watched.requests if not url.startswith((demo_site.address, "data:", "blob:"))]
        assert foreign == []
