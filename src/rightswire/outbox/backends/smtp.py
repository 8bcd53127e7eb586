"""Mail over SMTP, on a connection that stays open from one mail to the next.

Encrypted where the server offers it, with its certificate checked; the words of the server go nowhere, because they
often quote the address.
"""

import contextlib
import re
import smtplib
import ssl
from uuid import UUID

from rightswire.outbox.backends import Later, Refused, ServerTrouble
from rightswire.outbox.mime import Mail
from rightswire.outbox.server import SMTP, SMTPS, STARTTLS, MailServer

TIMEOUT = 60.0  # seconds for each answer of the server
NO_SMTPUTF8 = "no SMTPUTF8"

_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?![\d.])")  # RFC 3463
_AUTHENTICATE_FIRST = 530
_CLOSING = 421
_TOO_LARGE = 552

Reply = tuple[int, bytes]


class SmtpConnection:
    """One connection, opened for its first mail and again after it broke."""

    def __init__(self, server: MailServer, own_name: str) -> None:
        self._server = server
        self._own_name = own_name
        self._smtp: smtplib.SMTP | None = None

    def send(self, mail: Mail, number: UUID) -> None:
        smtp = self._ready(mail)
        try:
            self._expect(smtp.docmd("RCPT", f"TO:<{mail.recipient}>"))
            self._expect(smtp.data(mail.content()))
        except smtplib.SMTPDataError as error:
            self._expect((error.smtp_code, _as_bytes(error.smtp_error)))
        except (smtplib.SMTPException, OSError):
            self._drop()  # it may or may not have been taken
            raise Later from None

    def close(self) -> None:
        if self._smtp:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._drop()

    def _drop(self) -> None:
        if self._smtp:
            self._smtp.close()
            self._smtp = None

    def _ready(self, mail: Mail) -> smtplib.SMTP:
        """A server that has accepted our sender. One that has hung up in the meantime is called once more."""
        is_reused = self._smtp is not None
        while True:
            smtp = self._smtp = self._smtp or connect(self._server, self._own_name)
            if mail.is_international and not smtp.has_extn("smtputf8"):
                raise Refused(NO_SMTPUTF8)
            code, words = self._begin(smtp, mail)
            if code == 250:
                return smtp
            if code not in (0, _CLOSING):
                self._reset()
                if code == _TOO_LARGE or (mail.is_international and 500 <= code <= 599):
                    raise Refused(counted((code, words)))
                raise ServerTrouble(f"the mail server does not accept our sender ({counted((code, words))})")
            self._drop()
            if not is_reused:
                raise ServerTrouble("the mail server hung up")
            is_reused = False

    def _begin(self, smtp: smtplib.SMTP, mail: Mail) -> Reply:
        """The answer to MAIL; code 0: the connection is broken."""
        smtp.command_encoding = "utf-8" if mail.is_international else "ascii"
        options = " SMTPUTF8 BODY=8BITMIME" if mail.is_international else ""
        try:
            return smtp.docmd("MAIL", f"FROM:<{mail.sender}>{options}")
        except (smtplib.SMTPException, OSError):
            return 0, b""

    def _expect(self, reply: Reply) -> None:
        """Raises what the answer about this mail means, unless it was taken."""
        code = reply[0]
        if 200 <= code <= 299:
            return
        if code == _CLOSING or not 400 <= code <= 599:
            self._drop()
            raise Later
        self._reset()
        if code == _AUTHENTICATE_FIRST:
            raise ServerTrouble("the mail server wants a user and a password")
        if code < 500:
            raise Later
        raise Refused(counted(reply))

    def _reset(self) -> None:
        """Makes the connection fit for the next mail."""
        try:
            if self._smtp and self._smtp.rset()[0] != 250:
                self._drop()
        except (smtplib.SMTPException, OSError):
            self._drop()


def connect(server: MailServer, own_name: str) -> smtplib.SMTP:
    """A server that has greeted us, encrypted where it can be, and knows who we are. Raises ServerTrouble."""
    smtp: smtplib.SMTP | None = None
    try:
        if server.scheme == SMTPS:
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, own_name, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=TIMEOUT)
        smtp.ehlo_or_helo_if_needed()
        _encrypt(smtp, server)
        if server.user:
            smtp.login(server.user, server.password)
    except (smtplib.SMTPException, OSError, ServerTrouble) as error:
        if smtp:
            smtp.close()
        raise error if isinstance(error, ServerTrouble) else ServerTrouble(_trouble(error)) from None
    return smtp


def _encrypt(smtp: smtplib.SMTP, server: MailServer) -> None:
    """STARTTLS where it is wanted or offered; a password never goes over a network in clear."""
    if server.scheme == SMTPS:
        return
    if smtp.has_extn("starttls"):
        context = ssl.create_default_context()
        if server.scheme == SMTP and server.is_local:  # mail servers come with certificates made for nobody
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
    elif server.scheme == STARTTLS:
        raise ServerTrouble("the mail server offers no encryption (STARTTLS)")
    elif server.user and not server.is_local:
        raise ServerTrouble("the mail server offers no encryption, and the password is not sent without it")


def _trouble(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the certificate of the mail server is not valid"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection to the mail server comes about"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server does not accept user and password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the mail server knows no user and password"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server refuses us ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPException):
        return f"the mail server does not speak as it should ({type(error).__name__})"
    return f"the mail server cannot be reached ({type(error).__name__})"


def counted(reply: Reply) -> str:
    """The code of an answer, with the finer one where it is given: "550 5.1.1"."""
    code, words = reply
    finer = _ENHANCED.match(words)
    return f"{code} {finer[1].decode()}" if finer else str(code)


def _as_bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode("utf-8", "replace")
