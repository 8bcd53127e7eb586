"""What somebody wrote comes back as she wrote it; its length is told in steps of 256 bytes only."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.seal.record import LARGEST, NotARecord, Record, RecordTooLong

texts = st.text(st.characters(exclude_categories=["Cs"]))
records = st.builds(
    Record,
    st.binary(min_size=32, max_size=32),
    texts.filter(lambda text: len(text) <= 60),
    texts.filter(lambda text: len(text) <= 100),
    st.sampled_from(["CA", "EG", ""]),
    st.sampled_from(["en", "ar", ""]),
    st.lists(st.integers(1, 10_000), max_size=8).map(tuple),
    st.lists(st.integers(1, 10_000), max_size=8).map(tuple),
    st.booleans(),
)


@given(records)
def test_a_record_comes_back(record):
    packed = record.pack()
    assert len(packed) % 256 == 0
    assert Record.unpack(packed) == record


@pytest.mark.parametrize("sign", ["a", "é", "ع", "漢", "\U0001f54a"])
def test_the_longest_name_and_comment_fit(sign):
    assert len(Record(bytes(32), sign * 120, sign * 280, "CA", "en", (1, 2, 3), (1, 2, 3)).pack()) <= LARGEST


def test_what_cannot_fit_is_refused():
    noise = "".join(chr(0x20000 + number * 7919 % 40_000) for number in range(400))
    with pytest.raises(RecordTooLong):
        Record(bytes(32), noise[:120], noise[120:], "CA", "en").pack()


@given(st.binary(max_size=1200))
def test_any_bytes_are_refused_in_words(junk):
    with contextlib.suppress(NotARecord):  # and nothing else is raised
        assert isinstance(Record.unpack(junk), Record)


def test_a_record_that_would_unpack_to_gigabytes_is_refused():
    import zlib

    bomb = zlib.compress(b'{"n":"' + b"a" * 10_000_000 + b'"}', 9, wbits=-15)
    with pytest.raises(NotARecord):
        Record.unpack((bytes(32) + len(bomb[:900]).to_bytes(2, "big") + bomb[:900]).ljust(1024, b"\0"))
