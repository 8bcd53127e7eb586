"""Readers find what they should, whatever they type."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightswire.pages.search.documents import SearchDocument
from rightswire.pages.search.finding import SearchRequest, find
from rightswire.pages.search.index import SearchIndex


def page(path, title, text, kind="release", date="2018-11-29", countries=("ca",), topics=("torture",)):
    return SearchDocument(
        path=path,
        language=path[1:3],
        title=title,
        text=text,
        kind=kind,
        date=datetime.date.fromisoformat(date) if date else None,
        countries=countries,
        topics=topics,
    )


PAGES = [
    page("/en/executed/", "Dozens put to death", "Forty men were executed at dawn, human rights groups say."),
    page(
        "/en/remember/",
        "Remember Tiananmen",
        "The crackdown of 1989: rights of a human being.",
        date="2019-06-04",
    ),
    page("/en/tiananmen/", "The Tiananmen Crackdown", "Thirty years on, nobody has answered.", kind="report"),
    page("/en/women/", "Women jailed", "Women who drove.", countries=("sa", "ca"), topics=("women", "torture")),
    page("/en/about/", "About us", "Who we are.", kind="page", date=None, countries=(), topics=()),
    page("/fr/egalite/", "L’égalité d’abord", "Les détenues demandent l’égalité.", topics=("women",)),
    page("/ar/freedom/", "الحرية للصحفيين", "عن حقوق الإنسان في عام ٢٠١٨"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = SearchIndex(tmp_path_factory.mktemp("search"))
    index.update(PAGES, [])
    return index


def paths(index, text, language="en", **filters):
    return [hit.path for hit in find(index, SearchRequest(text, language, **filters)).hits]


@pytest.mark.parametrize(
    ("language", "text", "path"),
    [
        ("en", "human rights", "/en/executed/"),
        ("en", "Tiananmen Crackdown", "/en/tiananmen/"),
        ("en", "tiananmen crackdowns", "/en/tiananmen/"),
        ("en", "executions", "/en/executed/"),
        ("en", "EXÉCUTED", "/en/executed/"),
        ("en", "the men of the dawn", "/en/executed/"),
        ("fr", "egalite", "/fr/egalite/"),
        ("fr", "l'égalité", "/fr/egalite/"),
        ("fr", "détenus", "/fr/egalite/"),
        ("ar", "حرية", "/ar/freedom/"),
        ("ar", "حُرِّيَّة", "/ar/freedom/"),
        ("ar", "صحفي", "/ar/freedom/"),
        ("ar", "حقوق الانسان", "/ar/freedom/"),
        ("ar", "2018", "/ar/freedom/"),
        ("en", "١٩٨٩", "/en/remember/"),
    ],
)
def test_the_page_that_is_meant_comes_first(index, language, text, path):
    assert paths(index, text, language)[0] == path


def test_all_words_are_required_where_a_page_has_them_all(index):
    assert paths(index, "tiananmen years") == ["/en/tiananmen/"]
    assert set(paths(index, "tiananmen dawn")) == {"/en/remember/", "/en/tiananmen/", "/en/executed/"}


def test_a_quoted_phrase_is_honoured(index):
    assert paths(index, '"human rights"') == ["/en/executed/"]
    assert paths(index, "«human rights» dawn") == ["/en/executed/"]
    assert paths(index, '"rights human"') == []
    assert paths(index, '"Crackdown Thirty"') == []


def test_a_typing_mistake_is_forgiven_and_named(index):
    results = find(index, SearchRequest("exectued  dawn", "en"))
    assert [hit.path for hit in results.hits] == ["/en/executed/"]
    assert results.suggestion == "executed dawn"
    assert ("executed", True) in results.hits[0].excerpt
    assert find(index, SearchRequest("executed", "en")).suggestion is None


def test_a_number_is_never_taken_for_a_mistyped_one(index):
    assert paths(index, "1988") == []


def test_a_rare_word_that_resembles_a_common_one_brings_a_suggestion(tmp_path):
    index = SearchIndex(tmp_path)
    common = [page(f"/en/{number}/", "News", "There was torture.") for number in range(30)]
    index.update([*common, page("/en/slip/", "Slip", "There was totrure.")], [])
    results = find(index, SearchRequest("totrure", "en"))
    assert [hit.path for hit in results.hits] == ["/en/slip/"]
    assert results.suggestion == "torture"


def test_what_was_found_is_marked_without_any_markup(index):
    hit = find(index, SearchRequest("rights human", "en")).hits[0]
    assert ("human", True) in hit.excerpt
    assert ("rights", True) in hit.excerpt
    assert "".join(piece for piece, _match in hit.title) in {found.title for found in PAGES}


def test_filters_narrow_and_combine(index):
    assert paths(index, "women", topic="women") == ["/en/women/"]
    assert paths(index, "women", country="SA") == ["/en/women/"]
    assert paths(index, "women", country="cn") == []
    assert paths(index, "tiananmen", kind="report") == ["/en/tiananmen/"]
    assert paths(index, "tiananmen", year="2019") == ["/en/remember/"]
    assert paths(index, "tiananmen", year="٢٠١٩", kind="release") == ["/en/remember/"]


def test_filters_alone_list_the_newest_first(index):
    listed = paths(index, "", topic="torture")
    assert listed[0] == "/en/remember/"
    assert set(listed) == {"/en/remember/", "/en/executed/", "/en/tiananmen/", "/en/women/"}
    assert find(index, SearchRequest("", "en", topic="women")).elsewhere == {"fr": 1}


def test_nothing_asked_finds_nothing(index):
    assert find(index, SearchRequest("", "en")).total == 0
    assert find(index, SearchRequest("  \n", "en")).total == 0


def test_facets_count_the_hits(index):
    facets = find(index, SearchRequest("", "en", topic="torture")).facets
    assert facets["kind"] == (("release", 3), ("report", 1))
    assert facets["country"] == (("ca", 4), ("sa", 1))
    assert facets["topic"] == (("torture", 4), ("women", 1))
    assert facets["year"] == (("2018", 3), ("2019", 1))


def test_hits_in_other_languages_are_counted(index):
    assert find(index, SearchRequest("executions", "fr")).elsewhere == {"en": 1}
    assert find(index, SearchRequest("egalite", "en")).elsewhere == {"fr": 1}


def test_a_title_outweighs_a_text_and_the_newer_of_equals_comes_first(tmp_path):
    index = SearchIndex(tmp_path)
    index.update(
        [
            page("/en/old/", "Some news", "A prison here", date="2001-01-01"),
            page("/en/new/", "Some news", "A prison here", date="2024-01-01"),
        ],
        [],
    )
    index.update([page("/en/title/", "A prison here", "Some news", date="1999-01-01")], [])
    assert paths(index, "prison") == ["/en/title/", "/en/new/", "/en/old/"]


def test_words_side_by_side_outweigh_words_apart(tmp_path):
    index = SearchIndex(tmp_path)
    index.update(
        [
            page("/en/apart/", "One", "water and then came a cannon"),
            page("/en/together/", "Two", "then came and a water cannon"),
        ],
        [],
    )
    assert paths(index, "water cannon")[0] == "/en/together/"


def test_pages_of_results_do_not_overlap_and_the_last_is_the_last(tmp_path):
    index = SearchIndex(tmp_path)
    index.update([page(f"/en/{number}/", "News", "A prison here") for number in range(25)], [])
    found = [find(index, SearchRequest("prison", "en", page=number)) for number in (1, 2, 3, 99, -4)]
    assert [(results.page, results.pages, len(results.hits)) for results in found] == [
        *((1, 3, 10), (2, 3, 10), (3, 3, 5), (3, 3, 5), (1, 3, 10))
    ]
    assert len({hit.path for results in found[:3] for hit in results.hits}) == 25


@pytest.mark.parametrize(
    "text",
    [
        *(
            '"',
            '""',
            "“",
            '"a',
            "AND OR NOT",
            "*:*",
            "(((",
            "title:x",
            "a~2^3",
            "[a TO b]",
            "\\",
            "/.*/",
            "-x",
        ),
        *("🎉", "👩‍👩‍👧", "\u200f\u202e", "\x00\x07", "\ud800", "a\ud800b", "ـ", "\u064b", "'", "a" * 10_000),
        *("a " * 5_000, '"' * 10_000, "(" * 10_000, "x" * 64 + " " + "y" * 65, "ﷺ", "İ", "ß", "人权"),
    ],
)
def test_no_question_fails(index, text):
    for language in ("en", "fr", "ar", "zh", "", "\ud800"):
        find(index, SearchRequest(text, language))
        find(index, SearchRequest(text, language, topic=text, country=text, kind=text, year=text))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters() | st.sampled_from('" “”«»:*()~^\\/+-'), max_size=200),
    st.sampled_from(["en", "fr", "ar"]),
    st.integers(),
    st.integers(),
)
def test_no_question_fails_whatever_it_is(index, text, language, number, size):
    results = find(index, SearchRequest(text, language, page=number, per_page=size))
    assert 1 <= results.page <= max(results.pages, 1)


def test_only_the_first_twenty_words_count(index):
    assert paths(index, "women " * 20 + "zzzz") == ["/en/women/"]
    assert paths(index, '"women who drove" ' + "women " * 17 + "zzzz") == ["/en/women/"]
