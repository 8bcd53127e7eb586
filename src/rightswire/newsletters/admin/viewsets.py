"""The places of the menu “Newsletters”."""

from typing import Any

from django.urls import URLPattern, path
from wagtail.admin.panels import ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from rightswire.campaigns.admin.columns import MomentColumn
from rightswire.newsletters.admin import newsletter_page, writing
from rightswire.newsletters.admin.keys import MailingKeyViewSet
from rightswire.newsletters.admin.numbers import NumbersViewSet
from rightswire.newsletters.admin.sendings import SendingViewSet
from rightswire.newsletters.lists.admin import ListsViewSet
from rightswire.newsletters.models import Newsletter
from rightswire.pages.language import language


class NewsletterViewSet(ModelViewSet):
    model = Newsletter
    name = "newsletters"
    icon = "mail"
    menu_label = "Newsletters"
    index_view_class = writing.NewsletterIndex
    add_view_class = writing.AddNewsletter
    edit_view_class = writing.EditNewsletter
    copy_view_class = writing.CopyNewsletter
    delete_view_class = writing.DeleteNewsletter
    edit_handler = ObjectList(Newsletter.panels, base_form_class=writing.NewsletterForm)
    search_fields = ["subject"]
    list_filter = ["state"]
    list_display = [
        TitleColumn("subject", label="Subject", url_name="newsletters:newsletter"),
        Column("get_state_display", label="State"),
        Column("language", label="Language", accessor=lambda newsletter: language(newsletter.language).name),
        Column("petition", label="To the followers of"),
        MomentColumn("send_at", label="Send at"),
        MomentColumn("created_at", label="Written"),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        own: dict[str, tuple[Any, str]] = {
            "": (newsletter_page.newsletter_page, "newsletter"),
            "preview/": (newsletter_page.preview, "preview"),
            "frame/<str:look>/": (newsletter_page.frame, "frame"),
            "test/": (newsletter_page.send_test, "send_test"),
            "ask/": (newsletter_page.ask, "ask"),
            "agree/": (newsletter_page.agree_page, "agree_page"),
            "agree/now/": (newsletter_page.agree, "agree"),
            "withdraw/": (newsletter_page.withdraw, "withdraw"),
        }
        patterns = [path(f"<int:pk>/{route}", view, name=name) for route, (view, name) in own.items()]
        return [*super().get_urlpatterns(), *patterns]


class NewsletterGroup(ModelViewSetGroup):
    menu_label = "Newsletters"
    menu_icon = "mail"
    menu_order = 235
    items = (
        NewsletterViewSet(menu_order=1),
        SendingViewSet(menu_order=2),
        NumbersViewSet(menu_order=3),
        MailingKeyViewSet(menu_order=4),
        ListsViewSet(menu_order=5),
    )
