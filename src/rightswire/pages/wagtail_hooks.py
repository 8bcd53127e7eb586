"""What the admin shows of this app, and the links in rich text."""

from typing import Any

from django.utils.html import escape
from wagtail import hooks
from wagtail.models import Page
from wagtail.rich_text import LinkHandler
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from rightswire.pages.models import Contact, Menu


class ReadablePageLink(LinkHandler):
    """A link to a page of the site; only text where readers cannot see that page."""

    identifier = "page"

    @staticmethod
    def get_model() -> type[Page]:
        return Page

    @classmethod
    def expand_db_attributes(cls, attrs: dict[str, str]) -> str:
        page: Any = Page.objects.filter(pk=attrs.get("id")).first()
        if page is None or not getattr(page := page.specific, "is_readable", False):
            return "<a>"
        return f'<a href="{escape(page.url_path)}">'


@hooks.register("register_rich_text_features", order=100)
def register_links(features: FeatureRegistry) -> None:
    features.register_link_type(ReadablePageLink)


class ContactViewSet(SnippetViewSet):
    model = Contact
    icon = "group"
    menu_label = "Contacts"
    menu_order = 250
    add_to_admin_menu = True
    list_display = ["name", "kind", "email", "phone"]
    search_fields = ["name", "email"]


class MenuViewSet(SnippetViewSet):
    model = Menu
    icon = "list-ul"
    menu_label = "Menus"
    add_to_settings_menu = True


register_snippet(ContactViewSet)
register_snippet(MenuViewSet)
