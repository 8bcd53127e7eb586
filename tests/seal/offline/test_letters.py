"""Letters in three languages, in the words, dates and numbers that the site uses too."""

import datetime
import json

import pytest
from babel import Locale
from pypdf import PdfReader

from rightswire.pages.language import countries, digits, long_date, plural_category
from rightswire.seal.offline.fonts import cover
from rightswire.seal.offline.letters import Letter, compose, in_language
from rightswire.seal.offline.manifest import read_manifest
from rightswire.seal.offline.tally import Seen, Tally
from rightswire.seal.offline.unsealing import Filters
from rightswire.seal.offline.words import LANGUAGES, plural, words
from seal.offline.exports import AMBASSADOR, MINISTER, PICHAI, Export, Signer

FORMS = {"en": {"one", "other"}, "fr": {"one", "many", "other"}, "ar": {"zero", "one", "two", "few", "many", "other"}}
COUNTED = ("people", "unsure", "named", "commented", "withheld")


@pytest.mark.parametrize("code", LANGUAGES)
def test_dates_and_numbers_are_written_as_on_the_site(code):
    for day in (datetime.date(2018, 1, 1) + datetime.timedelta(days=n) for n in range(366)):
        assert words(code).date(day) == long_date(day, code)
    for number in (0, 9, 10, 999, 1000, 18_412, 1_234_567):
        assert words(code).number(number) == digits(number, code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_countries_have_the_names_and_the_order_of_the_site(code):
    assert list(words(code).countries.items()) == countries(code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_takes_the_plural_that_the_language_has_for_it(code):
    rule = Locale(code).plural_form
    for number in (*range(1_205), 1_000_000, 2_000_000, 1_000_001, 10_000_000):
        assert plural(code, number) == rule(number) == plural_category(number, code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_everything(code):
    assert set(words(code).text) == set(words("en").text)
    for sentence in COUNTED:
        forms = set(words(code).text[sentence])
        assert forms == {"other"} or forms == FORMS[code]


@pytest.mark.parametrize(
    ("official", "language", "expected"),
    [
        (PICHAI, "en", ["Dear Mr. Pichai,", "November 29, 2018", "End Project Dragonfly", "Collected elsewhere 1,040"]),
        (MINISTER, "fr", ["Madame la Ministre,", "29 novembre 2018", "Mettez fin au projet", "ailleurs 1 040", "Noms"]),
    ],
)
def test_a_letter_is_in_the_official_s_language(opened, official, language, expected):
    export = Export(officials=[official], totals={"paper": 212, "elsewhere": 1040})
    export.sign(Signer("Ann Example", country="US", show_name_to=(official["id"],)))
    done = opened(export)
    (stem,) = (file.stem.removeprefix("for-") for file in done.folder.glob("*.pdf"))
    letter = done.letter(stem).replace("\u202f", " ")
    for each in [*expected, words(language).country("US"), "Ann Example"]:
        assert each in letter


def compose_for(official: dict) -> Letter:
    manifest = read_manifest(json.dumps(Export(officials=[official]).description()).encode())
    tally = Tally(1, 0, 0, 0, 0, 0, 0, {}, {}, {}, {official["id"]: Seen(0, 0, 1)})
    return compose(manifest, manifest.officials[0], "for-official", tally, Filters(), ())


def test_a_letter_has_name_and_role_as_its_language_writes_them(opened):
    official = AMBASSADOR | {
        "name": "Rima Example",
        "role": "Ambassadrice",
        "organisation": "Ambassade de Tunisie",
        "languages": ["ar", "fr"],
        "salutations": {"ar": "السيدة {name}،"},
        "names": {"ar": "ريما المثال", "fr": "Rima Exemple"},
        "roles": {"ar": "سفيرة", "fr": "Ambassadrice"},
        "organisations": {"ar": "سفارة تونس", "fr": "Ambassade de Tunisie"},
    }
    letter = compose_for(official)
    assert letter.cover["recipient"][:3] == ["ريما المثال", "سفيرة", "سفارة تونس"]
    assert letter.cover["salutation"] == "السيدة ريما المثال،"
    french = compose_for(official | {"languages": ["fr"], "salutations": {"fr": "Chère {name},"}})
    assert french.cover["recipient"][:3] == ["Rima Exemple", "Ambassadrice", "Ambassade de Tunisie"]
    assert french.cover["salutation"] == "Chère Rima Exemple,"


def test_an_arabic_letter_is_in_arabic_words_and_digits(opened):
    export = Export(officials=[AMBASSADOR], totals={"paper": 212})
    export.sign(Signer("ليلى المثال", country="TN", show_name_to=(9,)), Signer("Ann Example", show_name_to=(9,)))
    done = opened(export)
    letter = done.letter("official-9")
    assert "٢١٢" in letter
    assert "Ann Example" in letter
    assert not any(digit in letter for digit in "0123456789")
    assert done.sheet("سفير المثال")[0] == ("ليلى المثال", "تونس", "")


@pytest.mark.parametrize(("languages", "heading"), [(["zh"], "Names"), (["zh", "fr"], "Noms"), ([], "Names")])
def test_where_no_letter_can_be_written_in_a_language_the_next_or_english_is_taken(opened, languages, heading):
    export = Export(officials=[PICHAI | {"languages": languages, "salutations": {}}])
    export.sign(Signer("Ann Example", show_name_to=(7,)))
    letter = opened(export).letter()
    assert heading in letter
    assert ("Dear Sundar Pichai," in letter) == (heading == "Names")


@pytest.mark.parametrize("official", [PICHAI, AMBASSADOR])
def test_what_has_no_spaces_is_broken_at_the_edge_and_printed_whole(opened, official):
    """A column takes some 40 letters."""
    export = Export(officials=[official])
    mine = (official["id"],)
    export.sign(Signer("Æ" * 120, "ø" * 280, show_name_to=mine, show_comment_to=mine))
    export.sign(Signer("Ƀ-" * 60, "ß-7" * 90, show_name_to=mine, show_comment_to=mine))
    export.sign(Signer("Ann", "Please, ordinarywords stay whole.", show_name_to=mine, show_comment_to=mine))
    (file,) = opened(export).folder.glob("*.pdf")
    lines = [line for page in PdfReader(file).pages for line in page.extract_text().replace("\u200b", "").splitlines()]
    # The names stand in the list and under their comments.
    for letter, number in (("ø", 280), ("Æ", 240), ("Ƀ", 120), ("ß", 90)):
        assert sum(line.count(letter) for line in lines) == number
        assert max(line.count(letter) for line in lines) < (60 if letter in "øÆ" else 30)
    assert any("ordinarywords" in line for line in lines)


def test_texts_fall_back_to_english_and_then_to_any():
    assert in_language({"en": "a", "fr": "b"}, "fr") == "b"
    assert in_language({"en": "a", "fr": "b"}, "ar") == "a"
    assert in_language({"fr": "b"}, "ar") == "b"
    assert in_language({}, "ar") == ""


def test_names_in_scripts_whose_fonts_come_along_can_be_printed():
    for name in (
        "Nguyễn Thị",
        "Θεόδωρος",
        "Ольга",
        "محمد",
        "שמעון",
        "አበበ",
        "ნინო",
        "Արամ",
        "प्रिया",
        "ประวิทย์",
        "👩"[:0],
    ):
        assert cover(name)


def test_names_in_other_scripts_are_pointed_out(opened):
    assert not cover("李小龍")
    assert not cover("Ann 🦀")
    export = Export()
    export.sign(Signer("李小龍", show_name_to=(7,)), Signer("Ann", show_name_to=(7,)), Signer("金", "金"))
    done = opened(export)
    (notice,) = done.outcome.notices
    assert "brings no font along: 1." in notice
    assert "李小龍" in done.names()
