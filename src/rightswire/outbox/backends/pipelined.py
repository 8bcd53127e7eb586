"""Mail to many over SMTP: the answer to one mail and the envelope of the next share a round trip (RFC 2920).

Nothing waits once the server has greeted us. The order of calls: `begin` an envelope; `has_agreed`, until the server
has answered it; `finish` sends the mail with its final dot, and the next envelope behind it; `has_taken`, until the
server has said what became of the mail. `hear` takes in what the server says. Between `has_agreed` and `finish` the
server has nothing to deliver: whoever is cut off there may try again. After `finish` nobody may.
"""

import contextlib
import ssl
from socket import socket

from rightswire.outbox.backends import Later, Refused, ServerTrouble
from rightswire.outbox.backends.smtp import NO_SMTPUTF8, Reply, connect, counted
from rightswire.outbox.compiled import Letter
from rightswire.outbox.server import MailServer

_CLOSING, _START, _AUTHENTICATE_FIRST = 421, 354, 530
_LONGEST_REPLY = 65_536
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Broken(Exception):
    """The connection is gone, or the server says what nobody understands."""


class PipelinedConnection:
    """One connection; once it broke it stays so."""

    def __init__(self, server: MailServer, own_name: str) -> None:
        """Returns when the server has greeted us. Raises ServerTrouble."""
        self._smtp = connect(server, own_name)
        assert self._smtp.sock
        self._smtp.sock.setblocking(False)
        self._is_pipelining = self._smtp.has_extn("pipelining")
        self._heard, self._unsent = bytearray(), bytearray()
        self._is_gone = False
        self._must_reset = False
        self._commands: list[str] = []  # of the envelope
        self._answers: list[Reply] = []
        self._asked = 0  # commands that are not yet answered
        self._waiting: list[bytes] = []  # those to send, to a server that takes one at a time

    @property
    def socket(self) -> socket | None:
        """What to wait at for the server's words; None: the connection has ended."""
        return self._smtp.sock

    @property
    def is_open(self) -> bool:
        return self._smtp.sock is not None

    @property
    def has_unsent(self) -> bool:
        """Whether the server is slow to take what it is sent; `hear` sends the rest."""
        return bool(self._unsent)

    @property
    def is_astray(self) -> bool:
        """Where no answer is awaited: whether the server speaks all the same, or is gone."""
        return self._is_gone or bool(self._heard)

    def hear(self) -> None:
        """Takes in what the server says. That the connection is gone is told by who asks what it said."""
        if self._unsent:
            self._write(b"")
        while (own := self.socket) and not self._is_gone:
            try:
                raw = own.recv(_LONGEST_REPLY)
            except _NOT_NOW:
                return
            except OSError:
                raw = b""
            self._heard += raw
            self._is_gone = not raw or len(self._heard) > _LONGEST_REPLY
            if not isinstance(own, ssl.SSLSocket):  # one that is encrypted may hold more than the system knows of
                return

    def give_up(self) -> None:
        """The server has been silent for too long: the connection counts as gone."""
        self._is_gone = True

    def begin(self, letter: Letter) -> None:
        """Sends the envelope. Raises Refused."""
        self._write(self._envelope(letter))

    @property
    def has_begun(self) -> bool:
        """Whether the envelope of the mail that comes next is on its way."""
        return self.is_open and self._asked > 0

    def has_agreed(self) -> bool:
        """Whether the server waits for the mail itself; False: it thinks. Raises Refused, Later, ServerTrouble."""
        try:
            while self._asked and (reply := self._reply()):
                self._take_answer(reply)
        except Broken:
            self.drop()
            if "MAIL" in self._commands[: len(self._answers)]:
                raise Later from None
            raise ServerTrouble("the mail server hung up, or says what nobody understands") from None
        if self._asked:
            return False
        self._must_reset = True  # unless the mail is finished
        if wrong := self._wrong_answer():
            self._disagree(*wrong)
        if self.is_astray:
            self.drop()
            raise Later
        return True

    def _disagree(self, command: str, reply: Reply) -> None:
        """Raises Refused, Later; ServerTrouble where it hangs up before anybody was named: no fault of the mail's."""
        if command in ("RCPT", "DATA"):
            self._refuse(reply, is_sender=False)
        if reply[0] == _CLOSING:
            self.drop()
            raise ServerTrouble(f"the mail server hung up ({counted(reply)})")
        if command == "RSET":
            self.drop()
            raise Later(counted(reply))
        self._refuse(reply, is_sender=True)

    def _take_answer(self, reply: Reply) -> None:
        """Raises Broken."""
        self._answers.append(reply)
        self._asked -= 1
        wrong = self._wrong_answer()
        if reply[0] == _CLOSING or (wrong and self._waiting):
            self._waiting.clear()
            self._asked = 0
            if reply[0] == _CLOSING:
                self.drop()
        elif self._waiting:
            self._write(self._waiting.pop(0))
        elif wrong and len(self._answers) == len(self._commands) and reply[0] == _START:
            if wrong[0] != "RCPT":
                raise Broken
            self._write(b".\r\n")  # it waits for a mail to nobody
            self._asked = 1

    def _wrong_answer(self) -> tuple[str, Reply] | None:
        """The first command that the server does not agree to, and what it says."""
        for command, reply in zip(self._commands, self._answers, strict=False):
            if not (reply[0] == _START if command == "DATA" else 200 <= reply[0] <= 299):
                return command, reply
        return None

    def finish(self, letter: Letter, following: Letter | None) -> None:
        """Sends the mail, and the envelope of the next if there is one. Raises nothing: `has_taken` does."""
        self._must_reset = False
        envelope = b""
        if following is not None and self._is_pipelining:
            with contextlib.suppress(Refused):  # an address that this server cannot take; asked again by `begin`
                envelope = self._envelope(following)
        self._write(b"".join((letter.content, b".\r\n", envelope)))

    def has_taken(self) -> bool:
        """Whether the mail is in the server's hands; False: it thinks. Raises Refused, Later; Broken: nobody knows."""
        try:
            reply = self._reply()
        except Broken:
            self.drop()
            raise
        if reply and 400 <= reply[0] <= 599:
            self._refuse(reply, is_sender=False)
        if reply and not 200 <= reply[0] <= 299:
            self.drop()
            raise Broken
        return reply is not None

    def drop(self) -> None:
        """Ends the connection at once: what was not finished is not delivered."""
        self._smtp.close()

    def close(self) -> None:
        """Takes leave, between two mails."""
        self._write(b"QUIT\r\n")
        self.drop()

    def _envelope(self, letter: Letter) -> bytes:
        """The commands to send now. Raises Refused."""
        if letter.is_international and not self._smtp.has_extn("smtputf8"):
            raise Refused(NO_SMTPUTF8)
        options = " SMTPUTF8 BODY=8BITMIME" if letter.is_international else ""
        commands = ["RSET"] if self._must_reset else []
        commands += [f"MAIL FROM:<{letter.sender}>{options}", f"RCPT TO:<{letter.recipient}>", "DATA"]
        self._must_reset = False
        self._commands, self._answers, self._asked = [each[:4] for each in commands], [], len(commands)
        if self._is_pipelining:
            return "\r\n".join([*commands, ""]).encode()
        first, *self._waiting = [f"{command}\r\n".encode() for command in commands]
        return first

    def _refuse(self, reply: Reply, *, is_sender: bool) -> None:
        """Raises what an answer means that is not the one that was hoped for."""
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
        """As much as the server takes now. A broken connection is noticed by who reads the answer."""
        if own := self.socket:
            self._unsent += raw
            try:
                del self._unsent[: own.send(self._unsent)]
            except _NOT_NOW:
                pass
            except OSError:
                self._unsent.clear()

    def _reply(self) -> Reply | None:
        """What the server says next; None: it has not said it yet. Raises Broken."""
        words, at = b"", 0
        while (end := self._heard.find(b"\n", at)) >= 0:
            line = bytes(self._heard[at:end]).strip()
            at = end + 1
            if len(line) < 3 or not line[:3].isdigit():
                raise Broken
            words = words or line[4:].strip()
            if line[3:4] != b"-":
                del self._heard[:at]
                return int(line[:3]), words
        if self._is_gone or not self.is_open:
            raise Broken
        return None
