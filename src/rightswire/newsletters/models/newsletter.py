"""A newsletter: written by an editor, released by two people."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField

from rightswire.campaigns.models import Petition
from rightswire.newsletters.blocks import NewsletterBlocks


class NewsletterState(models.TextChoices):
    DRAFT = "draft", "In preparation"
    ASKED = "asked", "Waits for a second person"
    RELEASED = "released", "Released"
    SENT = "sent", "Handed to the sending"


class Newsletter(models.Model):
    """One language each. What two people released cannot be changed any more."""

    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=150)
    preheader = models.CharField(
        max_length=200, blank=True, help_text="What mail programs show beside the subject, before it is opened."
    )
    body = StreamField(NewsletterBlocks(), verbose_name="text")
    petition = models.ForeignKey(
        Petition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="to those who follow the petition",
        help_text="Empty: to everybody who wants newsletters in this language.",
    )
    send_at = models.DateTimeField(
        "send at", null=True, blank=True, help_text="Empty: as soon as two people have released it."
    )
    state = models.CharField(max_length=8, choices=NewsletterState, default=NewsletterState.DRAFT, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    asked_at = models.DateTimeField(null=True, editable=False)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    agreed_at = models.DateTimeField(null=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)  # of what was asked for: the same is released
    created_at = models.DateTimeField(auto_now_add=True)

    panels = [
        FieldPanel("subject"),
        FieldPanel("preheader"),
        FieldPanel("language"),
        FieldPanel("body"),
        MultiFieldPanel([FieldPanel("petition"), FieldPanel("send_at")], "To whom, and when"),
    ]

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreed_by__isnull=True) | ~models.Q(agreed_by=models.F("asked_by")),
                name="newsletters_are_released_by_two",
            )
        ]

    def __str__(self) -> str:
        return self.subject

    def clean(self) -> None:
        super().clean()
        if self.language and self.language not in dict(settings.LANGUAGES):
            raise ValidationError({"language": "The site does not have this language."})
        if self.send_at and self.state == NewsletterState.DRAFT and self.send_at <= timezone.now():
            raise ValidationError({"send_at": "This moment is over."})
