import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.web.negotiation import (
    UnsatisfiableRangeError,
    accepted_encodings,
    byte_range,
    matches_etag,
)


@pytest.mark.parametrize(
    ("header", "encodings"),
    [
        (None, ("",)),
        ("", ("",)),
        ("gzip, deflate, br, zstd", ("br", "gzip", "")),
        ("GZIP", ("gzip", "")),
        ("br;q=0, gzip", ("gzip", "")),
        ("br;q=0.5, gzip;q=0.8", ("gzip", "br", "")),
        ("br ; q=0.5 , identity", ("", "br")),
        ("*", ("br", "gzip", "")),
        ("*;q=0", ("",)),
        ("gzip, identity;q=0", ("gzip", "")),
        ("br;q=nonsense", ("",)),
        ("br;q=0.0001", ("",)),
        ("br," * 200, ("",)),
    ],
)
def test_encodings_are_tried_in_the_order_the_reader_prefers(header, encodings):
    assert accepted_encodings(header) == encodings


@given(st.text())
def test_any_accept_header_leaves_the_file_as_it_is_as_a_resort(header):
    assert "" in accepted_encodings(header)


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (None, False),
        ('"b"', False),
        ('"a"', True),
        ('W/"a"', True),
        ('"x", W/"a"', True),
        ("*", True),
        ("a", False),
    ],
)
def test_a_copy_is_fresh_when_its_etag_is_named(header, matches):
    assert matches_etag(header, '"a"') is matches


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-4", (0, 5)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=2-100", (2, 10)),
        ("bytes=0-1,4-5", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("lines=0-4", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_one_range_of_bytes_is_understood_and_anything_else_means_the_whole(header, part):
    assert byte_range(header, None, '"a"', 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_range_behind_the_end_cannot_be_had(header):
    with pytest.raises(UnsatisfiableRangeError):
        byte_range(header, None, '"a"', 10)


def test_a_range_of_another_version_means_the_whole():
    assert byte_range("bytes=0-4", '"a"', '"a"', 10) == (0, 5)
    assert byte_range("bytes=0-4", '"b"', '"a"', 10) is None
    assert byte_range("bytes=0-4", 'W/"a"', '"a"', 10) is None


@given(st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True), st.integers(0, 50))
def test_a_range_lies_within_the_file(header, size):
    try:
        part = byte_range(header, None, '"a"', size)
    except UnsatisfiableRangeError:
        return
    assert part is None or 0 <= part[0] < part[1] <= size
