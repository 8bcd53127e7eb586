"""What mail programs can show, from caniemail.com as of September 2025, for Gmail, Outlook, Apple Mail and Yahoo.

A mail may use what stands here, and nothing else. `EVERYWHERE`: shown by all, with limits that do not matter to us.
`IF_KNOWN`: not shown by all, and nothing is lost without it.
"""

EVERYWHERE = {
    "background-color",
    "border",  # Outlook: 8 pixels at most, reliable on cells only
    "border-collapse",
    "border-top",
    "color",
    "display",  # block and none
    "font-family",
    "font-size",  # in pixels
    "font-style",
    "font-weight",  # 400 and 700
    "line-height",
    "margin",  # not negative
    "padding",  # Outlook: on cells only
    "text-align",  # left and right, not start and end
    "text-decoration",  # one word
    "vertical-align",
    "width",  # Outlook: on tables and cells only
}
IF_KNOWN = {
    "color-scheme": "Apple Mail and Thunderbird; elsewhere light, or what the program makes of it",
    "height": "Yahoo: a minimum instead; only with auto, for pictures",
    "max-width": "Outlook: on tables only, and beside a table of its own",
    "text-decoration-color": "Outlook and Gmail in a phone's browser: underlined in the colour of the words",
}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body"),
    *("table", "tbody", "tr", "td", "div", "h1", "h2", "h3", "p", "ul", "ol", "li"),
    *("a", "b", "i", "em", "strong", "br", "span", "img"),
}
# Obsolete in HTML, or dropped by one of them.
ATTRIBUTES = {
    *("lang", "dir", "class", "style", "role", "href", "src", "alt", "width", "aria-label", "aria-hidden"),
    *("charset", "name", "content", "data-css-inline"),
}
AT_RULES = {
    "(max-width: 480px)": "Gmail, Apple Mail, Yahoo; elsewhere letters stay as large as on a desk",
    "(prefers-color-scheme: dark)": "Apple Mail and Outlook but on Windows; the others darken mails by themselves",
}
