"""A sheet: one page on its way to the public folder. It knows its language and collects the files it shows."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import mark_safe

from rightswire.bake.folder import sha256
from rightswire.bake.pieces import Edition, File
from rightswire.pages import language as languages
from rightswire.pages.assets import Assets
from rightswire.pages.frame import Frame
from rightswire.pages.renditions import rendition_of

if TYPE_CHECKING:
    from rightswire.pages.models import File as Document
    from rightswire.pages.models import Picture

LEAD = tuple(f"fill-{width}x{width * 5 // 12}-c0" for width in (480, 800, 1216, 2000))  # 1216: its place on a wide page
COLUMN = tuple(f"width-{width}" for width in (480, 800, 1200))
SHARED = "fill-1200x630-c0"  # what social networks show beside a link
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a page shows it: WebP in several widths, and one file that every browser reads."""

    src: str
    webp: str
    width: int
    height: int
    sizes: str


@dataclass(frozen=True, slots=True)
class Single:
    """One file of a picture, for feeds and for links shared elsewhere."""

    url: str
    type: str
    length: int
    width: int
    height: int


class Sheet:
    def __init__(self, edition: Edition, language: str) -> None:
        self.edition = edition
        self.language = language
        self.frame: Frame = edition.once(("frame", language), lambda: Frame(language))
        self.assets: Assets = edition.once("assets", lambda: Assets(self.frame.organisation))
        self._files: dict[str, bytes] = {}

    # What templates ask for: words and numbers of this language.

    def number(self, value: int) -> str:
        return languages.digits(value, self.language, self.frame.arabic_digits)

    def numerals(self, value: str) -> str:
        return languages.digits(value, self.language, self.frame.arabic_digits)

    def long_date(self, day: datetime.date) -> str:
        return languages.long_date(day, self.language, self.frame.arabic_digits)

    def long_moment(self, moment: datetime.datetime) -> str:
        return languages.long_moment(moment, self.language, self.frame.arabic_digits)

    def zoned_moment(self, moment: datetime.datetime) -> str:
        return languages.zoned_moment(moment, self.language, self.frame.arabic_digits)

    def date_parts(self, day: datetime.date) -> languages.DateParts:
        return languages.date_parts(day, self.language, self.frame.arabic_digits)

    def month(self, month: int) -> str:
        return languages.month_name(month, self.language)

    def country(self, code: str) -> str:
        return languages.country_name(code, self.language)

    def joined(self, names: Sequence[str]) -> str:
        return languages.joined(names, self.language)

    def listed(self, names: Sequence[str]) -> str:
        return languages.listed(names, self.language)

    # Files that the page shows.

    def keep(self, path: str, content: bytes) -> str:
        """Puts a file beside the page; returns its address."""
        self._files[path] = content
        return f"/{path}"

    def files(self) -> list[File]:
        return [File(path, content) for path, content in self._files.items()]

    def picture(self, picture: "Picture", specs: Sequence[str], sizes: str) -> Shown:
        plain = rendition_of(picture, specs[1])
        webp = [rendition_of(picture, f"{spec}|format-webp") for spec in specs]
        widths = {rendition.width: self.rendition_address(rendition) for rendition in webp}
        return Shown(
            src=self.rendition_address(plain),
            webp=", ".join(f"{address} {width}w" for width, address in sorted(widths.items())),
            width=plain.width,
            height=plain.height,
            sizes=sizes,
        )

    def single(self, picture: "Picture", spec: str) -> Single:
        rendition = rendition_of(picture, spec)
        return Single(
            url=settings.BASE_URL + self.rendition_address(rendition),
            type=TYPES.get(PurePosixPath(rendition.file.name).suffix, "image/jpeg"),
            length=rendition.file.size,
            width=rendition.width,
            height=rendition.height,
        )

    def rendition_address(self, rendition: Any) -> str:
        address, content = self.edition.once(("rendition", rendition.file.path), lambda: _hashed(rendition))
        return self.keep(address, content)

    def document(self, document: "Document") -> str:
        path = Path(document.file.path)
        content = self.edition.once(("document", document.pk), path.read_bytes)
        return self.keep(f"files/{sha256(content)[:16]}/{document.filename}", content)

    # Rendering.

    def full_context(self, context: dict[str, Any], alternates: dict[str, str], address: str) -> dict[str, Any]:
        return {
            **self.frame.context(self.assets, alternates, address),
            "sheet": self,
            "preview": False,
            **context,
        }

    def render(self, template: str, context: dict[str, Any], alternates: dict[str, str], address: str) -> bytes:
        with translation.override(self.language):
            text = self.part(template, self.full_context(context, alternates, address))
        lines = (line.strip(" \t\r") for line in text.split("\n"))  # no other space: it may be the text's own
        return ("\n".join(line for line in lines if line) + "\n").encode()

    def part(self, template: str, context: dict[str, Any]) -> str:
        """A template rendered in this sheet's language, for a page or for a feed."""
        found: Any = self.edition.once(("template", template), lambda: get_template(template))
        with translation.override(self.language):
            return mark_safe(found.template.render(Context({"sheet": self, **context})))


class PreviewSheet(Sheet):
    """A sheet for staff: pictures and documents come from the admin, nothing is collected."""

    def __init__(self, edition: Edition, language: str, request: HttpRequest) -> None:
        super().__init__(edition, language)
        self.request = request

    def keep(self, path: str, content: bytes) -> str:
        return ""

    def rendition_address(self, rendition: Any) -> str:
        return str(rendition.url)

    def document(self, document: "Document") -> str:
        return str(document.url)

    def full_context(self, context: dict[str, Any], alternates: dict[str, str], address: str) -> dict[str, Any]:
        return {**super().full_context(context, alternates, address), "preview": True}


def _hashed(rendition: Any) -> tuple[str, bytes]:
    file = Path(rendition.file.path)
    content = file.read_bytes()
    return f"files/{sha256(content)[:16]}-{rendition.width}{file.suffix}", content
