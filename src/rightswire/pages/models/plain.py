from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.fields import StreamField

from rightswire.pages.blocks.story import PageBlocks
from rightswire.pages.models.base import BasePage
from rightswire.pages.sheet import Sheet


class PlainPage(BasePage):
    """A page about the organisation: who we are, contact, accessibility."""

    introduction = models.TextField(blank=True, help_text="Set larger, under the headline.")
    body = StreamField(PageBlocks(), blank=True)

    content_panels = [
        TitleFieldPanel("title", heading="Headline", help_text=" ", placeholder=False),
        FieldPanel("introduction"),
        FieldPanel("body", heading="Text"),
    ]
    parent_page_types = ["newsroom.HomePage", "pages.PlainPage"]
    subpage_types = ["pages.PlainPage"]

    def context(self, sheet: Sheet) -> dict[str, Any]:
        crumbs = [(a.title, a.url_path) for a in self.get_ancestors().filter(depth__gt=2)]
        return {"page": self, "crumbs": crumbs, "description": self.search_description or self.introduction}
