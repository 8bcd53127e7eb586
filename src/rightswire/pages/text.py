"""From rich text to plain paragraphs and back."""

from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

BLOCKS = {"p", "li", "h2", "h3", "h4", "blockquote"}


def paragraphs_of_html(html: str) -> list[str]:
    """The paragraphs of rich text, character for character, no-break spaces included."""
    body = LexborHTMLParser(f"<body>{html}</body>").body
    if body is None:
        return []
    found: list[str] = []
    for node in body.traverse():
        if node.tag in BLOCKS and not _is_inside_block(node):
            text = node.text(deep=True)
            if text.strip():
                found.append(text)
    return found


def html_of_paragraphs(paragraphs: list[str] | tuple[str, ...]) -> str:
    """Rich text that says exactly these paragraphs."""
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)


def _is_inside_block(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag in BLOCKS:
            return True
        parent = parent.parent
    return False
