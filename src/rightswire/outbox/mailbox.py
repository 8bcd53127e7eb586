"""A mailbox at a provider, read by IMAP (RFC 9051) over TLS. Needs no Django."""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

SCHEME, PORT, INBOX = "imaps", 993, "INBOX"
PATIENCE = 20.0  # seconds that one answer may take
LEFT = "UNSEEN UNFLAGGED UNDELETED"  # what nobody has looked at yet, neither we nor a person


class MailboxTrouble(Exception):
    """What a person is to know of it; nothing of what the server said, which may name somebody."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where it is, as the setting RIGHTSWIRE_BOUNCE_MAILBOX gives it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = INBOX


def read_mailbox(url: str) -> Mailbox:
    """Raises ValueError, for a person, without the address: it holds a password."""
    wanted = (
        "give an address such as imaps://bounces%40example.org:password@imap.example.org/INBOX "
        "(%40 stands for @, %3A for :, %2F for /)"
    )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(wanted) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.removeprefix("/").removesuffix("/")) or INBOX
    if parts.scheme != SCHEME or not (host and user and password) or parts.query or parts.fragment:
        raise ValueError(wanted)
    if not (user + password).isprintable():
        raise ValueError("user and password may hold no line breaks or other control characters")
    if not re.fullmatch(r'[^"\\%*&]+', folder) or not (folder.isascii() and folder.isprintable()):
        raise ValueError("the folder's name may hold ASCII letters, digits and blanks; take or make such a folder")
    return Mailbox(host, port or PORT, user, password, folder)


class OpenMailbox:
    """Messages go by their UID. Every method raises MailboxTrouble."""

    def __init__(self, server: imaplib.IMAP4_SSL) -> None:
        self._server = server
        self._has_deleted = False

    def unread(self, most: int) -> list[str]:
        """The oldest that are new, unopened and not set aside."""
        (found,) = self._ask("SEARCH", *LEFT.split())
        return [number.decode() for number in (found or b"").split()[:most]]

    def message(self, number: str, largest: int) -> bytes | None:
        """Its first bytes, unchanged; None: it has gone meanwhile. The server does not mark it as read."""
        parts = self._ask("FETCH", number, f"(BODY.PEEK[]<0.{largest}>)")
        return next((part[1] for part in parts if isinstance(part, tuple)), None)

    def delete(self, number: str) -> None:
        self._has_deleted = True
        self._ask("STORE", number, "+FLAGS.SILENT", r"(\Deleted)")

    def mark_read(self, number: str) -> None:
        self._ask("STORE", number, "+FLAGS.SILENT", r"(\Seen)")

    def set_aside(self, number: str) -> None:
        self._ask("STORE", number, "+FLAGS.SILENT", r"(\Flagged)")

    def close(self) -> None:
        """What was deleted goes for good."""
        if self._has_deleted:
            with _in_words("the server does not delete what was read"):
                self._server.expunge()

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        with _in_words("the server does not answer as it should"):
            status, parts = self._server.uid(command, *arguments)
            if status != "OK":
                raise imaplib.IMAP4.error
            return parts


@contextlib.contextmanager
def open_mailbox(mailbox: Mailbox) -> Iterator[OpenMailbox]:
    """Raises MailboxTrouble. The server must show a certificate that this machine trusts."""
    with _in_words(f"{mailbox.host}, port {mailbox.port}, cannot be reached"):
        context = ssl.create_default_context()
        server = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=PATIENCE)
    try:
        with _in_words("the server refuses the user or the password"):
            server.authenticate("PLAIN", lambda _: f"\0{mailbox.user}\0{mailbox.password}".encode())
        with _in_words(f"the server has no folder {mailbox.folder} that may be written to"):
            if server.select(f'"{mailbox.folder}"')[0] != "OK":
                raise imaplib.IMAP4.error
        opened = OpenMailbox(server)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()
        with contextlib.suppress(OSError):
            server.shutdown()  # also where the server has hung up


@contextlib.contextmanager
def _in_words(words: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxTrouble(f"the server's certificate is not valid: {error.verify_message}") from None
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxTrouble(f"{words} ({type(error).__name__})") from None
