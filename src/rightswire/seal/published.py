"""Reading the files that a site publishes, from a copy of the folder or over the web. No Django in here."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import quote, urlsplit

_WAIT = 30  # seconds for a part of an answer
_LONGEST = 900  # seconds for a whole file


class Unreadable(Exception):
    """A published file may be there, but could not be read; the message says why."""


class Site(Protocol):
    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes; None where there is no such file. Raises Unreadable, also above `limit` bytes."""


class Folder:
    """A copy of `site/`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str, limit: int) -> bytes | None:
        file = self._root / path
        try:
            if not file.is_file():
                return None
            with file.open("rb") as opened:
                content = opened.read(limit + 1)
        except OSError as error:
            raise Unreadable(error.strerror or "it cannot be read") from None
        if len(content) > limit:
            raise Unreadable("it is too large")
        return content


class Web:
    """A site at an http or https address. Answers that lead to another host are not followed."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._opener = urllib.request.build_opener(_SameHost)

    def read(self, path: str, limit: int) -> bytes | None:
        request = urllib.request.Request(f"{self._address}/{quote(path)}", headers={"User-Agent": "rightswire verify"})
        try:
            with self._opener.open(request, timeout=_WAIT) as answer:
                return _whole(answer, limit)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                return None
            raise Unreadable(f"the server answered with {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            if isinstance(getattr(error, "reason", error), ssl.SSLError):
                raise Unreadable("the server cannot show that it is the one it says it is (its certificate)") from None
            raise Unreadable("the server did not answer, or broke off; please try again") from None


class _SameHost(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if after.hostname != before.hostname or after.scheme not in ("https", before.scheme):
            raise Unreadable("the answer leads to another host, which was not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _whole(answer: http.client.HTTPResponse, limit: int) -> bytes:
    content, end = bytearray(), time.monotonic() + _LONGEST
    while part := answer.read1(1 << 16):
        content += part
        if len(content) > limit:
            raise Unreadable("it is too large")
        if time.monotonic() > end:
            raise Unreadable("it came too slowly")
    if answer.length:
        raise Unreadable("the server broke off; please try again")
    return bytes(content)
