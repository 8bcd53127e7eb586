"""Mail to many over SMTP: the answer to one mail and the envelope of the next share a round trip (RFC 2920).

The order of calls: `begin` an envelope; `agreed` reads what the server says of it; `finish` sends the mail with its
final dot, and the next envelope behind it; `taken` reads what became of the mail. Between `agreed` and `finish` the
server has nothing to deliver: whoever is cut off there may try again. After `finish` nobody may.
"""

import contextlib
import smtplib

from rightswire.outbox.backends import Later, Refused, ServerTrouble
from rightswire.outbox.backends.smtp import NO_SMTPUTF8, Reply, connect, counted
from rightswire.outbox.compiled import Letter
from rightswire.outbox.server import MailServer

_CLOSING, _START, _AUTHENTICATE_FIRST = 421, 354, 530
_LONGEST_LINE = 8192
PATIENCE = 120.0  # seconds for an answer


class Broken(Exception):
    """The connection is gone, or the server says what nobody understands."""


class PipelinedConnection:
    """One connection, of one thread, opened when it is needed and again after it broke."""

    def __init__(self, server: MailServer, own_name: str) -> None:
        self._server = server
        self._own_name = own_name
        self._smtp: smtplib.SMTP | None = None
        self._is_pipelining = False
        self._must_reset = False
        self._asked = 0  # commands of the envelope that were sent and not yet answered
        self._waiting: list[bytes] = []  # commands of the envelope for a server that takes one at a time

    def begin(self, letter: Letter) -> None:
        """Sends the envelope. Raises Refused, ServerTrouble; Later where the connection broke."""
        self._open()
        self._write(self._envelope(letter))

    def agreed(self) -> None:
        """Returns when the server waits for the mail itself. Raises Refused, Later, ServerTrouble."""
        try:
            answers = self._answers()
        except Broken:
            self.drop()
            raise Later from None
        self._must_reset = True  # unless the mail is finished
        *before, data = answers
        wrong = next((reply for reply in before if not 200 <= reply[0] <= 299), None)
        if wrong is None and data[0] == _START:
            return
        if data[0] == _START:  # it waits for a mail to nobody
            self._write(b".\r\n")
            self._read_or_drop()
        sender = len(before) > 1 and before[-2] is wrong
        self._refuse(wrong or data, is_sender=sender)

    def finish(self, letter: Letter, following: Letter | None) -> None:
        """Sends the mail, and the envelope of the next where there is one. Raises nothing: `taken` says what became."""
        content = letter.content.replace(b"\r\n.", b"\r\n..")
        wire = (b"." if content.startswith(b".") else b"") + content
        wire += b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
        self._must_reset = False
        if following is not None and self._is_pipelining:
            with contextlib.suppress(Refused):  # an address that this server cannot take; asked again by `begin`
                wire += self._envelope(following)
        self._write(wire)

    @property
    def has_begun(self) -> bool:
        """Whether the envelope of the mail that comes next is on its way."""
        return self._asked > 0

    def taken(self) -> None:
        """Returns when the mail is in the server's hands. Raises Refused, Later; Broken: nobody knows."""
        try:
            reply = self._read()
        except Broken:
            self.drop()
            raise
        if not 200 <= reply[0] <= 299:
            self._refuse(reply, is_sender=False)

    def drop(self) -> None:
        """Ends the connection at once: what was not finished is not delivered."""
        if self._smtp:
            self._smtp.close()
            self._smtp = None
        self._asked, self._must_reset = 0, False
        self._waiting.clear()

    def close(self) -> None:
        if self._smtp and not self._asked:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self.drop()

    def _open(self) -> None:
        if self._smtp is None:
            self._smtp = connect(self._server, self._own_name)
            assert self._smtp.sock
            self._smtp.sock.settimeout(PATIENCE)
            if self._smtp.file is None:
                self._smtp.file = self._smtp.sock.makefile("rb")
            self._is_pipelining = self._smtp.has_extn("pipelining")

    def _envelope(self, letter: Letter) -> bytes:
        """The commands to send now. Raises Refused."""
        assert self._smtp
        if letter.is_international and not self._smtp.has_extn("smtputf8"):
            raise Refused(NO_SMTPUTF8)
        options = " SMTPUTF8 BODY=8BITMIME" if letter.is_international else ""
        commands = ["RSET"] if self._must_reset else []
        commands += [f"MAIL FROM:<{letter.sender}>{options}", f"RCPT TO:<{letter.recipient}>", "DATA"]
        self._must_reset = False
        lines = [f"{command}\r\n".encode() for command in commands]
        self._asked = len(lines)
        if self._is_pipelining:
            return b"".join(lines)
        self._waiting = lines[1:]
        return lines[0]

    def _answers(self) -> list[Reply]:
        """What the server says to each command of the envelope. Raises Broken."""
        found: list[Reply] = []
        for _ in range(self._asked):
            reply = self._read()
            if reply[0] == _CLOSING:
                self._asked = 0
                return [reply]
            found.append(reply)
            if self._waiting:
                if not 200 <= reply[0] <= 299:
                    self._waiting.clear()
                    break
                self._write(self._waiting.pop(0))
        self._asked = 0
        return found

    def _refuse(self, reply: Reply, *, is_sender: bool) -> None:
        code = reply[0]
        if code == _CLOSING:
            self.drop()
            raise Later(counted(reply))
        if code == _AUTHENTICATE_FIRST or (is_sender and code >= 500):
            self.drop()
            raise ServerTrouble(f"the mail server does not accept our sender ({counted(reply)})")
        if 400 <= code <= 499:
            raise Later(counted(reply))
        if 500 <= code <= 599:
            raise Refused(counted(reply))
        self.drop()
        raise Later(str(code))

    def _write(self, raw: bytes) -> None:
        """A broken connection is noticed by who reads the answer."""
        if self._smtp and self._smtp.sock:
            with contextlib.suppress(OSError):
                self._smtp.sock.sendall(raw)

    def _read_or_drop(self) -> None:
        try:
            self._read()
        except Broken:
            self.drop()

    def _read(self) -> Reply:
        """Raises Broken."""
        if self._smtp is None or self._smtp.file is None:
            raise Broken
        words = b""
        while True:
            try:
                line = self._smtp.file.readline(_LONGEST_LINE)
            except OSError:
                raise Broken from None
            if len(line) < 4 or not line[:3].isdigit() or not line.endswith(b"\n"):
                if line[:3].isdigit() and line[3:].strip() == b"":
                    return int(line[:3]), b""
                raise Broken
            words = words or line[4:].strip()
            if line[3:4] != b"-":
                return int(line[:3]), words
