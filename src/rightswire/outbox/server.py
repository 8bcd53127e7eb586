"""Where mail goes: the address of a mail server, as the setting RIGHTSWIRE_EMAIL_URL gives it. Needs no Django."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

FILE, SMTP, SMTPS, STARTTLS = "file", "smtp", "smtps", "smtp+starttls"
_PORTS = {SMTP: 25, SMTPS: 465, STARTTLS: 587}
_SUBMISSION = 587


@dataclass(frozen=True, slots=True)
class MailServer:
    """`scheme` "file": a folder in place of a server."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Whether what is said to it never leaves this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_server(url: str) -> MailServer:
    """Raises ValueError, for a person, without the address: it may hold a password."""
    if url == "file:":
        return MailServer(FILE)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_wanted()) from None
    if parts.scheme not in _PORTS or not host or _holds_more(parts):
        raise ValueError(_wanted())
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii() or not (user + password).isprintable():
        raise ValueError("user and password may hold ASCII characters only")
    if bool(user) != bool(password):
        raise ValueError("give both user and password, or neither; %40 stands for @, %3A for :, %2F for /")
    usual = _SUBMISSION if parts.scheme == SMTP and user else _PORTS[parts.scheme]
    return MailServer(parts.scheme, host, port or usual, user, password)


def _holds_more(parts: SplitResult) -> bool:
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


def _wanted() -> str:
    return (
        "give file: or an address such as smtp://user:password@mail.example.org:587 "
        "(smtps:// and smtp+starttls:// insist on encryption); %40 stands for @, %2F for /"
    )
