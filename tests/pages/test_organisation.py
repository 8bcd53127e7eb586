import io
from pathlib import Path

import pytest
from django.core.files.images import ImageFile
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from rightswire.pages.models import Menu, Organisation, Picture

pytestmark = pytest.mark.django_db


def test_a_new_name_stands_on_every_page(publish, bake, site: Path):
    publish("Headline")
    bake(everything=True)
    organisation = Organisation.current()
    wording = organisation.wordings.get(language="en")
    wording.name = "Every Other Name"
    organisation.wordings = [wording]
    organisation.save()
    bake()
    for page in ("en/index.html", "en/news/item-1/index.html", "en/privacy/index.html"):
        assert "Every Other Name" in (site / page).read_text(), page


def test_the_accent_is_moved_until_it_can_be_read(newsroom, bake, site: Path):
    Organisation.objects.update(accent="#ffee00")
    bake(everything=True)
    style = next((site / "assets").glob("site-*.css")).read_text()
    assert "#ffee00" not in style.partition("prefers-color-scheme: dark")[0]
    assert "#accent" not in style
    assert "#band" not in style


def test_a_logo_takes_the_place_of_the_mark_and_of_the_icon(newsroom, bake, site: Path):
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), "navy").save(buffer, "PNG")
    buffer.seek(0)
    organisation = Organisation.current()
    organisation.logo = Picture.objects.create(title="Logo", file=ImageFile(buffer, name="logo.png"))
    organisation.save()
    bake()
    page = LexborHTMLParser((site / "en/index.html").read_text())
    address = page.css_first(".brand img").attributes["src"]
    assert page.css_first("link[rel=icon]").attributes["href"] == address
    assert (site / address.lstrip("/")).read_bytes().startswith(b"\x89PNG")


def test_the_menu_leads_to_pages_and_leaves_out_those_that_readers_cannot_see(publish, bake, site: Path):
    item, draft = publish("Headline"), publish("A draft", is_live=False)
    links = [{"label": p.title, "page": p, "address": ""} for p in (item, draft)]
    Menu.objects.create(language="en", items=[("group", {"label": "News", "links": links})])
    bake(everything=True)
    menu = LexborHTMLParser((site / "en/index.html").read_text()).css_first(".menu")
    assert [link.attributes["href"] for link in menu.css("a")] == ["/en/news/item-1/"]
    item.unpublish()
    bake()
    assert "/en/news/item-1/" not in (site / "en/index.html").read_text()


def test_security_txt_names_the_contact(newsroom, bake, site: Path):
    Organisation.objects.update(security_contact="security@everyname.example")
    bake(everything=True)
    lines = (site / ".well-known/security.txt").read_text().splitlines()
    assert "Contact: mailto:security@everyname.example" in lines
    assert any(line.startswith("Expires: ") for line in lines)


def test_a_demonstration_says_so_and_asks_not_to_be_indexed(newsroom, bake, site: Path):
    bake(everything=True)
    assert "noindex" not in (site / "en/index.html").read_text()
    Organisation.objects.update(is_demo=True)
    bake(everything=True)
    page = (site / "en/index.html").read_text()
    assert "Demonstration. Facts as of November 2018" in page
    assert '<meta name="robots" content="noindex">' in page
