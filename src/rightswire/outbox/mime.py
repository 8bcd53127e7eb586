"""A mail as it goes over the wire (RFC 5322, 2045): text and HTML, in 7 bits whatever the server is able to take.

Links of 2,000 characters are longer than a line of SMTP may be, and a signature must survive servers that re-encode:
so bodies are quoted-printable, or base64 where that is shorter (Arabic).
"""

import base64
import binascii
import dataclasses
import re
import secrets
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, quote
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email

from rightswire.outbox.dkim import Signer

if TYPE_CHECKING:  # a mail to many is made without a database
    from rightswire.outbox.queue import OutgoingMessage

WIDTH = 72
_LINE_ENDS = re.compile("\r\n|\r|\n")
_BASE64_LINE = 57  # bytes, which become 76 characters
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")


class BadAddress(Exception):
    """An address that cannot be written to. It does not hold the address."""


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """Envelope, headers in their order, and body. `is_international`: it needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    is_international: bool
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def signed(self, signer: Signer) -> "Mail":
        """The same mail with a DKIM signature of its sender's domain."""
        signature = signer.header(self.headers, self.body, self.sender.rpartition("@")[2])
        return dataclasses.replace(self, headers=(signature, *self.headers))

    def content(self) -> bytes:
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers).encode() + b"\r\n" + self.body


def make_mail(message: "OutgoingMessage", now: float) -> Mail:
    """The mail as sent at `now` (seconds since 1970). Raises BadAddress."""
    sender, recipient = on_the_wire(message.from_address), on_the_wire(message.to)
    if not sender.isascii():
        raise BadAddress
    boundary = secrets.token_hex(16)
    minute = datetime.fromtimestamp(now, UTC).replace(second=0, microsecond=0)
    headers = [
        ("From", f"{display_name(message.from_name)} <{sender}>"),
        ("To", f"<{recipient}>"),
        ("Subject", words(message.subject, "Subject")),
        ("Date", format_datetime(minute)),
        ("Message-ID", f"<{message.id}@{sender.rpartition('@')[2]}>"),
        *([("Reply-To", f"<{on_the_wire(message.reply_to)}>")] if message.reply_to else []),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", message.language),
        *message.headers,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    body = (
        _part(boundary, "text/plain; charset=utf-8; format=flowed", flowed(message.text))
        + _part(boundary, "text/html; charset=utf-8", message.html)
        + f"--{boundary}--\r\n".encode()
    )
    return Mail(sender, recipient, not recipient.isascii(), tuple(headers), body)


def flowed(text: str) -> str:
    """Plain text in lines short enough to read, which a reader may join again (RFC 3676)."""
    lines: list[str] = []
    for written in re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n").strip()).split("\n"):
        line = written.rstrip()
        if line == "--":  # what follows is the signature
            lines.append("-- ")
            continue
        parts = textwrap.wrap(line, WIDTH - 1, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [_stuffed(part) + " " for part in parts[:-1]] + [_stuffed(parts[-1])]
    return "\n".join(lines) + "\n"


def _stuffed(line: str) -> str:
    """Protects what a reader, or a server on the way, would take for something else."""
    return f" {line}" if line.startswith((" ", ">", "From ")) else line


def _part(boundary: str, kind: str, text: str) -> bytes:
    raw = _LINE_ENDS.sub("\r\n", text).encode("utf-8", "replace")
    encoding, body = "quoted-printable", binascii.b2a_qp(raw)
    if len(raw) * 1.37 < len(body):
        encoding = "base64"
        body = b"\r\n".join(
            base64.b64encode(raw[start : start + _BASE64_LINE]) for start in range(0, len(raw), _BASE64_LINE)
        )
    head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body + b"\r\n"


def words(text: str, name: str) -> str:
    """A header of words, folded; encoded (RFC 2047) where it is not ASCII, or could be taken for encoded."""
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, header_name=name).encode(linesep="\r\n")


def display_name(name: str) -> str:
    """A name before an address, quoted or encoded where it must be."""
    if _PLAIN_NAME.fullmatch(name) and "=?" not in name:
        return name
    if name.isascii() and "=?" not in name:
        return f'"{quote(name)}"'
    return words(name, "From")


def on_the_wire(address: str) -> str:
    """The address with its domain in ASCII; the part before it may be in any script. Raises BadAddress."""
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False, allow_quoted_local=True)
    except EmailNotValidError:
        raise BadAddress from None
    return f"{valid.local_part}@{valid.ascii_domain}"
