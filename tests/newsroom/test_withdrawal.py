import gzip
import hashlib
import json

import brotli
import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageLogEntry, Site

from rightswire.accounts.models import User
from rightswire.accounts.roles import EDITOR, MODERATOR
from rightswire.newsroom.models import NewsItem
from rightswire.newsroom.withdrawal import restore, still_named, versions, withdraw
from rightswire.pages.models import File, Menu
from rightswire.pages.search.finding import SearchRequest, find
from rightswire.pages.search.index import SearchIndex
from rightswire.worker import tick

pytestmark = pytest.mark.django_db

NAME = "Zenobia Quarrel"
NAME_AR = "زنوبيا كوارل"
TRACES = ["quarrel", "zenobia", "كوارل", "zarzuela", "xylograph", "secretfile"]  # words of no other page


def person(role):
    user = User.objects.create_user(f"{role.lower()}-{User.objects.count()}", password="a long pass phrase")
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def moderator(newsroom):
    return person(MODERATOR)


@pytest.fixture
def item(publish, newsroom, bake):
    """An item in three languages with a document and an old address; a page, a menu, an alias lead to it."""
    people = {"people": NAME, "countries": ["CA"], "topics": ["prisoners"]}
    item = publish(f"{NAME} is free", slug="zenobia-quarrel", text="A zarzuela of words.", **people)
    publish(f"{NAME} est libre", language="fr", original=item, **people)
    publish(f"{NAME_AR} حرّة", language="ar", original=item, people=NAME_AR, countries=["CA"])
    document = File.objects.create(title="Order", file=ContentFile(b"xylograph", name="secretfile.txt"))
    item.body = [
        *((b.block_type, b.value) for b in item.body),
        ("document", {"document": document, "label": "", "language": ""}),
    ]
    item.save_revision().publish()
    publish("Another item", countries=["CA"], topics=["prisoners"], slug="another")
    other = publish("An item that links", slug="links")
    other.body = [("text", {"text": f'<p>See <a linktype="page" id="{item.pk}">this</a>.</p>', "language": ""})]
    other.save_revision().publish()
    link = ("link", {"label": "Zenobia", "page": Page.objects.get(pk=item.pk), "address": ""})
    Menu.objects.create(language="en", items=[link])
    Redirect.add_redirect("/en/old-zenobia/", item, is_permanent=True)
    Redirect.objects.update(site=Site.objects.get())
    item.create_alias(update_slug="zenobia-quarrel-again")
    bake(everything=True)
    return NewsItem.objects.get(pk=item.pk)


def plain(path, content):
    if path.suffix == ".br":
        return brotli.decompress(content)
    if path.suffix == ".gz":
        return gzip.decompress(content)
    return content


def traces(home):
    """Which of the item's words stand in what is published: names and bytes of files, search, addresses."""
    found = set()
    folders = (home / "site", home / "search", home / "staging")
    for path in [*(path for folder in folders for path in folder.rglob("*")), home / "addresses.json"]:
        text = str(path.relative_to(home)).lower()
        if path.is_file():
            text += plain(path, path.read_bytes()).decode("utf-8", errors="replace").lower()
        found |= {word for word in TRACES if word in text}
    return found


def test_an_item_withdrawn_for_safety_leaves_no_trace_in_any_published_byte(item, home, bake, moderator):
    assert traces(home) == set(TRACES)
    assert "/en/news/zenobia-quarrel/" in traces_in_search(home)
    assert any(b"zenobia" in path.read_bytes() for path in (home / "search").rglob("*") if path.is_file())

    withdraw(item, "safety", {}, moderator)
    bake()

    assert traces(home) == set()
    assert not traces_in_search(home)


def traces_in_search(home):
    return [hit.path for hit in find(SearchIndex(home / "search"), SearchRequest("zenobia", "en")).hits]


def test_every_address_it_ever_had_answers_that_it_is_gone(item, home, bake, moderator):
    withdraw(item, "safety", {}, moderator)
    bake()

    gone = set(json.loads((home / "addresses.json").read_text())["gone"])
    for address in ("/en/news/zenobia-quarrel/", "/fr/news/zenobia-quarrel/", "/ar/news/zenobia-quarrel/",
                    "/en/old-zenobia/"):  # fmt: skip
        assert hashlib.sha256(address.encode()).hexdigest() in gone, address


def test_a_clean_rendering_of_everything_brings_no_trace_back(item, home, bake, moderator):
    withdraw(item, "safety", {}, moderator)
    bake()
    bake(everything=True)
    assert traces(home) == set()


def test_an_editorial_withdrawal_leaves_a_dated_notice_with_the_reason_in_each_language(item, home, bake, moderator):
    withdraw(item, "editorial", {"en": "The source took it back.", "fr": "La source s'est rétractée."}, moderator)
    bake()

    english = (home / "site/en/news/zenobia-quarrel/index.html").read_text()
    french = (home / "site/fr/news/zenobia-quarrel/index.html").read_text()
    arabic = (home / "site/ar/news/zenobia-quarrel/index.html").read_text()
    assert "The source took it back." in english
    assert "rétractée" in french
    assert str(timezone.localdate().year) in english
    assert all("zarzuela" not in page for page in (english, french, arabic))
    listing = (home / "site/en/news/index.html").read_text()
    assert "Another item" in listing
    assert NAME not in listing


def test_an_editorial_withdrawal_that_ends_brings_the_item_back_as_it_was(item, home, bake, tree, moderator):
    before = tree(home / "site")
    withdraw(item, "editorial", {"en": "Wrong."}, moderator)
    bake()
    assert tree(home / "site") != before
    restore(item, moderator)
    bake()
    assert tree(home / "site") == before


def test_a_withdrawal_for_safety_that_ends_leaves_drafts_that_can_be_published_again(item, home, bake, moderator):
    withdraw(item, "safety", {}, moderator)
    restore(item, moderator)
    bake()
    assert traces(home) == set()
    assert not any(version.live or version.withdrawn for version in versions(item))

    for version in versions(item):
        if not version.alias_of_id:
            version.get_latest_revision().publish(user=moderator)
    bake()
    assert traces(home) == set(TRACES)


@pytest.mark.parametrize("kind", ["editorial", "safety"])
def test_no_revision_publishes_a_withdrawn_text_by_a_back_door(item, home, bake, moderator, kind):
    withdraw(item, kind, {}, moderator)
    bake()
    for version in versions(item):
        if not version.alias_of_id:
            version.get_latest_revision().publish()
    bake()
    assert "zarzuela" not in traces(home)
    if kind == "safety":
        assert traces(home) == set()


def test_a_schedule_does_not_outlive_a_withdrawal_for_safety(item, home, bake, moderator, time_machine):
    draft = NewsItem.objects.get(pk=item.pk)
    draft.go_live_at = timezone.now() + timezone.timedelta(hours=1)
    draft.save_revision().publish()
    withdraw(item, "safety", {}, moderator)
    time_machine.move_to(timezone.now() + timezone.timedelta(hours=2))
    tick()
    bake()
    assert traces(home) == set()
    assert not NewsItem.objects.filter(pk=item.pk, live=True).exists()


def test_whoever_may_not_publish_may_not_withdraw_and_nothing_changes(item):
    editor = person(EDITOR)
    with pytest.raises(PermissionDenied):
        withdraw(item, "safety", {}, editor)
    with pytest.raises(PermissionDenied):
        restore(item, editor)
    assert not any(version.withdrawn for version in versions(item))


def test_the_history_of_the_page_tells_who_withdrew_it_and_who_ended_it(item, moderator):
    withdraw(item, "editorial", {}, moderator)
    restore(item, moderator)
    entries = PageLogEntry.objects.filter(page_id=item.pk, action__startswith="rightswire.").order_by("pk")
    assert [(entry.action, entry.user) for entry in entries] == [
        ("rightswire.withdraw", moderator), ("rightswire.restore", moderator)]  # fmt: skip


def test_what_still_names_the_item_is_found_where_somebody_wrote_it_by_hand(item, home, bake, publish, moderator):
    publish("A letter to a prison", text=f"We wrote to {NAME}.", slug="letter")
    withdraw(item, "safety", {}, moderator)
    bake()
    assert "/en/news/letter/" in still_named(item)
    letter = NewsItem.objects.get(slug="letter")
    letter.body = [("text", {"text": "<p>We wrote.</p>", "language": ""})]
    letter.save_revision().publish()
    bake()
    assert still_named(item) == []


# In the admin


@pytest.fixture
def desk(client, moderator):
    client.force_login(moderator)
    return client


def test_the_form_asks_for_a_reason_in_each_language_and_withdraws(item, desk):
    address = reverse("rightswire_withdrawal", args=[item.pk])
    form = desk.get(address).content.decode()
    assert all(f'name="notice_{code}"' in form for code in ("en", "fr", "ar"))

    answer = desk.post(address, {"withdraw": "1", "kind": "editorial", "notice_en": "Wrong."}, follow=True)

    assert "Withdrawn in all languages" in answer.content.decode()
    item.refresh_from_db()
    assert (item.withdrawn, item.withdrawal_notice) == ("editorial", "Wrong.")
    desk.post(address, {"restore": "1"})
    item.refresh_from_db()
    assert item.withdrawn == ""


def test_a_withdrawal_without_a_choice_of_its_kind_changes_nothing(item, desk):
    answer = desk.post(reverse("rightswire_withdrawal", args=[item.pk]), {"withdraw": "1"})
    assert answer.status_code == 200
    item.refresh_from_db()
    assert item.withdrawn == ""


def test_an_editor_is_neither_offered_nor_allowed_to_withdraw(item, client):
    client.force_login(person(EDITOR))
    assert "Withdraw…" not in client.get(reverse("wagtailadmin_pages:edit", args=[item.pk])).content.decode()
    client.post(reverse("rightswire_withdrawal", args=[item.pk]), {"withdraw": "1", "kind": "safety"})
    item.refresh_from_db()
    assert item.withdrawn == ""


def test_publishing_is_not_offered_and_refused_until_the_withdrawal_has_ended(item, desk, moderator):
    edit = reverse("wagtailadmin_pages:edit", args=[item.pk])
    assert 'name="action-publish"' in desk.get(edit).content.decode()
    withdraw(item, "safety", {}, moderator)
    page = desk.get(edit).content.decode()
    assert 'name="action-publish"' not in page
    assert 'name="action-submit"' not in page

    many = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    answer = desk.post(f"{many}?id={item.pk}&next=/admin/", follow=True)
    assert "was withdrawn for safety" in answer.content.decode()
    item.refresh_from_db()
    assert not item.live


def test_the_list_of_pages_says_withdrawn_in_words(item, desk, moderator):
    listing = reverse("wagtailadmin_explore", args=[item.get_parent().pk])
    withdraw(item, "editorial", {}, moderator)
    assert "withdrawn" in desk.get(listing).content.decode()
