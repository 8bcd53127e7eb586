"""What the page of a day of action shows: its petitions and their sum, its places, its news."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_time, get_timezone_name
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rightswire.campaigns.calendar_file import Event, calendar_file
from rightswire.campaigns.models.petition import State
from rightswire.campaigns.petition_page import progress, share
from rightswire.newsroom.archive import archive
from rightswire.newsroom.linked_data import CONTEXT, as_script
from rightswire.newsroom.listing import headed
from rightswire.pages.language import countries
from rightswire.pages.models.menu import link_address
from rightswire.pages.sheet import Sheet

if TYPE_CHECKING:
    from rightswire.campaigns.models.day_of_action import DayOfActionPage


def day_context(page: "DayOfActionPage", sheet: Sheet) -> dict[str, Any]:
    rows = petitions(page, sheet)
    shown = places(page, sheet)
    entries = archive(sheet.edition, page.language).by_pk
    chosen = [entries[block.value.pk] for block in page.news if block.value and block.value.pk in entries]
    return {
        "page": page,
        "title": page.seo_title or page.title,
        "description": page.search_description or page.introduction,
        "crumbs": [(above.title, above.url_path) for above in page.get_ancestors().filter(depth__gt=1)],
        "date": sheet.date_parts(page.first_day),
        "days": days(page, sheet),
        "petitions": rows,
        "open": [row for row in rows if row["is_open"]],
        "total": total([row["progress"] for row in rows]),
        "places": shown,
        "country_codes": " ".join(sorted({place["code"].lower() for place in shown})),
        "news": headed(sheet, chosen),
        "share": share(page.url_path, page.title),
        "linked_data": [as_script(linked_data(page, shown, sheet))] if shown else [],
    }


def days(page: "DayOfActionPage", sheet: Sheet) -> str:
    """The day, or the first and the last, in words."""
    first = sheet.long_date(page.first_day)
    if not page.last_day:
        return first
    with translation.override(page.language):
        return _("From %(first)s to %(last)s") % {"first": first, "last": sheet.long_date(page.last_day)}


# Petitions and their sum


def petitions(page: "DayOfActionPage", sheet: Sheet) -> list[dict[str, Any]]:
    """Its petitions that were opened: each by its page in this language, else by one in another."""
    from rightswire.campaigns.models.pages import PetitionPage  # noqa: PLC0415 - pages know the days that show them

    original = page.original
    chosen = list(original.petitions.exclude(state=State.DRAFT))
    pages: dict[int, PetitionPage] = {}
    for found in PetitionPage.objects.filter(petition__in=chosen).readable().select_related("locale").order_by("pk"):
        if found.petition_id not in pages or found.language == page.language:
            pages[found.petition_id] = found
    return [
        {
            "title": pages[petition.pk].title,
            "text": pages[petition.pk].introduction,
            "address": pages[petition.pk].url_path,
            "language": next(other for other in sheet.frame.others if other.code == pages[petition.pk].language),
            "is_open": petition.is_open,
            "is_confirmed_by_mail": petition.confirmed_by == "mail",
            "progress": progress(petition, sheet),
        }
        for petition in chosen
        if petition.pk in pages
    ]


def total(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The sums of what the petitions show, each kind apart; None where there is no petition."""
    return {
        "confirmed": sum(each["confirmed"] for each in found),
        "unconfirmed": sum(each["unconfirmed"] for each in found),
        "paper": sum(each["paper"] for each in found),
        "elsewhere": sum(row["number"] for each in found for row in each["elsewhere"]),
        "as_of": max((each["as_of"] for each in found), default=None),
    }


# Places


def places(page: "DayOfActionPage", sheet: Sheet) -> list[dict[str, Any]]:
    """The places by country and town, as the language orders countries."""
    order = {code: number for number, (code, _name) in enumerate(countries(page.language))}
    rows = [_place(page, block, sheet) for block in page.places]
    return sorted(rows, key=lambda row: (order[row["code"]], row["town"].casefold(), row["starts"].isoformat()))


def _place(page: "DayOfActionPage", block: Any, sheet: Sheet) -> dict[str, Any]:
    value = block.value
    starts, ends = _moments(page, value)
    contact = link_address(value)
    return {
        "id": block.id,
        "town": value["town"],
        "code": value["country"],
        "country": sheet.country(value["country"]),
        "what": value["what"],
        "where": value["where"],
        "access": value["access"],
        "starts": starts,
        "ends": ends,
        "when": _in_words(starts, ends, sheet),
        "contact": contact,
        "contact_name": contact.removeprefix("mailto:") if contact.startswith("mailto:") else "",
    }


def _moments(page: "DayOfActionPage", value: Any) -> tuple[datetime.date, datetime.date | None]:
    """When it begins and ends, as moments in the place's own time; as days where no time is given."""
    day = value["day"] or page.first_day
    if not value["starts"]:
        return day, None
    zone = ZoneInfo(value["time_zone"])
    starts = datetime.datetime.combine(day, value["starts"], zone)
    if not value["ends"]:
        return starts, None
    ends = datetime.datetime.combine(day, value["ends"], zone)
    return starts, ends if ends > starts else ends + datetime.timedelta(days=1)


def _in_words(starts: datetime.date, ends: datetime.date | None, sheet: Sheet) -> str:
    if not isinstance(starts, datetime.datetime):
        return sheet.long_date(starts)
    locale = sheet.frame.language.locale
    zone = sheet.numerals(get_timezone_name(starts, "long", locale=locale))
    words = [sheet.long_moment(starts), zone]
    if isinstance(ends, datetime.datetime):
        with translation.override(sheet.language):
            words.insert(1, _("until %(time)s") % {"time": _hour(ends, sheet)})
    return sheet.joined(words)


def _hour(moment: datetime.datetime, sheet: Sheet) -> str:
    """The time of day alone, written as in `long_moment`."""
    locale = sheet.frame.language.locale
    if locale.language == "fr":
        return f"{moment.hour} h" + (f" {moment.minute:02}" if moment.minute else "")
    return sheet.numerals(format_time(moment.time(), "short", locale=locale).replace("\u202f", " "))


# For machines


def linked_data(page: "DayOfActionPage", shown: list[dict[str, Any]], sheet: Sheet) -> list[dict[str, Any]]:
    """A schema.org Event for each place."""
    url = settings.BASE_URL + page.url_path
    organiser = {
        "@type": "Organization",
        "name": sheet.frame.wording.name,
        "url": f"{settings.BASE_URL}/{page.language}/",
    }
    return [
        {
            "@context": CONTEXT,
            "@type": "Event",
            "@id": f"{url}#{place['id']}",
            "name": place["what"],
            "description": page.introduction,
            "url": url,
            "inLanguage": page.language,
            "startDate": place["starts"].isoformat(),
            **({"endDate": place["ends"].isoformat()} if place["ends"] else {}),
            "eventAttendanceMode": f"{CONTEXT}/OfflineEventAttendanceMode",
            "eventStatus": f"{CONTEXT}/EventScheduled",
            "isAccessibleForFree": True,
            "organizer": organiser,
            "location": {
                "@type": "Place",
                "name": place["where"] or place["town"],
                "address": {
                    "@type": "PostalAddress",
                    **({"streetAddress": place["where"]} if place["where"] else {}),
                    "addressLocality": place["town"],
                    "addressCountry": place["code"],
                },
            },
        }
        for place in shown
    ]


def calendar_of(page: "DayOfActionPage", sheet: Sheet) -> bytes:
    """The day itself, and each of its places, for a calendar."""
    url = settings.BASE_URL + page.url_path
    host = settings.BASE_URL.partition("://")[2].partition(":")[0]
    changed = page.last_published_at or timezone.now()
    day = Event(
        uid=f"{page.translation_key}@{host}",
        start=page.first_day,
        end=page.last_day,
        changed=changed,
        title=page.title,
        text=page.introduction,
        place="",
        url=url,
    )
    events = [
        Event(
            uid=f"{place['id']}@{host}",
            start=place["starts"],
            end=place["ends"],
            changed=changed,
            title=sheet.joined([place["what"], place["town"]]),
            text="\n".join(part for part in (page.title, place["access"]) if part),
            place=sheet.joined([part for part in (place["where"], place["town"], place["country"]) if part]),
            url=url,
        )
        for place in places(page, sheet)
    ]
    return calendar_file([day, *events], page.language)


# The listing of actions


def listed(sheet: Sheet) -> list[dict[str, Any]]:
    """The days of action of a language, the newest first, for the listing of all actions."""
    from rightswire.campaigns.models.day_of_action import DayOfActionPage  # noqa: PLC0415 - pages show this

    pages = DayOfActionPage.objects.filter(locale__language_code=sheet.language).readable()
    return [
        {
            "title": page.title,
            "text": page.introduction,
            "address": page.url_path,
            "first_day": page.first_day,
            "date": sheet.date_parts(page.first_day),
            "days": days(page, sheet),
            "is_long": bool(page.last_day),
        }
        for page in pages.select_related("locale").order_by("-first_day", "-pk")
    ]
