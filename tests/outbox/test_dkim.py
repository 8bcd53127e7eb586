import base64
import re
import types
from pathlib import Path

import dkim as dkimpy
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_curve_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rightswire.outbox.dkim import DkimKeyError, Signer, load_signer, make_dkim_key, relaxed_body
from rightswire.outbox.mime import Mail, make_mail
from rightswire.outbox.queue import OutgoingMessage


def mail(**fields) -> Mail:
    given = {"to": "noor@example.org", "subject": "Please confirm", "text": "Text\n", "html": "<p>Text</p>"}
    rest = {"language": "en", "kind": "trial", "from_name": "Every Name", "from_address": "hello@everyname.example"}
    return make_mail(OutgoingMessage(**(given | rest | fields)), 1_542_888_059)


def is_valid(content: bytes, signer: Signer) -> bool:
    """What a mail server that knows only the DNS says."""
    name, _, text = signer.dns_record("everyname.example").partition(" IN TXT ")
    record = "".join(re.findall('"([^"]*)"', text)).encode()
    return dkimpy.verify(content, dnsfunc=lambda asked, timeout=5: record if asked == name.encode() else None)


@pytest.fixture(scope="module")
def rsa(tmp_path_factory) -> Signer:
    return make_dkim_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def ed25519(tmp_path: Path, monkeypatch) -> Signer:
    """dkimpy looks for another library to verify these; it is given this one in its place."""
    key = Ed25519PrivateKey.generate()
    (tmp_path / "dkim.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    class VerifyKey:
        def __init__(self, text: bytes, encoder: object) -> None:
            self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text))

        def verify(self, digest: bytes, signature: bytes) -> bytes:
            self.key.verify(signature, digest)
            return digest

    nacl = types.SimpleNamespace(
        signing=types.SimpleNamespace(VerifyKey=VerifyKey),
        encoding=types.SimpleNamespace(Base64Encoder=None),
        exceptions=types.SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError),
    )
    monkeypatch.setattr(dkimpy, "nacl", nacl, raising=False)
    signer = load_signer(tmp_path)
    assert signer
    return signer


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signed_mail_is_valid_and_nothing_of_it_can_be_changed(kind, request):
    signer = request.getfixturevalue(kind)
    content = mail(reply_to="press@everyname.example").signed(signer).content()
    assert f"a={kind}-sha256".encode() in content
    assert is_valid(content, signer)
    for old, new in (
        (b"Please confirm", b"Please pay now"),
        (b"<p>Text</p>", b"<p>Test</p>"),
        (b"To: <noor@", b"To: <more@"),
        (b"From: Every", b"From: Other"),
        (b"press@", b"other@"),
    ):
        assert not is_valid(content.replace(old, new), signer), old


@pytest.mark.parametrize("header", ["From: a@example.org", "Subject: Another", "Reply-To: a@example.org", "To: b@c.de"])
def test_no_second_header_can_be_slipped_in(rsa, header):
    content = mail().signed(rsa).content()
    assert is_valid(b"X-Passed-By: somebody\r\n" + content, rsa)
    assert not is_valid(header.encode() + b"\r\n" + content, rsa)
    assert not is_valid(content.replace(b"\r\nMIME-Version", b"\r\n" + header.encode() + b"\r\nMIME-Version"), rsa)


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    text=st.text(),
    subject=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=100),
    name=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60),
)
def test_whatever_a_mail_says_its_signature_is_valid(rsa, text, subject, name):
    assert is_valid(mail(text=text, html=text, subject=subject, from_name=name).signed(rsa).content(), rsa)


def test_a_mail_to_an_address_in_another_script_is_signed_too(rsa):
    assert is_valid(mail(to="نور@example.org").signed(rsa).content(), rsa)


@pytest.mark.parametrize(
    ("body", "relaxed"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # the example of RFC 6376, section 3.4.5
        (b"no end", b"no end\r\n"),
    ],
)
def test_a_body_is_simplified_as_the_standard_says(body, relaxed):
    assert relaxed_body(body) == relaxed


def test_the_lines_of_the_signature_are_short(rsa):
    assert max(map(len, mail().signed(rsa).headers[0][1].split("\r\n"))) <= 78


def test_without_a_key_nothing_is_signed(tmp_path: Path):
    assert load_signer(tmp_path) is None


def test_a_key_is_made_once_and_nobody_else_can_read_it(tmp_path: Path):
    signer = make_dkim_key(tmp_path / "keys")
    file = tmp_path / "keys" / "dkim.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    with pytest.raises(DkimKeyError, match="already a key"):
        make_dkim_key(tmp_path / "keys")
    assert file.read_bytes() == before
    again = load_signer(tmp_path / "keys")
    assert again
    assert again.selector == signer.selector


def test_another_key_has_another_name_in_the_dns(rsa, ed25519):
    assert rsa.selector != ed25519.selector
    assert rsa.dns_record("everyname.example").startswith(f"{rsa.selector}._domainkey.everyname.example. IN TXT ")
    assert all(len(part) <= 255 for part in re.findall('"([^"]*)"', rsa.dns_record("everyname.example")))


def test_a_key_that_cannot_be_used_says_what_to_do(tmp_path: Path):
    curve = generate_curve_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for wrong in (b"", b"not a key", curve):
        (tmp_path / "dkim.pem").write_bytes(wrong)
        with pytest.raises(DkimKeyError, match="Put the right one there"):
            load_signer(tmp_path)


def test_the_command_makes_the_key_and_prints_what_the_dns_needs(home: Path, capsys):
    call_command("make_dkim_key", "everyname.example")
    record = capsys.readouterr().out
    signer = load_signer(home / "keys")
    assert signer
    assert record.strip() == signer.dns_record("everyname.example")
    call_command("make_dkim_key", "everyname.example")
    assert capsys.readouterr().out == record
    (home / "keys" / "dkim.pem").write_text("not a key")
    with pytest.raises(CommandError, match=r"dkim\.pem"):
        call_command("make_dkim_key", "everyname.example")
