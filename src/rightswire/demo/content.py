"""The demo's words and pictures, from its files to blocks of a text."""

import io
from typing import Any

from django.core.files.images import ImageFile

from rightswire.demo import pictures
from rightswire.newsroom.models import NewsItem
from rightswire.pages.models import Picture


def target(address: str) -> dict[str, Any]:
    """An address for a block: an item as a page, so that the link goes where the item goes, or not at all."""
    language, _, slug = address.strip("/").partition("/news/")
    if not slug or slug.split("/")[0] in ("topic", "country") or slug[0].isdigit():
        return {"page": None, "address": address}
    return {"page": NewsItem.objects.filter(slug=slug, locale__language_code=language).first(), "address": ""}


def blocks(rows: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The blocks of a text, from the demo's files."""
    made = []
    for row in rows:
        name, value = BLOCKS[row["type"]](row)
        made.append((name, value | {"language": row.get("language", "")}))
    return made


def paragraphs(paragraphs: list[str]) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def picture_block(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "picture": picture(row["picture"]),
        "alt_text": row.get("alt", ""),
        "is_decorative": row.get("decorative", False),
        "caption": row.get("caption", ""),
        "credit": row.get("credit", ""),
        "language": "",
    }


def _fact_rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"term": fact["term"], "text": fact["text"]} for fact in row["facts"]]


def _ask_rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "who": ask["who"],
            "what": ask["what"],
            "by": ask.get("by"),
            "by_text": ask.get("by_text", ""),
            "state": ask.get("state", "open"),
        }
        for ask in row["asks"]
    ]


BLOCKS: dict[str, Any] = {
    "text": lambda row: ("text", {"text": paragraphs(row["paragraphs"])}),
    "heading": lambda row: ("heading", {"text": row["text"]}),
    "quote": lambda row: (
        "quote",
        {
            "words": "\n\n".join(row["paragraphs"]),
            **{name: row.get(name, "") for name in ("speaker", "role", "organisation")},
        },
    ),
    "image": lambda row: ("picture", picture_block(row)),
    "asks": lambda row: ("asks", {"asks": _ask_rows(row)}),
    "facts": lambda row: ("facts", {"title": row["title"], "facts": _fact_rows(row)}),
    "video": lambda row: ("video", {name: row.get(name, "") for name in ("title", "url", "source", "text")}),
    "action": lambda row: (
        "action",
        {"label": row["label"], "text": row.get("text", ""), **target(row["link"])},
    ),
    "contacts": lambda row: ("contacts", {}),
}


def picture(name: str) -> Picture:
    """A picture of the demo, drawn when it is first asked for."""
    if known := Picture.objects.filter(title=name).first():
        return known
    file = ImageFile(io.BytesIO(pictures.draw(name)), name=f"{name}.png")
    return Picture.objects.create(
        title=name, file=file, description=pictures.ALT[name]["en"], credit="Drawing: Every Name"
    )
