"""NewsItem: a release, a response, a statement, a case update, a campaign, a petition or a report."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail import blocks
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import (
    FieldPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
    TitleFieldPanel,
)
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, PageManager
from wagtail_localize.fields import SynchronizedField

from rightswire.bake.pieces import GONE, Edition, File
from rightswire.newsroom.archive import addresses_by_language, names_of
from rightswire.pages.blocks.story import PictureBlock, StoryBlocks, TextBlock
from rightswire.pages.language import countries
from rightswire.pages.models import BasePage, Contact
from rightswire.pages.models.base import BasePageQuerySet
from rightswire.pages.sheet import Sheet
from rightswire.pages.text import paragraphs_of_html

TEASER_PARAGRAPHS = 5  # of the opening, where an item has no teaser of its own


def country_choices() -> list[tuple[str, str]]:
    return countries(settings.LANGUAGE_CODE)


class Kind(models.TextChoices):
    RELEASE = "release", _("Press release")
    RESPONSE = "response", _("Response")
    STATEMENT = "statement", _("Statement")
    CASE_UPDATE = "case_update", _("Case update")
    CAMPAIGN = "campaign", _("Campaign")
    PETITION = "petition", _("Petition")
    REPORT = "report", _("Report")


class Withdrawal(models.TextChoices):
    NONE = "", "Not withdrawn"
    EDITORIAL = "editorial", "Editorial: a dated notice stays"
    SAFETY = "safety", "For safety: nothing stays"


class CorrectionBlock(blocks.StructBlock):
    at = blocks.DateTimeBlock(default=timezone.now, label="When")
    text = blocks.TextBlock(rows=2, help_text="What was wrong and what is right, for the reader.")

    class Meta:
        icon = "edit"
        label = "Correction"


class NewsItemQuerySet(BasePageQuerySet):
    def readable(self) -> "NewsItemQuerySet":
        """Not what is withdrawn for safety, whatever published it."""
        return super().readable().exclude(withdrawn=Withdrawal.SAFETY)

    def listed(self) -> "NewsItemQuerySet":
        """What listings, feeds and the archive may show: readable and not withdrawn."""
        return self.readable().filter(withdrawn=Withdrawal.NONE)


class NewsItemForm(WagtailAdminPageForm):
    show_schedule_publishing_toggle = False  # its button opens a dialog that holds the fields of the last tab


class NewsItem(BasePage):
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.RELEASE)
    is_good_news = models.BooleanField("good news", default=False, help_text="An outcome worth telling.")
    kicker = models.CharField(max_length=200, blank=True, help_text="The short line above the headline.")
    date = models.DateField(
        default=datetime.date.today, help_text="The day it is filed under: usually the day of publishing."
    )
    dateline = models.CharField(max_length=80, blank=True, help_text="The place it is sent from: Bujumbura")
    teaser = models.TextField(
        blank=True,
        help_text="What listings show. Empty: the opening paragraphs. A blank line parts paragraphs.",
    )
    lead = StreamField(
        [("picture", PictureBlock())],
        blank=True,
        max_num=1,
        verbose_name="lead picture",
        help_text="One at most.",
    )
    body = StreamField(StoryBlocks(), blank=True, verbose_name="text")
    topics = ParentalManyToManyField("newsroom.Topic", blank=True, related_name="+")
    people = models.TextField(
        blank=True,
        help_text="Whom it is about, full names, one a line. They tie items about a person together.",
    )
    contacts = ParentalManyToManyField(Contact, blank=True, related_name="+")
    notes = RichTextField("notes to editors", blank=True, features=TextBlock().child_blocks["text"].features)
    index_number = models.CharField(
        max_length=40, blank=True, help_text="The document's permanent reference, such as EN-AFR-2018-114."
    )
    is_pinned = models.BooleanField("pinned", default=False, help_text="Leads the home page until it is unpinned.")
    corrections = StreamField([("correction", CorrectionBlock())], blank=True)

    # What no editor writes.
    rank = models.BigIntegerField(null=True, editable=False)  # within a day; null: by first publishing
    source_id = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    needs_look = models.BooleanField(default=False, editable=False)  # an import guessed its headline
    withdrawn = models.CharField(max_length=10, choices=Withdrawal.choices, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawal_notice = models.TextField(blank=True, editable=False)

    objects = PageManager.from_queryset(NewsItemQuerySet)()

    KEPT = ("rank", "source_id", "needs_look", "withdrawn", "withdrawn_at", "withdrawal_notice")
    override_translatable_fields = [
        SynchronizedField(name, overridable=False)
        for name in ("slug", "rank", "source_id", "needs_look", "withdrawn", "withdrawn_at", "index_number")
    ] + [SynchronizedField("withdrawal_notice", overridable=False)]

    content_panels = [
        MultiFieldPanel([FieldPanel("kind"), FieldPanel("is_good_news"), FieldPanel("date")], "What and when"),
        FieldPanel("kicker"),
        TitleFieldPanel("title", heading="Headline", help_text=" ", placeholder=False),
        FieldPanel("dateline"),
        FieldPanel("teaser"),
        FieldPanel("lead"),
        FieldPanel("body"),
        FieldPanel("notes"),
        FieldPanel("corrections", help_text="Public and dated; they move the date of the last change."),
    ]
    filing_panels = [
        FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
        InlinePanel("countries", heading="Countries", label="Country"),
        FieldPanel("people"),
        FieldPanel("contacts", widget=forms.CheckboxSelectMultiple, heading="Contacts for journalists"),
        FieldPanel("index_number"),
        FieldPanel("is_pinned"),
    ]
    time_panels = [
        MultiFieldPanel(
            [
                FieldPanel(
                    "go_live_at",
                    heading="Publish at",
                    help_text="An embargo: set the time, then publish. Until then nothing of it is public, "
                    "in no language; then it is, within five seconds. Empty: as soon as you publish.",
                ),
                FieldPanel("expire_at", heading="Take down at", help_text="In all languages. Empty: never."),
            ],
            "Time",
        )
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading="Story"),
            ObjectList(filing_panels, heading="Filing"),
            ObjectList([*time_panels, *BasePage.promote_panels], heading="Publishing"),
        ],
        base_form_class=NewsItemForm,
    )
    parent_page_types = ["newsroom.NewsIndex"]
    subpage_types: list[str] = []

    class Meta:
        indexes = [models.Index(fields=["date"])]

    # States

    @property
    def is_withdrawn_for_safety(self) -> bool:
        return self.withdrawn == Withdrawal.SAFETY

    @property
    def status_string(self) -> str:
        """The word in the admin's lists: also why a page that Wagtail calls live is not to be seen."""
        if self.withdrawn:
            return "withdrawn for safety" if self.is_withdrawn_for_safety else "withdrawn"
        if self.live and not self.is_readable:
            return "waits for its original"
        return str(super().status_string)

    def with_content_json(self, content: dict[str, Any]) -> "NewsItem":
        """A revision never brings back what no editor writes, such as a withdrawal's absence."""
        item: NewsItem = super().with_content_json(content)
        for name in self.KEPT:
            setattr(item, name, getattr(self, name))
        return item

    def clean(self) -> None:
        super().clean()
        if self.date and not (1900 <= self.date.year <= datetime.date.today().year + 5):
            raise ValidationError({"date": "This year cannot be right. Give the day as 2018-11-29."})

    # What it says

    @property
    def kind_name(self) -> str:
        return str(_("Good news")) if self.is_good_news else str(Kind(self.kind).label)

    @property
    def shown_kicker(self) -> str:
        """The kicker, unless an import made the headline of it."""
        return "" if self.kicker == self.title else self.kicker

    @cached_property
    def country_codes(self) -> list[str]:
        return [row.country for row in self.countries.all()]

    @property
    def people_names(self) -> list[str]:
        return names_of(self.people)

    @cached_property
    def paragraphs(self) -> list[str]:
        """The whole text, character for character: the kicker first, then what each block says."""
        found = [self.kicker] if self.kicker else []
        for block in self.body:
            found += block.block.paragraphs(block.value)
        return found

    @cached_property
    def teaser_paragraphs(self) -> list[str]:
        """What a listing shows: the teaser, else the paragraphs before the first other block, five at most."""
        if self.teaser.strip():
            return [part.strip() for part in self.teaser.replace("\r", "").split("\n\n") if part.strip()]
        opening: list[str] = []
        for block in self.body:
            if block.block_type != "text":
                break
            opening += paragraphs_of_html(block.value["text"].source)
        return opening[:TEASER_PARAGRAPHS]

    @property
    def published_at(self) -> datetime.datetime:
        """Its date, with the time of first publishing where that was on this very day (organisation's time zone)."""
        zone = timezone.get_default_timezone()
        if self.first_published_at:
            first = self.first_published_at.astimezone(zone)
            if first.date() == self.date:
                return first.replace(microsecond=0)
        return datetime.datetime.combine(self.date, datetime.time(), zone)

    @property
    def modified_at(self) -> datetime.datetime:
        """The newest correction, else the time of publishing: a silent edit moves nothing."""
        moments = [block.value["at"] for block in self.corrections if block.value["at"]]
        return max([self.published_at, *(m.astimezone(timezone.get_default_timezone()) for m in moments)])

    @property
    def lead_block(self) -> Any:
        return self.lead[0].value if self.lead else None

    @property
    def lead_alt(self) -> str:
        block = self.lead_block
        return str(PictureBlock.alt(block)) if block else ""

    # Its way to the public folder

    def dependents(self) -> set[str]:
        """Its own page and the archives; what else shows it is found by comparing the archive (baking.py)."""
        return super().dependents() | {f"archive:{code}" for code, _name in settings.LANGUAGES}

    @classmethod
    def for_sitemap(cls) -> BasePageQuerySet:
        return cls.objects.none()  # items have sitemaps of their own, by year

    @classmethod
    def for_baking(cls, pks: list[int]) -> Iterable["NewsItem"]:
        return (
            cls.objects.filter(pk__in=pks)
            .select_related("locale")
            .prefetch_related("countries", "topics__wordings", "contacts__wordings")
        )

    def bake_hidden(self, edition: Edition) -> list[File]:
        if self.is_withdrawn_for_safety:
            return [File(self.url_path.lstrip("/") + "index.html", None, GONE)]
        return []

    def bake(self, edition: Edition) -> list[File]:
        from rightswire.newsroom.item_page import notice_page  # noqa: PLC0415 - renders this model

        if self.withdrawn == Withdrawal.EDITORIAL:
            return notice_page(self, edition)
        if self.withdrawn == Withdrawal.SAFETY:
            return self.bake_hidden(edition)
        return super().bake(edition)

    def siblings_by_language(self, edition: Edition) -> dict[str, str]:
        return addresses_by_language(edition, str(self.translation_key))

    def context(self, sheet: Sheet) -> dict[str, Any]:
        from rightswire.newsroom.item_page import item_context  # noqa: PLC0415 - renders this model

        return item_context(self, sheet)


class ItemCountry(Orderable):
    item = ParentalKey(NewsItem, on_delete=models.CASCADE, related_name="countries")
    country = models.CharField(max_length=2, choices=country_choices)

    panels = [FieldPanel("country")]
