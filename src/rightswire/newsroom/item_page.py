"""The page of one item: what its template shows, and the notice that stands in its place when it is withdrawn."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rightswire.bake.pieces import GONE, Edition, File
from rightswire.newsroom.archive import archive
from rightswire.newsroom.linked_data import (
    Author,
    Correction,
    Publisher,
    as_script,
    breadcrumbs,
    news_article,
)
from rightswire.newsroom.listing import headed
from rightswire.newsroom.models import NewsItem
from rightswire.pages.sheet import SHARED, Sheet, Single


def item_context(item: NewsItem, sheet: Sheet) -> dict[str, Any]:
    entries = archive(sheet.edition, item.language)
    entry = entries.by_pk.get(item.pk)
    countries = [(code, sheet.country(code)) for code in item.country_codes]
    topics = [(topic.slug, topic.name_in(item.language)) for topic in item.topics.all()]
    shared = shared_picture(item, sheet)
    home = f"/{item.language}/"
    description = item.search_description or " ".join(item.teaser_paragraphs)[:300]
    with translation.override(item.language):
        crumbs = [(_("Home"), home), (_("News"), f"{home}news/")]
        kind_name = item.kind_name
    if countries:
        crumbs.append((countries[0][1], f"{home}news/country/{countries[0][0].lower()}/"))
    return {
        "page": item,
        "title": item.seo_title or item.title,
        "description": description,
        "kind_name": kind_name,
        "countries": [(f"{home}news/country/{code.lower()}/", name) for code, name in countries],
        "topics": [(f"{home}news/topic/{slug}/", name) for slug, name in topics],
        "country_codes": " ".join(code.lower() for code in item.country_codes),
        "topic_slugs": " ".join(slug for slug, _name in topics),
        "date": sheet.date_parts(item.date),
        "crumbs": crumbs,
        "lead": lead_above_text(item),
        "lead_alt": item.lead_alt,
        "lead_credit": lead_credit(item),
        "facts": [block for block in item.body if block.block_type == "facts"],
        "story": [block for block in item.body if block.block_type != "facts"],
        "corrections": corrections(item),
        "contacts": [(contact, contact.worded(item.language)) for contact in item.contacts.all()],
        "related": headed(sheet, entries.related(entry)) if entry else [],
        "share": share_links(settings.BASE_URL + item.url_path, item.title),
        "shared_picture": shared,
        "published": item.published_at.isoformat(),
        "modified": item.modified_at.isoformat(),
        "linked_data": linked_data(item, sheet, shared, description, kind_name, crumbs, topics, countries),
    }


def lead_above_text(item: NewsItem) -> Any:
    """The lead picture, unless the text itself shows the same picture, where its caption is."""
    lead = item.lead_block
    in_text = [block.value["picture"] for block in item.body if block.block_type == "picture"]
    return None if lead and lead["picture"] in in_text else lead


def lead_credit(item: NewsItem) -> str:
    block = item.lead_block
    return str(block["credit"] or block["picture"].credit) if block and block["picture"] else ""


def corrections(item: NewsItem) -> list[dict[str, Any]]:
    """Corrections, the newest first, with their moments in the organisation's time zone."""
    zone = timezone.get_default_timezone()
    found = [{"at": block.value["at"].astimezone(zone), "text": block.value["text"]} for block in item.corrections]
    return sorted(found, key=lambda correction: correction["at"], reverse=True)


def shared_picture(item: NewsItem, sheet: Sheet) -> Single | None:
    block = item.lead_block
    return sheet.single(block["picture"], SHARED) if block and block["picture"] else None


def linked_data(
    item: NewsItem,
    sheet: Sheet,
    shared: Single | None,
    description: str,
    kind_name: str,
    crumbs: list[tuple[str, str]],
    topics: list[tuple[str, str]],
    named_countries: list[tuple[str, str]],
) -> list[str]:
    """NewsArticle and BreadcrumbList, each as the text of a script element."""
    name = sheet.frame.wording.name
    base = settings.BASE_URL
    publisher = Publisher(name, f"{base}/{item.language}/", base + sheet.assets.icon_url, 112, 66)
    article = news_article(
        url=base + item.url_path,
        headline=item.title,
        description=description,
        published=item.published_at,
        modified=item.modified_at,
        language=item.language,
        section=kind_name,
        publisher=publisher,
        author=Author(name, publisher.url),
        images=[shared.url] if shared else [publisher.logo_url],
        keywords=[topic for _slug, topic in topics],
        people=item.people_names,
        countries=named_countries,
        corrections=[Correction(correction["text"], correction["at"]) for correction in corrections(item)],
    )
    places = [*((label, base + address) for label, address in crumbs), (item.title, base + item.url_path)]
    return [as_script(article), as_script(breadcrumbs(places))]


def share_links(url: str, title: str) -> list[tuple[str, str]]:
    """Plain links that open the other site with the page's address: nothing loads here, nothing counts."""
    address, words = quote(url, safe=""), quote(title, safe="")
    return [
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?u={address}"),
        ("X", f"https://x.com/intent/post?url={address}&text={words}"),
        ("Bluesky", f"https://bsky.app/intent/compose?text={words}%20{address}"),
        ("WhatsApp", f"https://wa.me/?text={words}%20{address}"),
        ("Telegram", f"https://t.me/share/url?url={address}&text={words}"),
        ("LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?url={address}"),
    ]


def notice_page(item: NewsItem, edition: Edition) -> list[File]:
    """The dated notice at the address of an item that was withdrawn for editorial reasons; status 410."""
    sheet = Sheet(edition, item.language)
    day = timezone.localdate(item.withdrawn_at) if item.withdrawn_at else item.date
    with translation.override(item.language):
        title = _("This page was withdrawn")
    context = {
        "page": item,
        "title": title,
        "is_error": True,
        "date": sheet.date_parts(day),
        "day": day,
        "notice": [part.strip() for part in item.withdrawal_notice.split("\n\n") if part.strip()],
    }
    others = NewsItem.objects.filter(translation_key=item.translation_key).readable()  # withdrawn together
    alternates = dict(others.values_list("locale__language_code", "url_path"))
    html = sheet.render("newsroom/withdrawn.html", context, alternates, item.url_path)
    return [*sheet.files(), File(item.url_path.lstrip("/") + "index.html", html, GONE)]
