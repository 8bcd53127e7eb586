from typing import Any

from wagtail.admin.panels import FieldPanel

from rightswire.bake.pieces import Edition, File
from rightswire.pages.models import BasePage
from rightswire.pages.models.base import BasePageQuerySet


class NewsIndex(BasePage):
    """The place of all news items of a language in the tree. Its listings are rendered from the archive."""

    content_panels = [FieldPanel("title")]
    parent_page_types = ["newsroom.HomePage"]
    subpage_types = ["newsroom.NewsItem"]
    max_count_per_parent = 1
    preview_modes: list[tuple[str, str]] = []

    @classmethod
    def for_sitemap(cls) -> BasePageQuerySet:
        return cls.objects.none()  # its address is the listing's

    def bake(self, edition: Edition) -> list[File]:
        return []  # its address belongs to the listing

    def dependents(self) -> set[str]:
        return {f"listing:{self.language}/news"}

    def template_name(self) -> str:
        return "newsroom/listing.html"

    def context(self, sheet: Any) -> dict[str, Any]:
        return {"page": self}
