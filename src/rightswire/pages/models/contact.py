from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel

from rightswire.pages.models.wording import Worded, Wording


class Contact(Worded):
    """Somebody whom journalists can reach: the press office or a spokesperson."""

    class Kind(models.TextChoices):
        PRESS = "press", _("Press contact")
        SPOKESPERSON = "spokesperson", _("Spokesperson")

    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.PRESS)
    name = models.CharField(max_length=120, help_text="As it is written in the organisation's main language.")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    languages = models.CharField(
        max_length=80, blank=True, help_text="Languages spoken, as codes: en fr ar. Shown with their names."
    )

    panels = [
        FieldPanel("kind"),
        FieldPanel("name"),
        MultiFieldPanel([FieldPanel("email"), FieldPanel("phone"), FieldPanel("languages")], "Reached by"),
        InlinePanel("wordings", heading="In each language", label="Language"),
    ]

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class ContactWording(Wording):
    contact = ParentalKey(Contact, on_delete=models.CASCADE, related_name="wordings")
    name = models.CharField(max_length=120, blank=True, help_text="Only where it is written differently.")
    role = models.CharField(max_length=160, blank=True)

    panels = [FieldPanel("language"), FieldPanel("name"), FieldPanel("role")]
