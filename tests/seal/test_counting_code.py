import base64
import datetime
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from rightswire.seal.counting_code import CodeError, check_signature, make, read

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
RECEIVED, BY = datetime.date(2026, 11, 22), datetime.date(2026, 11, 24)


def code(**changes) -> str:
    fields = {
        "site": "https://news.example.org",
        "petition": "free-maria",
        "commitment": bytes(range(32)),
        "received": RECEIVED,
        "by": BY,
        "key": KEY,
    }
    return make(**fields | changes)


def changed(**fields) -> str:
    return json.dumps(json.loads(code()) | fields)


def test_a_code_is_read_as_it_was_made_and_its_signature_is_right():
    found = read(code())
    assert (found.site, found.petition) == ("https://news.example.org", "free-maria")
    assert (found.commitment, found.received, found.by) == (bytes(range(32)), RECEIVED, BY)
    assert check_signature(found, PUBLIC)
    assert not check_signature(found, Ed25519PrivateKey.generate().public_key().public_bytes_raw())


def test_the_signature_is_over_the_rest_in_its_compact_form():
    """So that it can be checked without this program."""
    fields = json.loads(code())
    signature = base64.b64decode(fields.pop("signature"))
    promise = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    KEY.public_key().verify(signature, promise)
    assert code().splitlines()[1:3] == [' "by": "2026-11-24",', f' "commitment": "{bytes(range(32)).hex()}",']


def test_an_editor_that_changes_only_the_form_does_no_harm():
    for text in ("\ufeff" + code(), code().replace("\n", "\r\n"), json.dumps(json.loads(code())), code().strip()):
        assert check_signature(read(text), PUBLIC)


@pytest.mark.parametrize("field", ["site", "petition", "commitment", "received", "by"])
def test_no_field_can_be_changed(field):
    other = {
        "site": "https://other.example.org",
        "petition": "other",
        "commitment": bytes(32).hex(),
        "received": "2026-11-21",
        "by": "2027-11-24",
    }
    assert not check_signature(read(changed(**{field: other[field]})), PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "12",
        "not JSON",
        "[" * 4000,
        "9" * 4000,
        code() + " " * 5000,
        code()[:-20],
        changed(type="rightswire counting code 2"),
        changed(commitment=12),
        changed(commitment=None),
        changed(commitment=["x"]),
        changed(commitment="00"),
        changed(commitment="zz" * 32),
        changed(petition="../../etc/passwd"),
        changed(petition=""),
        changed(received="yesterday"),
        changed(by=20261124),
        changed(signature="AAAA"),
        changed(signature="é" * 88),
        changed(more="x"),
        json.dumps({key: value for key, value in json.loads(code()).items() if key != "by"}),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_code_is_refused_in_plain_words(text):
    with pytest.raises(CodeError, match="save the code again") as refused:
        read(text)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fall_over(text):
    with pytest.raises(CodeError):
        read(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(json.loads(code()))), json_values)
def test_no_value_of_a_field_makes_the_reader_fall_over(field, value):
    try:
        found = read(changed(**{field: value}))
    except CodeError:
        return
    assert check_signature(found, PUBLIC) == (json.loads(code())[field] == value)
