"""What the admin shows for news, and what it does not show because nobody here uses it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.auth import user_has_any_page_permission
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from rightswire.newsroom import admin_views, reports, withdrawal
from rightswire.newsroom.models import NewsIndex, NewsItem, Topic
from rightswire.pages.language import language


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "tag"
    menu_label = "Topics"
    menu_order = 240
    add_to_admin_menu = True


register_snippet(TopicViewSet)


@hooks.register("insert_global_admin_css")
def add_style() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("newsroom/admin.css"))


@hooks.register("register_admin_urls")
def register_pages() -> list[Any]:
    return [
        path("news/<int:pk>/withdrawal/", admin_views.withdrawal, name="rightswire_withdrawal"),
        *_report("translations", reports.TranslationsReport),
        *_report("to-look-at", reports.ToLookAtReport),
    ]


def _report(name: str, view: Any) -> list[Any]:
    url_name = "rightswire_" + name.replace("-", "_")
    return [
        path(f"reports/news/{name}/", view.as_view(), name=url_name),
        path(f"reports/news/{name}/results/", view.as_view(results_only=True), name=f"{url_name}_results"),
    ]


class NewsReportMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return user_has_any_page_permission(request.user)


@hooks.register("register_reports_menu_item")
def register_translations() -> MenuItem:
    url = reverse("rightswire_translations")
    return NewsReportMenuItem("Translations", url, name="news-translations", icon_name="site", order=10)


@hooks.register("register_reports_menu_item")
def register_to_look_at() -> MenuItem:
    url = reverse("rightswire_to_look_at")
    return NewsReportMenuItem("To look at", url, name="news-to-look-at", icon_name="view", order=20)


# Withdrawal


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(withdrawal.LOG_WITHDRAW, "Withdraw", "Withdrawn")
    actions.register_action(withdrawal.LOG_RESTORE, "End withdrawal", "Withdrawal ended")


@hooks.register("register_page_action_menu_item")
def register_withdraw_item() -> admin_views.WithdrawMenuItem:
    return admin_views.WithdrawMenuItem(order=25)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def withdraw_button(
    page: Page, user: Any, view_name: str | None = None, next_url: str | None = None
) -> Iterator[Button]:
    news: Any = page.specific if page.cached_content_type.model_class() is NewsItem else None
    if news and admin_views.offers_withdrawal(news, user):
        url = reverse("rightswire_withdrawal", args=[news.pk])
        yield Button(admin_views.withdraw_label(news), url, icon_name="no-view", priority=62)


@hooks.register("construct_page_action_menu")
def offer_no_publishing(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """A withdrawal for safety is ended first, on its own page; only then can the item be published."""
    if getattr(context.get("page"), "is_withdrawn_for_safety", False):
        refused = {"action-publish", "action-submit", "action-restart-workflow"}
        items[:] = [item for item in items if item.name not in refused]


@hooks.register("before_publish_page")
def refuse_to_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    if not getattr(page, "is_withdrawn_for_safety", False):
        return None
    messages.error(
        request,
        "This item was withdrawn for safety and was not published. Your changes are kept as a draft. "
        "To publish it, end the withdrawal first.",
    )
    return redirect("rightswire_withdrawal", page.pk)


@hooks.register("before_edit_page", order=-1)
def refuse_to_publish_translation(request: HttpRequest, page: Page) -> HttpResponse | None:
    """The translation editor publishes by a way of its own, on which no other hook lies."""
    return refuse_to_publish(request, page) if request.POST.get("action") == "publish" else None


@hooks.register("before_bulk_action")
def refuse_to_publish_many(
    request: HttpRequest, action_type: str, pages: list[Any], action: Any
) -> HttpResponse | None:
    if action_type != "publish":
        return None
    refused = [page.specific for page in pages if isinstance(page, Page)]
    return next((answer for page in refused if (answer := refuse_to_publish(request, page))), None)


# Imported items that want a look


@hooks.register("after_edit_page")
@hooks.register("after_publish_page")
def note_look(request: HttpRequest, page: Page) -> None:
    if isinstance(page, NewsItem):
        reports.looked_at(page)


# The dashboard and the menus


class WritePanel(Component):
    """A button for each language in which the person may write."""

    order = 50
    template_name = "newsroom/admin/write.html"

    def __init__(self, user: Any) -> None:
        self.user = user

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        buttons = []
        for index in NewsIndex.objects.filter(alias_of=None).select_related("locale").order_by("pk"):
            if index.permissions_for_user(self.user).can_add_subpage():
                told = language(index.language)
                url = reverse("wagtailadmin_pages:add", args=["newsroom", "newsitem", index.pk])
                buttons.append((told.name, url, told.code, told.direction))
        return {"buttons": buttons}


@hooks.register("construct_homepage_panels")
def add_write_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(WritePanel(request.user))
    panels.sort(key=lambda panel: panel.order)


@hooks.register("construct_help_menu")
def keep_shortcuts(request: HttpRequest, items: list[MenuItem]) -> None:
    """The other entries lead to another organisation's site."""
    items[:] = [item for item in items if item.name == "keyboard-shortcuts-trigger"]


@hooks.register("construct_reports_menu")
def drop_unused_reports(request: HttpRequest, items: list[MenuItem]) -> None:
    unused = {"translations", "aging-pages", "page-types-usage", "workflow-tasks"}
    items[:] = [item for item in items if item.name not in unused]


@hooks.register("construct_settings_menu")
def drop_unused_settings(request: HttpRequest, items: list[MenuItem]) -> None:
    """Languages and the site's address come from the environment; tasks are made where workflows are."""
    unused = {"locales", "sites", "collections", "workflow-tasks"}
    items[:] = [item for item in items if item.name not in unused]
