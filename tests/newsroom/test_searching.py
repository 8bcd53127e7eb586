import pytest
from selectolax.lexbor import LexborHTMLParser

from rightswire.conf.headers import PAGE_HEADERS
from rightswire.newsroom import searching

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(client, publish, bake):
    """search("words", lang="en") -> the page that a reader gets, over the index of what was baked."""
    searching.index.cache_clear()
    searching._known.clear()
    publish("Free Germain Rukuki", countries=["BI"], topics=["defenders"], text="The court should quash the sentence.")
    publish("Nobody should be executed", kind="statement", date="2017-05-01", text="Google hides human rights.")
    publish("La liberté et l’égalité", language="fr", text="Des détenus attendent.")
    publish("حرية التعبير", language="ar", text="الحرية للجميع")
    publish("A draft about marmalade", is_live=False)
    bake(everything=True)

    def ask(text: str, **fields):
        response = client.get("/do/search/", {"q": text, "lang": "en"} | fields)
        assert response.status_code == 200
        return LexborHTMLParser(response.content.decode())

    yield ask
    searching.index.cache_clear()
    searching._known.clear()


def found(page: LexborHTMLParser) -> list[str]:
    return [link.text() for link in page.css("main ol h3 a")]


@pytest.mark.parametrize(
    ("text", "language", "headline"),
    [
        ("human rights", "en", "Nobody should be executed"),
        ("exectued", "en", "Nobody should be executed"),
        ("sentences", "en", "Free Germain Rukuki"),
        ("egalite", "fr", "La liberté et l’égalité"),
        ("detenu", "fr", "La liberté et l’égalité"),
        ("حرية", "ar", "حرية التعبير"),
    ],
)
def test_it_finds_what_is_meant(search, text: str, language: str, headline: str):
    assert found(search(text, lang=language)) == [headline]


def test_what_was_found_is_marked(search):
    marks = [mark.text() for mark in search("human rights").css("main ol mark")]
    assert marks == ["human", "rights"]


def test_it_can_hold_nothing_that_is_not_public(search):
    assert found(search("marmalade")) == []


@pytest.mark.parametrize(
    ("fields", "headline"),
    [
        ({"country": "bi"}, "Free Germain Rukuki"),
        ({"topic": "defenders"}, "Free Germain Rukuki"),
        ({"kind": "statement"}, "Nobody should be executed"),
        ({"year": "2017"}, "Nobody should be executed"),
    ],
)
def test_filters_narrow_without_words_too(search, fields: dict, headline: str):
    assert found(search("", **fields)) == [headline]


@pytest.mark.parametrize(
    "text", ['"', "'" * 99, "a" * 10_000, "\x00\x01", "*:* AND (((", "😀", "\u202e\u2066", "-", "page:1"]
)
def test_it_never_fails_whatever_is_typed(search, text: str):
    search(text, page="99999999999999", year="\n", topic="../../", kind="<b>")


def test_what_was_typed_comes_back_as_text_only(search):
    page = search('<script>alert(1)</script>"><img src=x>')
    assert page.css_first("input[name=q]").attributes["value"] == '<script>alert(1)</script>"><img src=x>'
    assert not page.css("main script, main img")


def test_answers_carry_readers_headers_and_no_cookie(search, client):
    response = client.get("/do/search/", {"q": "rights"})
    assert all(response.headers[name] == value for name, value in PAGE_HEADERS.items())
    assert not response.cookies
    assert response.headers["Cache-Control"] == "no-store"


def test_posting_is_refused(client, db):
    assert client.post("/do/search/").status_code == 405
