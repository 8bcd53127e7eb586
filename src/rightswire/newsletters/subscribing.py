"""What subscribers do: come, change what they get, pause, move, leave. Each is done whole or not at all."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rightswire.campaigns.wishes import Wishes
from rightswire.newsletters import suppressing
from rightswire.newsletters.addresses import address_key, mailing_keys, seal_address
from rightswire.newsletters.consent import follow_words, news_words, updates_words, wording
from rightswire.newsletters.links import Wish
from rightswire.newsletters.models import (
    UNDER_WAY,
    Basis,
    Choice,
    Chosen,
    Consent,
    Follow,
    Handover,
    News,
    Reason,
    Rhythm,
    Sending,
    Subscriber,
    SubscriberState,
)
from rightswire.newsletters.zones import zone_of
from rightswire.pages.models import Organisation


def newest_mark() -> int:
    """The number of the newest item: who comes now gets what comes after it."""
    return News.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def confirm(wish: Wish) -> Subscriber | None:
    """A confirmed wish; the same one twice changes nothing more. None: whoever it was of has left since.

    Raises NoMailingKey, OSError.
    """
    if suppressing.has_left_since(address_key(wish.address), wish.begun_at):
        return None
    if wish.moves:
        return move(UUID(wish.moves), wish.address)
    chosen = Chosen.of(wish.topics, wish.countries, wish.kinds)
    zone = wish.zone or zone_of(next(iter(chosen.countries), ""))
    subscriber = _arrive(wish.address, wish.language, zone)
    _take_rhythm(subscriber, wish.rhythm)
    subscriber.choice = Choice.row(chosen)
    subscriber.wants_letters, subscriber.paused_until = True, None
    subscriber.save()
    _agree(subscriber, news_words(wish.language, organisation_name(wish.language)), Basis.FORM)
    return subscriber


@transaction.atomic
def confirm_beside_petition(wished: Wishes, language: str, country: str, petition: int, begun_at: int) -> None:
    """The ticks beside a signature, confirmed with it; nothing of it comes along. Raises NoMailingKey, OSError."""
    if suppressing.has_left_since(address_key(wished.address), begun_at):
        return
    subscriber = _arrive(wished.address, language, zone_of(country))
    if wished.updates:
        if subscriber.rhythm == Rhythm.NONE:
            _take_rhythm(subscriber, Rhythm.WEEKLY)
        subscriber.wants_letters = True
        _agree(subscriber, updates_words(language, organisation_name(language)), Basis.PETITION)
    if wished.follow:
        Follow.objects.get_or_create(subscriber=subscriber, petition_id=petition)
        _agree(subscriber, follow_words(language), Basis.PETITION)
    subscriber.save()


def _arrive(address: str, language: str, zone: str) -> Subscriber:
    """The subscriber of a mailbox whose owner has just confirmed, new or known; active from now on."""
    key = address_key(address)
    suppressing.lift(key)
    fresh: dict[str, Any] = {
        "sealed": lambda: seal_address(address, mailing_keys()),
        "language": language,
        "rhythm": Rhythm.NONE,
        "choice": lambda: Choice.row(Chosen()),
        "zone": zone,
        "wants_letters": False,
        "mark": newest_mark,
    }
    # Two clicks at once are one.
    subscriber, is_new = Subscriber.objects.select_for_update().get_or_create(address_key=key, defaults=fresh)
    if not is_new:
        subscriber.state, subscriber.language = SubscriberState.ACTIVE, language
        subscriber.bounces, subscriber.bounced_on, subscriber.consent_ends_on = 0, None, None
    return subscriber


def _take_rhythm(subscriber: Subscriber, rhythm: str) -> None:
    """Who had no news so far gets what comes from now on, not what came meanwhile."""
    if subscriber.rhythm == Rhythm.NONE:
        subscriber.mark = newest_mark()
    subscriber.rhythm = rhythm


def _agree(subscriber: Subscriber, words: str, basis: Basis) -> None:
    row = wording(subscriber.language, words)
    Consent.objects.get_or_create(
        subscriber=subscriber, wording=row, basis=basis, defaults={"day": timezone.localdate()}
    )


def organisation_name(language: str) -> str:
    """As its readers in a language know it."""
    wordings = Organisation.current().wordings.all()
    names = {row.language: row.name for row in wordings}
    return names.get(language) or next(iter(names.values()), "")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the page of preferences changes."""

    rhythm: str
    chosen: Chosen
    language: str
    zone: str
    wants_letters: bool
    paused_until: datetime.date | None
    unfollow: frozenset[int] = frozenset()  # petitions


@transaction.atomic
def change(subscriber: Subscriber, wanted: Preferences) -> None:
    """The page shows what whoever begins to get news or newsletters agrees to, in the language so far."""
    begins_news = subscriber.rhythm == Rhythm.NONE != wanted.rhythm
    if begins_news or (wanted.wants_letters and not subscriber.wants_letters):
        _agree(subscriber, news_words(subscriber.language, organisation_name(subscriber.language)), Basis.FORM)
    _take_rhythm(subscriber, wanted.rhythm)
    subscriber.choice = Choice.row(wanted.chosen)
    subscriber.language, subscriber.zone = wanted.language, wanted.zone
    subscriber.wants_letters, subscriber.paused_until = wanted.wants_letters, wanted.paused_until
    fields = ["rhythm", "choice", "language", "zone", "wants_letters", "paused_until"]
    subscriber.save(update_fields=[*fields, "mark"] if begins_news else fields)
    subscriber.follows.filter(petition_id__in=wanted.unfollow).delete()


@transaction.atomic
def move(number: UUID, address: str) -> Subscriber | None:
    """Another address for the same subscriber. One that already has a subscriber of its own: they become one.

    The number is another one too: links and reports of the mailbox before are about nobody then. Once more it changes
    nothing. None: the subscriber has left.
    """
    key = address_key(address)
    subscriber = Subscriber.objects.select_for_update().filter(pk=number).first()
    if subscriber is None:
        return Subscriber.objects.filter(address_key=key).first()
    suppressing.lift(key)
    followed = list(subscriber.follows.values_list("petition", flat=True))
    for other in Subscriber.objects.filter(address_key=key).exclude(pk=number):
        other.follows.exclude(petition__in=followed).update(subscriber=subscriber)
        other.consents.update(subscriber=subscriber)
        other.delete()
    subscriber.address_key, subscriber.sealed = key, seal_address(address, mailing_keys())
    subscriber.state, subscriber.bounces, subscriber.bounced_on = SubscriberState.ACTIVE, 0, None
    subscriber.save()
    return _renumbered(subscriber)


def _renumbered(subscriber: Subscriber) -> Subscriber:
    """Under a fresh number, with all that is hers. Foreign keys are checked at the end of the transaction."""
    before, now = subscriber.pk, uuid4()
    Subscriber.objects.filter(pk=before).update(id=now)
    for owned in (Follow.objects, Consent.objects):
        owned.filter(subscriber_id=before).update(subscriber_id=now)
    Handover.objects.filter(subscriber=before, fate__in=UNDER_WAY).update(subscriber=now)
    return Subscriber.objects.get(pk=now)


@transaction.atomic
def leave(number: UUID, sending: int = 0, reason: Reason = Reason.UNSUBSCRIBED) -> bool:
    """Takes somebody out for good; False: nobody of this number is there any more. Raises OSError.

    `sending`: the number of the sending whose link was used, for its total.
    """
    subscriber = Subscriber.objects.select_for_update().filter(pk=number).first()
    if subscriber is None:
        return False
    suppressing.suppress([bytes(subscriber.address_key)], reason)
    subscriber.delete()
    if sending:
        Sending.objects.filter(pk=sending).update(unsubscribed=F("unsubscribed") + 1)
    return True
