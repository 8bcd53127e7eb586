"""A mail to many: rendered and encoded once, then only what is a person's own is put in (RFC 5322, 2045, 6376).

Bodies are quoted-printable in any script, so that a slot can be filled without encoding the rest again. The signature
covers the body as it is (`c=relaxed/simple`): nothing in it could be changed on the way without harm.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from rightswire.outbox.dkim import SIGNED, SIGNED_IF_THERE, Signer, relaxed_header
from rightswire.outbox.mime import BadAddress, display_name, flowed, on_the_wire, words

SLOT = re.compile(r"\{\{([a-z]+)\}\}")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LINE = 72
_ENDS = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True)
class MassMail:
    """What everybody gets alike. `text` and `html` hold slots, such as {{unsubscribe}}; `list_id` as in RFC 2919."""

    subject: str
    text: str
    html: str
    language: str
    from_name: str
    from_address: str
    list_id: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Impression:
    """One person's own: whose it is, where it comes back to, and what fills the slots."""

    to: str
    return_path: str
    number: str  # of the Message-ID: the same however often it is sent
    one_click: str  # the address that unsubscribes by POST (RFC 8058)
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A mail ready to hand over. No line of it begins with a dot, which SMTP would want doubled (RFC 5321, 4.5.2)."""

    sender: str
    recipient: str
    is_international: bool
    content: bytes


class CompiledMail:
    """Makes the mails of one MassMail. Safe to use from several threads. Raises BadAddress: of the sender."""

    def __init__(self, mail: MassMail, signer: Signer | None) -> None:
        self._signer = signer
        self._from = on_the_wire(mail.from_address)
        if not self._from.isascii():
            raise BadAddress
        self._domain = self._from.rpartition("@")[2]
        boundary = secrets.token_hex(16)
        self._before = [("From", f"{display_name(mail.from_name)} <{self._from}>")]
        self._fixed = [
            ("Subject", words(mail.subject, "Subject")),
            *([("Reply-To", f"<{on_the_wire(mail.reply_to)}>")] if mail.reply_to else []),
            ("Content-Language", mail.language),
            ("List-Id", mail.list_id),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Precedence", "bulk"),
            ("MIME-Version", "1.0"),
            ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
        ]
        fixed = dict(self._before + self._fixed)
        self._fixed_text = "".join(f"{name}: {value}\r\n" for name, value in self._fixed).encode()
        self._body = [
            *_part(boundary, "text/plain; charset=utf-8; format=flowed", flowed(mail.text)),
            *_part(boundary, "text/html; charset=utf-8", mail.html),
            f"--{boundary}--\r\n".encode(),
        ]
        own = ("To", "Date", "Message-ID", "List-Unsubscribe")
        present = [name for name in (*SIGNED, *SIGNED_IF_THERE) if name in fixed or name in own]
        self._names = [*present, *SIGNED]  # the latter once more: one that is added on the way breaks the signature
        self._canonical = {name: relaxed_header(name, fixed[name]) + b"\r\n" for name in present if name in fixed}
        self._signed = present

    def letter(self, impression: Impression, now: float) -> Letter:
        """The mail as sent at `now` (seconds since 1970). Raises BadAddress."""
        recipient = impression.to if _PLAIN_ADDRESS.fullmatch(impression.to) else on_the_wire(impression.to)
        filled = {name: _filled(value) for name, value in impression.values.items()}
        body = b"".join([piece if isinstance(piece, bytes) else filled[piece] for piece in self._body])
        own = {
            "To": f"<{recipient}>",
            "Date": _date(int(now // 60)),
            "Message-ID": f"<{impression.number}@{self._domain}>",
            "List-Unsubscribe": f"<{impression.one_click}>",
        }
        head = (
            "".join(f"{name}: {value}\r\n" for name, value in [*self._before, *own.items()]).encode() + self._fixed_text
        )
        if self._signer:
            head = self._signature(self._signer, own, body) + head
        return Letter(
            sender=impression.return_path or self._from,
            recipient=recipient,
            is_international=not recipient.isascii(),
            content=head + b"\r\n" + body,
        )

    def _signature(self, signer: Signer, own: Mapping[str, str], body: bytes) -> bytes:
        """The DKIM-Signature header with its line's end."""
        body_hash = base64.b64encode(hashlib.sha256(body).digest()).decode()
        value = signer.unsigned(self._names, body_hash, self._domain, "relaxed/simple")
        signed = b"".join(
            self._canonical[name] if name in self._canonical else relaxed_header(name, own[name]) + b"\r\n"
            for name in self._signed
        )
        return f"DKIM-Signature: {signer.complete(value, signed)}\r\n".encode()


@lru_cache(maxsize=4)
def _date(minute: int) -> str:
    return format_datetime(datetime.fromtimestamp(minute * 60, UTC))


def _part(boundary: str, kind: str, text: str) -> list[bytes | str]:
    """A part of the body, as bytes and the names of the slots between them."""
    head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    parts = SLOT.split(text)
    pieces: list[bytes | str] = [head.encode() + _quoted(parts[0])]
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        pieces[-1] = _open_ended(pieces[-1]) if isinstance(pieces[-1], bytes) else pieces[-1]
        pieces += [name, b"=\r\n" + _quoted(rest)]
    assert isinstance(pieces[-1], bytes)
    pieces[-1] += b"\r\n"
    return [_dotless(piece) if isinstance(piece, bytes) else piece for piece in pieces]


def _quoted(text: str) -> bytes:
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return _ENDS.sub(b"\r\n", binascii.b2a_qp(raw))


def _open_ended(encoded: bytes) -> bytes:
    """Ends in a soft break that leaves its line short enough."""
    line = encoded.rpartition(b"\n")[2]
    if len(line) > _LINE:
        cut = len(line) - 8
        while b"=" in line[cut - 2 : cut]:  # not within =C3
            cut -= 1
        encoded = encoded[: len(encoded) - len(line) + cut] + b"=\r\n" + line[cut:]
    return encoded + b"=\r\n"


def _dotless(encoded: bytes) -> bytes:
    """The same without a dot at the beginning of a line."""
    return b"\r\n".join(map(_dotless_line, encoded.split(b"\r\n")))


def _dotless_line(line: bytes) -> bytes:
    if not line.startswith(b"."):
        return line
    if len(line) <= _LINE:
        return b"=2E" + line[1:]
    cut = _LINE // 2
    while b"=" in line[cut - 2 : cut]:  # not within =C3
        cut -= 1
    return b"=2E" + line[1:cut] + b"=\r\n" + _dotless_line(line[cut:])


def _filled(value: str) -> bytes:
    """An address of ours, in ASCII, over as many lines as it needs."""
    raw = value.replace("=", "=3D").encode("ascii")
    return b"=\r\n".join(_dotless_line(raw[at : at + 60]) for at in range(0, len(raw), 60))


__all__ = ["BadAddress", "CompiledMail", "Impression", "Letter", "MassMail"]
