"""The headers of a public file's answer."""

import re

from rightswire.conf.headers import EMBED_SECURITY_POLICY, HTTPS_HEADERS, PAGE_HEADERS, SVG_SECURITY_POLICY
from rightswire.web.media_types import is_feed, media_type

HeaderList = list[tuple[str, str]]

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"
NOT_STORED = "no-cache"

_HASHED_FOLDERS = ("assets/", "files/")
_EMBED = re.compile(r"[^/]+/act/[^/]+/embed/index\.html")


def cache_control(name: str, status: int) -> str:
    """How long an answer may be kept: hashed names for ever, errors and counts not at all, the rest for a minute."""
    if status not in (200, 410) or name.startswith("counts/") or name.partition("/")[2].startswith("act/"):
        return NOT_STORED
    return FOR_EVER if status == 200 and name.startswith(_HASHED_FOLDERS) else FOR_A_MINUTE


def security_headers(name: str, is_https: bool) -> HeaderList:
    """The security headers for the file `name` (relative to the public folder).

    Feeds and `files/` may be used by other sites: feed readers in a browser fetch the former and show the
    pictures in the latter, and there is nothing to gain by it, since readers have no cookies here. A petition's
    embed may be framed by other sites. Everything else stays with our own pages.
    """
    headers = {**PAGE_HEADERS, **(HTTPS_HEADERS if is_https else {})}
    if name.lower().endswith(".svg"):
        headers["Content-Security-Policy"] = SVG_SECURITY_POLICY
    is_embed = _EMBED.fullmatch(name) is not None
    if is_embed:
        headers["Content-Security-Policy"] = EMBED_SECURITY_POLICY
        del headers["X-Frame-Options"]
    if is_feed(name):
        headers["Access-Control-Allow-Origin"] = "*"
    if is_feed(name) or name.startswith("files/") or is_embed:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return list(headers.items())


def not_modified_headers(name: str, status: int, etag: str, varies: bool) -> HeaderList:
    """The headers of a 304, which are the start of a full answer's (RFC 9110, 15.4.5)."""
    headers = [("Cache-Control", cache_control(name, status))]
    if status == 200:
        headers.append(("ETag", etag))
    if varies:
        headers.append(("Vary", "Accept-Encoding"))
    return headers


def file_headers(name: str, status: int, etag: str, encoding: str, varies: bool, is_https: bool) -> HeaderList:
    """All headers of a file's answer except its length."""
    headers = [
        ("Content-Type", media_type(name)),
        *not_modified_headers(name, status, etag, varies),
        *security_headers(name, is_https),
    ]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    elif status == 200:
        headers.append(("Accept-Ranges", "bytes"))
    return headers
