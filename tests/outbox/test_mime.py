import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rightswire.outbox.mime import BadAddress, Mail, flowed, make_mail
from rightswire.outbox.queue import OutgoingMessage

NOON = 1_542_888_059.5  # 22 November 2018, 12:00:59 UTC
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=150)


def outgoing(**fields) -> OutgoingMessage:
    given = {"to": "noor@example.org", "subject": "Please confirm", "text": "Text\n", "html": "<p>Text</p>"}
    rest = {"language": "en", "kind": "trial", "from_name": "Every Name", "from_address": "hello@everyname.example"}
    return OutgoingMessage(**(given | rest | fields))


def made(**fields) -> Mail:
    return make_mail(outgoing(**fields), NOON)


def read(mail: Mail) -> EmailMessage:
    return email.message_from_bytes(mail.content(), policy=email.policy.default)


def shown(header: str) -> str:
    return str(make_header(decode_header(header.replace("\r\n", ""))))


def joined(text: str) -> str:
    """What a reader that knows format=flowed makes of the lines (RFC 3676, section 4)."""
    paragraphs, open_line = [], None
    for line in text.split("\n")[:-1]:
        bare = line.removeprefix(" ")
        whole = bare if open_line is None else open_line + bare
        if bare.endswith(" ") and bare != "-- ":
            open_line = whole
        else:
            paragraphs.append(whole)
            open_line = None
    assert open_line is None
    return "\n".join(paragraphs)


def test_a_mail_has_the_headers_that_mail_programs_look_for():
    mail = read(made(reply_to="press@everyname.example", headers=(("List-Id", "<news.everyname.example>"),)))
    assert mail["From"] == "Every Name <hello@everyname.example>"
    assert mail["To"] == "noor@example.org"
    assert mail["Reply-To"] == "press@everyname.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["List-Id"] == "<news.everyname.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_its_date_does_not_tell_the_second():
    assert read(made())["Date"] == "Thu, 22 Nov 2018 12:00:00 +0000"


def test_its_id_is_random_says_the_host_and_stays_when_it_is_sent_again():
    message = outgoing()
    first = read(make_mail(message, NOON))["Message-ID"]
    assert re.fullmatch(r"<[0-9a-f]{32}@everyname\.example>", first)
    assert read(make_mail(message, NOON + 100))["Message-ID"] == first
    assert read(made())["Message-ID"] != first


@hypothesis_settings(deadline=None)
@given(subject=LINES, name=LINES)
def test_every_subject_and_name_arrives_as_written(subject, name):
    mail = made(subject=subject, from_name=name)
    assert all(len(line) <= 998 for line in mail.content().split(b"\r\n"))
    assert mail.content().split(b"\r\n\r\n")[0].isascii()
    parsed = email.message_from_bytes(mail.content())
    ((shown_name, address),) = getaddresses([parsed["From"]])
    assert address == "hello@everyname.example"
    assert shown(parsed["Subject"]).split() == subject.split()
    assert shown(shown_name).split() == name.split()


@hypothesis_settings(deadline=None)
@given(html=st.text())
def test_every_html_arrives_as_written_in_lines_that_any_server_takes(html):
    mail = made(html=html)
    assert mail.body.isascii()
    assert all(len(line) <= 78 for line in mail.body.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.body)
    part = read(mail).get_body(("html",))
    written = re.sub("\r\n|\r", "\n", html.encode("utf-8", "replace").decode())  # each of them ends a line
    assert part.get_payload(decode=True).decode().replace("\r\n", "\n") == written


@given(st.lists(LINES).map("\n".join))
def test_plain_text_is_wrapped_and_can_be_joined_again(text):
    lines = flowed(text)
    assert all(len(line) <= 74 or " " not in line.strip() for line in lines.split("\n"))
    written = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n")).strip())
    assert joined(lines).split() == written.split()


def test_a_long_link_stays_in_one_piece():
    link = "https://everyname.example/do/confirm/" + "a-B_" * 480 + "/"
    text = f"Open this address:\n\n{link}\n\nThen press the button there, which has these words on it: I confirm it.\n"
    assert f"\n{link}\n" in flowed(text)
    assert link in read(made(text=text)).get_body(("plain",)).get_content()


def test_what_a_server_or_reader_could_mistake_is_protected():
    assert flowed("From here\n>quote\n--\nEvery Name") == " From here\n >quote\n-- \nEvery Name\n"


def test_arabic_is_sent_in_the_shorter_form():
    mail = made(text="العربية لغة جميلة.\n" * 40, html="<p>a = b</p>" + "Plain words. " * 40)
    plain, html = read(mail).iter_parts()
    assert plain["Content-Transfer-Encoding"] == "base64"
    assert html["Content-Transfer-Encoding"] == "quoted-printable"
    assert plain.get_content().startswith("العربية لغة جميلة.")


@pytest.mark.parametrize(
    ("address", "wire", "is_international"),
    [
        ("noor@example.org", "noor@example.org", False),
        ("noor@bücher.example", "noor@xn--bcher-kva.example", False),
        ("نور@example.org", "نور@example.org", True),
        ("o'neil+news@example.org", "o'neil+news@example.org", False),
    ],
)
def test_addresses_in_any_script(address, wire, is_international):
    mail = made(to=address)
    assert (mail.recipient, mail.is_international) == (wire, is_international)
    assert f"\r\nTo: <{wire}>\r\n".encode() in mail.content()


@pytest.mark.parametrize("address", ["a@b..example", "a..b@example.org", "a@-"])
def test_an_address_that_cannot_be_written_to_is_refused_without_being_repeated(address):
    with pytest.raises(BadAddress) as refused:
        made(to=address)
    assert address not in str(refused.value)
    assert refused.value.__cause__ is None
