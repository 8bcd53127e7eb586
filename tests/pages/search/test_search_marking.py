"""Excerpts show where the words are; joined, the pieces are the text."""

from hypothesis import given
from hypothesis import strategies as st

from rightswire.pages.search.language import terms_in
from rightswire.pages.search.marking import excerpt, marked

FILLER = "word " * 200


def stems(language, *words):
    return frozenset(terms_in(language)[word][1] for word in words)


def test_every_form_of_the_word_is_marked():
    assert marked("Executed: an execution.", "en", stems("en", "executions")) == [
        *(("Executed", True), (": an ", False), ("execution", True), (".", False))
    ]


def test_an_excerpt_is_taken_where_the_words_are_together():
    text = f"torture {FILLER} the torture, of women, was {FILLER}"
    pieces = excerpt(text, "en", stems("en", "torture", "women"))
    assert pieces[0][0].startswith("… ")
    assert [piece for piece, match in pieces if match] == ["torture", "women"]
    assert pieces[-1][0].endswith("…")


def test_an_excerpt_of_a_text_without_the_words_is_its_beginning():
    pieces = excerpt(f"First things first. {FILLER}", "en", stems("en", "women"))
    assert len(pieces) == 1
    assert pieces[0][0].startswith("First things first. word")
    assert 200 < len(pieces[0][0]) < 300


def test_a_short_text_is_shown_whole():
    assert excerpt("All of it.", "en", frozenset()) == [("All of it.", False)]
    assert excerpt("", "en", frozenset()) == []


def test_the_end_of_a_text_is_shown_with_what_leads_to_it():
    pieces = excerpt(f"{FILLER}women", "en", stems("en", "women"))
    assert pieces[-1] == ("women", True)
    assert len(pieces[0][0]) > 150


def test_a_script_without_spaces_has_excerpts_too():
    pieces = excerpt("字" * 5000 + "人权" + "字" * 5000, "zh", stems("zh", "人", "权"))
    assert [piece for piece, match in pieces if match] == ["人", "权"]
    assert len("".join(piece for piece, _match in pieces)) < 300


@given(st.text("ab \n'é.", max_size=900), st.sampled_from(["a", "bb", "é"]))
def test_an_excerpt_is_a_part_of_its_text(text, word):
    shown = "".join(piece for piece, _match in excerpt(text, "fr", stems("fr", word)))
    assert shown.removeprefix("… ").removesuffix("…") in text
