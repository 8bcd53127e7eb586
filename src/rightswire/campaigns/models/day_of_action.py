"""A day of action: petitions, news and places that belong together, with a date."""

import datetime
import zoneinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, TitleFieldPanel
from wagtail.fields import StreamField
from wagtail.models import PageManager
from wagtail_localize.fields import SynchronizedField

from rightswire.bake.pieces import Edition, File
from rightswire.campaigns.models.petition import Petition
from rightswire.pages.blocks.story import PageBlocks
from rightswire.pages.language import countries
from rightswire.pages.models import BasePage
from rightswire.pages.models.base import BasePageQuerySet
from rightswire.pages.models.menu import check_address
from rightswire.pages.sheet import Sheet


def country_choices() -> list[tuple[str, str]]:
    return countries(settings.LANGUAGE_CODE)


def time_zone_choices() -> list[tuple[str, str]]:
    """Zones that are called by a place: America/Toronto."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [(name, name.replace("_", " ")) for name in names]


class PlaceBlock(blocks.StructBlock):
    """Where people meet, and what they do there."""

    town = blocks.CharBlock(max_length=80)
    country = blocks.ChoiceBlock(choices=country_choices)
    what = blocks.CharBlock(max_length=160, help_text="What happens there: a vigil outside the company’s offices.")
    day = blocks.DateBlock(required=False, help_text="Empty: the first day.")
    starts = blocks.TimeBlock(required=False, help_text="In local time. Empty: it takes the whole day.")
    ends = blocks.TimeBlock(required=False, help_text="An earlier time than the beginning is one of the next day.")
    time_zone = blocks.ChoiceBlock(choices=time_zone_choices, required=False, help_text="The place’s own.")
    where = blocks.CharBlock(max_length=200, required=False, help_text="Street and number, or where to meet.")
    access = blocks.TextBlock(
        rows=2, required=False, label="Accessibility", help_text="Steps, seats, sign language: what people should know."
    )
    page = blocks.PageChooserBlock(required=False, label="Contact: page")
    address = blocks.CharBlock(
        required=False, max_length=300, label="Contact: address", help_text="https://… or mailto:name@example.org"
    )

    class Meta:
        icon = "site"
        label = "Place"

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if value["starts"] and not value["time_zone"]:
            raise blocks.StructBlockValidationError({"time_zone": ValidationError("Choose whose time it is.")})
        if value["ends"] and not value["starts"]:
            raise blocks.StructBlockValidationError({"starts": ValidationError("Give the beginning as well.")})
        check_address(value["address"])
        return value


class DayOfActionPageQuerySet(BasePageQuerySet):
    def showing(self, petition: Petition) -> "DayOfActionPageQuerySet":
        """The pages, in all languages, of the days that a petition belongs to."""
        days = DayOfActionPage.objects.filter(petitions=petition)
        return self.filter(translation_key__in=days.values("translation_key"))


class DayOfActionPage(BasePage):
    """A day of action in one language. Its petitions are those of the original, so that all languages show one sum."""

    first_day = models.DateField("date")
    last_day = models.DateField("until", null=True, blank=True, help_text="Only if it lasts more than one day.")
    introduction = models.TextField(help_text="What it is about, in a few sentences.")
    body = StreamField(PageBlocks(), blank=True, verbose_name="text")
    petitions = ParentalManyToManyField(Petition, blank=True, related_name="+")
    places = StreamField([("place", PlaceBlock())], blank=True)
    news = StreamField([("item", blocks.PageChooserBlock(page_type="newsroom.NewsItem"))], blank=True)

    objects = PageManager.from_queryset(DayOfActionPageQuerySet)()

    override_translatable_fields = [
        SynchronizedField(name, overridable=False) for name in ("slug", "first_day", "last_day")
    ]
    content_panels = [
        TitleFieldPanel("title", heading="Headline", help_text=" ", placeholder=False),
        MultiFieldPanel([FieldRowPanel([FieldPanel("first_day"), FieldPanel("last_day")])], "When"),
        FieldPanel("introduction"),
        FieldPanel("body"),
        FieldPanel(
            "petitions",
            help_text="Their signatures are added up. All languages show those chosen on the original, the page that "
            "was written first; what is chosen on a translation changes nothing.",
        ),
        FieldPanel("places"),
        FieldPanel("news"),
    ]
    parent_page_types = ["campaigns.ActIndex"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = "day of action"
        verbose_name_plural = "days of action"

    def clean(self) -> None:
        super().clean()
        if self.first_day and not (1900 <= self.first_day.year <= datetime.date.today().year + 5):
            raise ValidationError({"first_day": "This year cannot be right. Give the day as 2018-11-27."})
        if self.first_day and self.last_day and self.last_day <= self.first_day:
            raise ValidationError({"last_day": "This is not after the first day. Leave it empty for a single day."})

    @property
    def original(self) -> "DayOfActionPage":
        """The oldest page of the same translation; this one, where there is no older."""
        pages = DayOfActionPage.objects.filter(translation_key=self.translation_key).order_by("pk")
        oldest = pages.first()
        return self if oldest is None or oldest.pk == self.pk else oldest

    def dependents(self) -> set[str]:
        from rightswire.campaigns.models.pages import ActIndex  # noqa: PLC0415 - petitions know the days that show them

        return super().dependents() | {f"page:{pk}" for pk in ActIndex.objects.values_list("pk", flat=True)}

    def bake(self, edition: Edition) -> list[File]:
        from rightswire.campaigns.day_page import calendar_of  # noqa: PLC0415 - it shows pages

        calendar = calendar_of(self, Sheet(edition, self.language))
        return [*super().bake(edition), File(f"{self.url_path.lstrip('/')}calendar.ics", calendar)]

    def context(self, sheet: Sheet) -> dict[str, Any]:
        from rightswire.campaigns.day_page import day_context  # noqa: PLC0415 - as above

        return day_context(self, sheet)
