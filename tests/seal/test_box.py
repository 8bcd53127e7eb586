"""A sealed record opens with each key that it was sealed for, for its petition, whole: and in no other way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightswire.seal.box import (
    Damaged,
    NotAKey,
    NotForThisKey,
    PrivateKey,
    PublicKey,
    SealError,
    WrongPassphrase,
    commitment,
    key_ids,
    open_sealed,
    seal,
)

PETITION, OTHER_PETITION = bytes(range(16)), bytes(16)
KEYS = [PrivateKey.generate() for _ in range(3)]
STRANGER = PrivateKey.generate()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000), st.integers(1, 3))
def test_every_recipient_opens_what_was_sealed(plaintext, number):
    sealed = seal(plaintext, PETITION, [key.public for key in KEYS[:number]])
    assert key_ids(sealed) == [key.public.id for key in KEYS[:number]]
    for key in KEYS[:number]:
        assert open_sealed(sealed, PETITION, key) == plaintext


def test_nobody_else_opens_it():
    sealed = seal(b"a name", PETITION, [KEYS[0].public])
    with pytest.raises(NotForThisKey):
        open_sealed(sealed, PETITION, STRANGER)


def test_a_record_moved_to_another_petition_does_not_open():
    sealed = seal(b"a name", PETITION, [KEYS[0].public])
    with pytest.raises(Damaged):
        open_sealed(sealed, OTHER_PETITION, KEYS[0])


def test_a_recipient_put_in_place_of_another_does_not_open():
    """Renaming a wrapped key to one's own id is noticed: the id is bound into it."""
    sealed = bytearray(seal(b"a name", PETITION, [KEYS[0].public]))
    sealed[19:27] = STRANGER.public.id
    with pytest.raises(Damaged):
        open_sealed(bytes(sealed), PETITION, STRANGER)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_bit_anywhere_is_noticed(data):
    sealed = bytearray(seal(b"a name and a comment", PETITION, [KEYS[0].public, KEYS[1].public]))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealError):
        open_sealed(bytes(sealed), PETITION, KEYS[0])


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_words(junk):
    with pytest.raises(SealError):
        open_sealed(junk, PETITION, KEYS[0])


def test_the_same_text_is_never_sealed_alike():
    first, second = (seal(b"a name", PETITION, [KEYS[0].public]) for _ in range(2))
    assert commitment(first, PETITION) != commitment(second, PETITION)
    assert commitment(first, PETITION) != commitment(first, OTHER_PETITION)


@pytest.mark.parametrize("number", [0, 4])
def test_there_are_one_to_three_recipients(number):
    with pytest.raises(ValueError, match="one to 3 keys"):
        seal(b"", PETITION, [KEYS[0].public] * number)


def test_a_private_key_comes_back_with_its_passphrase_alone():
    text = KEYS[0].protected("correct horse")
    assert PrivateKey.load(f"# kept in Ottawa\n{text}\n", "correct horse").public == KEYS[0].public
    with pytest.raises(WrongPassphrase):
        PrivateKey.load(text, "correct horsf")
    with pytest.raises(NotAKey):
        PrivateKey.load(text[:-4], "correct horse")


def test_a_public_key_comes_back_from_its_line():
    assert PublicKey.parse(f" {KEYS[0].public.text()}\n") == KEYS[0].public


@given(st.text(max_size=80))
def test_what_is_no_key_is_refused(text):
    with pytest.raises(NotAKey):
        PublicKey.parse(text)
    with pytest.raises(NotAKey):
        PrivateKey.load(text, "demo")


def test_a_private_key_is_not_taken_for_a_public_one():
    with pytest.raises(NotAKey):
        PublicKey.parse(KEYS[0].protected("demo"))


def test_a_key_that_would_leave_records_open_is_refused():
    """The point at zero makes the shared secret zero for everybody (RFC 7748, section 6.1)."""
    with pytest.raises(NotAKey):
        PublicKey.parse(PublicKey(bytes(32)).text())
