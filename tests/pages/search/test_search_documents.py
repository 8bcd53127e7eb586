"""What search takes from a baked page, and what it leaves."""

import datetime

from rightswire.pages.search.documents import document_from_page

PAGE = """<!doctype html><html lang="fr"><head><title>Nouvelles | Organisation</title></head><body>
<nav>Menu principal</nav>
<main data-index data-kind="release" data-date="2018-11-29" data-countries="ca SA"
 data-topics="torture women">
<p data-noindex>Accueil / Nouvelles</p>
<h1>Des <em>détenues</em><br>libérées</h1>
<p>Première phrase.</p><ul><li>une</li><li>deux</li></ul>
<p>Un mot cou<b>pé</b> en deux &amp; une&nbsp;espace<br>puis la suite</p>
<div data-noindex>Partager <a href="#">ailleurs</a></div>
<script>let secret = 1</script>
</main><footer>Pied de page</footer></body></html>""".encode()


def test_a_page_gives_its_language_title_text_and_facts():
    document = document_from_page("/fr/news/x/", PAGE)
    assert document is not None
    assert document.path == "/fr/news/x/"
    assert document.language == "fr"
    assert document.title == "Des détenues libérées"
    assert document.kind == "release"
    assert document.date == datetime.date(2018, 11, 29)
    assert document.countries == ("ca", "sa")
    assert document.topics == ("torture", "women")


def test_the_text_is_that_of_main_without_heading_crumbs_share_links_and_scripts():
    document = document_from_page("/fr/news/x/", PAGE)
    assert document is not None
    assert document.text == "Première phrase. une deux Un mot coupé en deux & une espace puis la suite"


def test_a_page_that_is_not_to_be_indexed_gives_nothing():
    assert document_from_page("/en/", b"<html lang=en><main><h1>Home</h1></main>") is None
    assert document_from_page("/en/", b"") is None


def test_a_plain_page_has_no_date_and_needs_no_facts():
    document = document_from_page("/en/about/", b"<html lang=EN><main data-index><h1>About</h1>us")
    assert document is not None
    assert (document.kind, document.date, document.countries, document.topics) == ("page", None, (), ())
    assert (document.language, document.text) == ("en", "us")


def test_a_page_without_a_heading_is_named_by_its_title_element():
    document = document_from_page("/en/x/", b"<html lang=en><title>Name</title><main data-index>text</main>")
    assert document is not None
    assert document.title == "Name"
