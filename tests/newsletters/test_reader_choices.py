"""What a subscriber has chosen stays as she left it, whatever is clicked, forged, moved or restored."""

import json
import re
import time

import pytest
from django.db import connection

from rightswire.bake.models import Due
from rightswire.newsletters import links, subscribing, suppressing
from rightswire.newsletters.addresses import NoMailingKey
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.links import Wish
from rightswire.newsletters.models import (
    Chosen,
    Consent,
    Follow,
    MailingKey,
    News,
    Rhythm,
    Subscriber,
    Suppression,
)
from rightswire.seal import tombstones

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

waits = pytest.mark.skipif(connection.vendor == "sqlite", reason="not in memory: test_reader_web.py has it with a file")


@pytest.fixture
def follower(reader, signed) -> str:
    """Follows a petition and gets no news; the token of her preferences."""
    signed(follow="1")
    assert reader.send("confirm", f"{reader.link()}/")[0] == 200
    return links.person_link(links.PREFERENCES, Subscriber.objects.get().pk, 0, links.link_secret())


# The form


def test_a_link_to_the_form_may_say_anything(reader):
    asked = [("rhythm", "hourly"), ("topic", "<b>"), ("country", "XX"), ("kind", "'"), ("lang", "xx"), ("email", "a@b")]
    status, page = reader.send("subscribe", "", asked, "GET")
    assert status == 200
    assert 'role="alert"' not in page
    assert "<b>" not in page.partition("<main")[2].partition("Error")[0].partition("</h1>")[2].partition("<form")[0]
    assert re.findall(r'value="([^"]*)" (?:checked|selected)', page) == ["weekly"]


@waits
def test_several_clicks_at_once_are_one_subscriber(reader):
    reader.subscribe()
    assert set(reader.send_at_once(4, "confirm", f"{reader.link()}/")) == {200}
    assert (Subscriber.objects.count(), Consent.objects.count()) == (1, 1)


@waits
def test_several_clicks_at_once_on_unsubscribing_end_it_once(reader, preferences):
    token = links.person_link(links.UNSUBSCRIBE, Subscriber.objects.get().pk, 0, links.link_secret())
    assert set(reader.send_at_once(4, "unsubscribe", f"{token}/")) == {200}
    assert (Subscriber.objects.count(), Suppression.objects.count()) == (0, 1)


# Preferences


def test_a_form_that_says_nothing_changes_nothing(reader, subscribe):
    one = subscribe("eve@example.org", rhythm="daily", countries=("EG",), kinds=("report",))
    token = links.person_link(links.PREFERENCES, one.pk, 0, links.link_secret())
    for form in ({}, {"List-Unsubscribe": "One-Click"}, {"do": "dance"}):
        assert reader.send("preferences", f"{token}/", form)[0] == 200
    found = Subscriber.objects.get()
    assert (found.rhythm, found.wants_letters) == ("daily", True)
    assert found.choice.chosen == Chosen(countries=("EG",), kinds=("report",))


def test_a_wrong_new_address_leaves_the_choices_on_the_page(reader, subscribe):
    one = subscribe("eve@example.org", rhythm="daily", countries=("EG",))
    token = links.person_link(links.PREFERENCES, one.pk, 0, links.link_secret())
    status, page = reader.send("preferences", f"{token}/", {"do": "move", "email": "eve@"})
    assert status == 422
    assert 'value="eve@"' in page
    assert re.search(r'value="EG" checked', page)
    assert re.search(r'value="daily" checked', page)


def test_the_answer_to_another_language_is_in_it(reader, preferences):
    form = {"do": "change", "rhythm": "weekly", "language": "fr"}
    _status, page = reader.send("preferences", f"{preferences}/", form)
    assert 'lang="fr"' in page
    assert "It is saved." not in page


def test_a_pause_ends_by_itself_or_when_she_says(reader, preferences):
    form = {"do": "change", "rhythm": "weekly", "letters": "1"}
    reader.send("preferences", f"{preferences}/", {**form, "pause": "91"})
    until = Subscriber.objects.get().paused_until
    assert until
    reader.send("preferences", f"{preferences}/", {**form, "pause": ""})
    assert Subscriber.objects.get().paused_until == until
    reader.send("preferences", f"{preferences}/", {**form, "pause": "36500"})
    assert Subscriber.objects.get().paused_until == until
    reader.send("preferences", f"{preferences}/", {**form, "pause": "0"})
    assert Subscriber.objects.get().paused_until is None


def test_who_begins_to_get_news_agrees_to_it_and_gets_what_comes_from_then_on(reader, follower, news):
    news("Of before")
    page = reader.send("preferences", f"{follower}/", method="GET")[1]
    assert "with its news and, now and then, a newsletter" in page
    assert {consent.wording.words[:7] for consent in Consent.objects.all()} == {"Tell me"}
    reader.send("preferences", f"{follower}/", {"do": "change", "rhythm": "now"})
    assert Consent.objects.filter(basis="form").count() == 1
    assert Subscriber.objects.get().mark == News.objects.order_by("-pk").values_list("pk", flat=True).first()
    assert send_at_once() is None
    news("Of after")
    assert send_at_once().audience == 1


def test_other_rhythms_lose_no_item(reader, subscribe, news):
    one = subscribe("eve@example.org", rhythm="weekly")
    news("Of this week")
    token = links.person_link(links.PREFERENCES, one.pk, 0, links.link_secret())
    reader.send("preferences", f"{token}/", {"do": "change", "rhythm": "now"})
    assert send_at_once().audience == 1


def test_unfollowing_takes_a_tick_away_and_nothing_else_does(reader, follower, petition):
    form = {"do": "change", "rhythm": "none"}
    reader.send("preferences", f"{follower}/", form)  # a page from before she followed
    assert Follow.objects.exists()
    reader.send("preferences", f"{follower}/", {**form, "followed": str(petition.pk), "follow": str(petition.pk)})
    assert Follow.objects.exists()
    reader.send("preferences", f"{follower}/", {**form, "followed": str(petition.pk), "follow": "9" * 40})
    assert not Follow.objects.exists()


def test_a_petition_that_was_taken_down_is_named_nowhere(reader, follower, petition):
    from rightswire.campaigns.models import PetitionPage

    assert "Free them (en)" in reader.send("preferences", f"{follower}/", method="GET")[1]
    PetitionPage.objects.update(live=False)
    for form, method in (({}, "GET"), ({"do": "take"}, "POST")):
        _status, body = reader.send("preferences", f"{follower}/", form, method)
        assert "Free them" not in body
        assert "free-them" not in body
    assert Follow.objects.exists()


def test_the_file_to_take_along_lists_the_mails_too(reader, subscribe, news):
    one = subscribe("eve@example.org", rhythm="now")
    subscribe("ben@example.org", rhythm="now", countries=("CA",))
    news("Something")
    send_at_once()
    token = links.person_link(links.PREFERENCES, one.pk, 0, links.link_secret())
    kept = json.loads(reader.send("preferences", f"{token}/", {"do": "take"})[1])
    assert [mail["what"] for mail in kept["mails"]] == ["News at once"]


def test_a_flood_of_links_to_new_addresses_is_stopped(reader, preferences, monkeypatch):
    before = len(reader.mails())
    monkeypatch.setattr(reader.desk.limits, "allow", lambda network: False)
    move = {"do": "move", "email": "victim@example.org"}
    assert reader.send("preferences", f"{preferences}/", move)[0] == 429
    assert len(reader.mails()) == before


# Moving


def test_who_moves_to_a_mailbox_that_follows_a_petition_goes_on_following_it(reader, follower, subscribe):
    moving = subscribe("old@example.org", rhythm="daily")
    wish = Wish("ada@example.org", "en", "daily", moves=str(moving.pk), begun_at=int(time.time()))
    moved = [subscribing.confirm(wish) for _ in range(2)]
    assert moved[0] == moved[1] != moving  # under a number that the mailbox before does not know
    assert Follow.objects.get().subscriber == moved[0]
    assert Subscriber.objects.get().rhythm == Rhythm.DAILY
    assert {consent.basis for consent in Consent.objects.all()} == {"form", "petition"}


def test_a_follower_who_moves_is_not_promised_news(reader, follower):
    reader.send("preferences", f"{follower}/", {"do": "move", "email": "new@example.org"})
    status, page = reader.send("confirm", f"{reader.link()}/")
    assert (status, "Everything" in page) == (200, False)


def test_who_has_left_is_not_brought_back_by_moving(reader, preferences):
    reader.send("preferences", f"{preferences}/", {"do": "move", "email": "new@example.org"})
    token = reader.link()
    subscribing.leave(Subscriber.objects.get().pk)
    assert reader.send("confirm", f"{token}/")[0] == 410
    assert not Subscriber.objects.exists()


# A restored backup


def test_after_a_restoring_no_older_link_brings_back_who_had_left(reader, preferences, time_machine):
    old = reader.link()
    time_machine.move_to(time.time() + 60)
    subscribing.leave(Subscriber.objects.get().pk)
    written = suppressing.tombstone_file().read_text().splitlines()
    Suppression.objects.all().delete()  # the backup is from before she left
    suppressing.bury_again(written)
    assert reader.send("confirm", f"{old}/")[0] == 410
    assert not Subscriber.objects.exists()


def test_who_wanted_to_come_back_but_could_not_is_still_kept_out_of_a_restored_backup(subscribe):
    subscribing.leave(subscribe("ada@example.org").pk)
    MailingKey.objects.all().delete()
    with pytest.raises(NoMailingKey):
        subscribing.confirm(Wish("ada@example.org", "en", "weekly", begun_at=int(time.time())))
    assert Suppression.objects.exists()
    assert [line[0] for line in suppressing.tombstone_file().read_text().splitlines()] == ["-"]


def test_a_full_disk_keeps_nobody_from_coming_back_and_staff_read_what_it_means(subscribe, monkeypatch, caplog):
    subscribing.leave(subscribe("ada@example.org").pk)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tombstones.os, "fsync", full)
    ada = subscribe("ada@example.org")
    assert Subscriber.objects.get() == ada
    assert not Suppression.objects.exists()
    assert "No space left on device" in caplog.text
    assert "a restored backup would take her out again" in caplog.text
    assert "ada" not in caplog.text
    assert bytes(ada.address_key).hex() not in caplog.text


# Pages that lead to the form


def test_a_key_that_is_proven_has_every_page_with_a_form_or_a_link_to_it_rendered(home, proven):
    Due.objects.all().delete()
    MailingKey.objects.get().save()
    due = set(Due.objects.values_list("piece", flat=True))
    assert {"fixed:en/subscribe", "fixed:ar/subscribe", "fixed:fr/privacy", "listing:en/news"} <= due


def test_a_country_that_comes_into_the_news_or_leaves_it_moves_on_the_page_of_the_form(home, proven, publish, bake):
    def told():
        page = (home / "site/ar/subscribe/index.html").read_text()
        assert len(page.encode()) < 60_000
        return re.findall('value="(..)"', page.partition('id="country"')[2].partition("</details>")[0])

    publish("On Egypt", countries=["EG"])
    bake(everything=True)
    assert told() == ["EG"]
    item = publish("On Tunisia", countries=["TN"])
    bake()
    assert told() == ["TN", "EG"]  # as the Arabic alphabet has them
    item.unpublish()
    bake()
    assert told() == ["EG"]


# Beside a petition


def test_where_ticks_do_not_fit_they_may_be_left_empty(reader, signed, monkeypatch):
    monkeypatch.setattr("rightswire.campaigns.desk.is_too_long", lambda link: True)
    status, page = signed(follow="1")
    assert (status, "leave the ticks for news empty" in page) == (422, True)
    assert re.search(r'name="follow" value="1" checked', page)
    assert signed()[0] == 200


def test_the_petition_says_what_becomes_of_the_address(reader, signed):
    page = signed(name="", follow="1")[1]
    assert "apart from your signature" in page
    assert "1 Example Street" in page.partition('id="kept"')[2].partition("</dl>")[0]
    MailingKey.objects.all().delete()
    time.sleep(1.1)  # the desk looks once a second
    assert "apart from your signature" not in signed(name="")[1]


def test_what_was_ticked_is_not_brought_back_by_its_old_link(reader, signed, time_machine):
    signed(follow="1", updates="1")
    token = reader.link()
    reader.send("confirm", f"{token}/")
    time_machine.move_to(time.time() + 60)
    subscribing.leave(Subscriber.objects.get().pk)
    assert reader.send("confirm", f"{token}/")[0] == 200
    assert not Subscriber.objects.exists()
