import errno
from pathlib import Path

import brotli
import pytest

from rightswire.bake import baking, folder
from rightswire.bake.models import Baked, Due
from rightswire.bake.pieces import Edition, File, register

pytestmark = pytest.mark.django_db


def test_a_published_item_is_on_its_page_its_listing_and_its_feeds(publish, bake, site: Path):
    bake(everything=True)
    item = publish("Free Germain Rukuki", countries=["BI"], topics=["defenders"])
    bake()
    for path in (
        "en/news/item-1/index.html",
        "en/news/index.html",
        "en/index.html",
        "en/news/2018/index.html",
        "en/news/2018/11/index.html",
        "en/news/country/bi/index.html",
        "en/news/topic/defenders/index.html",
        "en/news/rss.xml",
        "en/news/atom.xml",
        "en/news/feed.json",
        "en/news/country/bi/feed.json",
    ):
        assert "Free Germain Rukuki" in (site / path).read_text(), path
    assert item.url_path in (site / "sitemap-news-2018.xml").read_text()


def test_everything_is_there_as_br_and_gz_too(publish, bake, site: Path):
    publish("Headline")
    bake(everything=True)
    page = site / "en/news/item-1/index.html"
    assert brotli.decompress(Path(f"{page}.br").read_bytes()) == page.read_bytes()
    for file in site.rglob("*.html"):
        assert Path(f"{file}.gz").exists()
        assert Path(f"{file}.br").exists()


def test_baking_twice_gives_the_same_bytes_and_writes_nothing_again(publish, bake, site: Path, tree):
    publish("Headline", countries=["CA"])
    bake(everything=True)
    first, stamp = tree(site), (site / "en/news/index.html").stat().st_mtime_ns
    bake(everything=True)
    assert tree(site) == first
    assert (site / "en/news/index.html").stat().st_mtime_ns == stamp


def test_step_by_step_and_all_at_once_give_the_same_site(publish, bake, site: Path, tree, home: Path):
    bake(everything=True)
    items = []
    for number in range(25):
        items.append(publish(f"Story {number}", countries=["CA", "MX"][number % 2 :], topics=["torture"]))
        bake()
    publish("En français", language="fr", original=items[3])
    bake()
    items[5].unpublish()
    bake()
    items[7].slug = "another-address"
    items[7].save_revision().publish()
    bake()
    incremental = tree(site)
    Baked.objects.all().delete()
    baking.sweep()  # removes what nobody accounts for: all of it
    bake(everything=True)
    assert tree(site).keys() == incremental.keys()
    assert tree(site) == incremental


def test_an_unpublished_item_leaves_nothing_behind(publish, bake, site: Path, tree):
    bake(everything=True)
    before = tree(site)
    item = publish("Sesquipedalian headline", countries=["TV"], people="Somebody Particular")
    bake()
    assert any(b"Sesquipedalian" in content for content in tree(site).values())
    item.unpublish()
    bake()
    assert tree(site).keys() == before.keys()
    assert not any(b"Sesquipedalian" in content for content in tree(site).values())


def test_a_deleted_item_leaves_nothing_behind(publish, bake, site: Path):
    item = publish("Headline")
    bake(everything=True)
    item.delete()
    bake()
    assert not (site / "en/news/item-1").exists()
    assert "Headline" not in (site / "en/news/index.html").read_text()


def test_asking_again_while_a_piece_is_rendered_is_not_forgotten(db):
    Due.objects.add(["page:1"])
    rows = list(Due.objects.all())
    Due.objects.add(["page:1"])  # an editor publishes again while the first is being rendered
    Due.objects.done(rows)
    assert [row.piece for row in Due.objects.all()] == ["page:1"]


def test_a_piece_that_fails_holds_up_no_other_and_stays_due(newsroom, bake, site: Path, caplog):
    bake(everything=True)

    @register("broken", priority=2, every=list)
    def render(arguments, edition: Edition):
        for argument in arguments:
            if argument == "bad":
                raise RuntimeError("a person's name")
            yield argument, [File(f"broken/{argument}.txt", argument.encode())]

    try:
        Due.objects.add(["broken:bad", "broken:good"])
        failed = baking.bake_due()
        assert list(failed) == ["broken:bad"]
        assert (site / "broken/good.txt").exists()
        assert [row.piece for row in Due.objects.all()] == ["broken:bad"]
        assert "a person's name" not in caplog.text  # what a page says never enters a log
    finally:
        from rightswire.bake import pieces

        del pieces._kinds["broken"]


def test_a_full_disk_changes_nothing_and_is_made_up_for(publish, bake, site: Path, tree, monkeypatch):
    bake(everything=True)
    before = tree(site)
    publish("Headline")
    write = Path.write_bytes
    written = []

    def full(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            baking.bake_due()
    assert tree(site) == before
    bake()
    assert "Headline" in (site / "en/news/index.html").read_text()


def test_a_sweep_mends_torn_missing_and_strange_files(publish, bake, site: Path, tree):
    publish("Headline")
    bake(everything=True)
    whole = tree(site)
    (site / "en/news/index.html").write_bytes(b"<html>torn")
    (site / "en/news/item-1/index.html.br").write_bytes(b"")
    (site / "fr/index.html").unlink()
    (site / "en/stranger.html").write_text("put here by nobody")
    baking.sweep()
    bake()
    assert tree(site) == whole


def test_a_path_that_leads_out_of_the_folder_is_refused(site: Path):
    public = folder.PublicFolder(site, site.parent / "staging")
    for path in ("../secret.txt", "/etc/x", "en/../../x"):
        with pytest.raises(ValueError, match="not a path inside"):
            public.stage(path, b"")


def test_old_style_sheets_stay_until_no_page_links_to_them(newsroom, bake, site: Path, monkeypatch):
    from rightswire.pages import assets

    bake(everything=True)
    old = next((site / "assets").glob("site-*.css")).name
    monkeypatch.setattr(assets, "minified", lambda css: css + "\n/* changed */")
    seen = []

    def look() -> bool:
        linked = [old in file.read_text() for file in site.rglob("*.html")]
        if any(linked):
            seen.append((site / "assets" / old).exists())
        return True

    baking.queue_everything()
    baking.bake_due(between=look)
    assert all(seen)
    assert seen
    assert not (site / "assets" / old).exists()
