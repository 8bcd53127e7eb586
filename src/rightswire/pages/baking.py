"""The pieces that every site has: its pages, assets, redirects, and the files that no editor writes."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.serializers import serialize
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from rightswire.bake.baking import queue_everything
from rightswire.bake.folder import sha256
from rightswire.bake.models import Imprint
from rightswire.bake.pieces import GONE, Edition, File, register
from rightswire.pages.frame import Frame
from rightswire.pages.models import BasePage, Contact, ContactWording, Organisation
from rightswire.pages.sheet import Sheet

FIXED = ("search", "subscribe", "privacy", "404", "410")


def page_types() -> list[type[BasePage]]:
    """The models of all kinds of pages."""
    from django.apps import apps  # noqa: PLC0415

    return [model for model in apps.get_models() if issubclass(model, BasePage)]


def _every_page() -> Iterator[str]:
    for model in page_types():
        for pk in model.objects.values_list("pk", flat=True):
            yield str(pk)


@register("page", priority=1, every=_every_page)
def bake_pages(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """The pages with these numbers, loaded by their types in few queries."""
    wanted = {int(argument) for argument in arguments}
    found: dict[int, list[File]] = {pk: [] for pk in wanted}
    types = dict(Page.objects.filter(pk__in=wanted).values_list("pk", "content_type__model"))
    for model in page_types():
        pks = [pk for pk, name in types.items() if name == model._meta.model_name]
        if not pks:
            continue
        readable = model.objects.filter(pk__in=pks).readable().values_list("pk", flat=True)
        public = set(readable)
        for page in model.for_baking(pks):
            found[page.pk] = page.bake(edition) if page.pk in public else page.bake_hidden(edition)
    for pk, files in found.items():
        yield str(pk), files


@register("frame", priority=0, every=lambda: [""])
def compare_frame(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """Makes everything due when what stands on every page has changed: menus, names, addresses, contacts."""
    organisation = Organisation.current()
    rows = [
        organisation,
        *organisation.wordings.all(),
        *organisation.accounts.all(),
        *organisation.recipients.all(),
        *Contact.objects.order_by("pk"),
        *ContactWording.objects.order_by("pk"),
    ]
    menus = [Frame(code).groups for code, _name in settings.LANGUAGES]
    digest = sha256((serialize("json", rows) + repr(menus)).encode())
    imprint, _ = Imprint.objects.get_or_create(pk=1)
    if imprint.frame != digest:
        with transaction.atomic():
            queue_everything()
            Imprint.objects.filter(pk=1).update(frame=digest)
    yield "", []


@register("assets", priority=0, every=lambda: [""], is_linked_everywhere=True)
def bake_assets(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    sheet = Sheet(edition, settings.LANGUAGES[0][0])
    yield "", sheet.assets.files()


def _every_fixed() -> Iterable[str]:
    return [f"{code}/{name}" for code, _name in settings.LANGUAGES for name in FIXED]


@register("fixed", priority=2, every=_every_fixed)
def bake_fixed(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """Search, subscribe, privacy and the pages for what is not there, in each language."""
    for argument in arguments:
        code, _slash, name = argument.partition("/")
        if code not in dict(settings.LANGUAGES):  # a language that was taken out of the settings
            yield argument, []
            continue
        sheet = Sheet(edition, code)
        is_error = name.isdigit()
        address = f"/{code}/{name}.html" if is_error else f"/{code}/{name}/"
        alternates = {} if is_error else {other: f"/{other}/{name}/" for other, _n in settings.LANGUAGES}
        if is_error:
            alternates = {other: f"/{other}/" for other, _n in settings.LANGUAGES}
        with translation.override(code):
            context = {"title": FIXED_TITLES[name](), "is_error": is_error, "name": name}
        html = sheet.render(f"pages/{name}.html", context, alternates, address)
        path = address.strip("/") if is_error else f"{code}/{name}/index.html"
        yield argument, [*sheet.files(), File(path, html)]


FIXED_TITLES: dict[str, Callable[[], str]] = {
    "search": lambda: _("Search"),
    "subscribe": lambda: _("Follow the news"),
    "privacy": lambda: _("Privacy"),
    "404": lambda: _("This page is not here"),
    "410": lambda: _("This page is no longer here"),
}


@register("root", priority=2, every=lambda: [""])
def bake_root(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """What stands at the root: the choice of language, robots.txt, security.txt, the icon's old address."""
    main = settings.LANGUAGES[0][0]
    sheet = Sheet(edition, main)
    homes = {code: f"/{code}/" for code, _name in settings.LANGUAGES}
    index = sheet.render("pages/languages.html", {"homes": homes}, homes, "/")
    lost = sheet.render("pages/404.html", {"title": "404", "is_error": True, "name": "404"}, homes, "/404.html")
    yield (
        "",
        [
            *sheet.files(),
            File("index.html", index),
            File("404.html", lost),
            File("robots.txt", _robots(sheet.frame.organisation.is_demo)),
            File(".well-known/security.txt", _security(sheet)),
        ],
    )


def _robots(is_demo: bool) -> bytes:
    # A demonstration is kept out of search engines by `noindex` in its pages, which they must be able to read.
    lines = [
        "User-agent: *",
        "Disallow: /do/",
        "Disallow: /admin/",
        "",
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
    ]
    return ("\n".join(lines) + "\n").encode()


def _security(sheet: Sheet) -> bytes:
    """RFC 9116. It expires a year after the first of the month in which it was last rendered."""
    contact = sheet.frame.organisation.security_contact or sheet.frame.organisation.email
    if contact and "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    first = datetime.date.today().replace(day=1)
    expires = first.replace(year=first.year + 1)
    languages = ", ".join(code for code, _name in settings.LANGUAGES)
    lines = [
        f"Contact: {contact or settings.BASE_URL + '/' + sheet.language + '/contact/'}",
        f"Expires: {expires.isoformat()}T00:00:00Z",
        f"Preferred-Languages: {languages}",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
    ]
    return ("\n".join(lines) + "\n").encode()


@register("redirects", priority=3, every=lambda: [""])
def bake_redirects(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """A page at each old address that leads to the new one, also where no server sends a status."""
    sheet = Sheet(edition, settings.LANGUAGES[0][0])
    taken = {path for model in page_types() for path in model.objects.readable().values_list("url_path", flat=True)}
    files: dict[str, File] = {}
    for redirect in Redirect.objects.select_related("redirect_page").order_by("pk"):
        old = unquote(urlsplit(redirect.old_path).path).rstrip("/") + "/"
        path = old.lstrip("/") + "index.html"
        if old in taken or ".." in path or not path.startswith(tuple(f"{c}/" for c, _n in settings.LANGUAGES)):
            continue
        target = _target(redirect)
        if target is None:
            files[path] = File(path, None, GONE)
        elif target:
            files[path] = redirect_file(sheet, path, target, is_permanent=redirect.is_permanent)
    yield "", list(files.values())


def _target(redirect: Redirect) -> str | None:
    """Where an old address leads; None: its page was withdrawn for safety; empty: nowhere now."""
    page: Any = redirect.redirect_page.specific if redirect.redirect_page else None
    if page is None:
        return str(redirect.redirect_link)
    if getattr(page, "is_withdrawn_for_safety", False):
        return None
    return str(page.url_path) if page.is_readable else ""


def redirect_file(sheet: Sheet, path: str, target: str, *, is_permanent: bool) -> File:
    html = sheet.part("pages/moved.html", {"target": target, "base_url": settings.BASE_URL})
    return File(path, html.encode(), f"{'moved' if is_permanent else 'temporary'} {target}")
