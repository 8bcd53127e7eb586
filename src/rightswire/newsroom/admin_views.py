"""The admin's own pages for news items."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.models import Page

from rightswire.newsroom.models import NewsItem
from rightswire.newsroom.models.item import Withdrawal
from rightswire.newsroom.withdrawal import may_withdraw, restore, still_named, versions, withdraw
from rightswire.pages.language import language


class WithdrawalForm(forms.Form):
    """How an item is taken back; with a reason for the public in each language that the item has."""

    kind = forms.ChoiceField(
        label="Which way?",
        widget=forms.RadioSelect,
        choices=[
            (
                Withdrawal.EDITORIAL,
                "Editorial: the text goes, a dated notice with your reason stays at its address.",
            ),
            (
                Withdrawal.SAFETY,
                "For safety: everything goes, in all languages. Page, pictures, documents, feeds, search, "
                "and the old addresses that lead to it. No notice is shown.",
            ),
        ],
    )

    def __init__(self, pages: list[NewsItem], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in dict.fromkeys(page.language for page in pages if page.live):
            told = language(code)
            self.fields[f"notice_{code}"] = forms.CharField(
                label=f"Reason for the public, in {told.name}",
                required=False,
                max_length=2000,
                help_text="For an editorial withdrawal. Empty: only that we no longer stand by it.",
                widget=forms.Textarea(attrs={"rows": 3, "lang": code, "dir": told.direction}),
            )

    @property
    def notices(self) -> dict[str, str]:
        fields = self.cleaned_data.items()
        return {name.removeprefix("notice_"): text for name, text in fields if name.startswith("notice_")}


def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraws an item or brings it back; says what still names an item that was withdrawn for safety."""
    item = get_object_or_404(NewsItem, pk=pk)
    if not may_withdraw(item, request.user):  # type: ignore[arg-type]
        raise PermissionDenied
    pages = versions(item)
    form = WithdrawalForm(pages, request.POST if "withdraw" in request.POST else None)
    if "restore" in request.POST:
        restore(item, request.user)  # type: ignore[arg-type]
        messages.success(request, restored_message(item))
        return redirect("wagtailadmin_pages:edit", item.pk)
    if "withdraw" in request.POST and form.is_valid():
        withdraw(item, form.cleaned_data["kind"], form.notices, request.user)  # type: ignore[arg-type]
        messages.success(request, "Withdrawn in all languages. Readers see it within seconds.")
        return redirect("rightswire_withdrawal", item.pk)
    context = {
        "page": item,
        "title": item.draft_title,
        "form": form,
        "languages": [language(page.language).name for page in pages if not page.alias_of_id],
        "named": named(item) if item.is_withdrawn_for_safety else [],
        "breadcrumbs_items": [
            {
                "url": reverse("wagtailadmin_explore", args=[item.get_parent().pk]),
                "label": item.get_parent().title,
            },
            {"url": reverse("wagtailadmin_pages:edit", args=[item.pk]), "label": item.draft_title},
            {"url": "", "label": "Withdraw"},
        ],
        "header_icon": "no-view",
        "header_title": "Withdraw",
    }
    return render(request, "newsroom/admin/withdrawal.html", context)


def restored_message(item: NewsItem) -> str:
    if item.withdrawn == Withdrawal.SAFETY:
        return "The withdrawal has ended. The item is a draft in all languages; publish it when you are sure."
    return "The withdrawal has ended. The item is public again, as it was."


def named(item: NewsItem) -> list[tuple[str, str]]:
    """What still names a withdrawn item: the public address, and where it is edited if it is a page."""
    addresses = still_named(item)
    pages = dict(Page.objects.filter(url_path__in=addresses).values_list("url_path", "pk"))
    return [
        (address, reverse("wagtailadmin_pages:edit", args=[pages[address]]) if address in pages else "")
        for address in addresses
    ]


class WithdrawMenuItem(ActionMenuItem):
    """In the menu of the edit page's button: leads to the page above."""

    name = "action-withdraw"
    icon_name = "no-view"

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        return context | {"label": withdraw_label(parent_context["page"])}

    def is_shown(self, context: dict[str, Any]) -> bool:
        page = context.get("page")
        return context["view"] == "edit" and offers_withdrawal(page, context["request"].user)

    def get_url(self, context: dict[str, Any]) -> str:
        return reverse("rightswire_withdrawal", args=[context["page"].pk])


def withdraw_label(page: Any) -> str:
    return "Withdrawal…" if page.withdrawn else "Withdraw…"


def offers_withdrawal(page: Any, user: Any) -> bool:
    return isinstance(page, NewsItem) and bool(page.live or page.withdrawn) and may_withdraw(page, user)
