"""The pages of actions: the index of a language, and a petition in that language."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.fields import StreamField
from wagtail_localize.fields import SynchronizedField

from rightswire.bake.pieces import Edition, File
from rightswire.campaigns.models.day_of_action import DayOfActionPage
from rightswire.campaigns.models.petition import Petition, State
from rightswire.pages.blocks.story import PageBlocks
from rightswire.pages.models import BasePage
from rightswire.pages.models.base import BasePageQuerySet
from rightswire.pages.sheet import Sheet


class ActIndex(BasePage):
    """Where all actions of a language are listed, and live in the tree."""

    content_panels = [FieldPanel("title")]
    parent_page_types = ["newsroom.HomePage"]
    subpage_types = ["campaigns.PetitionPage", "campaigns.DayOfActionPage"]
    max_count_per_parent = 1

    def template_name(self) -> str:
        return "campaigns/act.html"

    def context(self, sheet: Sheet) -> dict[str, Any]:
        from rightswire.campaigns.petition_page import entries  # noqa: PLC0415 - it shows pages

        return {"page": self, **entries(sheet)}


class UpdateBlock(blocks.StructBlock):
    """What happened since: an answer, a delivery, a decision, news."""

    kind = blocks.ChoiceBlock(
        choices=[
            ("update", "Update"),
            ("delivery", "Delivery: the signatures were handed over"),
            ("response", "Response of the addressee"),
            ("outcome", "Outcome: what was decided"),
        ],
        default="update",
    )
    date = blocks.DateBlock()
    title = blocks.CharBlock(max_length=160)
    text = blocks.RichTextBlock(features=["bold", "italic", "link"], required=False)
    page = blocks.PageChooserBlock(required=False, help_text="The news item that tells more.")

    class Meta:
        icon = "history"
        label = "Update"


class NextBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=120)
    text = blocks.TextBlock(rows=2, required=False)
    page = blocks.PageChooserBlock(required=False)
    address = blocks.CharBlock(required=False, max_length=300, help_text="Instead of a page: /en/news/…")

    class Meta:
        icon = "arrow-right"
        label = "What to do next"


class PetitionPage(BasePage):
    """A petition in one language. The count, the list of signers and the addressees are the petition's."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="pages")
    introduction = models.TextField(help_text="What it is about, in a few sentences.")
    ask = models.TextField("what is asked", help_text="Of whom it is addressed to, in their hearing.")
    body = StreamField(PageBlocks(), blank=True)
    updates = StreamField([("update", UpdateBlock())], blank=True)
    next_steps = StreamField([("next", NextBlock())], blank=True, verbose_name="What to do next")

    content_panels = [
        TitleFieldPanel("title", heading="Headline", help_text=" ", placeholder=False),
        FieldPanel("petition"),
        FieldPanel("introduction"),
        FieldPanel("ask"),
        FieldPanel("body", heading="Text"),
        FieldPanel("updates", heading="Updates: what happened since"),
        FieldPanel("next_steps"),
    ]
    override_translatable_fields = [SynchronizedField("petition", overridable=False)]
    parent_page_types = ["campaigns.ActIndex"]
    subpage_types: list[str] = []

    def template_name(self) -> str:
        return "campaigns/petition.html"

    def clean(self) -> None:
        super().clean()
        if self.petition_id:
            self.slug = self.petition.slug
            others = PetitionPage.objects.filter(petition=self.petition, locale=self.locale).exclude(pk=self.pk)
            if self.locale_id and others.exists():
                raise ValidationError({"petition": "This petition already has a page in this language."})
            self._keep_what_was_signed()

    def _keep_what_was_signed(self) -> None:
        """What people have signed stays as it was, also while the page is unpublished."""
        signed = SignedAsk.objects.filter(page=self.pk).select_related("page").first()
        if signed is None:
            return
        kept = {"petition": signed.page.petition_id == self.petition_id, "ask": signed.text == self.ask}
        for name, is_kept in kept.items():
            if not is_kept:
                raise ValidationError(
                    {name: "People have signed this: it stays as it is. An update can say what is new."}
                )

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Publishing and opening wait for one another, so that what is signed is what was kept."""
        petition = Petition.objects.select_for_update(no_key=True).filter(pk=self.petition_id).first()
        saved = super().save(*args, **kwargs)
        if self.live and petition and petition.state != State.DRAFT:
            self.keep_ask()
        return saved

    def keep_ask(self) -> None:
        """From now on this is what people sign on this page."""
        SignedAsk.objects.get_or_create(page=self, defaults={"text": self.ask})

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """None in preparation: the admin then offers no way to a page that nobody can read yet."""
        return super().get_url_parts(request) if self.petition.state != State.DRAFT else None

    @property
    def is_readable(self) -> bool:
        return self.petition.state != State.DRAFT and super().is_readable

    @classmethod
    def for_sitemap(cls) -> BasePageQuerySet:
        return super().for_sitemap().exclude(petition__state=State.DRAFT)

    @classmethod
    def for_baking(cls, pks: list[int]) -> Iterable["PetitionPage"]:
        return cls.objects.filter(pk__in=pks).select_related("locale", "petition")

    def siblings_by_language(self, edition: Edition) -> dict[str, str]:
        return super().siblings_by_language(edition) if self.petition.state != State.DRAFT else {}

    def dependents(self) -> set[str]:
        indexes = ActIndex.objects.values_list("pk", flat=True)
        days = DayOfActionPage.objects.showing(self.petition).values_list("pk", flat=True)
        shown = [f"page:{pk}" for pk in (*indexes, *days)]
        return super().dependents() | {*shown, f"petition:{self.petition_id}", f"sheet:{self.pk}"}

    def bake(self, edition: Edition) -> list[File]:
        """Nothing before the petition was opened: its page waits for that, however early it is published."""
        if self.petition.state == State.DRAFT:
            return []
        return [*super().bake(edition), self._embed(edition)]

    def _embed(self, edition: Edition) -> File:
        """The small page that other sites may frame; its headers are in `web.headers`."""
        sheet, address = Sheet(edition, self.language), f"{self.url_path}embed/"
        html = sheet.render("campaigns/embed.html", self.context(sheet), {}, address)
        return File(f"{address.lstrip('/')}index.html", html)

    def context(self, sheet: Sheet) -> dict[str, Any]:
        from rightswire.campaigns.petition_page import petition_context  # noqa: PLC0415 - it shows pages

        return petition_context(self, sheet)


class SignedAsk(models.Model):
    """What is asked on a page, as it was when people could first sign it. Its page cannot be deleted."""

    page = models.OneToOneField(PetitionPage, on_delete=models.PROTECT, related_name="signed_ask")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text
