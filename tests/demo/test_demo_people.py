"""What a visitor of the demo finds: two people who can do together what takes two, and settings that can be saved."""

import shutil

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser
from wagtail.models import Page, Site

from rightswire.accounts.models import User
from rightswire.campaigns.models import Petition, State
from rightswire.demo.loading import load_demo
from rightswire.pages.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo people")]
LATIN = set("abcdefghijklmnopqrstuvwxyz")


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, made once: each test begins with it and takes back what it did. Returns its data folder."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "site").mkdir()
    with (
        django_db_blocker.unblock(),
        override_settings(HOME=folder, SITE_FOLDER=folder / "site", MEDIA_ROOT=folder / "media"),
        transaction.atomic(),
    ):
        Page.objects.filter(depth=2).delete()  # as before the first start
        load_demo(with_news=False)
        yield folder
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db, home):
    shutil.copytree(loaded, home, dirs_exist_ok=True)


@pytest.fixture
def person(demo):
    def browser(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client

    return browser


def shown_form(answer) -> dict[str, str]:
    """What a browser would send if somebody pressed Save at once."""
    fields: dict[str, str] = {}
    for field in LexborHTMLParser(answer.content.decode()).css("main form [name]"):
        known = field.attributes
        if field.tag == "select":
            chosen = field.css_first("option[selected]")
            fields[known["name"]] = chosen.attributes.get("value") or "" if chosen else ""
        elif field.tag == "textarea":
            fields[known["name"]] = field.text()
        elif known.get("type") not in ("checkbox", "radio", "submit", "file") or "checked" in known:
            fields[known["name"]] = known.get("value") or ""
    return fields


@pytest.mark.parametrize("name", ["demo", "demo-second"])
def test_each_of_the_two_can_be_the_one_who_agrees(person, name):
    client, petition = person(name), Petition.objects.get()
    menu = client.get("/admin/").content.decode()
    for place in ("petitions:index", "petition-keys:index", "petition-register:index"):
        assert client.get(reverse(place)).status_code == 200
        assert reverse(place) in menu
    for place in ("petitions:overview", "petitions:delivery", "petitions:held", "petitions:close_page"):
        assert client.get(reverse(place, args=[petition.pk])).status_code == 200


def test_the_two_open_a_petition_together(person):
    Petition.objects.update(state=State.DRAFT, opened_at=None, closes_at=timezone.now() + timezone.timedelta(days=9))
    petition = Petition.objects.get()
    person("demo").post(reverse("petitions:ask_to_open", args=[petition.pk]))
    second = person("demo-second")
    seen = second.get(reverse("petitions:overview", args=[petition.pk])).context["seen"]
    second.post(reverse("petitions:agree_and_open", args=[petition.pk]), {"seen": seen})
    assert Petition.objects.get().state == State.OPEN


@pytest.mark.parametrize("name", ["demo", "demo-second"])
def test_an_account_of_the_demo_can_be_saved_as_it_is(person, name):
    address = reverse("wagtailusers_users:edit", args=[User.objects.get(username=name).pk])
    answer = person("demo").get(address)
    answer = person("demo").post(address, shown_form(answer))
    assert answer.status_code == 302, answer.context["form"].errors


def test_the_organisation_of_the_demo_can_be_saved_as_it_is(person):
    address = reverse("wagtailsettings:edit", args=["pages", "organisation", Site.objects.get().pk])
    answer = person("demo").get(address)
    answer = person("demo").post(address, shown_form(answer))
    assert answer.status_code == 302, answer.context["form"].errors
    assert Organisation.current().controller


def test_the_privacy_page_speaks_the_language_of_its_reader(demo, bake, site):
    bake(everything=True)
    words = {
        "en": "the data protection authority of your country",
        "fr": "l’autorité de protection des données de votre pays",
        "ar": "هيئة حماية البيانات في بلدك",
    }
    for language, authority in words.items():
        page = LexborHTMLParser((site / language / "privacy/index.html").read_text(encoding="utf-8"))
        text = page.css_first("main").text()
        assert authority in text
        assert ("demonstration" in text) == (language == "en")


def test_in_the_mailbox_each_line_runs_its_own_way(demo, home, client, settings):
    settings.EMAIL_URL = "file:"
    (home / "mail").mkdir(exist_ok=True)
    link = "https://everyname.example/do/confirm/" + "x" * 200 + "/"
    text = f"افتح الرابط:\n\n{link}\n\nEvery Name\n١٢ شارع السجل\n"
    head = "Subject: Hello\nTo: <ada@example.org>\nContent-Language: ar\nContent-Type: text/plain; charset=utf-8\n\n"
    (home / "mail" / "one.eml").write_text(head + text, encoding="utf-8")
    page = LexborHTMLParser(client.get("/do/demo-mail/?lang=ar").content.decode())
    lines = [line.text() for line in page.css("section bdi")]
    assert lines[0] == "افتح الرابط:"
    assert lines[1].startswith("https://everyname.example/")
    assert lines[2:] == ["Every Name", "١٢ شارع السجل"]
    assert page.css_first("section bdi a").attributes["href"] == link
