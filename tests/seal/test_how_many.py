import pytest

from rightswire.seal.how_many import how_many


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 signatures"), (1, "1 signature"), (2, "2 signatures"), (1040, "1,040 signatures")]
)
def test_one_is_not_many(number, words):
    assert how_many(number, "signature") == words


def test_a_plural_of_its_own_is_taken():
    assert (how_many(1, "entry", "entries"), how_many(7, "entry", "entries")) == ("1 entry", "7 entries")
