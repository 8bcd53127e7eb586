"""A real mail server for tests, with the moods that real ones have."""

import asyncio
import contextlib
import datetime
import email
import email.policy
import ipaddress
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HANG_UP = "hang up"
Answer = Callable[[str], str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """`on_mail`, `on_rcpt` and `on_data` take an address and give the answer, or HANG_UP. `slowness` in seconds."""

    def __init__(self, port: int = 0, **options) -> None:
        self.port = port or free_port()
        self.options = options
        self.accepted: list[tuple[str, bytes]] = []
        self.passwords: list[tuple[bytes, bytes]] = []
        self.peers: set = set()
        self.was_encrypted = False
        self.was_international = False
        self.slowness = 0.0
        self.under_way = self.most_under_way = 0
        self.on_mail: Answer = lambda address: "250 OK"
        self.on_rcpt: Answer = lambda address: "250 OK"
        self.on_data: Answer = lambda address: "250 OK"

    def start(self) -> "MailServer":
        options = {"enable_SMTPUTF8": True} | self.options
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()
        self.peers.clear()  # the controller itself has looked whether it answers
        return self

    def stop(self) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def messages(self) -> list[EmailMessage]:
        return [email.message_from_bytes(content, policy=email.policy.default) for _, content in self.accepted]

    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.accepted]

    # What aiosmtpd calls

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.peers.add(session.peer)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = self.on_mail(address)
        if answer.startswith("2"):
            envelope.mail_from = address
            self.was_international |= "SMTPUTF8" in options
        return self._given(server, answer)

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.on_rcpt(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self._given(server, answer)

    async def handle_DATA(self, server, session, envelope):
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.slowness)
        self.under_way -= 1
        self.was_encrypted = server.transport.get_extra_info("sslcontext") is not None
        answer = self.on_data(envelope.rcpt_tos[0])
        if answer.startswith("2"):
            self.accepted.append((envelope.rcpt_tos[0], envelope.content))
        return self._given(server, answer)

    def authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        self.passwords.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    def _given(self, server, answer: str) -> str:
        if answer == HANG_UP:
            server.transport.abort()
            return "421 bye"
        return answer


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate that the machine 127.0.0.1 has made itself: for the server, and to be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example.org")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    secret = folder / "certificate.key"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context, file


@contextlib.contextmanager
def running(server: MailServer):
    server.start()
    try:
        yield server
    finally:
        server.stop()
