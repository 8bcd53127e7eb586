"""Embargo: nothing of a scheduled item is public before its time, everything right after it."""

import io

import brotli
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from wagtail.models import Page

from rightswire.accounts.models import User
from rightswire.bake.models import Baked, Due
from rightswire.newsroom.models import Cut, Filed, NewsItem
from rightswire.pages.models import File, Picture
from rightswire.pages.search.finding import SearchRequest, find
from rightswire.pages.search.index import SearchIndex
from rightswire.worker import Worker, tick

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of a rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]

WORDS = ["quagga", "axolotl", "plumule"]  # the item, its translation, its document
HOUR = timezone.timedelta(hours=1)


def picture():
    file = io.BytesIO()
    Image.new("RGB", (2400, 1200), (12, 120, 60)).save(file, "PNG")
    return Picture.objects.create(title="quagga", description="A quagga.", file=ContentFile(file.getvalue(), "q.png"))


@pytest.fixture
def scheduled(publish, bake, home):
    """An item due in an hour with picture, document, alias, and a translation published early."""
    publish("Told before", countries=["CA"], topics=["animals"])
    item = publish("The quagga", slug="quagga", is_live=False, countries=["CA"], topics=["animals"])
    document = File.objects.create(title="Plumule", file=ContentFile(b"plumule", name="plumule.txt"))
    item.lead = [
        (
            "picture",
            {
                "picture": picture(),
                "alt_text": "",
                "is_decorative": False,
                "caption": "",
                "credit": "",
                "language": "",
            },
        )
    ]
    item.body = [
        *((b.block_type, b.value) for b in item.body),
        ("document", {"document": document, "label": "", "language": ""}),
    ]
    item.go_live_at = timezone.now() + HOUR
    item.create_alias(update_slug="okapi")
    item.save_revision().publish()
    publish("L'axolotl", language="fr", original=item, slug="quagga", countries=["CA"])
    bake(everything=True)
    return NewsItem.objects.get(pk=item.pk)


def traces(home):
    words = [*WORDS, "okapi"]  # the aliases' address
    found = set()
    for folder in ("site", "search"):
        for path in (home / folder).rglob("*"):
            text = str(path.relative_to(home)).lower()
            if path.is_file():
                content = path.read_bytes()
                content = brotli.decompress(content) if path.suffix == ".br" else content
                text += content.decode("utf-8", errors="replace").lower()
            found |= {word for word in words if word in text}
    rows = [Baked.objects.values(), Due.objects.values(), Filed.objects.values(), Cut.objects.values()]
    text = str([list(table) for table in rows]).lower()
    return found | {word for word in words if word in text}


def test_before_its_time_a_scheduled_item_is_nowhere_and_after_it_everywhere(scheduled, home, bake, time_machine):
    assert traces(home) == set()
    pictures = len(list((home / "site/files").rglob("*"))) if (home / "site/files").exists() else 0

    time_machine.move_to(timezone.now() + HOUR / 2)
    tick()
    bake()
    assert traces(home) == set()

    time_machine.move_to(timezone.now() + HOUR)
    tick()
    bake()

    assert traces(home) == set(WORDS)
    assert len(list((home / "site/files").rglob("*"))) > pictures
    for place in ("en/news/index.html", "en/news/rss.xml", "en/news/atom.xml", "en/news/feed.json",
                  "en/news/country/ca/index.html", "en/index.html",
                  "en/news/topic/animals/feed.json"):  # fmt: skip
        assert "The quagga" in (home / "site" / place).read_text(), place
    sitemap = (home / "site/sitemap-news-2018.xml").read_text()
    assert "/en/news/quagga/" in sitemap
    assert "/fr/news/quagga/" in sitemap
    assert find(SearchIndex(home / "search"), SearchRequest("quagga", "en")).hits


def test_search_and_its_page_know_nothing_before(scheduled, home):
    assert find(SearchIndex(home / "search"), SearchRequest("quagga", "en")).hits == ()
    assert "quagga" not in Client().get("/do/search/?q=axolotl&language=fr").content.decode().replace("q=", "")


def test_uploads_of_a_draft_are_for_staff_alone(scheduled):
    file, document = Picture.objects.get(), File.objects.get()
    for address in (f"/admin/media/{file.file.name}", f"/admin/media/{document.file.name}", document.url):
        answer = Client().get(address)
        assert answer.status_code == 302, address
        assert "/admin/login/" in answer["Location"]


def test_an_alias_that_wagtail_makes_live_ahead_of_its_draft_is_never_public(scheduled, home, bake, time_machine):
    french = NewsItem.objects.get(locale__language_code="fr", slug="quagga")
    french.create_alias(update_slug="okapi-fr")
    aliases = NewsItem.objects.filter(slug__startswith="okapi")
    assert all(alias.live for alias in aliases)  # Wagtail issue 11344
    bake(everything=True)
    assert traces(home) == set()

    time_machine.move_to(timezone.now() + 2 * HOUR)
    tick()
    bake(everything=True)
    assert "okapi" not in traces(home)


def test_what_expires_is_taken_down_in_all_languages_at_its_time(publish, home, bake, time_machine):
    item = publish("The quagga", slug="quagga")
    publish("L'axolotl", language="fr", original=item)
    item.expire_at = timezone.now() + HOUR
    item.save_revision().publish()
    bake(everything=True)
    assert traces(home) == {"quagga", "axolotl"}

    time_machine.move_to(timezone.now() + 2 * HOUR)
    tick()
    bake()

    assert traces(home) == set()


def test_a_scheduled_change_of_a_public_item_shows_only_at_its_time(publish, home, bake, time_machine):
    item = publish("A headline", slug="one")
    item.title, item.go_live_at = "The quagga", timezone.now() + HOUR
    item.save_revision().publish()
    bake(everything=True)
    assert traces(home) == set()
    assert "A headline" in (home / "site/en/news/one/index.html").read_text()

    time_machine.move_to(timezone.now() + 2 * HOUR)
    tick()
    bake()
    assert "The quagga" in (home / "site/en/news/one/index.html").read_text()


def test_the_list_of_pages_says_scheduled_and_what_waits_for_its_original(scheduled, client):
    client.force_login(User.objects.create_superuser("boss", password="a long pass phrase"))
    english = Page.objects.get(pk=scheduled.pk).get_parent()
    assert "scheduled" in client.get(reverse("wagtailadmin_explore", args=[english.pk])).content.decode()
    french = NewsItem.objects.get(locale__language_code="fr").get_parent()
    assert "waits for its original" in client.get(reverse("wagtailadmin_explore", args=[french.pk])).content.decode()


def test_a_scheduled_page_that_fails_holds_up_no_other(publish, time_machine, caplog):
    """It is named by its number alone, left as it was, and tried again later."""
    time_machine.move_to(timezone.now(), tick=False)
    broken, sound = (publish(title, is_live=False) for title in ("Secret words", "The next"))
    for number, item in enumerate((broken, sound)):
        item.go_live_at = timezone.now() + (number + 1) * HOUR
        item.save_revision().publish()
    revision = broken.revisions.get(approved_go_live_at__isnull=False)
    revision.content["title"] = ""  # it was in order when it was scheduled
    revision.save(update_fields=["content"])

    time_machine.shift(3 * HOUR)
    worker = Worker()
    worker._between()
    assert NewsItem.objects.get(pk=sound.pk).live
    assert not NewsItem.objects.get(pk=broken.pk).live
    assert caplog.messages == [f"Page {broken.pk} could not be published or taken down in time: ValidationError"]
    worker._between()
    assert len(caplog.messages) == 1

    revision.content["title"] = "Secret words"
    revision.save(update_fields=["content"])
    worker._late = dict.fromkeys(worker._late, 0.0)  # half a minute later
    worker._between()
    assert NewsItem.objects.get(pk=broken.pk).live
