"""Words meet their other forms in English, French and Arabic, and never break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.pages.search.language import (
    clean,
    cut,
    form,
    is_small_word,
    is_typing_mistake,
    terms_in,
    words_of,
)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "executed executions Executing"),
        ("en", "right rights RIGHTS"),
        ("fr", "égalité egalite ÉGALITÉ e\u0301galite\u0301"),
        ("fr", "détenu détenus détenue détenues"),
        ("fr", "arrêté arrêtée arrêtés arrêtées"),
        ("fr", "prisonnier prisonniers prisonnière prisonnières"),
        ("ar", "حرية الحرية والحرية بالحرية للحرية وللحرية حُرِّيَّة حـــرية الحريات"),
        ("ar", "إنسان الإنسان الانسان أنسان والإنسان"),
        ("ar", "صحفي الصحفيين صحفية الصحفيون"),
        ("ar", "وزارة الوزارة والوزارة"),
        ("ar", "مستشفى مستشفي المستشفى"),
    ],
)
def test_forms_of_one_word_share_a_stem(language, words):
    assert len({terms_in(language)[word][1] for word in words.split()}) == 1


def test_words_that_only_look_alike_do_not_meet():
    assert terms_in("ar")["حر"][1] != terms_in("ar")["حرية"][1]
    assert terms_in("en")["human"][1] != terms_in("fr")["human"][1]


def test_digits_of_both_scripts_are_equal():
    assert form("٢٠١٨") == form("۲۰۱۸") == form("２０１８") == "2018"


def test_marks_and_signs_without_width_do_not_end_a_word():
    assert words_of("exe\u00adcuted l'égalité “e\u0301te\u0301”") == [
        *("exe\u00adcuted", "l", "égalité", "e\u0301te\u0301")
    ]
    assert form("exe\u00adcuted") == "executed"


def test_scripts_without_spaces_are_cut_by_the_letter():
    assert words_of("人权") == ["人", "权"]


def test_small_words_are_known_by_language():
    assert is_small_word("The", "en")
    assert is_small_word("l", "fr")
    assert is_small_word("في", "ar")
    assert not is_small_word("torture", "en")


@pytest.mark.parametrize(
    ("typed", "meant", "most", "mistakes"),
    [
        ("exectued", "executed", 1, 1),
        ("tortur", "torture", 1, 1),
        ("tiananman", "tiananmen", 2, 1),
        ("kashogi", "khashoggi", 2, 2),
        ("prison", "poison", 0, None),
        ("abcd", "dcba", 2, None),
    ],
)
def test_typing_mistakes_are_counted_a_swap_once(typed, meant, most, mistakes):
    assert is_typing_mistake(typed, meant, most) == mistakes


@given(st.text())
def test_pieces_joined_are_the_text(text):
    pieces = cut(text)
    assert "".join(pieces) == text
    assert pieces[1::2] == words_of(text)


@given(st.text(), st.sampled_from(["en", "fr", "ar", "zh", ""]))
def test_a_folded_word_folds_to_itself_and_has_no_space(text, language):
    for word in words_of(text):
        assert form(form(word)) == form(word)
        assert not any(letter.isspace() for letter in "".join(terms_in(language)[word]))


@given(st.text(st.characters()))
def test_cleaned_text_can_be_written(text):
    clean(text).encode()
