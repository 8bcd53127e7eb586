"""The public folder: which file answers a path, in which encodings. Hot files are kept in memory."""

import hashlib
import os
import stat
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from rightswire.web.addresses import Addresses
from rightswire.web.negotiation import IDENTITY
from rightswire.web.paths import relative_name

LARGEST_KEPT = 1024 * 1024
MOST_PAGES = 10_000
RECHECK_SECONDS = 0.2

_ENDINGS = {"br": ".br", "gzip": ".gz", IDENTITY: ""}

Stamp = tuple[int, int, int]


class Variant(NamedTuple):
    """One stored encoding of a page: where it lies, and the state in which it was seen there."""

    encoding: str
    file: str
    stamp: Stamp

    def is_current(self) -> bool:
        """Whether the file on the disk is still the one that was seen."""
        try:
            return _stamp(os.stat(self.file)) == self.stamp  # noqa: PTH116 (twice as fast, at every request)
        except OSError:
            return False


class Page:
    """What a path leads to: a status, the file's relative name, and its variants by encoding."""

    __slots__ = ("checked_at", "headers", "name", "status", "variants")

    def __init__(self, name: str, status: int, variants: dict[str, Variant]) -> None:
        self.name = name
        self.status = status
        self.variants = variants
        self.checked_at = 0.0
        self.headers: dict[str, list[tuple[str, str]]] = {}

    def choose(self, encodings: tuple[str, ...]) -> Variant:
        """The first variant there is, in the order given; else the file as it is."""
        for encoding in encodings:
            if encoding in self.variants:
                return self.variants[encoding]
        return self.variants[IDENTITY]


class Content(NamedTuple):
    """A file's bytes (None if it is too large to keep: send it from the disk), their length and ETag."""

    stamp: Stamp
    body: bytes | None
    size: int
    etag: str


class Found(NamedTuple):
    """A page, the variant chosen of it, and that variant's content."""

    page: Page
    variant: Variant
    content: Content


class Moved(NamedTuple):
    """The page is elsewhere."""

    status: int
    location: str


class NoPage(NamedTuple):
    """There is no page, nor a baked one that says so."""

    status: int


class SiteFiles:
    """Looks up files of the public folder. A replaced file is seen at once, a new or removed copy of it in
    another encoding, and a change of the addresses, within RECHECK_SECONDS."""

    def __init__(self, root: Path, addresses: Path, budget_bytes: int = 64 * 1024 * 1024) -> None:
        self._root = os.path.realpath(root)
        self._addresses = Addresses(addresses)
        self._addresses_checked_at = 0.0
        self._budget = budget_bytes
        self._kept = 0
        self._pages: dict[tuple[str, int], Page] = {}
        self._contents: OrderedDict[str, Content] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, path: str, encodings: tuple[str, ...]) -> Found | Moved | NoPage:
        """What answers a decoded request path, in the first of `encodings` that is stored."""
        with self._lock:
            now = time.monotonic()
            page = self._pages.get((path, 200))
            if page is not None and now - page.checked_at < RECHECK_SECONDS:
                variant = page.choose(encodings)
                if variant.is_current() and (content := self._content(variant)):
                    return Found(page, variant, content)
            return self._look(path, encodings, now)

    def _look(self, path: str, encodings: tuple[str, ...], now: float) -> Found | Moved | NoPage:
        if now - self._addresses_checked_at > RECHECK_SECONDS:
            self._addresses.refresh()
            self._addresses_checked_at = now
        if self._addresses.is_gone(path):
            return self._baked(path, 410, encodings, now) or self._message(path, 410, encodings, now)
        # Before files: at an old address lies a page that leads on where no server sends a status.
        if move := self._addresses.move(path):
            return Moved(move[0], quote(move[1], safe="/:@!$&'()*+,;=~%?#"))
        if found := self._baked(path, 200, encodings, now):
            return found
        if self._is_folder_with_page(path):
            return Moved(301, quote(path, safe="/:@!$&'()*+,;=~") + "/")
        return self._message(path, 404, encodings, now)

    def _baked(self, path: str, status: int, encodings: tuple[str, ...], now: float) -> Found | None:
        """The file at `path`, remembered as the answer with `status`."""
        name = relative_name(path)
        if name is None:
            return None
        for _ in range(3):  # a bake may replace the file between the look and the reading
            page = self._page(path, name, status, now)
            if page is None:
                return None
            variant = page.choose(encodings)
            if content := self._content(variant):
                return Found(page, variant, content)
        return None

    def _page(self, path: str, name: str, status: int, now: float) -> Page | None:
        """The page as it lies on the disk now; the remembered one where nothing changed."""
        known = self._pages.pop((path, status), None)
        variants = self._variants(name)
        if not variants:
            return None
        page = known if known and known.variants == variants else Page(name, status, variants)
        page.checked_at = now
        if len(self._pages) >= MOST_PAGES:
            del self._pages[next(iter(self._pages))]
        self._pages[(path, status)] = page
        return page

    def _message(self, path: str, status: int, encodings: tuple[str, ...], now: float) -> Found | NoPage:
        """The baked page that tells of a missing or withdrawn one, in the path's language if there is one."""
        language = path.split("/", 2)[1] if path.startswith("/") else ""
        for candidate in (f"/{language}/{status}.html", f"/{status}.html"):
            if found := self._baked(candidate, status, encodings, now):
                return found
        return NoPage(status)

    def _is_folder_with_page(self, path: str) -> bool:
        name = None if path.endswith("/") else relative_name(path)
        return name is not None and bool(self._variants(f"{name}/index.html"))

    def _variants(self, name: str) -> dict[str, Variant]:
        """The stored encodings of a file; none at all where the file itself is missing."""
        found: dict[str, Variant] = {}
        for encoding, ending in _ENDINGS.items():
            real = os.path.realpath(f"{self._root}/{name}{ending}")
            try:
                seen = os.stat(real)  # noqa: PTH116
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(seen.st_mode) and real.startswith(self._root + os.sep):
                found[encoding] = Variant(encoding, real, _stamp(seen))
        return found if IDENTITY in found else {}

    def _content(self, variant: Variant) -> Content | None:
        """The variant's content from memory or disk; None if the file is no longer the one that was seen."""
        content = self._contents.get(variant.file)
        if content is not None and content.stamp == variant.stamp:
            self._contents.move_to_end(variant.file)
            return content
        content = _load(variant)
        if content is not None:
            self._keep(variant.file, content)
        return content

    def _keep(self, file: str, content: Content) -> None:
        if (former := self._contents.pop(file, None)) is not None:
            self._kept -= len(former.body or b"")
        self._contents[file] = content
        self._kept += len(content.body or b"")
        while self._kept > self._budget or len(self._contents) > MOST_PAGES:
            _, dropped = self._contents.popitem(last=False)
            self._kept -= len(dropped.body or b"")


def _stamp(seen: os.stat_result) -> Stamp:
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def _load(variant: Variant) -> Content | None:
    try:
        with Path(variant.file).open("rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            if stamp != variant.stamp:
                return None
            size = variant.stamp[1]
            if size > LARGEST_KEPT:
                return Content(stamp, None, size, f'"{stamp[0]:x}-{size:x}-{variant.encoding}"')
            body = file.read(size)
    except OSError:
        return None
    # The bytes decide, not the time: the same page baked again, or on another machine, stays the same.
    return Content(stamp, body, len(body), f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')
