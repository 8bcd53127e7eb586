import re

import pytest

from rightswire.newsletters import messages
from rightswire.newsletters.consent import news_words
from rightswire.outbox.composing import Sender
from rightswire.outbox.queue import MessageError, OutgoingMessage

NAMES = {"en": "Every Name", "fr": "Chaque nom", "ar": "كلّ اسم"}
TOKEN = "aB-_" * 120
LINK = re.compile(r'https?://[^\s"<>]+')


@pytest.fixture(autouse=True)
def address(settings):
    settings.BASE_URL = "https://everyname.example"


def sender(language: str) -> Sender:
    return Sender(
        NAMES[language],
        "hello@everyname.example",
        "12 Register Lane, third floor\nOttawa, Ontario",
        "https://everyname.example",
        "#c22a0b",
    )


def confirm(language: str = "en", to: str = "noor@example.org") -> OutgoingMessage:
    return messages.confirm_subscription(
        to, language, sender(language), confirmation=TOKEN, organisation=NAMES[language]
    )


def move(language: str = "en", to: str = "noor@example.org") -> OutgoingMessage:
    return messages.confirm_move(to, language, sender(language), confirmation=TOKEN)


def again(language: str = "en", to: str = "noor@example.org") -> OutgoingMessage:
    return messages.preferences_link(to, language, sender(language), preferences="p" * 50, unsubscribe="u" * 50)


ALL = [confirm, move, again]


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("make", ALL)
def test_every_mail_says_who_asks_how_to_reach_them_and_that_one_can_withdraw(make, language):
    message = make(language)
    for part in (message.text, message.html):
        for said in (NAMES[language], "12 Register Lane, third floor", "Ottawa, Ontario", "hello@everyname.example"):
            assert said in part
    if language == "en":
        assert "withdraw at any time" in message.text
        assert "withdraw at any time" in message.html
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in message.html
    assert message.language == language


@pytest.mark.parametrize("language", NAMES)
def test_the_request_shows_the_very_words_that_are_kept(language):
    message = confirm(language)
    assert news_words(language, NAMES[language]) in message.text
    assert news_words(language, NAMES[language]) in message.html


@pytest.mark.parametrize("make", [confirm, move])
def test_both_parts_ask_to_confirm_and_hold_no_other_link_of_ones_own(make):
    message = make()
    for part in (message.text, message.html):
        own = {link for link in LINK.findall(part) if "/do/" in link}
        assert own == {f"https://everyname.example/do/confirm/{TOKEN}/"}


def test_who_asks_for_the_link_gets_the_page_and_the_way_out():
    for part in (again().text, again().html):
        own = {link for link in LINK.findall(part) if "/do/" in link}
        assert own == {
            f"https://everyname.example/do/preferences/{'p' * 50}/",
            f"https://everyname.example/do/unsubscribe/{'u' * 50}/",
        }


@pytest.mark.parametrize("make", ALL)
def test_the_subject_does_not_say_what_it_is_about(make):
    subject = make().subject.lower()
    for word in ("news", "subscri", "every name", "petition"):
        assert word not in subject


@pytest.mark.parametrize("make", ALL)
def test_a_mail_loads_nothing_and_shows_nobodys_address(make):
    message = make()
    for loaded in ("<img", "url(", "<link", "<script"):
        assert loaded not in message.html
    assert "noor@example.org" not in message.text + message.html
    assert len(message.html.encode()) < 10_000


def test_a_hostile_name_is_only_words():
    name = "<b>Tom & Ann</b>"
    written_by = Sender(name, "a@everyname.example", "", "https://everyname.example", "#c22a0b")
    message = messages.confirm_subscription("noor@example.org", "en", written_by, confirmation=TOKEN, organisation=name)
    assert "<b>Tom" not in message.html
    assert "<b>Tom & Ann</b> may write to me" in message.text


@pytest.mark.parametrize("make", ALL)
def test_an_address_that_brings_headers_along_is_refused(make):
    with pytest.raises(MessageError) as error:
        make(to="noor@example.org\r\nBcc: all@example.org")
    assert "noor" not in str(error.value)


def test_each_mail_has_its_own_line_in_the_totals():
    assert [make().kind for make in ALL] == ["subscription-confirm", "subscription-move", "subscription-link"]
