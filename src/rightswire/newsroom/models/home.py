from typing import Any

from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from rightswire.newsroom.archive import archive
from rightswire.pages.blocks.story import TextBlock
from rightswire.pages.models import BasePage
from rightswire.pages.models.menu import LinkBlock, check_address, link_address
from rightswire.pages.sheet import LEAD, Sheet


class BandBlock(blocks.StructBlock):
    """A call to action across the whole page, in the organisation's colour."""

    kicker = blocks.CharBlock(required=False, max_length=120)
    headline = blocks.CharBlock(max_length=160)
    text = blocks.TextBlock(required=False, rows=3)
    button = LinkBlock()

    class Meta:
        icon = "arrow-right"
        label = "Call to action"
        template = "newsroom/blocks/band.html"

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        return {**super().get_context(value, parent_context), "link": link_address(value["button"])}


class PersonBlock(blocks.StructBlock):
    name = blocks.CharBlock(max_length=120)
    country = blocks.CharBlock(max_length=80, required=False)
    text = blocks.TextBlock(rows=2)
    page = blocks.PageChooserBlock(required=False)
    address = blocks.CharBlock(required=False, max_length=300, help_text="Instead of a page: /en/news/…")

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        check_address(value["address"])
        return value


class PeopleBlock(blocks.StructBlock):
    """People at risk, their names set as large as headlines."""

    title = blocks.CharBlock(max_length=80)
    people = blocks.ListBlock(PersonBlock(), min_num=1)

    class Meta:
        icon = "group"
        label = "People at risk"
        template = "newsroom/blocks/people.html"

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        people = [{**person, "link": link_address(person)} for person in value["people"]]
        return {**super().get_context(value, parent_context), "people": people}


class HomePage(BasePage):
    """The front page in one language: the newest news, and what the editors put between."""

    body = StreamField(
        [("band", BandBlock()), ("people", PeopleBlock()), ("text", TextBlock())],
        blank=True,
        help_text="Between today's news, which comes by itself, and that of the days before.",
    )

    content_panels = [FieldPanel("title", heading="Name in the admin"), FieldPanel("body", heading="Page")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["newsroom.NewsIndex", "pages.PlainPage"]

    def dependents(self) -> set[str]:
        return super().dependents() | {"root:"}

    def context(self, sheet: Sheet) -> dict[str, Any]:
        front = archive(sheet.edition, self.language).front()
        lead = None
        if front.lead:
            from rightswire.newsroom.listing import teased  # noqa: PLC0415 - listings show items

            lead = teased(sheet, [front.lead])[0]
        return {
            "page": self,
            "is_home": True,
            "lead": lead,
            "lead_picture": sheet.picture(lead.picture, LEAD, "(min-width: 80rem) 76rem, 100vw")
            if lead and lead.picture
            else None,
            "lead_date": sheet.date_parts(lead.head.date) if lead else None,
            "also": sheet_entries(sheet, front.also),
            "earlier": sheet_entries(sheet, front.earlier),
        }


def sheet_entries(sheet: Sheet, entries: list[Any]) -> list[Any]:
    from rightswire.newsroom.listing import headed  # noqa: PLC0415

    return headed(sheet, entries)
