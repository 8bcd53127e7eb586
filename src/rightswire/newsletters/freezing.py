"""Freezing an audience: who gets a sending is written into the ledger, part by part, before anything is sent.

Parts are short transactions, so that signatures go on being taken meanwhile. A crash in between leaves the sending in
the state "freezing"; `fill` goes on with it, and nobody is written down twice.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from rightswire.bake.models import Due
from rightswire.bake.pieces import Edition
from rightswire.newsletters.models import (
    PRIORITY,
    Choice,
    Fate,
    Handover,
    MailNotice,
    News,
    Newsletter,
    NewsletterState,
    Rendering,
    Rhythm,
    Sending,
    SendingKind,
    SendingState,
    Subscriber,
)
from rightswire.newsletters.models.subscriber import SubscriberQuerySet
from rightswire.newsletters.releasing import content_digest, locked, take_back
from rightswire.newsletters.rendering import NothingToShow, Rendered, TooLong, render_news, render_newsletter
from rightswire.newsroom.models import NewsItem

PART = 20_000  # subscribers in one transaction
RHYTHMS = {SendingKind.NOW: Rhythm.NOW, SendingKind.DAILY: Rhythm.DAILY, SendingKind.WEEKLY: Rhythm.WEEKLY}
Group = tuple[str, int, int]  # language, choice, mark


def freeze_news(kind: SendingKind, zone: str = "") -> Sending | None:
    """Everything that is new for those whose turn it is; None if there is nothing for anybody.

    Who gets nothing is taken on as well: an item is looked at once for everybody. `zone`: empty for any.
    """
    waiting = _turn(kind, zone)
    newest = News.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    counted = waiting.filter(mark__lt=newest).values_list("language", "choice_id", "mark").annotate(Count("pk"))
    groups: list[Group] = [(language, choice, mark) for language, choice, mark, _number in counted]
    if not groups:
        return None
    found = {group: pages for group, pages in _news_for(groups, newest) if pages}
    for language, choice, mark in set(groups) - set(found):
        _take_on(waiting.filter(language=language, choice=choice, mark=mark), newest)
    if not found:
        return None
    choices = Choice.objects.in_bulk({choice for _language, choice, _mark in found})
    rendered = _rendered(kind, found, choices)
    if not rendered:
        return None
    with transaction.atomic():
        sending = _start(kind, zone=zone, to_mark=newest)
        for (language, choice, mark), one in rendered.items():
            _keep(sending, one, language, choice=choices[choice], after_mark=mark)
    return fill(sending)


def freeze_newsletter(newsletter: Newsletter) -> Sending | None:
    """A newsletter that two people have released, to everybody who wants it in its language.

    None if it was taken back in this very moment, or cannot be sent as it is: then staff are told.
    """
    try:
        one = render_newsletter(newsletter)
    except TooLong as error:  # an item that it links to has grown since
        take_back(newsletter)
        MailNotice.objects.create(words=f"“{newsletter.subject}” was not sent. {error}"[:300])
        return None
    kind = SendingKind.FOLLOWERS if newsletter.petition_id else SendingKind.NEWSLETTER
    with transaction.atomic():
        row = locked(newsletter)
        if row.state != NewsletterState.RELEASED or row.digest != content_digest(newsletter):
            return None
        sending = _start(kind, newsletter=row)
        _keep(sending, one, row.language)
        Newsletter.objects.filter(pk=row.pk).update(state=NewsletterState.SENT)
        Due.objects.add([f"newsletter:{row.pk}"], is_urgent=True)  # its pictures
    return fill(sending)


def fill(sending: Sending) -> Sending:
    """Writes down the audience, or what is missing of it, and lets the sending begin. Safe to call again."""
    for rendering in sending.renderings.all():
        if sending.newsletter_id:
            _fill_newsletter(sending, rendering)
        else:
            _fill_news(sending, rendering)
    sending.audience = sending.handovers.count()
    sending.state = SendingState.RUNNING if sending.audience else SendingState.DONE
    sending.ended_at = None if sending.audience else timezone.now()
    sending.save(update_fields=["audience", "state", "ended_at"])
    return sending


def newsletter_audience(newsletter: Newsletter) -> QuerySet[Subscriber]:
    """Who would get it now."""
    everybody = Subscriber.objects.receiving(timezone.localdate()).filter(language=newsletter.language)
    if newsletter.petition_id:
        return everybody.filter(follows__petition=newsletter.petition_id)
    return everybody.filter(wants_letters=True)


def _turn(kind: SendingKind, zone: str) -> SubscriberQuerySet:
    """Whose turn it is, also those who pause: what comes in a pause is not for them."""
    everybody = Subscriber.objects.filter(rhythm=RHYTHMS[kind])
    return everybody.filter(zone=zone) if zone else everybody


def _news_for(groups: Sequence[Group], newest: int) -> Iterator[tuple[Group, list[NewsItem]]]:
    """For each group what is new and fits, the newest first."""
    oldest = min(mark for _language, _choice, mark in groups)
    numbers = dict(News.objects.filter(pk__gt=oldest, pk__lte=newest, is_mailed=True).values_list("page_id", "pk"))
    items = (
        NewsItem.objects.listed()
        .filter(pk__in=numbers)
        .select_related("locale")
        .prefetch_related("topics", "countries")
    )
    facts = [
        (
            numbers[item.pk],
            item,
            {topic.slug for topic in item.topics.all()},
            {row.country for row in item.countries.all()},
        )
        for item in items
    ]
    facts.sort(key=lambda fact: -fact[0])
    choices = Choice.objects.in_bulk({choice for _language, choice, _mark in groups})
    for language, choice, mark in groups:
        chosen = choices[choice].chosen
        yield (
            (language, choice, mark),
            [
                item
                for number, item, topics, countries in facts
                if number > mark
                and item.language == language
                and chosen.fits(topics=topics, countries=countries, kind=item.kind)
            ],
        )


def _rendered(
    kind: SendingKind, found: dict[Group, list[NewsItem]], choices: dict[int, Choice]
) -> dict[Group, Rendered]:
    """The mail of each group; groups whose marks differ, but not what is new for them, share it."""
    edition, groups_of = Edition(), defaultdict(list)
    for group, pages in found.items():
        language, choice, _mark = group
        groups_of[language, choice, tuple(page.pk for page in pages)].append(group)
    rendered: dict[Group, Rendered] = {}
    for (language, choice, _pages), groups in groups_of.items():
        with contextlib.suppress(NothingToShow):  # all withdrawn this very moment
            one = render_news(kind, language, found[groups[0]], choices[choice].chosen, edition)
            rendered |= dict.fromkeys(groups, one)
    return rendered


def _take_on(subscribers: QuerySet[Subscriber], mark: int) -> None:
    while part := list(subscribers.order_by("pk").values_list("pk", flat=True)[:PART]):
        subscribers.filter(pk__gte=part[0], pk__lte=part[-1]).update(mark=mark)


def _start(kind: SendingKind, **fields: object) -> Sending:
    return Sending.objects.create(kind=kind, priority=PRIORITY[kind], frozen_at=timezone.now(), **fields)


def _keep(sending: Sending, one: Rendered, language: str, **fields: object) -> None:
    sending.renderings.create(
        language=language, subject=one.subject, text=one.text, html=one.html, items=one.items, **fields
    )


def _fill_news(sending: Sending, rendering: Rendering) -> None:
    """A part at a time: into the ledger, and on to the new mark, together."""
    turn = _turn(SendingKind(sending.kind), sending.zone).filter(
        language=rendering.language, choice=rendering.choice, mark=rendering.after_mark
    )
    while True:
        with transaction.atomic():
            part = list(turn.order_by("pk").values_list("pk", flat=True)[:PART])
            if part:
                within = turn.filter(pk__gte=part[0], pk__lte=part[-1])
                _write_down(sending, rendering, within.receiving(timezone.localdate()))
                within.update(mark=sending.to_mark)
        if len(part) < PART:
            break


def _fill_newsletter(sending: Sending, rendering: Rendering) -> None:
    assert sending.newsletter
    audience = newsletter_audience(sending.newsletter).order_by("pk")
    after = UUID(int=0)
    while part := list(audience.filter(pk__gt=after).values_list("pk", flat=True)[:PART]):
        with transaction.atomic():
            _write_down(sending, rendering, audience.filter(pk__gt=after, pk__lte=part[-1]))
        after = part[-1]


def _write_down(sending: Sending, rendering: Rendering, people: QuerySet[Subscriber]) -> None:
    """In the database itself: nobody's number passes through here."""
    query, values = people.order_by().values(number=F("pk")).query.sql_with_params()
    table, numbers = Handover._meta.db_table, (sending.pk, rendering.pk, int(Fate.WAITING))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (sending_id, rendering_id, fate, attempts, next_attempt_at, reply, subscriber)"
            f" SELECT %s, %s, %s, 0, 0, '', found.number FROM ({query}) AS found WHERE true ON CONFLICT DO NOTHING",
            [*numbers, *values],
        )
