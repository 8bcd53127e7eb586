"""Dates, numbers, names and French typography, as a reader of each language expects them."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rightswire.pages.language import (
    COUNTRY_CODES,
    countries,
    country_name,
    date_parts,
    digits,
    joined,
    language,
    listed,
    long_date,
    long_moment,
    month_and_year,
    month_name,
    plural_category,
    typeset,
    zoned_moment,
)

DAY = date(2018, 11, 29)
TORONTO = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("code", "name", "direction", "locale"),
    [
        ("en", "English", "ltr", "en_CA"),
        ("fr", "Français", "ltr", "fr_CA"),
        ("ar", "العربية", "rtl", "ar"),
        ("es", "Español", "ltr", "es"),
        ("fa", "فارسی", "rtl", "fa"),
        ("he", "עברית", "rtl", "he"),
        ("zh-hans", "中文 (简体)", "ltr", "zh_Hans"),
        ("ka", "ქართული", "ltr", "ka"),
    ],
)
def test_a_language_is_named_in_itself_and_knows_its_direction(code, name, direction, locale):
    found = language(code)
    assert (found.code, found.name, found.direction, str(found.locale)) == (code, name, direction, locale)


@pytest.mark.parametrize("code", ["", "xx", "english", "../etc", "qq-zz"])
def test_a_code_that_names_no_language_is_refused_in_a_sentence(code):
    with pytest.raises(ValueError, match=f"No language has the code “{code}”"):
        language(code)


def test_a_listings_date_has_words_and_numerals():
    assert date_parts(DAY, "en") == ("Thursday", "29", "November", "2018")
    assert date_parts(DAY, "fr") == ("jeudi", "29", "novembre", "2018")
    assert date_parts(DAY, "ar") == ("الخميس", "٢٩", "نوفمبر", "٢٠١٨")
    assert date_parts(DAY, "ar", arabic_digits=False) == ("الخميس", "29", "نوفمبر", "2018")


def test_a_long_date_reads_as_its_language_writes_it():
    assert long_date(DAY, "en") == "November 29, 2018"
    assert long_date(DAY, "fr") == "29 novembre 2018"
    assert long_date(DAY, "ar") == "٢٩ نوفمبر ٢٠١٨"
    assert long_date(DAY, "ar", arabic_digits=False) == "29 نوفمبر 2018"
    assert long_date(DAY, "es") == "29 de noviembre de 2018"


def test_only_the_first_of_a_french_month_is_an_ordinal():
    assert long_date(date(2018, 12, 1), "fr") == "1er décembre 2018"
    assert long_date(date(2018, 12, 11), "fr") == "11 décembre 2018"
    assert long_date(date(2018, 12, 1), "en") == "December 1, 2018"


def test_a_moment_is_written_in_the_time_zone_that_it_carries():
    moment = datetime(2018, 11, 28, 9, 40, tzinfo=TORONTO)
    assert long_moment(moment, "en") == "November 28, 2018, 9:40 a.m."
    assert long_moment(moment, "fr") == "28 novembre 2018 à 9 h 40"
    assert long_moment(moment, "ar") == "٢٨ نوفمبر ٢٠١٨، ٩:٤٠ ص"
    assert long_moment(moment.astimezone(UTC), "en") == "November 28, 2018, 2:40 p.m."


def test_a_full_hour_has_no_minutes_in_french():
    assert long_moment(datetime(2018, 12, 1, 9, 0, tzinfo=UTC), "fr") == "1er décembre 2018 à 9 h"
    assert long_moment(datetime(2018, 12, 1, 14, 5, tzinfo=UTC), "fr") == "1er décembre 2018 à 14 h 05"


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        long_moment(datetime(2018, 11, 28, 9, 40), "en")


def test_months_of_the_archive():
    assert [month_name(11, code) for code in ("en", "fr", "ar")] == ["November", "novembre", "نوفمبر"]
    assert month_and_year(2018, 11, "en") == "November 2018"
    assert month_and_year(2018, 11, "fr") == "novembre 2018"
    assert month_and_year(2018, 11, "ar") == "نوفمبر ٢٠١٨"
    assert month_and_year(2018, 11, "ar", arabic_digits=False) == "نوفمبر 2018"


@pytest.mark.parametrize("month", [0, 13, -1])
def test_there_is_no_thirteenth_month(month):
    with pytest.raises(ValueError, match="no month"):
        month_name(month, "en")
    with pytest.raises(ValueError, match="no month"):
        month_and_year(2018, month, "en")


def test_numbers_are_grouped_as_the_language_does():
    assert digits(18412, "en") == "18,412"
    assert digits(18412, "fr") == "18\u202f412"
    assert digits(18412, "ar") == "١٨٬٤١٢"
    assert digits(18412, "ar", arabic_digits=False) == "18,412"
    assert digits(18412, "fa") == "۱۸٬۴۱۲"
    assert digits(412, "fr") == "412"


def test_numbers_in_a_text_keep_their_form():
    assert digits("Resolution 2018", "en") == "Resolution 2018"
    assert digits("القرار 2018", "ar") == "القرار ٢٠١٨"
    assert digits("القرار 2018", "ar", arabic_digits=False) == "القرار 2018"


@pytest.mark.parametrize(
    ("alpha2", "english", "french", "arabic"),
    [
        ("CA", "Canada", "Canada", "كندا"),
        ("SA", "Saudi Arabia", "Arabie saoudite", "السعودية"),
        ("CD", "DR Congo", "République démocratique du Congo", "جمهورية الكونغو الديمقراطية"),
        ("VN", "Viet Nam", "Vietnam", "فيتنام"),
        ("TR", "Turkey", "Turquie", "تركيا"),
        ("MM", "Myanmar", "Myanmar", "ميانمار"),
        ("PS", "Palestine", "Palestine", "فلسطين"),
        ("HK", "Hong Kong", "Hong Kong", "هونغ كونغ"),
        ("UN", "United Nations", "Nations Unies", "الأمم المتحدة"),
        ("EU", "European Union", "Union européenne", "الاتحاد الأوروبي"),
    ],
)
def test_countries_are_named_as_human_rights_organisations_do(alpha2, english, french, arabic):
    assert [country_name(alpha2, code) for code in ("en", "fr", "ar")] == [english, french, arabic]


def test_a_country_code_from_an_address_is_understood():
    assert country_name("sa", "en") == "Saudi Arabia"


@pytest.mark.parametrize("code", ["XX", "ZZ", "QO", "", "SAU", "EZ"])
def test_what_is_no_country_is_refused(code):
    with pytest.raises(ValueError, match=f"“{code}” is no country code"):
        country_name(code, "en")


def test_every_country_and_territory_of_iso_3166_is_there_once():
    assert len(COUNTRY_CODES) == len(set(COUNTRY_CODES)) == 249
    assert {"PS", "TW", "EH", "HK", "AX", "SS"} <= set(COUNTRY_CODES)
    assert not {"UN", "EU", "AC", "XA", "ZZ"} & set(COUNTRY_CODES)


@pytest.mark.parametrize("code", ["en", "fr", "ar", "es", "zh-hans"])
def test_the_choice_of_countries_is_complete_and_begins_with_capitals(code):
    choice = countries(code)
    assert {alpha2 for alpha2, _ in choice} == set(COUNTRY_CODES)
    assert all(name == name[:1].title() + name[1:] for _, name in choice)
    assert len({name for _, name in choice}) == 249


def test_accents_do_not_send_a_country_to_the_end():
    french = [name for _, name in countries("fr")]
    assert french.index("Dominique") < french.index("Égypte") < french.index("Espagne")
    assert french.index("Haïti") < french.index("Îles Cook") < french.index("Inde")


def test_the_arabic_article_does_not_count_in_the_alphabet():
    arabic = [name for _, name in countries("ar")]
    assert arabic.index("سوريا") > arabic.index("السعودية") > arabic.index("زامبيا")
    assert arabic.index("ألبانيا") < arabic.index("ألمانيا") < arabic.index("بنغلاديش")


def test_names_are_joined_with_the_comma_of_the_language():
    assert joined(["Canada", "Iran"], "en") == "Canada, Iran"
    assert joined(["كندا", "إيران"], "ar") == "كندا، إيران"
    assert joined(["Canada"], "fr") == "Canada"
    assert joined([], "ar") == ""


def test_the_last_name_has_its_and():
    names = ["Canada", "Iran", "Chili"]
    expected = ["", "Canada", "Canada and Iran", "Canada, Iran and Chili"]
    assert [listed(names[:n], "en") for n in range(4)] == expected
    assert listed(names, "fr") == "Canada, Iran et Chili"
    assert listed(["كندا", "إيران"], "ar") == "كندا وإيران"


def test_a_moment_for_readers_anywhere_names_its_time_zone():
    moment = datetime(2018, 11, 28, 9, 40, tzinfo=ZoneInfo("America/Toronto"))
    assert zoned_moment(moment, "en") == "November 28, 2018, 9:40 a.m., Eastern Standard Time"
    assert zoned_moment(moment, "fr") == "28 novembre 2018 à 9 h 40, heure normale de l’Est"
    assert zoned_moment(moment, "ar") == "٢٨ نوفمبر ٢٠١٨، ٩:٤٠ ص، التوقيت الرسمي الشرقي لأمريكا الشمالية"
    with pytest.raises(ValueError, match="no time zone"):
        zoned_moment(datetime(2018, 11, 28, 9, 40), "en")


def test_arabic_has_all_six_plural_forms():
    assert [plural_category(n, "ar") for n in (0, 1, 2, 3, 11, 100)] == [
        "zero", "one", "two", "few", "many", "other",
    ]  # fmt: skip
    assert [plural_category(n, "fr") for n in (0, 1, 2)] == ["one", "one", "other"]
    assert [plural_category(n, "en") for n in (0, 1, 2)] == ["other", "one", "other"]


def test_french_gets_its_no_break_spaces_and_apostrophes():
    assert typeset("L'avocate a dit : «c'est injuste»", "fr") == "L’avocate a dit\u00a0: «\u00a0c’est injuste\u00a0»"
    assert typeset("« Libérez-la »: une lettre", "fr") == "«\u00a0Libérez-la\u00a0»\u00a0: une lettre"


def test_canadian_french_has_no_space_before_the_high_marks():
    assert typeset("Pourquoi ? Assez ! Non ; oui", "fr") == "Pourquoi? Assez! Non; oui"
    assert typeset("Pourquoi ? Assez!", "fr-fr") == "Pourquoi\u202f? Assez\u202f!"


@pytest.mark.parametrize(
    "text",
    ["À 9:40, heure de l’Est", "Voir https://example.org/a?b=1;c!d pour la suite", "www.example.org/?x"],
)
@pytest.mark.parametrize("code", ["fr", "fr-fr"])
def test_times_and_web_addresses_are_left_alone(text, code):
    assert typeset(text, code) == text


def test_other_languages_are_left_alone():
    assert typeset("It's «so» : why ?", "en") == "It's «so» : why ?"
    assert typeset("قال : «لا»", "ar") == "قال : «لا»"


@given(st.text("a«»:;?! '’\u00a0\u202f\n9h/.", max_size=30), st.sampled_from(["fr", "fr-fr"]))
@example("« »", "fr")
@example("a : : b ? !", "fr-fr")
def test_typesetting_twice_changes_nothing_more_and_loses_no_letter(text, code):
    once = typeset(text, code)
    assert typeset(once, code) == once
    assert [c for c in once.replace("’", "'") if not c.isspace()] == [
        c for c in text.replace("’", "'") if not c.isspace()
    ]
