"""Requests to a server under test: as a browser sends them, and as no well-behaved program would."""

import contextlib
import http.client
import socket
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
SIGN = "/do/sign/free-them/"
SECONDS = 30  # without an answer that is a hang


def ask(installation, path, fields=None, method="POST", body=None, **headers):
    """Status, headers and text of an answer. `Content_Type=None` leaves the header out."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=SECONDS)
    content = urlencode(fields).encode() if fields is not None else body
    named = {"Content_Type": FORM} | headers
    try:
        connection.request(
            method,
            path,
            content,
            {name.replace("_", "-"): value for name, value in named.items() if value is not None},
        )
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def talk(installation, request: bytes, *, is_whole: bool = True) -> bytes:
    """The answer to any bytes; empty where the server hangs up. Fails where it neither answers nor ends.

    A request that `is_whole` asks for `Connection: close`; after any other we end our half.
    """
    with socket.create_connection(("127.0.0.1", installation.port), timeout=SECONDS) as connection:
        with contextlib.suppress(ConnectionError):  # it may refuse before it has all of it
            connection.sendall(request)
        if not is_whole:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        pieces = []
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)


def status_of(answer: bytes) -> int:
    """Of the answer, behind a "100 Continue"; 0 where there was none."""
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def form(**fields: str) -> dict[str, str]:
    given = {"lang": "en", "name": "Ada Example", "email": "ada@example.org", "country": "CA", "website": ""}
    return given | fields
