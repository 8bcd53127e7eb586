import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rightswire.outbox.composing import Sender, compose
from rightswire.outbox.mime import make_mail
from rightswire.outbox.queue import MessageError, OutgoingMessage

NAMES = {"en": "Every Name", "fr": "Chaque nom", "ar": "كلّ اسم"}
LINK = "https://everyname.example/do/confirm/" + "aB-_" * 480 + "/"


@pytest.fixture(autouse=True)
def bodies(tmp_path: Path, settings) -> None:
    """Two templates of a caller."""
    (tmp_path / "trial.txt").write_text("It is about “{{ title }}”. Open this:\n\n{{ link }}\n")
    (tmp_path / "trial.html").write_text(
        "<p>It is about “{{ title }}”.</p>"
        '{% include "outbox/button.html" with address=link words="Confirm" %}<p>{{ language }} {{ direction }}</p>'
    )
    settings.TEMPLATES = [dict(settings.TEMPLATES[0], DIRS=[tmp_path])]


def composed(language: str = "en", title: str = "Drop it", **fields) -> OutgoingMessage:
    sender = Sender(
        NAMES[language],
        "hello@everyname.example",
        "12 Register Lane, third floor\nOttawa, Ontario",
        "https://everyname.example",
        "#c22a0b",
        "people@everyname.example",
    )
    given = {"to": "noor@example.org", "subject": "Please confirm", "language": language, "kind": "trial"}
    return compose("trial", {"title": title, "link": LINK}, sender=sender, **(given | fields))


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_a_mail_says_who_writes_where_they_are_and_why():
    message = composed()
    for part in (message.text, message.html):
        for words in ("Every Name", "12 Register Lane, third floor", "Ottawa, Ontario", "everyname.example", LINK):
            assert words in part
        assert "because this e-mail address was entered at everyname.example." in part
    assert (message.from_name, message.from_address) == ("Every Name", "hello@everyname.example")
    assert message.reply_to == "people@everyname.example"


def test_the_text_is_not_html_and_the_html_is_escaped():
    message = composed(title="<b>Tom & Ann's</b>", subject="Tom & Ann")
    assert "“<b>Tom & Ann's</b>”" in message.text
    assert "“&lt;b&gt;Tom &amp; Ann&#x27;s&lt;/b&gt;”" in message.html
    assert "<title>Tom &amp; Ann</title>" in message.html


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_each_language_has_its_direction_and_name(language, direction):
    message = composed(language)
    elements = Elements(message.html).found
    for tag in ("html", "div"):  # many mail programs keep only what is inside the body
        attributes = next(attributes for name, attributes in elements if name == tag)
        assert (attributes["lang"], attributes["dir"]) == (language, direction)
    assert f"<p>{language} {direction}</p>" in message.html
    assert NAMES[language] in message.text
    assert message.language == language


@pytest.mark.parametrize("language", NAMES)
def test_a_mail_with_the_longest_links_stays_small(language):
    assert len(make_mail(composed(language), time.time()).content()) < 10_000


def test_the_html_loads_nothing_and_needs_no_table_or_style_sheet():
    elements = Elements(composed().html).found
    assert not {"table", "style", "link", "img", "script"} & {tag for tag, _ in elements}
    assert not [
        attributes for _, attributes in elements if "src" in attributes or "url(" in attributes.get("style", "")
    ]
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in elements


def test_one_mail_does_not_carry_over_into_the_next():
    first = composed(title="First title", subject="First subject")
    second = composed(title="Second title", subject="Second subject")
    assert "First" in first.html
    assert "First" not in second.html + second.text
    assert composed("fr").from_name == "Chaque nom"
    assert "Every Name" not in composed("fr").html


def test_a_subject_of_two_lines_is_refused():
    with pytest.raises(MessageError, match="subject"):
        composed(subject="Please\nconfirm")
