"""The admin as an editor meets it: write, preview, compare, lock, and nothing that leads elsewhere."""

import html
import re

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from rightswire.accounts.models import User
from rightswire.accounts.roles import ADMINISTRATOR, EDITOR, MODERATOR
from rightswire.newsroom.models import NewsItem
from rightswire.pages.models import File, Organisation, Picture

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
    # Its comparison of revisions hands a bare address to a parser of HTML.
    pytest.mark.filterwarnings("ignore::bs4.MarkupResemblesLocatorWarning"),
]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
NONE = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}


def person(role):
    user = User.objects.create_user(f"{role.lower()}-{User.objects.count()}", password="a long pass phrase")
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def desk(client, newsroom):
    client.force_login(person(MODERATOR))
    return client


def every_block():
    """One block of each kind that a story can hold."""
    picture = Picture.objects.create(title="A pixel", description="A pixel.", file=ContentFile(PIXEL, "pixel.png"))
    document = File.objects.create(title="The order", file=ContentFile(b"order", "order.txt"))
    ask = {"who": "The minister", "what": "Free her.", "by": None, "by_text": "", "state": "open"}
    own = {"language": ""}
    return [
        ("text", {"text": "<p>It was told.</p>", **own}),
        ("heading", {"text": "What is known", **own}),
        ("quote", {"words": "Say it.", "speaker": "Ada", "role": "", "organisation": "", "language": "fr"}),
        ("picture", {"picture": picture, "alt_text": "", "is_decorative": False, "caption": "", "credit": "", **own}),
        ("document", {"document": document, "label": "", **own}),
        ("asks", {"asks": [ask], **own}),
        ("facts", {"title": "In short", "facts": [{"term": "2018", "text": "The year"}], **own}),
        ("video", {"title": "A film", "url": "https://films.example/1", "source": "Films", "text": "", **own}),
        ("action", {"label": "Write", "text": "", "page": None, "address": "/en/news/", **own}),
    ]


@pytest.fixture
def item(publish):
    item = publish("Everything in it", slug="everything")
    item.body = every_block()
    item.save_revision().publish()
    return NewsItem.objects.get(pk=item.pk)


def form(**values):
    body = [("text", {"text": rich_text("<p>Told.</p>"), "language": ""})]
    plain = {"title": "Told", "slug": "told", "kind": "release", "date": "2018-11-29"}
    blocks = {"body": streamfield(body), "lead": streamfield([]), "corrections": streamfield([])}
    return nested_form_data({**plain, **blocks, "notes": rich_text(""), "countries": NONE, "comments": NONE} | values)


def add_address(newsroom, language="en"):
    return reverse("wagtailadmin_pages:add", args=["newsroom", "newsitem", newsroom[language].pk])


def test_the_dashboard_has_a_button_to_write_in_each_language(desk, newsroom):
    page = desk.get(reverse("wagtailadmin_home")).content.decode()
    assert all(add_address(newsroom, code) in page for code in ("en", "fr", "ar"))


def test_the_admin_speaks_in_our_own_name(desk):
    for page in (desk.get(reverse("wagtailadmin_home")), Client().get(reverse("wagtailadmin_login"))):
        text = page.content.decode()
        assert "Rightswire</title>" in text.replace("\n", "")
        assert "Rightswire" in text.partition("<body")[2]
        assert "Wagtail</title>" not in text


def test_an_item_is_written_and_scheduled_in_one_form(desk, newsroom):
    at = (timezone.localtime() + timezone.timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    answer = desk.post(add_address(newsroom), form(go_live_at=at, **{"action-publish": "1"}), follow=True)
    assert "scheduled for publishing" in answer.content.decode()
    item = NewsItem.objects.get(slug="told")
    assert not item.live
    assert item.approved_schedule


def test_the_headline_fills_the_address_while_it_is_typed(desk, newsroom):
    page = desk.get(add_address(newsroom)).content.decode()
    title = re.search(r'<input[^>]*name="title"[^>]*>', page)[0]
    assert "w-sync" in title


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_draft_with_every_block_is_previewed_in_its_own_language(publish, desk, language):
    item = publish("Everything in it", language=language, is_live=False)
    item.body = every_block()
    item.save_revision()
    page = desk.get(reverse("wagtailadmin_pages:view_draft", args=[item.pk])).content.decode()
    assert f'<html lang="{language}"' in page
    for words in ("It was told.", "What is known", "Say it.", "The minister", "In short", "A film", "Write"):
        assert words in page, words
    assert "wagtail-userbar" in page  # with its accessibility checks


def test_revisions_with_every_block_are_compared(item, desk):
    first = item.latest_revision
    item.title = "Everything and more"
    item.body = [
        *((block.block_type, block.value) for block in item.body),
        ("heading", {"text": "New", "language": ""}),
    ]
    second = item.save_revision()
    page = desk.get(reverse("wagtailadmin_pages:revisions_compare", args=[item.pk, first.pk, second.pk]))
    assert page.status_code == 200
    assert "comparison" in page.content.decode()
    assert "more" in page.content.decode()


def test_an_older_revision_is_opened_again(item, desk):
    item.save_revision()
    address = reverse("wagtailadmin_pages:revisions_revert", args=[item.pk, item.revisions.first().pk])
    assert desk.get(address).status_code == 200


def test_a_locked_item_is_not_changed_by_another(item, client):
    holder, other = person(MODERATOR), person(EDITOR)
    client.force_login(holder)
    client.post(reverse("wagtailadmin_pages:lock", args=[item.pk]))
    client.force_login(other)
    client.post(reverse("wagtailadmin_pages:edit", args=[item.pk]), form(title="Changed"))
    item.refresh_from_db()
    assert item.locked
    assert item.draft_title == "Everything in it"


def test_an_editor_submits_what_only_others_may_publish(item, client):
    client.force_login(person(EDITOR))
    page = client.get(reverse("wagtailadmin_pages:edit", args=[item.pk])).content.decode()
    assert 'name="action-submit"' in page
    assert 'name="action-publish"' not in page


def test_nothing_in_the_admin_leads_to_another_site(publish, client):
    item = publish("Told")
    client.force_login(User.objects.create_superuser("boss", password="a long pass phrase"))
    for address in (reverse("wagtailadmin_home"), reverse("wagtailadmin_pages:edit", args=[item.pk])):
        page = html.unescape(client.get(address).content.decode())
        page = re.sub(r"<noscript.*?</noscript>", "", page, flags=re.DOTALL)  # how to turn JavaScript on
        links = set(re.findall(r'(?:href|src|action|"url")\s*[=:]\s*"(https?://[^"]+)"', page))
        assert not [link for link in links if "localhost" not in link], address


def test_only_what_is_used_stands_in_the_menus(client, newsroom):
    client.force_login(person(ADMINISTRATOR))
    page = client.get(reverse("wagtailadmin_home")).content.decode()
    for unused in ("aging-pages", "/admin/sites/", "/admin/locales/", "/admin/collections/", "editor-guide"):
        assert unused not in page
    for used in ("Topics", "Contacts", "Menus", "Organisation", "To look at", "Translations"):
        assert used in page


def test_the_settings_show_the_accent_as_readers_will_see_it(client, newsroom):
    client.force_login(person(ADMINISTRATOR))
    organisation = Organisation.current()
    organisation.accent = "#ffee00"
    organisation.save()
    opts = Organisation._meta
    page = client.get(reverse("wagtailsettings:edit", args=[opts.app_label, opts.model_name]), follow=True)
    colours = organisation.shown_accent
    assert colours.light in page.content.decode()
    assert colours.dark in page.content.decode()
