"""Baking, against Django's test client that asks Wagtail for the same pages; and publish to visible."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ITEMS = 2000
SAMPLE = 150  # pages asked for through the test client
PUBLISHED = 10


def run() -> Iterator[dict[str, Any]]:
    from benchmarks.newsroom import make_items, set_up

    set_up()
    make_items(ITEMS)
    from django.conf import settings

    from rightswire.bake.baking import bake_due, queue_everything

    client = _ask_wagtail()
    started = time.perf_counter()
    queue_everything()
    failed = bake_due()
    seconds = time.perf_counter() - started
    assert not failed, failed
    everything = sum(1 for _page in Path(settings.SITE_FOLDER).rglob("*.html"))
    yield {
        "name": f"full bake of {ITEMS} items: {everything} pages, feeds, sitemaps, search index, .br and .gz",
        "value": round(everything / seconds, 1),
        "unit": "pages/s",
        "against": f"Django's test client asking Wagtail for {SAMPLE} items, archive cached: {1 / client:.1f} pages/s",
        "ratio": round(client / (seconds / everything), 2),
    }
    times = [_publish(number) for number in range(PUBLISHED)]
    yield {
        "name": f"publish to visible at {ITEMS} items, worst of {PUBLISHED}",
        "value": round(max(times), 3),
        "unit": "s",
        "against": f"1 s; median {statistics.median(times):.3f} s",
        "ratio": round(max(times), 3),
    }


def _ask_wagtail() -> float:
    """Seconds a page: Wagtail routes and renders each request, with the same templates."""
    from django.http import HttpRequest, HttpResponse
    from django.test import Client

    from rightswire.bake.pieces import Edition
    from rightswire.pages.models.base import BasePage
    from rightswire.pages.sheet import Sheet

    def serve(page: BasePage, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sheet = Sheet(_frame_only(Edition(), page.language), page.language)
        html = sheet.render(
            page.template_name(), page.context(sheet), page.siblings_by_language(sheet.edition), page.url_path
        )
        return HttpResponse(html)

    BasePage.serve = serve  # type: ignore[method-assign]
    client = Client()
    step = ITEMS // SAMPLE
    addresses = [f"/en/news/item-{number}/" for number in range(0, ITEMS, step)][:SAMPLE]
    assert client.get(addresses[0]).status_code == 200
    started = time.perf_counter()
    for address in addresses:
        assert client.get(address).status_code == 200
    return (time.perf_counter() - started) / len(addresses)


def _frame_only(edition: Any, language: str) -> Any:
    """A site of the usual kind caches its archive; the comparison does not count loading it for every request."""
    from django.conf import settings

    from rightswire.newsroom.archive import archive
    from rightswire.pages.assets import Assets

    known = _known.setdefault("edition", edition)
    for code, _name in settings.LANGUAGES:
        edition.once(("archive", code), lambda code=code: archive(known, code))
    if "assets" not in _known:
        from rightswire.pages.models import Organisation

        _known["assets"] = Assets(Organisation.current())
    edition.once("assets", lambda: _known["assets"])
    return edition


_known: dict[str, Any] = {}


def _publish(number: int) -> float:
    """Seconds from an editor's click to the item standing in the listing and at its address."""
    import datetime

    from django.conf import settings

    from rightswire.bake.baking import bake_due
    from rightswire.newsroom.models import ItemCountry, NewsIndex, NewsItem

    index = NewsIndex.objects.get(locale__language_code="en")
    item = NewsItem(
        title=f"Published just now {number}",
        slug=f"now-{number}",
        date=datetime.date(2018, 11, 30),
        body=[("text", {"text": "<p>Just now.</p>", "language": ""})],
        locale=index.locale,
        live=False,
    )
    item.countries = [ItemCountry(country="CA")]
    index.add_child(instance=item)
    revision = item.save_revision()
    started = time.perf_counter()
    revision.publish()
    bake_due()
    seconds = time.perf_counter() - started
    site = Path(settings.SITE_FOLDER)
    assert (site / f"en/news/now-{number}/index.html").exists()
    assert f"now-{number}/" in (site / "en/news/index.html").read_text()
    return seconds
