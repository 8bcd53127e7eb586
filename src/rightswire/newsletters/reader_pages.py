"""The pages that answer those who subscribe: rendered like the public ones, never stored."""

import datetime
from collections.abc import Callable
from typing import Any

from babel.dates import format_time
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from rightswire.campaigns.supporter_pages import SupporterPages
from rightswire.newsletters.consent import news_words
from rightswire.newsletters.links import Wish
from rightswire.newsletters.models import Basis, Chosen, Handover, MailSettings, Rhythm, Sending, Subscriber
from rightswire.newsletters.petition_titles import petition_titles
from rightswire.newsletters.subscribe_form import SubscribeForm, form_context, is_offered
from rightswire.newsletters.subscribing import organisation_name
from rightswire.newsletters.zones import offered_zones, zone_name
from rightswire.newsroom.models import Kind, Topic
from rightswire.pages.language import NO_BREAK_SPACE, language
from rightswire.pages.sheet import Sheet

TITLES: dict[str, Callable[[], str]] = {
    "subscribe": lambda: _("Subscribe to news"),
    "sent": lambda: _("Check your mail"),
    "confirm": lambda: _("Confirm that you subscribe"),
    "subscribed": lambda: _("Thank you for subscribing"),
    "unsubscribe": lambda: _("Unsubscribe"),
    "left": lambda: _("You have unsubscribed"),
    "ended": lambda: _("This subscription is no longer there"),
    "again": lambda: _("Look into your mailbox"),
    "preferences": lambda: _("What you get from us"),
    "moving": lambda: _("Look into the new mailbox"),
    "refused": lambda: _("This link does nothing"),
}


class ReaderPages:
    """Each asks the database: to be called in a thread."""

    def __init__(self, pages: SupporterPages) -> None:
        self._pages = pages

    def form(self, form: SubscribeForm | None, language: str) -> bytes:
        return self._show(
            "subscribe", language, lambda sheet: {**form_context(sheet, form), "is_offered": is_offered()}
        )

    def plain(self, name: str, language: str, **context: Any) -> bytes:
        return self._show(name, language, lambda sheet: context)

    def confirm(self, wish: Wish) -> bytes:
        chosen = Chosen.of(wish.topics, wish.countries, wish.kinds)
        return self._show(
            "confirm",
            wish.language,
            lambda sheet: {
                "wish": wish,
                "told": told(sheet, wish.rhythm, chosen) if not wish.moves else {},
                "consent": news_words(wish.language, organisation_name(wish.language)),
            },
        )

    def subscribed(self, subscriber: Subscriber, preferences: str, *, moved: bool) -> bytes:
        return self._show(
            "subscribed",
            subscriber.language,
            lambda sheet: {
                "moved": moved,
                "told": told(sheet, subscriber.rhythm, subscriber.choice.chosen, subscriber.zone),
                "preferences_url": preferences,
            },
        )

    def preferences(self, subscriber: Subscriber, form: SubscribeForm | None = None, notice: str = "") -> bytes:
        """`form`: what was typed and its errors, where it comes back to be mended."""
        shown = form or as_chosen(subscriber)

        def context(sheet: Sheet) -> dict[str, Any]:
            offered = form_context(sheet, shown)
            return {
                **offered,
                "rhythms": [*offered["rhythms"], (Rhythm.NONE.value, Rhythm.NONE.label)],
                "subscriber": subscriber,
                "notice": notice,
                "follows": follows(subscriber, sheet.language),
                "languages": settings.LANGUAGES,
                "zones": offered_zones(sheet.language, subscriber.zone),
                "digest_hour": written_hour(MailSettings.current().digest_hour, sheet),
                "paused_until": sheet.long_date(subscriber.paused_until) if subscriber.paused_until else "",
                "bounced_on": sheet.long_date(subscriber.bounced_on) if subscriber.bounced_on else "",
                "consents": [
                    {
                        "date": sheet.long_date(row.day),
                        "basis": Basis(row.basis).label,
                        "words": row.wording.words,
                        "language": row.wording.language,
                        "version": row.wording.version,
                    }
                    for row in subscriber.consents.select_related("wording")
                ],
            }

        return self._show("preferences", subscriber.language, context)

    def _show(self, name: str, language: str, context: Callable[[Sheet], dict[str, Any]]) -> bytes:
        return self._pages.show(f"newsletters/{name}.html", TITLES[name], language, context)


def as_chosen(subscriber: Subscriber) -> SubscribeForm:
    """The form as somebody last left it."""
    chosen = subscriber.choice.chosen
    return SubscribeForm(rhythm=subscriber.rhythm, topics=chosen.topics, countries=chosen.countries, kinds=chosen.kinds)


def told(sheet: Sheet, rhythm: str, chosen: Chosen, zone: str = "") -> dict[str, str]:
    """A choice in words."""
    if rhythm == Rhythm.NONE:
        return {"rhythm": str(Rhythm.NONE.label)}
    topics = Topic.objects.filter(slug__in=chosen.topics).prefetch_related("wordings")
    names = [topic.name_in(sheet.language) for topic in topics] + [sheet.country(code) for code in chosen.countries]
    is_everything = not chosen.topics and not chosen.countries
    return {
        "rhythm": str(Rhythm(rhythm).label),
        "what": sheet.joined(names) or (_("Everything") if is_everything else _("A topic that is no longer there")),
        "kinds": sheet.joined([str(Kind(kind).label) for kind in chosen.kinds]),
        "zone": zone_name(zone, sheet.language) if zone and rhythm in (Rhythm.DAILY, Rhythm.WEEKLY) else "",
    }


def written_hour(hour: int, sheet: Sheet) -> str:
    """A full hour as the sheet's language writes it: "7:00 a.m.", "7 h", "٧:٠٠ ص"."""
    locale = language(sheet.language).locale
    if locale.language == "fr":  # as the Office québécois de la langue française does
        return f"{hour}{NO_BREAK_SPACE}h"
    return sheet.numerals(format_time(datetime.time(hour), "short", locale=locale))


def follows(subscriber: Subscriber, language: str) -> list[tuple[int, str]]:
    """The petitions that somebody follows, by number and title; no title of one that was taken down."""
    numbers = [row.petition_id for row in subscriber.follows.all()]
    titles = petition_titles(numbers, language)
    return [(number, titles.get(number, "")) for number in numbers]


def all_kept(subscriber: Subscriber) -> dict[str, Any]:
    """Everything that is kept of somebody, for a file to take along; the address is encrypted and not in it."""
    return {
        "address": "encrypted; only the organisation's mailing key opens it",
        "language": subscriber.language,
        "rhythm": subscriber.rhythm,
        "choice": {
            "topics": subscriber.choice.chosen.topics,
            "countries": subscriber.choice.chosen.countries,
            "kinds": subscriber.choice.chosen.kinds,
        },
        "time_zone": subscriber.zone,
        "newsletters": subscriber.wants_letters,
        "paused_until": _iso(subscriber.paused_until),
        "consent_ends_on": _iso(subscriber.consent_ends_on),
        "is_suspended": subscriber.state != 1,
        "bounces": subscriber.bounces,
        "first_bounce_on": _iso(subscriber.bounced_on),
        "newest_item_looked_at": subscriber.mark,
        "follows": [title or f"petition {number}" for number, title in follows(subscriber, subscriber.language)],
        "consents": [
            {
                "day": row.day.isoformat(),
                "basis": row.basis,
                "source": row.source,
                "version": row.wording.version,
                "language": row.wording.language,
                "words": row.wording.words,
            }
            for row in subscriber.consents.select_related("wording")
        ],
        "mails": _mails(subscriber),
        "as_of": timezone.localdate().isoformat(),
    }


def _mails(subscriber: Subscriber) -> list[dict[str, str]]:
    """The rows of the ledger about somebody, as long as there are any."""
    sendings = list(Sending.objects.filter(audience__gt=0, totals__isnull=True).values_list("pk", flat=True))
    rows = Handover.objects.filter(sending__in=sendings, subscriber=subscriber.pk).select_related("sending")
    return [
        {
            "day": timezone.localdate(row.sending.frozen_at).isoformat(),
            "what": row.sending.get_kind_display(),
            "outcome": row.get_fate_display(),
        }
        for row in rows.order_by("pk")
    ]


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
