"""The address that a mail comes back to tells us whose it was, and nobody else can make one."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from rightswire.newsletters.return_path import read_return_address, return_address

SECRET, OTHER, HOME = b"s" * 32, b"t" * 32, "bounces@news.example.org"


@given(st.uuids(), st.integers(0, 2**40 - 1))
def test_what_was_made_is_read_also_in_capitals(number, sending):
    address = return_address(number, sending, SECRET, HOME)
    assert read_return_address(address, SECRET) == read_return_address(address.upper(), SECRET) == (number, sending)
    assert len(address.partition("@")[0]) <= 64
    assert read_return_address(address, OTHER) is None


@given(st.uuids(), st.integers(0, 54), st.sampled_from("abcxyz0234567+@"))
def test_a_changed_sign_makes_it_nobodys(number, place, sign):
    address = return_address(number, 7, SECRET, HOME)
    changed = address[:place] + sign + address[place + 1 :]
    if changed.partition("@")[0].rpartition("+")[2] != address.partition("@")[0].rpartition("+")[2]:
        assert read_return_address(changed, SECRET) is None


@given(st.text(max_size=100))
def test_anything_is_survived(text):
    assert read_return_address(text, SECRET) is None


def test_the_same_person_has_another_one_for_each_sending():
    number: UUID = uuid4()
    assert return_address(number, 1, SECRET, HOME) != return_address(number, 2, SECRET, HOME)
