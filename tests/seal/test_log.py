import base64
import datetime
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from rightswire.seal import log
from rightswire.seal.log import LogError, Tree, checkpoint, entries_text, entry_hash, parse_checkpoint, read_entries

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = "news.example.org/log/free-maria"
DAY = datetime.date(2026, 11, 22)


def head(**changes) -> str:
    fields = {
        "origin": NAME,
        "size": 5,
        "root": bytes(32),
        "date": DAY,
        "signatures": 4,
        "erasures": 1,
        "set_aside": 2,
        "key": KEY,
        "name": NAME,
    }
    return checkpoint(**fields | changes)


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256().digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + slow_root(leaves[:half]) + slow_root(leaves[half:])).digest()


# The tree, inputs and roots, with which implementations of RFC 6962 are compared (certificate-transparency-go).
KNOWN_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_are_those_of_other_implementations():
    tree = Tree()
    for size, (leaf, expected) in enumerate(zip(KNOWN_INPUTS, KNOWN_ROOTS, strict=True), start=1):
        tree.append(hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest())
        assert (tree.size, tree.root().hex()) == (size, expected)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_the_root_is_that_of_the_standard_at_every_size(leaves):
    tree = Tree()
    assert tree.root() == slow_root([])
    for size, leaf in enumerate(leaves, start=1):
        tree.append(leaf)
        assert tree.root() == slow_root(leaves[:size])
    assert log.root(iter(leaves)) == slow_root(leaves)


def test_a_long_log_is_held_in_a_few_hashes():
    tree = Tree()
    for number in range(10_000):
        tree.append(number.to_bytes(32, "big"))
    assert len(tree._full) == (10_000).bit_count()


def test_an_erasure_is_another_leaf_than_its_signature():
    assert entry_hash("s", bytes(32)) == hashlib.sha256(b"\x00s" + bytes(32)).digest()
    assert entry_hash("s", bytes(32)) != entry_hash("e", bytes(32))
    for kind, value in (("x", bytes(32)), ("s", bytes(31)), ("", bytes(33))):
        with pytest.raises(ValueError, match="letter s or e"):
            entry_hash(kind, value)


@given(st.lists(st.tuples(st.sampled_from("se"), st.binary(min_size=32, max_size=32)), max_size=20))
def test_a_published_list_is_read_as_it_was_written(entries):
    assert list(read_entries(entries_text(entries))) == entries


@pytest.mark.parametrize(
    "text",
    [
        "s 00\n",
        "s " + "0" * 64,
        "S " + "0" * 64 + "\n",
        "s " + "A" * 64 + "\n",
        "\n",
        "s " + "0" * 64 + "\r\n",
        "<html>",
    ],
)
def test_a_list_that_is_none_is_named(text):
    with pytest.raises(LogError, match="line 1"):
        list(read_entries(text))


def test_a_head_is_read_as_it_was_signed():
    found = parse_checkpoint(head(), PUBLIC)
    assert found == log.Checkpoint(NAME, 5, bytes(32), DAY, 4, 1, 2)


def test_a_head_is_a_signed_note_to_the_letter():
    """c2sp.org/signed-note: text, blank line, em dash, name, base64 of the key's number and the signature."""
    text, _, line = head().partition("\n\n")
    assert text.splitlines()[:3] == [NAME, "5", base64.b64encode(bytes(32)).decode()]
    assert text.splitlines()[3:] == ["date 2026-11-22", "signatures 4", "erasures 1", "set-aside 2"]
    dash, name, signature = line.removesuffix("\n").split(" ")
    raw = base64.b64decode(signature)
    assert (dash, name) == ("\u2014", NAME)
    assert raw[:4] == hashlib.sha256(NAME.encode() + b"\n\x01" + PUBLIC).digest()[:4]
    KEY.public_key().verify(raw[4:], (text + "\n").encode())


def test_a_key_has_the_number_that_other_tools_give_it():
    # A key as Go's golang.org/x/mod/sumdb/note writes it: name, number, type and key.
    # (example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k)
    raw = base64.b64decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    assert raw[0] == 1
    assert log.note_key_id("example.com/foo", raw[1:]).hex() == "530d903a"


def test_signatures_of_witnesses_are_passed_over():
    other = Ed25519PrivateKey.generate()
    body, blank, own = head().rpartition("\n\n")
    _, _, theirs = head(key=other, name="witness.example/one").rpartition("\n\n")
    assert parse_checkpoint(body + blank + theirs + own, PUBLIC).size == 5
    assert parse_checkpoint(body + blank + own + theirs * 16, PUBLIC).size == 5
    with pytest.raises(LogError, match="not signed with this key"):
        parse_checkpoint(body + blank + theirs, PUBLIC)


def test_a_false_signature_in_our_name_is_not_passed_over():
    body, blank, own = head().rpartition("\n\n")
    _, _, of_another_day = head(size=6).rpartition("\n\n")
    with pytest.raises(LogError, match="changed after it was signed"):
        parse_checkpoint(body + blank + own + of_another_day, PUBLIC)


@given(st.integers(min_value=0, max_value=len(head().encode()) - 1), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_head_can_be_changed(at, change):
    raw = bytearray(head().encode())
    raw[at] ^= change
    with pytest.raises(LogError):
        parse_checkpoint(raw.decode(errors="replace"), PUBLIC)


@given(st.text(max_size=400))
def test_no_text_makes_the_reader_fall_over(text):
    with pytest.raises(LogError):
        parse_checkpoint(text, PUBLIC)


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", head()[:-1], head().partition("\n\n")[0] + "\n", head() * 300, head().replace("\n\n", "\n \n")],
)
def test_what_is_no_head_is_refused(text):
    with pytest.raises(LogError):
        parse_checkpoint(text, PUBLIC)


@pytest.mark.parametrize(
    "body",
    [
        f"{NAME}\n05\n{'A' * 43}=\ndate 2026-11-22\nsignatures 4\nerasures 1\nset-aside 2\n",
        f"{NAME}\n5\n{'A' * 43}=\ndate 2026-02-30\nsignatures 4\nerasures 1\nset-aside 2\n",
        f"{NAME}\n5\n{'A' * 43}=\n",
        f"{NAME}\n5\n{'A' * 43}=\ndate 2026-11-22\nsignatures -4\nerasures 1\nset-aside 2\n",
        f"{NAME}\n٥\n{'A' * 43}=\ndate 2026-11-22\nsignatures 4\nerasures 1\nset-aside 2\n",
    ],
)
def test_a_rightly_signed_text_of_another_form_is_no_head(body):
    signature = base64.b64encode(log.note_key_id(NAME, PUBLIC) + KEY.sign(body.encode())).decode()
    with pytest.raises(LogError, match=r"form of a petition's log|day that does not exist"):
        parse_checkpoint(f"{body}\n\u2014 {NAME} {signature}\n", PUBLIC)


def test_lines_that_a_later_version_adds_are_passed_over():
    body, _, _ = head().rpartition("\n\n")
    body += "\npaper 12\n"
    signature = base64.b64encode(log.note_key_id(NAME, PUBLIC) + KEY.sign(body.encode())).decode()
    assert parse_checkpoint(f"{body}\n\u2014 {NAME} {signature}\n", PUBLIC).set_aside == 2


def test_a_name_that_other_tools_could_not_read_is_not_signed():
    for name in ("two words", "a+b", "line\nbreak", ""):
        with pytest.raises(ValueError, match="neither spaces nor plus"):
            head(origin=name)


def test_the_name_of_a_log_is_the_site_and_the_petition():
    assert log.origin("https://news.example.org", "free-maria") == NAME
    assert log.origin("http://localhost:8000/", "x") == "localhost:8000/log/x"
