"""What search knows of a page: read from the page as it was baked, so that it can know nothing else."""

import datetime
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rightswire.pages.search.language import clean

_NOT_READ = "[data-noindex], [hidden], script, style, template, noscript, svg, h1"
_BLOCKS = (
    "address, article, aside, blockquote, br, button, caption, dd, details, div, dl, dt, fieldset, "
    "figcaption, figure, footer, form, h2, h3, h4, h5, h6, header, hr, label, li, nav, ol, option, p, pre, "
    "section, summary, table, tbody, td, tfoot, th, thead, tr, ul"
)


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A public page as search keeps it. `path` names it: `/en/news/x/`. Countries are ISO 3166-1 alpha-2."""

    path: str
    language: str
    title: str
    text: str
    kind: str
    date: datetime.date | None
    countries: tuple[str, ...]
    topics: tuple[str, ...]


def document_from_page(path: str, html: bytes) -> SearchDocument | None:
    """The document of a baked page, or None where its `<main>` does not carry `data-index`.

    Elements that carry `data-noindex` (crumbs, share links, related items) are left out.
    """
    page = LexborHTMLParser(html)
    main = page.css_first("main[data-index]")
    if main is None:
        return None
    title = _title(page, main)
    for node in main.css(_NOT_READ):
        node.decompose()
    for node in main.css(_BLOCKS):
        node.insert_before("\n")  # words of two blocks must not run together
        node.insert_after("\n")
    facts = main.attributes
    root = page.css_first("html")
    language = (root.attributes.get("lang") if root else None) or ""
    return SearchDocument(
        path=path,
        language=language.strip().lower(),
        title=title,
        text=_one_line(main.text()),
        kind=(facts.get("data-kind") or "page").strip(),
        date=_date(facts.get("data-date")),
        countries=tuple((facts.get("data-countries") or "").lower().split()),
        topics=tuple((facts.get("data-topics") or "").split()),
    )


def _title(page: LexborHTMLParser, main: LexborNode) -> str:
    heading = main.css_first("h1") or page.css_first("title")
    if heading is None:
        return ""
    for line_break in heading.css("br"):
        line_break.insert_before(" ")
    return _one_line(heading.text())


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _date(written: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat((written or "").strip()[:10])
    except ValueError:
        return None
