"""Petition: what its pages in all languages share; its count, its list of signers, its course."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable

from rightswire.campaigns.models.official import Official

CONFIRMABLE = datetime.timedelta(days=7)  # after closing, for what was begun before
FEWEST_DAYS = 3  # to keep signatures after the delivery: a slip of the pen destroys nothing at once
PEPPER_LASTS = datetime.timedelta(days=30)  # after closing


class State(models.TextChoices):
    DRAFT = "draft", "In preparation"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class ConfirmedBy(models.TextChoices):
    MAIL = "mail", "By e-mail: whoever signs confirms by a link"
    NOTHING = "nothing", "Not at all: counted apart, as unconfirmed"


class PetitionQuerySet(models.QuerySet["Petition"]):
    def counting(self) -> "PetitionQuerySet":
        """Those whose counts can still move: open, or closed with links that can still be confirmed or undone."""
        since = timezone.now() - PEPPER_LASTS - datetime.timedelta(days=1)
        moving = self.filter(models.Q(state=State.OPEN) | models.Q(state=State.CLOSED, closed_at__gte=since))
        return moving.filter(records_destroyed_at__isnull=True)

    def each(self, do: Callable[["Petition"], object]) -> None:
        """Does it to every one, whatever happens to one of them; raises at the end what happened first."""
        first: Exception | None = None
        for petition in self:
            try:
                do(petition)
            except Exception as error:  # raised below
                first = first or error
        if first:
            raise first


class Petition(ClusterableModel):
    """Opened by two people; then its keys stay as they are."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("name in the admin", max_length=120)
    slug = models.SlugField(
        unique=True, max_length=80, help_text="Its part of the address in every language. It stays once it is open."
    )
    confirmed_by = models.CharField(
        "how signatures are confirmed",
        max_length=8,
        choices=ConfirmedBy,
        default=ConfirmedBy.MAIL,
    )
    first_goal = models.PositiveIntegerField(
        "first milestone",
        default=1000,
        validators=[MinValueValidator(10)],
        help_text="The next ones appear by themselves.",
    )
    closes_at = models.DateTimeField("closes", null=True, blank=True)
    keep_days = models.PositiveSmallIntegerField(
        "days to keep signatures after delivery",
        default=90,
        validators=[MinValueValidator(FEWEST_DAYS)],
        help_text="The encrypted signatures are destroyed then. The form says so.",
    )
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    pepper_destroyed_at = models.DateTimeField(null=True, editable=False)
    records_destroyed_at = models.DateTimeField(null=True, editable=False)
    dropped = models.PositiveIntegerField(default=0, editable=False)  # false sign-ups set aside for good

    objects = PetitionQuerySet.as_manager()

    panels = [
        FieldPanel("name"),
        FieldPanel("slug"),
        InlinePanel("addressees", heading="Addressed to", label="Official or company", min_num=1, max_num=8),
        MultiFieldPanel([FieldPanel(n) for n in ("first_goal", "closes_at", "confirmed_by", "keep_days")], "Course"),
        InlinePanel("elsewhere", heading="Collected elsewhere before", label="Number"),
    ]

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.slug == "page" or self.slug.isdigit():
            raise ValidationError({"slug": "Choose words: this address means something else."})
        if self.closes_at and self.state == State.DRAFT and self.closes_at <= timezone.now():
            raise ValidationError({"closes_at": "This moment is over. Choose a later one, or none."})
        if self.pk and self.state != State.DRAFT:
            before = Petition.objects.get(pk=self.pk)
            for name in ("slug", "confirmed_by"):
                if getattr(before, name) != getattr(self, name):
                    raise ValidationError({name: "This stays as it is once a petition has been opened."})

    @property
    def id_bytes(self) -> bytes:
        """The sixteen bytes that bind signatures to this petition."""
        return self.uid.bytes

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN and not self.is_past_closing()

    def is_past_closing(self) -> bool:
        return self.closes_at is not None and timezone.now() >= self.closes_at

    @property
    def ends_at(self) -> datetime.datetime | None:
        """When signing ended, also where somebody ended it sooner; else when it is to end."""
        return self.closed_at or self.closes_at

    @property
    def final_at(self) -> datetime.datetime | None:
        """When the last link that was begun before closing has expired."""
        return self.closed_at + CONFIRMABLE if self.closed_at else None

    @property
    def pepper_ends_at(self) -> datetime.datetime | None:
        return self.closed_at + PEPPER_LASTS if self.closed_at else None

    @property
    def can_be_undone(self) -> bool:
        """Whether signers can still take their signatures back, or ask for the link again."""
        return self.pepper_ends_at is None or timezone.now() < self.pepper_ends_at

    @property
    def records_end_at(self) -> datetime.datetime | None:
        """When the encrypted signatures go: so long after the delivery, or after the last could be confirmed."""
        if not self.delivered_at or not self.final_at:
            return None
        return max(self.delivered_at, self.final_at) + datetime.timedelta(days=self.keep_days)

    def officials(self) -> list[Official]:
        rows = self.addressees.select_related("official").prefetch_related("official__wordings")
        return [row.official for row in rows]

    def address(self, language: str) -> str:
        return f"/{language}/act/{self.slug}/"

    def sealing_keys(self) -> Any:
        """The keys that signatures are encrypted for: in use, and proven to open."""
        return self.petition_keys.filter(proven_at__isnull=False, key__retired_at__isnull=True).select_related("key")


class Addressee(Orderable):
    petition = ParentalKey(Petition, on_delete=models.CASCADE, related_name="addressees")
    official = models.ForeignKey(Official, on_delete=models.PROTECT, related_name="addressed_by")

    panels = [FieldPanel("official")]


class Elsewhere(Orderable):
    """What was collected before, or by others; shown apart from what is counted here."""

    petition = ParentalKey(Petition, on_delete=models.CASCADE, related_name="elsewhere")
    number = models.PositiveIntegerField()
    date = models.DateField()
    source = models.CharField(max_length=120, help_text="Who collected them, where.")

    panels = [FieldPanel("number"), FieldPanel("date"), FieldPanel("source")]


class PaperTally(models.Model):
    """Signatures on paper that somebody counted. A row is never changed: a correction is another row."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="paper_tallies")
    number = models.IntegerField(help_text="Below nought to take back what was counted wrongly.")
    place = models.CharField(max_length=120)
    collected_on = models.DateField("collected on")
    witness = models.CharField(max_length=120, help_text="Who counted them together with you: a name or a role.")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-entered_at"]

    def __str__(self) -> str:
        return f"{self.number} in {self.place}"
