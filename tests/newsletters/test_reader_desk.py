"""Subscribing, changing, leaving: as somebody with a browser and a mailbox does it, without scripts."""

import json
import re
import time
from html import unescape

import pytest

from rightswire.newsletters.models import Chosen, Consent, Follow, MailingKey, Rhythm, Subscriber, Suppression

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_subscribing_takes_a_button_behind_the_link(reader, mailing_key):
    from rightswire.newsletters.addresses import open_address

    more = (("country", "EG"), ("country", "TN"), ("kind", "report"))
    status, page = reader.subscribe("noor@example.org", *more, lang="ar", rhythm="daily")
    assert (status, 'dir="rtl"' in page) == (200, True)
    assert not Subscriber.objects.exists()
    token = reader.link()
    assert reader.send("confirm", f"{token}/", method="GET")[0] == 200  # a scanner looks
    assert not Subscriber.objects.exists()
    assert reader.send("confirm", f"{token}/")[0] == 200
    assert reader.send("confirm", f"{token}/")[0] == 200
    subscriber = Subscriber.objects.get()
    assert open_address(bytes(subscriber.sealed), mailing_key) == "noor@example.org"
    assert (subscriber.language, subscriber.rhythm, subscriber.zone) == ("ar", "daily", "Africa/Cairo")
    assert subscriber.choice.chosen == Chosen(countries=("EG", "TN"), kinds=("report",))
    consent = Consent.objects.get()
    assert (consent.basis, consent.wording.language) == ("form", "ar")


def test_every_country_at_once_fits_into_the_link(reader):
    from rightswire.pages.language import COUNTRY_CODES

    status, _page = reader.subscribe("a" * 60 + "@example.org", *(("country", code.lower()) for code in COUNTRY_CODES))
    assert status == 200
    assert len(reader.link()) <= 2000
    reader.send("confirm", f"{reader.link()}/")
    assert set(Subscriber.objects.get().choice.chosen.countries) == set(COUNTRY_CODES)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": ""}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@example.org\nBcc: all@example.org"}, "email"),
        ({"email": "ada@example.org\r\nBcc:x@y.org"}, "email"),
        ({"email": "a" * 65 + "@example.org"}, "email"),
        ({"email": "x" * 100_00}, "email"),
        ({"rhythm": "hourly"}, "rhythm"),
        ({"rhythm": "none"}, "rhythm"),
        ({"website": "http://spam.example"}, "website"),
    ],
)
def test_what_must_be_mended_is_said_at_its_field(reader, fields, wrong):
    form = {"email": "ada@example.org", **fields}
    status, page = reader.subscribe(form.pop("email"), **form)
    assert status == 422
    assert f'id="{wrong}-e"' in page
    assert 'role="alert"' in page
    assert not reader.mails()


@pytest.mark.parametrize("typed", ["", " "])
def test_an_address_that_was_left_out_is_asked_for_not_called_wrong(reader, preferences, typed):
    wanted = "Please give your e-mail address: we send the link for confirming to it."
    assert wanted in reader.subscribe(typed)[1]
    assert wanted in reader.send("preferences", f"{preferences}/", {"do": "move", "email": typed})[1]
    status, page = reader.send("preferences", "", {"email": typed, "lang": "en"})
    assert (status, "Please give your e-mail address: we send your link to it." in page) == (422, True)
    assert "not a complete e-mail address" in reader.subscribe("ada@")[1]


@pytest.mark.parametrize("name", ["topic", "country", "kind"])
def test_a_choice_that_is_no_longer_there_is_asked_for_again(reader, publish, name):
    publish("On privacy", topics=["privacy"])
    known = (("topic", "privacy"), ("country", "EG"), ("kind", "report"))
    status, page = reader.subscribe("ada@example.org", *known, (name, "of-before"), rhythm="daily")
    assert (status, page.count("Please choose again.")) == (422, 2)  # above the form and at the field
    assert f'id="{name}"' in page
    assert 'value="ada@example.org"' in page
    for value in ("daily", "privacy", "EG", "report"):
        assert re.search(rf'value="{value}" checked', page)
    assert not reader.mails()
    assert reader.subscribe("ada@example.org", *known, (name, ""))[0] == 200


def test_a_topic_that_goes_before_the_button_is_pressed_is_not_called_everything(reader, publish):
    from rightswire.newsroom.models import Topic

    publish("On privacy", topics=["privacy"])
    reader.subscribe("ada@example.org", ("topic", "privacy"))
    Topic.objects.filter(slug="privacy").update(slug="data")
    page = reader.send("confirm", f"{reader.link()}/", method="GET")[1]
    assert ("Everything" in page, "A topic that is no longer there" in page) == (False, True)


@pytest.mark.parametrize(
    "address", ["leïla@exämple.org", '"a b"@example.org', "o'neil+news@example.org", "张@例子.org"]
)
def test_addresses_of_any_legal_form(reader, address):
    assert reader.subscribe(address)[0] == 200
    assert reader.send("confirm", f"{reader.link()}/")[0] == 200
    assert Subscriber.objects.count() == 1


def test_subscribing_twice_is_one_subscriber_and_nobody_learns_of_it(reader):
    first = reader.subscribe("Ada@Example.org")[1]
    reader.send("confirm", f"{reader.link()}/")
    second = reader.subscribe("ada@example.org", rhythm="now")[1]
    assert first == second
    reader.send("confirm", f"{reader.link()}/")
    assert Subscriber.objects.get().rhythm == Rhythm.NOW


def test_an_address_gets_three_such_mails_a_day(reader):
    answers = {reader.subscribe()[1] for _ in range(5)}
    assert len(answers) == 1
    assert len(reader.mails()) == 3


def test_without_a_key_there_is_no_form_and_nothing_is_taken(reader):
    MailingKey.objects.all().delete()
    status, page = reader.subscribe()
    assert (status, "<input" in page.partition("<main")[2].partition("<footer")[0]) == (503, False)
    assert not reader.mails()


def test_a_link_to_the_form_chooses_in_advance(reader, publish):
    publish("On privacy", topics=["privacy"])
    _status, page = reader.send("subscribe", "", [("lang", "en"), ("topic", "privacy"), ("country", "ca")], "GET")
    assert re.search(r'value="privacy" checked', page)
    assert re.search(r'value="CA" checked', page)


def test_countries_in_the_news_come_first_and_what_is_chosen_is_seen(reader, publish):
    publish("On Egypt", countries=["EG"])
    publish("On Canada", countries=["CA"])
    publish("On Iran", countries=["IR"], is_live=False)

    page = reader.send("subscribe", "", [("lang", "fr")], "GET")[1]
    told, others = [re.findall('name="country" value="(..)"', part) for part in page.split("<summary>")[-3:-1]]
    assert told == ["CA", "EG"]
    assert ("IR" in others, others[0], len(told + others)) == (True, "AF", 249)
    page = reader.send("subscribe", "", [("country", "IR")], "GET")[1]
    assert re.findall('<details class="more"( open)?><summary>([^<]+)<', page) == [
        ("", "Countries in the news"),
        (" open", "Other countries"),
    ]


def test_one_click_unsubscribes_and_looking_does_not(reader, preferences):
    from rightswire.newsletters import links

    number = Subscriber.objects.get().pk
    token = links.person_link(links.UNSUBSCRIBE, number, 0, links.link_secret())
    assert reader.send("unsubscribe", f"{token}/", method="GET")[0] == 200
    assert Subscriber.objects.exists()
    assert reader.send("unsubscribe", f"{token}/", {"List-Unsubscribe": "One-Click"})[0] == 200
    assert not Subscriber.objects.exists()
    assert Suppression.objects.count() == 1


def test_who_unsubscribes_once_more_reads_that_it_has_ended(reader, preferences):
    from rightswire.newsletters import links

    token = links.person_link(links.UNSUBSCRIBE, Subscriber.objects.get().pk, 0, links.link_secret())
    status, page = reader.send("unsubscribe", f"{token}/")
    assert (status, "your address is removed" in page) == (200, True)
    for method in ("POST", "GET"):
        status, page = reader.send("unsubscribe", f"{token}/", method=method)
        assert (status, "you have unsubscribed already" in page, "<form" in page) == (200, True, False)


@pytest.mark.parametrize("form", [{}, {"List-Unsubscribe": "One-Click"}])
def test_an_older_mails_link_does_not_pretend_to_take_out_who_has_moved(reader, preferences, form):
    from rightswire.newsletters import links

    token = links.person_link(links.UNSUBSCRIBE, Subscriber.objects.get().pk, 0, links.link_secret())
    reader.send("preferences", f"{preferences}/", {"do": "move", "email": "new@example.org"})
    reader.send("confirm", f"{reader.link()}/")
    status, page = reader.send("unsubscribe", f"{token}/", form)
    assert (status, "your address is removed" in page) == (200, False)
    assert "If you still get our mail, the link for unsubscribing in the latest of it ends that." in page
    assert (Subscriber.objects.count(), Suppression.objects.count()) == (1, 0)


def changed(token: str) -> str:
    """By one letter."""
    return token[:20] + ("A" if token[20] != "A" else "B") + token[21:]


def test_another_persons_or_a_changed_link_does_nothing(reader, preferences, subscribe):
    from rightswire.newsletters import links

    other = subscribe("ben@example.org")
    secret = links.link_secret()
    unsubscribe = links.person_link(links.UNSUBSCRIBE, other.pk, 0, secret)
    foreign = links.person_link(links.UNSUBSCRIBE, other.pk, 0, b"another" * 5)
    for token in (foreign, unsubscribe[:-2], preferences, "", "x" * 3000, changed(unsubscribe)):
        assert reader.send("unsubscribe", f"{token}/")[0] == 404
    assert reader.send("preferences", f"{unsubscribe}/", {"do": "erase"})[0] == 404
    assert Subscriber.objects.count() == 2


def test_an_old_link_does_not_bring_her_back_and_a_new_one_does(reader, time_machine):
    reader.subscribe()
    old = reader.link()
    reader.send("confirm", f"{old}/")
    time_machine.move_to(time.time() + 60)
    from rightswire.newsletters.subscribing import leave

    leave(Subscriber.objects.get().pk)
    status, page = reader.send("confirm", f"{old}/")
    assert (status, "unsubscribed since" in page) == (410, True)
    assert not Subscriber.objects.exists()
    time_machine.move_to(time.time() + 60)
    reader.subscribe()
    assert reader.send("confirm", f"{reader.link()}/")[0] == 200
    assert Subscriber.objects.exists()


def test_links_that_are_old_cut_or_of_nothing(reader, time_machine):
    reader.subscribe()
    token = reader.link()
    assert reader.send("confirm", f"{token[:-3]}/")[0] == 404
    assert reader.send("confirm", f"{changed(token)}/")[0] == 404
    time_machine.move_to(time.time() + 8 * 86_400)
    assert reader.send("confirm", f"{token}/")[0] == 410
    assert not Subscriber.objects.exists()


def test_everything_can_be_changed(reader, preferences, publish):
    publish("On privacy", topics=["privacy"])
    form = [
        ("do", "change"), ("rhythm", "now"), ("topic", "privacy"), ("country", "CA"), ("language", "fr"),
        ("zone", "Europe/Paris"), ("pause", "14"),
    ]  # fmt: skip
    assert reader.send("preferences", f"{preferences}/", form)[0] == 200
    subscriber = Subscriber.objects.get()
    assert (subscriber.rhythm, subscriber.language, subscriber.zone) == ("now", "fr", "Europe/Paris")
    assert (subscriber.wants_letters, subscriber.paused_until is not None) == (False, True)
    assert subscriber.choice.chosen == Chosen(topics=("privacy",), countries=("CA",))
    page = reader.send("preferences", f"{preferences}/", method="GET")[1]
    assert re.search(r'<option value="Europe/Paris" selected>France<', page)
    for wrong in (("topic", "of-before"), ("country", "XX")):
        assert reader.send("preferences", f"{preferences}/", [*form, wrong])[0] == 422
    wrong = [("do", "change"), ("rhythm", "hourly"), ("language", "xx"), ("zone", "Mars/Crater")]
    assert reader.send("preferences", f"{preferences}/", wrong)[0] == 422
    assert Subscriber.objects.get().zone == "Europe/Paris"


def test_moving_to_another_address_takes_its_confirmation(reader, preferences, subscribe, mailing_key):
    from rightswire.newsletters.addresses import open_address

    subscribe("new@example.org")  # who subscribes there already becomes the same
    assert reader.send("preferences", f"{preferences}/", {"do": "move", "email": "nonsense"})[0] == 422
    assert reader.send("preferences", f"{preferences}/", {"do": "move", "email": "new@example.org"})[0] == 200
    assert Subscriber.objects.count() == 2
    token = reader.link()
    assert reader.send("confirm", f"{token}/")[0] == 200
    assert reader.send("confirm", f"{token}/")[0] == 200  # twice
    subscriber = Subscriber.objects.get()
    assert open_address(bytes(subscriber.sealed), mailing_key) == "new@example.org"
    assert {consent.subscriber_id for consent in Consent.objects.all()} == {subscriber.pk}
    # Whoever reads the mailbox before has nothing to do with it any more.
    assert reader.send("preferences", f"{preferences}/", method="GET")[0] == 410


def test_all_that_is_kept_is_shown_and_can_be_taken_along(reader, preferences):
    page = reader.send("preferences", f"{preferences}/", method="GET")[1]
    assert "I can withdraw at any time" in page
    status, body = reader.send("preferences", f"{preferences}/", {"do": "take"})
    kept = json.loads(body)
    assert (status, kept["rhythm"], kept["consents"][0]["basis"]) == (200, "weekly", "form")
    assert "ada" not in body


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "has come back, for the first time on November 3, 2026;"),
        ("fr", "nous est déjà revenu, la première fois le 3 novembre 2026;"),
        ("ar", "وكانت المرة الأولى"),
    ],
)
def test_whose_mail_came_back_reads_since_when(reader, preferences, language, words):
    Subscriber.objects.update(language=language)
    page = reader.send("preferences", f"{preferences}/", method="GET")[1]
    assert words not in page
    Subscriber.objects.update(bounces=2, bounced_on="2026-11-03")
    page = reader.send("preferences", f"{preferences}/", method="GET")[1]
    assert words in unescape(page)
    kept = json.loads(reader.send("preferences", f"{preferences}/", {"do": "take"})[1])
    assert (kept["bounces"], kept["first_bounce_on"]) == (2, "2026-11-03")


@pytest.mark.parametrize(
    ("hour", "language", "words"),
    [
        (7, "en", "Digests come at 7:00\u202fa.m. there."),
        (18, "en", "Digests come at 6:00\u202fp.m. there."),
        (18, "fr", "Les résumés arrivent à 18\u00a0h, à l’heure de ce fuseau."),
        (18, "ar", "تصل الملخّصات الساعة ٦:٠٠ م بتوقيت هذه المنطقة."),
    ],
)
def test_the_hour_of_digests_is_told_as_the_language_writes_it(reader, preferences, hour, language, words):
    from rightswire.newsletters.models import MailSettings

    settings = MailSettings.current()
    settings.digest_hour = hour
    settings.save()
    Subscriber.objects.update(language=language)
    assert words in reader.send("preferences", f"{preferences}/", method="GET")[1]


@pytest.mark.parametrize(
    ("language", "regions", "places"),
    [
        ("en", ["Africa", "Americas"], ["Algeria", "Angola"]),
        ("fr", ["Afrique", "Amériques"], ["Afrique du Sud", "Algérie"]),
        ("ar", ["آسيا", "أفريقيا"], ["أذربيجان", "الأردن"]),
    ],
)
def test_time_zones_are_places_of_regions_in_the_readers_language(reader, preferences, language, regions, places):
    Subscriber.objects.update(language=language, zone="Europe/Kyiv")
    page = unescape(reader.send("preferences", f"{preferences}/", method="GET")[1]).partition('id="zone"')[2]
    picker = page.partition("</select>")[0]
    assert re.findall('optgroup label="([^"]+)', picker)[:2] == regions
    named = re.findall('<option value="([^"]+)"[^>]*>([^<]+)<', picker)
    assert [name for _zone, name in named[:2]] == places
    assert len(named) == len(dict(named))
    assert [zone for zone, _name in named if zone in ("Africa/Asmara", "Africa/Asmera")] == ["Africa/Asmara"]
    assert not [name for _zone, name in named if "/" in name]
    assert re.findall('value="([^"]+)" selected', picker) == ["Europe/Kyiv"]


def test_a_time_zone_of_an_old_name_stays_chosen(reader, preferences):
    Subscriber.objects.update(zone="Asia/Calcutta")
    page = reader.send("preferences", f"{preferences}/", method="GET")[1]
    assert 'value="Asia/Calcutta" selected' in page
    reader.send("preferences", f"{preferences}/", {"do": "change", "rhythm": "weekly", "zone": "Asia/Calcutta"})
    assert Subscriber.objects.get().zone == "Asia/Calcutta"


def test_who_has_confirmed_reads_her_time_zone_as_a_place(reader):
    reader.subscribe("noor@example.org", ("country", "EG"), lang="ar", rhythm="daily")
    page = reader.send("confirm", f"{reader.link()}/")[1]
    assert ("<bdi>مصر</bdi>" in page, "Africa/Cairo" in page) == (True, False)


def test_erasing_leaves_a_mark_that_names_nobody(reader, preferences):
    assert reader.send("preferences", f"{preferences}/", {"do": "erase"})[0] == 200
    assert not Subscriber.objects.exists()
    assert not Consent.objects.exists()
    assert Suppression.objects.get().reason == "erased"
    assert reader.send("preferences", f"{preferences}/", method="GET")[0] == 410


def test_the_link_is_sent_again_to_those_who_subscribe_and_the_answer_is_the_same(reader, preferences):
    before = len(reader.mails())
    known = reader.send("preferences", "", {"email": "ADA@example.org", "lang": "en"})
    unknown = reader.send("preferences", "", {"email": "ben@example.org", "lang": "en"})
    assert known == unknown
    assert len(reader.mails()) == before + 1
    token = reader.link("preferences")
    assert reader.send("preferences", f"{token}/", method="GET")[0] == 200


# Beside a petition


def test_ticks_beside_a_signature_are_confirmed_with_it(reader, signed):
    from rightswire.campaigns.models import Signature

    assert signed(follow="1", updates="1")[0] == 200
    assert "it shows that you follow it" in reader.mails()[-1].text
    token = reader.link()
    assert len(token) <= 2000
    status, page = reader.send("confirm", f"{token}/")
    assert (status, "it shows that you follow it" in page) == (200, True)
    subscriber = Subscriber.objects.get()
    assert (subscriber.rhythm, subscriber.wants_letters, subscriber.zone) == ("weekly", True, "Africa/Cairo")
    assert Follow.objects.get().subscriber == subscriber
    assert {consent.basis for consent in Consent.objects.all()} == {"petition"}
    signature = Signature.objects.get()
    assert bytes(signature.address_key) != bytes(subscriber.address_key)
    assert reader.send("confirm", f"{token}/")[0] == 200
    assert (Subscriber.objects.count(), Follow.objects.count()) == (1, 1)


def test_following_alone_brings_no_news(reader, signed):
    signed(follow="1")
    reader.send("confirm", f"{reader.link()}/")
    subscriber = Subscriber.objects.get()
    assert (subscriber.rhythm, subscriber.wants_letters) == (Rhythm.NONE, False)


def test_preferences_that_come_back_to_be_mended_are_as_they_were_chosen(reader, preferences, petition):
    Follow.objects.create(subscriber=Subscriber.objects.get(), petition=petition)
    number = str(petition.pk)
    page = reader.send("preferences", f"{preferences}/", method="GET")[1]
    assert f'name="follow" value="{number}" checked' in page
    chosen = [("do", "change"), ("rhythm", "daily"), ("followed", number), ("pause", "30"), ("topic", "of-before")]
    status, page = reader.send("preferences", f"{preferences}/", chosen)
    assert (status, Follow.objects.count()) == (422, 1)
    assert f'name="follow" value="{number}">' in page
    assert '<option value="30" selected>' in page


def test_without_ticks_nobody_subscribes(reader, signed):
    signed()
    reader.send("confirm", f"{reader.link()}/")
    assert not Subscriber.objects.exists()


def test_ticks_that_nobody_offered_are_left_out(reader, signed):
    MailingKey.objects.all().delete()
    signed(follow="1")
    assert reader.send("confirm", f"{reader.link()}/")[0] == 200
    assert not Subscriber.objects.exists()


def test_the_longest_fields_and_address_still_fit_or_are_asked_about(reader, signed):
    long = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".org"
    status, page = signed(
        email=long, name="Ю" * 120, comment="".join(map(chr, range(0x4E00, 0x4E00 + 280))), follow="1"
    )
    assert status in (200, 422)
    if status == 422:
        assert 'id="comment-e"' in page
    assert signed(email=long, follow="1")[0] == 200
    assert len(reader.link()) <= 2000
