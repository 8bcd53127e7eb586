"""A link carries everything, to whoever holds it whole and in time; cut, changed or old it is refused."""

import datetime
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightswire.seal import links
from rightswire.seal.box import PrivateKey, seal
from rightswire.seal.keys import Keys
from rightswire.seal.links import Confirmation, LinkIsBroken, LinkIsOld
from rightswire.seal.record import Record

PETITION = bytes(range(16))
WEEK = 7 * 86400


@pytest.fixture
def keys(tmp_path):
    keys = Keys(tmp_path / "keys")
    keys.make_pepper(PETITION)
    return keys


def link(begun_at=None, sealed=b"sealed"):
    return Confirmation(PETITION, begun_at or int(time.time()), b"k" * 32, b"12345678", "CA", "fr", sealed)


def test_a_confirmation_comes_back(keys):
    sent = link()
    assert links.read_confirmation(links.confirmation_link(sent, keys), keys, time.time()) == sent


def test_it_works_for_seven_days_and_no_longer(keys):
    token = links.confirmation_link(link(), keys)
    assert links.read_confirmation(token, keys, time.time() + WEEK - 60)
    with pytest.raises(LinkIsOld):
        links.read_confirmation(token, keys, time.time() + WEEK + 60)


def test_it_is_old_when_the_key_of_its_day_was_destroyed(keys):
    day = datetime.datetime.now(datetime.UTC).date()
    token = links.confirmation_link(link(), keys)
    keys.destroy_day_keys(links.PURPOSE, day + datetime.timedelta(days=1))
    with pytest.raises(LinkIsOld):
        links.read_confirmation(token, keys, time.time() + 2 * 86400)


def test_a_link_of_another_installation_is_no_link(keys, tmp_path):
    stranger = Keys(tmp_path / "elsewhere")
    stranger.day_key(links.PURPOSE, datetime.datetime.now(datetime.UTC).date())
    with pytest.raises(LinkIsBroken):
        links.read_confirmation(links.confirmation_link(link(), keys), stranger, time.time())


SHARED = Keys(Path(tempfile.mkdtemp()))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_cut_or_changed_it_is_refused(data):
    keys = SHARED
    token = links.confirmation_link(link(), keys)
    if data.draw(st.booleans()):
        token = token[: data.draw(st.integers(0, len(token) - 1))]
    else:
        place = data.draw(st.integers(0, len(token) - 2))
        other = data.draw(st.sampled_from("ABCDwxyz-_"))
        if other == token[place]:
            return
        token = token[:place] + other + token[place + 1 :]
    with pytest.raises(links.LinkError):
        links.read_confirmation(token, keys, time.time())


@given(st.text(max_size=3000))
def test_any_text_is_refused(text):
    keys = SHARED
    with pytest.raises(links.LinkError):
        links.read_confirmation(text, keys, time.time())
    with pytest.raises(links.LinkError):
        links.read_erasure(text, keys)


@pytest.mark.parametrize("sign", ["a", "é", "ع", "漢", "\U0001f54a"])
def test_the_longest_link_is_under_2000_characters(keys, sign):
    """With three keys, the longest name and comment, and an address of the site of sixty characters."""
    record = Record(b"k" * 32, sign * 120, sign * 280, "CA", "fr", tuple(range(1, 9)), tuple(range(1, 9)))
    recipients = [PrivateKey.generate().public for _ in range(3)]
    token = links.confirmation_link(link(sealed=seal(record.pack(), PETITION, recipients)), keys)
    assert len("https://" + "n" * 60 + "/do/confirm/" + token + "/") <= 2000


def test_an_erasure_link_works_until_the_pepper_is_gone(keys):
    token = links.erasure_link(PETITION, b"k" * 32, "ar", keys)
    assert links.read_erasure(token, keys) == (PETITION, b"k" * 32, "ar")
    keys.destroy_pepper(PETITION)
    with pytest.raises(LinkIsOld):
        links.read_erasure(token, keys)


def test_neither_link_is_taken_for_the_other(keys):
    with pytest.raises(LinkIsBroken):
        links.read_erasure(links.confirmation_link(link(), keys), keys)
    with pytest.raises(LinkIsBroken):
        links.read_confirmation(links.erasure_link(PETITION, b"k" * 32, "ar", keys), keys, time.time())


def test_a_link_tells_nothing_of_what_it_carries(keys):
    first, second = (links.confirmation_link(link(), keys) for _ in range(2))
    assert first != second
    assert len({first[:4], second[:4]}) == 1  # only the day is in the clear


def test_one_mailbox_has_one_key_and_other_petitions_another():
    assert links.address_key(b"p" * 32, "a@example.org") == links.address_key(b"p" * 32, "a@example.org")
    assert links.address_key(b"p" * 32, "a@example.org") != links.address_key(b"q" * 32, "a@example.org")
