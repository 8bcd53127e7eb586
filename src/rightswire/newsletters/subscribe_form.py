"""The form for subscribing: what comes in is read, cleaned and checked, field by field."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from rightswire.campaigns.sending import Sending
from rightswire.newsletters.consent import news_words
from rightswire.newsletters.models import MailingKey, Rhythm
from rightswire.newsletters.subscribing import organisation_name
from rightswire.newsroom.models import Kind, NewsItem, Topic
from rightswire.pages.following import add_part
from rightswire.pages.language import COUNTRY_CODES, countries
from rightswire.pages.sheet import Sheet
from rightswire.seal.address import AddressError, read_address

RHYTHMS = (Rhythm.NOW, Rhythm.DAILY, Rhythm.WEEKLY)
EMPTY_ADDRESS = _("Please give your e-mail address: we send the link for confirming to it.")
EMPTY_AGAIN = _("Please give your e-mail address: we send your link to it.")
NO_ADDRESS = _("This is not a complete e-mail address. It looks like name@example.org.")

# By field: what is said where the sender chose something that nobody offers, as on a page of before it went.
UNKNOWN = {
    "topic": _("One of the topics is no longer there. Please choose again."),
    "country": _("One of the countries is not in our list. Please choose again."),
    "kind": _("One of the kinds of news is no longer there. Please choose again."),
}


@dataclass(slots=True)
class SubscribeForm:
    """`errors` by field. What nobody offers, such as a topic that is gone, is left out, and told there.

    `again`: as typed into the other form of the page, for having the link sent once more. `pause` and `unfollow`: of
    the page of preferences, for showing it once more.
    """

    typed: str = ""
    again: str = ""
    email: str = ""
    rhythm: str = Rhythm.WEEKLY
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    pause: str = ""
    unfollow: frozenset[int] = frozenset()
    errors: dict[str, Any] = field(default_factory=dict)


def read_choices(sending: Sending, topics: Iterable[str]) -> SubscribeForm:
    """Rhythm, topics, countries and kinds; `topics`: the slugs of those that there are."""
    wanted = {name: set(filter(None, map(str.strip, sending.every(name)))) for name in UNKNOWN}
    wanted["country"] = set(map(str.upper, wanted["country"]))
    known = {"topic": set(topics), "country": set(COUNTRY_CODES), "kind": set(Kind.values)}
    chosen = {name: tuple(sorted(wanted[name] & known[name])) for name in UNKNOWN}
    form = SubscribeForm(
        rhythm=sending.fields.get("rhythm", Rhythm.WEEKLY).strip(),
        topics=chosen["topic"],
        countries=chosen["country"],
        kinds=chosen["kind"],
        errors={name: words for name, words in UNKNOWN.items() if wanted[name] - known[name]},
    )
    if form.rhythm not in Rhythm.values:
        form.rhythm = Rhythm.WEEKLY
        form.errors["rhythm"] = _("Please choose how often you want to get mail.")
    return form


def read_form(sending: Sending, topics: Iterable[str]) -> SubscribeForm:
    """The form as it came; `errors` tells each field that its sender has to mend."""
    form = read_choices(sending, topics)
    form.typed = sending.fields.get("email", "")
    try:
        form.email = read_address(form.typed.strip())
    except AddressError:
        form.errors["email"] = no_address(form.typed)
    if form.rhythm == Rhythm.NONE:
        form.errors["rhythm"] = _("Please choose how often you want to get mail.")
    if sending.fields.get("website", "").strip():
        form.errors["website"] = _("Please leave this field empty. It is there to stop machines.")
    return form


def read_again(sending: Sending) -> SubscribeForm:
    """The other form: the address of somebody who subscribes already."""
    form = SubscribeForm(again=sending.fields.get("email", ""))
    try:
        form.email = read_address(form.again.strip())
    except AddressError:
        form.errors["again"] = no_address(form.again, EMPTY_AGAIN)
    return form


def no_address(typed: str, if_empty: Any = EMPTY_ADDRESS) -> Any:
    """What is said of something typed that is no address."""
    return NO_ADDRESS if typed.strip() else if_empty


def form_context(sheet: Sheet, form: SubscribeForm | None = None) -> dict[str, Any]:
    """What the form's templates show."""
    language = sheet.language
    form = form or SubscribeForm()
    topics = Topic.objects.prefetch_related("wordings")
    return {
        "form": form,
        "rhythms": [(str(value), value.label) for value in RHYTHMS],
        "topics": sorted(((topic.slug, topic.name_in(language)) for topic in topics), key=lambda topic: topic[1]),
        "countries": _grouped(sheet, form),
        "kinds": [(str(kind), kind.label) for kind in Kind],
        "consent": news_words(language, organisation_name(language)),
    }


def _in_the_news() -> set[str]:
    return set(NewsItem.objects.listed().order_by().values_list("countries__country", flat=True).distinct())


def _grouped(sheet: Sheet, form: SubscribeForm) -> list[dict[str, Any]]:
    """The countries that news there is tells of, and all the others; what is chosen is seen."""
    told = sheet.edition.once("countries in the news", _in_the_news)
    named = countries(sheet.language)
    groups = (
        (_("Countries in the news"), [row for row in named if row[0] in told]),
        (_("Other countries") if told else _("All countries"), [row for row in named if row[0] not in told]),
    )
    return [
        {"label": label, "countries": rows, "is_open": any(code in form.countries for code, _name in rows)}
        for label, rows in groups
        if rows
    ]


def is_offered() -> bool:
    """Whether there is a key to encrypt addresses for."""
    return MailingKey.objects.in_use().exists()


@add_part
def by_mail(sheet: Sheet) -> tuple[str, dict[str, Any]] | None:
    return ("newsletters/follow.html", form_context(sheet)) if is_offered() else None
