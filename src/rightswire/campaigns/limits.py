"""Limits against floods, in memory: a bucket for each network, and three mails a day for a mailbox and petition.

They know networks and mailboxes as keyed pseudonyms only, under keys that are in memory and renewed hourly (networks)
and daily (mails). They are generous: a school, a telephone company's gateway or Tor must pass.
"""

import hashlib
import hmac
import secrets
import socket
import time
from collections import OrderedDict

HOUR, DAY = 3600.0, 86400.0
BURST = 1200  # requests of one network at once
A_SECOND = 10.0  # and then
MAILS_A_DAY = 3
MAILS_OF_A_NETWORK = 2  # so that a stranger does not use up somebody's only link
MOST_NETWORKS, MOST_MAILBOXES = 100_000, 200_000
_LONGEST_ADDRESS = 60
_LOOPBACK = bytes(15) + b"\x01"
_IPV4_MAPPED = bytes(10) + b"\xff\xff"


def client_network(peer: str, forwarded: str = "") -> bytes:
    """The network of a request, raw, to be made a pseudonym at once: /24 of IPv4, /48 of IPv6. Empty: this machine.

    `forwarded` is the header X-Forwarded-For. It is believed only where the peer is this very machine, which is how a
    web server beside us connects. It adds what it saw itself at the end; what stands before is the reader's claim.
    """
    address = _address(peer)
    if _is_loopback(address):
        address = _address(forwarded.rpartition(",")[2])
    if not address or _is_loopback(address):
        return b""
    return b"4" + address[:3] if len(address) == 4 else b"6" + address[:6]


def _is_loopback(address: bytes) -> bool:
    return address[:1] == b"\x7f" if len(address) == 4 else address == _LOOPBACK


def _address(text: str) -> bytes:
    """The bytes of an address with or without port, in brackets or not; IPv4 also where it is written as IPv6.

    Empty where it is none.
    """
    text = text.strip()
    if len(text) > _LONGEST_ADDRESS:
        return b""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    try:
        address = socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return b""
    return address.removeprefix(_IPV4_MAPPED)


class Limits:
    """Of one process. Moments are seconds since 1970; a clock that is set back locks nobody out."""

    def __init__(self) -> None:
        self._hour, self._hour_key = -1, b""
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # what is left, and when
        self._day, self._day_key = -1, b""
        self._mails: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()  # the networks that asked for them

    def allow(self, network: bytes, now: float | None = None) -> bool:
        """Whether to serve one more request of this network. It is a flood that is refused, with 429.

        Where no network is known (an onion service beside us, a proxy that does not tell), everybody would share one
        bucket: there is none.
        """
        if not network:
            return True
        now = time.time() if now is None else now
        if int(now // HOUR) != self._hour:
            self._hour, self._hour_key = int(now // HOUR), secrets.token_bytes(32)
            self._buckets.clear()
        key = _pseudonym(self._hour_key, network)
        left, before = self._buckets.pop(key, (float(BURST), now))
        left = min(BURST, left + max(0.0, now - before) * A_SECOND)
        is_allowed = left >= 1
        self._buckets[key] = (left - 1 if is_allowed else left, now)
        if len(self._buckets) > MOST_NETWORKS:
            self._buckets.popitem(last=False)
        return is_allowed

    def allow_mail(self, petition: int, address_key: bytes, network: bytes, now: float | None = None) -> bool:
        """Whether to send one more mail about this petition to this mailbox today; if so, it is counted.

        One network has at most two of the three, so the owner of the mailbox, elsewhere, still gets one.
        """
        now = time.time() if now is None else now
        if int(now // DAY) != self._day:
            self._day, self._day_key = int(now // DAY), secrets.token_bytes(32)
            self._mails.clear()
        key = self._mailbox(petition, address_key)
        asked = self._mails.get(key, ())
        own = _pseudonym(self._day_key, b"network" + network) if network else b""
        if len(asked) >= MAILS_A_DAY or (own and asked.count(own) >= MAILS_OF_A_NETWORK):
            return False
        self._mails[key] = (*asked, own)
        self._mails.move_to_end(key)
        if len(self._mails) > MOST_MAILBOXES:
            self._mails.popitem(last=False)
        return True

    def take_back_mail(self, petition: int, address_key: bytes, network: bytes) -> None:
        """The mail that was allowed could not be queued: it does not count. Call it once for each such mail."""
        key = self._mailbox(petition, address_key)
        asked = list(self._mails.get(key, ()))
        own = _pseudonym(self._day_key, b"network" + network) if network else b""
        if own in asked:  # not where the day has ended meanwhile
            asked.remove(own)
            self._mails[key] = tuple(asked)

    def is_first_mail(self, petition: int, address_key: bytes) -> bool:
        """Whether the mail that was just allowed is this mailbox's first today about this petition."""
        return len(self._mails.get(self._mailbox(petition, address_key), ())) == 1

    def _mailbox(self, petition: int, address_key: bytes) -> bytes:
        return _pseudonym(self._day_key, petition.to_bytes(8, "big") + address_key)


def _pseudonym(key: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, raw, hashlib.sha256)[:12]
