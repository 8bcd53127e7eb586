import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from rightswire.pages.site_languages import language_choices


def check_address(address: str) -> None:
    """Raises ValidationError for what is neither inside the site nor a plain web or mail address."""
    if not address or re.fullmatch(r"/(?![/\\])[^\s\\]*", address) or re.fullmatch(r"mailto:[^\s@]+@[^\s@]+", address):
        return
    URLValidator(schemes=["http", "https"], message="An address begins with / (inside this site) or https://")(address)


class LinkBlock(blocks.StructBlock):
    """A line of the menu: a page of the site, or an address that is typed."""

    label = blocks.CharBlock(max_length=60)
    page = blocks.PageChooserBlock(required=False)
    address = blocks.CharBlock(required=False, max_length=300, help_text="Instead of a page: /en/news/ or https://…")

    class Meta:
        icon = "link"

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if bool(value["page"]) == bool(value["address"]):
            raise ValidationError("Choose a page or type an address: one of the two.")
        check_address(value["address"])
        return value


class GroupBlock(blocks.StructBlock):
    label = blocks.CharBlock(max_length=40)
    links = blocks.ListBlock(LinkBlock(), min_num=1)

    class Meta:
        icon = "list-ul"
        label = "Group of links"


class Menu(models.Model):
    """The main menu in one language, of two levels."""

    language = models.CharField(max_length=12, choices=language_choices, unique=True)
    items = StreamField([("group", GroupBlock()), ("link", LinkBlock())], blank=True, max_num=8)

    panels = [FieldPanel("language"), FieldPanel("items")]

    class Meta:
        ordering = ["language"]

    def __str__(self) -> str:
        return self.get_language_display()

    def groups(self) -> list[dict[str, Any]]:
        """The menu for a template: `label` and `links`, or `label` and `address` for a single link."""
        found = []
        for item in self.items:
            if item.block_type == "link":
                address = link_address(item.value)
                found += [{"label": item.value["label"], "address": address, "links": []}] if address else []
                continue
            links = [
                {"label": link["label"], "address": address}
                for link in item.value["links"]
                if (address := link_address(link))
            ]
            found.append({"label": item.value["label"], "address": "", "links": links})
        return found


def link_address(link: Any) -> str:
    """Where a LinkBlock leads; empty where its page is not public (any more)."""
    if page := link["page"]:
        specific = page.specific
        return specific.url_path if getattr(specific, "is_readable", specific.live) else ""
    return link["address"]
