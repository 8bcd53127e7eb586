"""Answers to requests for public files: status, headers and body, before any server is involved."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from rightswire.web.files import Found, Moved, NoPage, SiteFiles
from rightswire.web.headers import (
    NOT_STORED,
    HeaderList,
    file_headers,
    not_modified_headers,
    security_headers,
)
from rightswire.web.negotiation import (
    IDENTITY,
    UnsatisfiableRangeError,
    accepted_encodings,
    byte_range,
    matches_etag,
)

RequestHeader = Callable[[str], str | None]

_SENTENCES = {
    404: "There is no page at this address.",
    405: "This address can only be read.",
    410: "The page at this address was withdrawn.",
    416: "The file is shorter than the part asked for.",
}


class Answer(NamedTuple):
    """A whole answer: `body`, or the bytes from `start` up to `end` of `file`."""

    status: int
    headers: HeaderList
    body: bytes = b""
    file: str = ""
    start: int = 0
    end: int = 0


class SiteAnswers:
    """Answers requests from the public folder; `is_https` says whether readers come by https."""

    def __init__(self, files: SiteFiles, is_https: bool) -> None:
        self._files = files
        self._is_https = is_https

    def answer(self, method: str, path: str, query: str, header: RequestHeader) -> Answer:
        """The answer to a request, by its method, decoded path, raw query and headers (lower-case names).

        The answer to HEAD has the body of the one to GET: whoever sends it leaves that out.
        """
        if method not in ("GET", "HEAD"):
            return self._sentence(405, ("Allow", "GET, HEAD"))
        asked_range = header("range") if method == "GET" else None
        encodings = (IDENTITY,) if asked_range else accepted_encodings(header("accept-encoding"))
        found = self._files.find(path, encodings)
        if isinstance(found, Found):
            return self._file(found, asked_range, header)
        if isinstance(found, NoPage):
            return self._sentence(found.status)
        return self._redirect(found, query)

    def _file(self, found: Found, asked_range: str | None, header: RequestHeader) -> Answer:
        page, variant, content = found
        if page.status == 200:
            if matches_etag(header("if-none-match"), content.etag):
                varies = len(page.variants) > 1
                return Answer(304, not_modified_headers(page.name, 200, content.etag, varies))
            if asked_range:
                return self._part(found, asked_range, header("if-range"))
        headers = page.headers.get(variant.encoding)
        if headers is None:
            headers = page.headers[variant.encoding] = self._headers(found, content.size)
        if content.body is not None:
            return Answer(page.status, headers, content.body)
        return Answer(page.status, headers, b"", variant.file, 0, content.size)

    def _part(self, found: Found, asked_range: str, if_range: str | None) -> Answer:
        page, variant, content = found
        try:
            part = byte_range(asked_range, if_range, content.etag, content.size)
        except UnsatisfiableRangeError:
            return self._sentence(416, ("Content-Range", f"bytes */{content.size}"))
        start, end = part or (0, content.size)
        headers = self._headers(found, end - start)
        if part:
            headers.append(("Content-Range", f"bytes {start}-{end - 1}/{content.size}"))
        status = 206 if part else page.status
        if content.body is not None:
            return Answer(status, headers, content.body[start:end])
        return Answer(status, headers, b"", variant.file, start, end)

    def _headers(self, found: Found, length: int) -> HeaderList:
        page, variant, content = found
        varies = len(page.variants) > 1
        headers = file_headers(page.name, page.status, content.etag, variant.encoding, varies, self._is_https)
        return [*headers, ("Content-Length", str(length))]

    def _redirect(self, moved: Moved, query: str) -> Answer:
        location = moved.location
        if query and "?" not in location:
            location += "?" + quote(query, safe="/:@!$&'()*+,;=~?%[]")
        return Answer(moved.status, [("Location", location), *self._plain_headers(0)])

    def _sentence(self, status: int, *more: tuple[str, str]) -> Answer:
        body = (_SENTENCES[status] + "\n").encode()
        return Answer(status, [*more, *self._plain_headers(len(body))], body)

    def _plain_headers(self, length: int) -> HeaderList:
        return [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", NOT_STORED),
            *security_headers("", self._is_https),
            ("Content-Length", str(length)),
        ]
