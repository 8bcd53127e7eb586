"""The address that a mail comes back to tells us whose it was, and nobody else can make one."""

from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.conf import env
from rightswire.newsletters.return_path import TOKEN, read_return_address, return_address
from rightswire.outbox.mailbox import read_mailbox

SECRET, OTHER = b"s" * 32, b"t" * 32
HOME, LONGEST_HOME, OWN_DOMAIN = "bounces@news.example.org", "sixteen-letters1@news.example.org", "@bounces.example.org"
SENDINGS = st.integers(0, 2**40 - 1)
NAME = "RIGHTSWIRE_BOUNCE_ADDRESS"


@given(st.uuids(), SENDINGS, st.sampled_from([HOME, LONGEST_HOME, OWN_DOMAIN]))
def test_what_was_made_is_read_whatever_servers_do_to_its_case(number, sending, home):
    address = return_address(number, sending, SECRET, home)
    mixed = "".join(sign.upper() if place % 2 else sign for place, sign in enumerate(address))
    for spelling in (address, address.upper(), mixed):
        assert read_return_address(spelling, SECRET) == (number, sending)
    assert len(address.partition("@")[0]) <= 64
    assert address == address.lower()
    assert address.endswith(home.partition("@")[2])
    assert read_return_address(address, OTHER) is None


@given(st.uuids(), SENDINGS, st.integers(0, TOKEN - 1), st.characters())
def test_a_changed_character_makes_it_nobodys(number, sending, place, sign):
    token = return_address(number, sending, SECRET, OWN_DOMAIN).partition("@")[0]
    changed = token[:place] + sign + token[place + 1 :]
    if changed.lower() != token:
        assert read_return_address(f"bounces+{changed}@news.example.org", SECRET) is None


@pytest.mark.parametrize("sign", "abcdefghijklmnopqrstuvwxyz234567ıſ=0189")
def test_there_is_one_spelling_also_of_the_last_character(sign):
    """It has three bits to spare, and some signs have a capital of another alphabet."""
    number = uuid4()
    token = return_address(number, 7, SECRET, OWN_DOMAIN).partition("@")[0]
    whose = read_return_address(f"{token[:-1]}{sign}@bounces.example.org", SECRET)
    assert whose == ((number, 7) if sign == token[-1] else None)


@given(st.text(max_size=100) | st.binary(max_size=29).map(lambda raw: raw.decode("latin-1")))
def test_anything_is_survived(text):
    assert read_return_address(text, SECRET) is None
    assert read_return_address(f"bounces+{text}@news.example.org", SECRET) is None


def test_the_same_person_has_another_one_for_each_sending():
    number = uuid4()
    assert return_address(number, 1, SECRET, HOME) != return_address(number, 2, SECRET, HOME)


@pytest.mark.parametrize("value", [HOME, LONGEST_HOME, OWN_DOMAIN, "b@a.xn--p1ai", ""])
def test_a_name_or_a_whole_domain_can_be_the_setting(monkeypatch, value):
    monkeypatch.setenv(NAME, value)
    assert env.return_address(NAME) == value


@pytest.mark.parametrize(
    "value",
    [
        "bounces",
        "@",
        "bounces@",
        "Bounces@news.example.org",
        "seventeen-letters@news.example.org",
        "bounces+x@news.example.org",
        "-b@news.example.org",
        "bounces@news",
        "bounces@-news.example.org",
        "bounces@news..example.org",
        "bounces@news.example.org>",
        "bounces@news.example.org\n",
        "böunces@news.example.org",
        "b@" + "a." * 100 + "org",
    ],
)
def test_what_is_no_such_address_names_the_setting(monkeypatch, tmp_path: Path, value):
    (tmp_path / "value").write_text(f"{value} x" if value.endswith("\n") else value)
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "value"))
    with pytest.raises(env.SettingError, match=f"^{NAME}: "):
        env.return_address(NAME)


@pytest.mark.parametrize("value", ["hush", "user:short", ":long enough by far", "us er:long-enough-by-far-hush"])
def test_a_weak_secret_of_webhooks_names_its_setting_and_is_not_repeated(monkeypatch, value):
    monkeypatch.setenv("RIGHTSWIRE_MAIL_WEBHOOK_SECRET", value)
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_MAIL_WEBHOOK_SECRET: ") as raised:
        env.webhook_secret("RIGHTSWIRE_MAIL_WEBHOOK_SECRET")
    assert value not in str(raised.value)


@pytest.mark.parametrize(
    "value",
    [
        "hush", "imap://a:hush@imap.example.org", "imaps://imap.example.org", "imaps://a@imap.example.org",
        "imaps://a:hush@imap.example.org:port", "imaps://a:hush@[imap", 'imaps://a:hush@imap.example.org/a"b',
        "imaps://a:hush@imap.example.org/%C3%A9", "imaps://a%0D:hush@imap.example.org",
        "imaps://a:hush@imap.example.org?x=hush",
    ],
)  # fmt: skip
def test_a_mailbox_that_cannot_be_names_its_setting_and_its_password_is_not_repeated(monkeypatch, value):
    monkeypatch.setenv("RIGHTSWIRE_BOUNCE_MAILBOX", value)
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_BOUNCE_MAILBOX: ") as raised:
        env.mailbox("RIGHTSWIRE_BOUNCE_MAILBOX")
    assert "hush" not in str(raised.value)


def test_a_mailbox_is_an_address_with_user_password_and_folder():
    found = read_mailbox("imaps://bounces%40example.org:p%40ss%2Fw%C3%B6rd@imap.example.org/Returned%20mail/")
    assert (found.host, found.port, found.user) == ("imap.example.org", 993, "bounces@example.org")
    assert (found.password, found.folder) == ("p@ss/wörd", "Returned mail")
    assert read_mailbox("imaps://a:b@h:1993").port == 1993
    assert read_mailbox("imaps://a:b@h").folder == "INBOX"
    assert "p@ss" not in repr(found)


def test_a_maildir_is_named_from_the_root(monkeypatch):
    monkeypatch.setenv("RIGHTSWIRE_BOUNCE_MAILDIR", "mail/bounces")
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_BOUNCE_MAILDIR: "):
        env.maildir("RIGHTSWIRE_BOUNCE_MAILDIR")
