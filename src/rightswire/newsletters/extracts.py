"""What a mail shows of a news item: a headline and as much of the text as makes one want to read on."""

import datetime
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from rightswire.newsroom.archive import microseconds
from rightswire.newsroom.models import NewsItem
from rightswire.pages.blocks.story import quoted
from rightswire.pages.language import Language, joined, language
from rightswire.pages.sheet import Sheet

# In characters. Twenty items with teasers of this length stay far below what mail programs show whole.
TEASER, OPENING, QUOTE = 320, 1400, 700
HEADLINE, LINE = 300, 200

_CUT_NEAR = 40  # how far back from the end a space is looked for
_NOT_WORDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, in quotation marks already; `comma` parts the speaker from the role."""

    paragraphs: Sequence[str]
    speaker: str
    role: str
    comma: str
    lang: Language


@dataclass(frozen=True, slots=True)
class Extract:
    """An item as a mail shows it; `lang` is that of the item, the words around it are in the reader's."""

    pk: int
    url: str
    title: str
    kicker: str
    kind_name: str
    is_good_news: bool
    countries: str
    date: datetime.date
    teaser: Sequence[str]
    opening: Sequence[str]
    quote: Quote | None
    lang: Language


def readable(pages: Iterable[NewsItem]) -> list[NewsItem]:
    """Those that readers may see now, as they are now; the newest first, in the order of the site's listings."""
    numbers = [page.pk for page in pages]
    found = NewsItem.objects.listed().filter(pk__in=numbers).select_related("locale").prefetch_related("countries")
    return sorted(found, key=_place, reverse=True)


def _place(item: NewsItem) -> tuple[datetime.date, int, int]:
    return (item.date, microseconds(item.first_published_at) if item.rank is None else item.rank, item.pk)


def extract(item: NewsItem, sheet: Sheet) -> Extract:
    with translation.override(sheet.language):
        kind_name = item.kind_name
    return Extract(
        pk=item.pk,
        url=settings.BASE_URL + item.url_path,
        title=cut(one_line(item.title), HEADLINE),
        kicker=cut(one_line(item.shown_kicker), LINE),
        kind_name=kind_name,
        is_good_news=item.is_good_news,
        countries=cut(sheet.joined([sheet.country(code) for code in item.country_codes]), LINE),
        date=item.date,
        teaser=beginning(item.teaser_paragraphs, TEASER),
        opening=beginning(item.teaser_paragraphs, OPENING),
        quote=_first_quote(item),
        lang=language(item.language),
    )


def _first_quote(item: NewsItem) -> Quote | None:
    value = next((block.value for block in item.body if block.block_type == "quote"), None)
    if value is None:
        return None
    code = value["language"] or item.language
    role = joined([part for part in (value["role"], value["organisation"]) if part], code)
    return quote_of(value["words"], value["speaker"], role, code)


def quote_of(words: str, speaker: str, role: str, code: str) -> Quote:
    paragraphs = beginning([part.strip() for part in words.replace("\r", "").split("\n\n") if part.strip()], QUOTE)
    return Quote(
        paragraphs=quoted("\n\n".join(paragraphs), code),
        speaker=one_line(speaker),
        role=one_line(role),
        comma=joined(["", ""], code),
        lang=language(code),
    )


def beginning(paragraphs: Iterable[str], length: int) -> list[str]:
    """The first paragraphs, `length` characters altogether at most; the last one is cut where it has to be."""
    found: list[str] = []
    for paragraph in map(one_line, paragraphs):
        if length < _CUT_NEAR and found:
            break
        found.append(cut(paragraph, length))
        length -= len(paragraph)
        if length <= 0:
            break
    return found


def cut(text: str, length: int) -> str:
    """The text, or its beginning with an ellipsis: up to a space, where its language has them."""
    if len(text) <= length:
        return text
    end = length - 1
    space = text.rfind(" ", end - _CUT_NEAR, end + 1)
    if space > 0:
        end = space
    while end > 1 and unicodedata.combining(text[end]):  # no accent without its letter, and none taken from it
        end -= 1
    return text[:end].rstrip(" \u00a0,;:.–—،؛") + "…"


def one_line(text: str) -> str:
    """Without line breaks and control characters: what stands in a subject, or on a line of its own."""
    return " ".join(_NOT_WORDS.sub(" ", text).split(" ")).strip()
