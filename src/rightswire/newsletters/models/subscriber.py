"""Subscribers, what they chose, what they agreed to, and who must not be written to.

No row here has anything in common with a signature: other numbers, another secret for the keys of addresses.
"""

import datetime
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rightswire.campaigns.models import Petition


class Rhythm(models.TextChoices):
    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")
    NONE = "none", _("No news, only what I follow")


class SubscriberState(models.IntegerChoices):
    ACTIVE = 1, "Active"
    SUSPENDED = 2, "Suspended: mail came back"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which news somebody wants. All empty: everything.

    An item fits if it has any of the topics or countries (where any are chosen), and is of one of the kinds (where
    any are chosen).
    """

    topics: tuple[str, ...] = ()  # slugs
    countries: tuple[str, ...] = ()  # ISO alpha-2, upper case
    kinds: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, topics: Iterable[str] = (), countries: Iterable[str] = (), kinds: Iterable[str] = ()) -> "Chosen":
        """In a fixed order, so that the same choice is the same row."""
        return cls(tuple(sorted(set(topics))), tuple(sorted(set(countries))), tuple(sorted(set(kinds))))

    def fits(self, *, topics: Iterable[str], countries: Iterable[str], kind: str) -> bool:
        if self.kinds and kind not in self.kinds:
            return False
        if not self.topics and not self.countries:
            return True
        return not set(self.topics).isdisjoint(topics) or not set(self.countries).isdisjoint(countries)

    def text(self) -> str:
        return json.dumps({"topics": self.topics, "countries": self.countries, "kinds": self.kinds})


class Choice(models.Model):
    """A choice that somebody made; whoever chose the same shares the row, and the mails rendered for it."""

    text = models.TextField(unique=True)  # of Chosen

    def __str__(self) -> str:
        return self.text

    @classmethod
    def row(cls, chosen: Chosen) -> "Choice":
        return cls.objects.get_or_create(text=chosen.text())[0]

    @property
    def chosen(self) -> Chosen:
        return Chosen(**{name: tuple(values) for name, values in json.loads(self.text).items()})


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def active(self) -> "SubscriberQuerySet":
        return self.filter(state=SubscriberState.ACTIVE)

    def receiving(self, today: datetime.date) -> "SubscriberQuerySet":
        """Whom a mail may be sent to on this day: active, not in a pause, with consent that has not expired."""
        awake = Q(paused_until__isnull=True) | Q(paused_until__lte=today)
        agreed = Q(consent_ends_on__isnull=True) | Q(consent_ends_on__gt=today)
        return self.active().filter(awake, agreed)


class Subscriber(models.Model):
    """Somebody who is written to. `sealed` is the address, encrypted for the mailing keys.

    `address_key`: a keyed digest of the canonical address, by which a mailbox is there once and can be taken out
    without opening anything. `mark`: the number of the newest News that was sent, or passed over, for this person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address_key = models.BinaryField(max_length=32, unique=True)
    sealed = models.BinaryField()
    state = models.PositiveSmallIntegerField(choices=SubscriberState, default=SubscriberState.ACTIVE)
    language = models.CharField(max_length=12)
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.WEEKLY)
    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, related_name="subscribers")
    zone = models.CharField("time zone", max_length=64)
    wants_letters = models.BooleanField("newsletters", default=True)
    paused_until = models.DateField(null=True, blank=True)
    consent_ends_on = models.DateField(null=True, blank=True)
    mark = models.BigIntegerField(default=0)
    bounces = models.PositiveSmallIntegerField(default=0)  # soft ones in a row
    bounced_on = models.DateField(null=True)  # the first of them

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["rhythm", "zone", "mark"], name="subscriber_rhythm_zone"),
            models.Index(fields=["language", "choice"], name="subscriber_language_choice"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Follow(models.Model):
    """Who wants to hear what happens to a petition. It shows that somebody follows it, and the form says so."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="follows")
    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "petition"], name="one_follow_a_petition")]

    def __str__(self) -> str:
        return f"{self.subscriber_id} follows {self.petition_id}"


class Basis(models.TextChoices):
    FORM = "form", _("the form on our site, confirmed by e-mail")
    PETITION = "petition", _("a tick beside a petition, confirmed by e-mail")
    IMPORT = "import", _("brought in from a list that was kept elsewhere")


class ConsentWording(models.Model):
    """The words that people agreed to, in one language. A row is never changed: other words are another version."""

    version = models.CharField(max_length=24)
    language = models.CharField(max_length=12)
    words = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "language", "words"], name="one_row_a_wording"),
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.language})"


class Consent(models.Model):
    """What one person agreed to, on which day, and how. It goes with the subscriber."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="consents")
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    basis = models.CharField(max_length=12, choices=Basis)
    source = models.CharField(max_length=120, blank=True)  # of an import: where the list came from

    class Meta:
        ordering = ["day", "pk"]

    def __str__(self) -> str:
        return f"{self.basis} {self.day}"


class Reason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", "unsubscribed"
    ERASED = "erased", "asked to be erased"
    COMPLAINT = "complaint", "marked our mail as unwanted"
    BOUNCED = "bounced", "the mailbox does not exist"
    CLEANED = "cleaned", "cleaned in the list it was imported from"


class Suppression(models.Model):
    """A mailbox that no import may bring back. Only its owner can, by subscribing and confirming again."""

    address_key = models.BinaryField(max_length=32, primary_key=True)
    reason = models.CharField(max_length=16, choices=Reason)
    day = models.DateField()
    left_at = models.BigIntegerField(default=0)  # in seconds since 1970: older links bring nobody back

    def __str__(self) -> str:
        return f"{self.reason} {self.day}"
