"""Officials and companies that petitions and letters are addressed to."""

from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel

from rightswire.pages.language import countries
from rightswire.pages.models import Worded, Wording

WHO_SIGNERS_MEANT = "Signers let this person see their names: it stays as it is. For a successor, add a new entry."


def country_choices() -> list[tuple[str, str]]:
    return countries("en")


class Official(Worded):
    """Somebody with power over an ask, in an office that has a beginning and mostly an end."""

    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, choices=country_choices)
    languages = models.CharField(
        max_length=40,
        default="en",
        help_text="Codes of the languages to write in, the best first, parted by spaces: fr en.",
    )
    address = models.TextField("postal address", blank=True)
    email = models.EmailField("e-mail", blank=True)
    in_office_from = models.DateField("in office from", null=True, blank=True)
    in_office_until = models.DateField("in office until", null=True, blank=True)

    panels = [
        FieldPanel("name"),
        InlinePanel("wordings", heading="In each language", label="Language", min_num=1),
        FieldPanel("country"),
        FieldPanel("languages"),
        MultiFieldPanel([FieldPanel("address"), FieldPanel("email")], "Addresses"),
        FieldRowPanel([FieldPanel("in_office_from"), FieldPanel("in_office_until")], "Term of office"),
    ]

    class Meta:
        ordering = ["name"]
        verbose_name = "official or company"
        verbose_name_plural = "officials and companies"

    def __str__(self) -> str:
        wording = self.worded("")
        return f"{self.name}, {wording.organisation}" if wording and wording.organisation else self.name

    def clean(self) -> None:
        super().clean()
        before = Official.objects.filter(pk=self.pk).first() if self.pk else None
        if before and before.is_known_to_signers:
            for name in ("name", "country"):
                if getattr(before, name) != getattr(self, name):
                    raise ValidationError({name: WHO_SIGNERS_MEANT})

    @property
    def is_known_to_signers(self) -> bool:
        """Whether signers of a petition chose that this very person may see their names."""
        return self.addressed_by.exclude(petition__opened_at=None).exists()

    @property
    def language_codes(self) -> list[str]:
        return self.languages.replace(",", " ").split()


class OfficialWording(Wording):
    official = ParentalKey(Official, on_delete=models.CASCADE, related_name="wordings")
    shown_name = models.CharField(
        "name in this language", max_length=120, blank=True, help_text="Where it is written otherwise."
    )
    role = models.CharField(max_length=120, help_text="Such as: chief executive")
    organisation = models.CharField(max_length=120, blank=True)
    salutation = models.CharField(max_length=120, blank=True, help_text="How a letter begins: Dear Minister,")

    panels = [FieldPanel(n) for n in ("language", "shown_name", "role", "organisation", "salutation")]
