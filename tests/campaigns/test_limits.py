"""A crowd behind one address passes, a flood does not; nobody's mailbox is filled, or used up by a stranger."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.campaigns.limits import BURST, Limits, client_network

NOW = 1_800_000_000.0
HERE, THERE = b"4abc", b"4xyz"
MAILBOX = b"k" * 32


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.7:4000", "", b"4\xc6\x33\x64"),
        ("198.51.100.7:4000", "203.0.113.9", b"4\xc6\x33\x64"),  # only our own web server is believed
        ("127.0.0.1:4000", "203.0.113.9", b"4\xcb\x00\x71"),
        ("127.0.0.1:4000", "192.0.2.1, 203.0.113.9", b"4\xcb\x00\x71"),  # what the reader claimed stands before
        ("[::1]:4000", "::ffff:203.0.113.9", b"4\xcb\x00\x71"),
        ("[2001:db8:1:2:3::4]:4000", "", b"6\x20\x01\x0d\xb8\x00\x01"),
        ("127.0.0.1:4000", "", b""),
        ("127.0.0.1:4000", "127.0.0.1", b""),
        ("127.0.0.1:4000", "not an address", b""),
        ("", "", b""),
    ],
)
def test_the_network_of_a_request(peer, forwarded, expected):
    assert client_network(peer, forwarded) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_header_is_survived(peer, forwarded):
    assert len(client_network(peer, forwarded)) in (0, 4, 7)


@given(st.ip_addresses(), st.sampled_from(["{}", "[{}]:4000", " {}%eth0"]))
def test_every_address_is_taken_for_one_of_its_network(address, written):
    mapped = getattr(address, "ipv4_mapped", None) or address
    size, kind = (24, b"4") if mapped.version == 4 else (48, b"6")
    network = ipaddress.ip_network((mapped, size), strict=False).network_address.packed[: size // 8]
    expected = b"" if mapped.is_loopback else kind + network
    assert client_network(written.format(address)) == expected


def test_a_whole_school_passes_and_a_flood_does_not():
    limits = Limits()
    assert all(limits.allow(HERE, NOW + second / 10) for second in range(300))
    assert sum(limits.allow(THERE, NOW) for _ in range(5000)) == BURST


def test_readers_whose_network_is_not_known_do_not_share_a_bucket():
    limits = Limits()
    assert all(limits.allow(b"", NOW) for _ in range(5000))


def test_after_a_flood_others_pass_and_so_does_its_network_later():
    limits = Limits()
    while limits.allow(HERE, NOW):
        pass
    assert limits.allow(THERE, NOW)
    assert limits.allow(HERE, NOW + 60)


def test_three_mails_a_day_to_a_mailbox():
    limits = Limits()
    allowed = [limits.allow_mail(1, MAILBOX, network, NOW) for network in (b"", b"", b"", b"")]
    assert allowed == [True, True, True, False]
    assert limits.allow_mail(2, MAILBOX, b"", NOW)
    assert limits.allow_mail(1, MAILBOX, b"", NOW + 90_000)


def test_a_mail_that_was_not_sent_is_taken_back_from_its_own_network_and_day():
    limits = Limits()
    assert [limits.allow_mail(1, MAILBOX, network, NOW) for network in (THERE, THERE, HERE)] == [True] * 3
    limits.take_back_mail(1, MAILBOX, HERE)
    assert not limits.allow_mail(1, MAILBOX, THERE, NOW)
    assert limits.allow_mail(1, MAILBOX, HERE, NOW)
    assert limits.allow_mail(2, MAILBOX, HERE, NOW + 90_000)  # a new day
    limits.take_back_mail(1, MAILBOX, HERE)
    assert [limits.allow_mail(1, MAILBOX, b"", NOW + 90_000) for _ in range(4)] == [True, True, True, False]


def test_a_stranger_does_not_use_up_somebodys_only_link():
    limits = Limits()
    assert [limits.allow_mail(1, MAILBOX, THERE, NOW) for _ in range(5)] == [True, True, False, False, False]
    assert limits.allow_mail(1, MAILBOX, HERE, NOW)


def test_a_clock_set_back_does_not_lock_anybody_out():
    limits = Limits()
    while limits.allow(HERE, NOW):
        pass
    assert limits.allow(HERE, NOW - 10_000)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("rightswire.campaigns.limits.MOST_NETWORKS", 50)
    limits = Limits()
    for number in range(500):
        limits.allow(number.to_bytes(4, "big"), NOW)
    assert len(limits._buckets) <= 50
