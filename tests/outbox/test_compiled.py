"""A mail to many: what stands on the wire, and what a mail program makes of it."""

import email
import email.policy
import re

from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rightswire.outbox.compiled import CompiledMail, Impression, MassMail

LINK = "https://www.everyname.example/do/unsubscribe/" + "x" * 15 + ".example/" + "." * 70
WORDS = st.lists(st.text(" .=aé\n", max_size=90) | st.just("{{unsubscribe}}"), max_size=6).map("".join)


def letter(text: str, html: str) -> bytes:
    mail = MassMail("A trial", text, html, "en", "Every Name", "hello@everyname.example", "<news.everyname.example>")
    impression = Impression("ada@example.org", "", "1", LINK, {"unsubscribe": LINK})
    return CompiledMail(mail, None).letter(impression, 0).content


@hypothesis_settings(deadline=None)
@example("." * 200)
@example("\n." * 3 + "{{unsubscribe}}." + "." * 75 + "{{unsubscribe}}")
@example("é" * 30 + "." * 60 + "é")
@given(WORDS)
def test_no_line_begins_with_a_dot_or_is_too_long_and_what_is_read_is_what_was_written(words):
    html = f"<p>{words}</p>"
    content = letter("A trial", html)
    assert b"\n." not in content
    assert content.endswith(b"\r\n")
    _head, _empty, body = content.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not re.search(rb"[^\r]\n", content)
    message = email.message_from_bytes(content, policy=email.policy.default)
    read = message.get_body(("html",)).get_payload(decode=True).decode()
    assert read.replace("\r\n", "\n") == html.replace("{{unsubscribe}}", LINK)
