"""Ways to hand a mail over: to a server (`smtp`), or as files in a folder (`folder`).

A connection is used by one thread. What it raises never holds an address or a server's words, which may quote one.
"""

from pathlib import Path
from socket import socket
from typing import Protocol
from uuid import UUID

from rightswire.outbox.compiled import Letter
from rightswire.outbox.mime import Mail
from rightswire.outbox.server import FILE, MailServer


class Refused(Exception):
    """This mail will never be taken. The argument is what is counted: "550 5.1.1", or a word of ours."""


class Later(Exception):
    """This mail was not taken now. The argument, if any, is what is counted."""


class ServerTrouble(Exception):
    """No mail is taken at present. The argument is a clause for the log, such as "the server cannot be reached"."""


class Connection(Protocol):
    def send(self, mail: Mail, number: UUID) -> None:
        """Returns when the mail is in safe hands. Raises Refused, Later or ServerTrouble."""

    def close(self) -> None: ...


class BulkConnection(Protocol):
    """For mail to many, of which one thread keeps several: see backends/pipelined.py for the order of calls."""

    @property
    def socket(self) -> socket | None: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def has_unsent(self) -> bool: ...
    @property
    def is_astray(self) -> bool: ...
    @property
    def has_begun(self) -> bool: ...

    def hear(self) -> None: ...
    def give_up(self) -> None: ...
    def begin(self, letter: Letter) -> None: ...
    def has_agreed(self) -> bool: ...
    def finish(self, letter: Letter, following: Letter | None) -> None: ...
    def has_taken(self) -> bool: ...
    def drop(self) -> None: ...
    def close(self) -> None: ...


def open_bulk_connection(server: MailServer, home: Path, own_name: str) -> BulkConnection:
    """A connection for mail to many. Returns when the server has greeted us. Raises ServerTrouble."""
    from rightswire.outbox.backends.folder import FolderConnection  # noqa: PLC0415 - they use what stands above
    from rightswire.outbox.backends.pipelined import PipelinedConnection  # noqa: PLC0415

    if server.scheme == FILE:
        return FolderConnection(home / "mail")
    return PipelinedConnection(server, own_name)


def open_connection(server: MailServer, home: Path, own_name: str) -> Connection:
    """A connection for one thread; nothing is sent before its first mail. `own_name`: how this machine greets."""
    from rightswire.outbox.backends.folder import FolderConnection  # noqa: PLC0415 - they use what stands above
    from rightswire.outbox.backends.smtp import SmtpConnection  # noqa: PLC0415

    if server.scheme == FILE:
        return FolderConnection(home / "mail")
    return SmtpConnection(server, own_name)
