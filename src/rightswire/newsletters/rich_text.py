"""What an editor typed into a newsletter, as mail programs show it, and as plain text with its links."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode
from wagtail.rich_text import expand_db_html

from rightswire.newsroom.listing import absolute

_BLOCKS = {"p", "h3", "li"}
_LISTS = {"ul", "ol"}
_SCHEMES = ("https://", "http://", "mailto:", "tel:")


@dataclass(frozen=True, slots=True)
class Told:
    html: str
    plain: str


def told(source: str) -> Told:
    """Links to pages that readers cannot see, and to what is no address, are words only."""
    html = absolute(str(expand_db_html(source)))
    body = LexborHTMLParser(f"<body>{html}</body>").body
    if body is None:
        return Told("", "")
    for link in body.css("a"):
        if not (link.attributes.get("href") or "").startswith(_SCHEMES):
            link.unwrap()
    plain, before = "", ""
    for node in body.traverse():
        if node.tag in _BLOCKS and (words := _plain(node)):
            plain += ("\n" if before == node.tag == "li" else "\n\n") + words
            before = str(node.tag)
    return Told(html=body.inner_html or "", plain=plain.strip())


def _plain(block: LexborNode) -> str:
    """A paragraph, and below it the address of each of its links on a line of its own."""
    links: list[str] = []
    words = _words(block, links).strip()
    if not words:
        return ""
    addresses = [link.removeprefix("mailto:") for link in links]
    return "\n".join([_mark(block) + words, *(address for address in addresses if address not in words)])


def _words(node: LexborNode, links: list[str]) -> str:
    """The text of a node without that of lists inside it; collects where its links lead."""
    found = ""
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            found += child.text(deep=False)
        elif child.tag == "br":
            found += "\n"
        elif child.tag not in _LISTS:
            found += _words(child, links)
            if child.tag == "a":
                links.append(child.attributes.get("href") or "")
    return found


def _mark(block: LexborNode) -> str:
    parent = block.parent
    if block.tag != "li" or parent is None:
        return ""
    if parent.tag != "ol":
        return "• "
    items = [node for node in parent.iter() if node.tag == "li"]
    return f"{next(n for n, node in enumerate(items, 1) if node.mem_id == block.mem_id)}. "
