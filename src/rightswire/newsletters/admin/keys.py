"""The mailing keys in the admin: the public halves. The page that takes the other half is in `unlocking.py`."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import CreateView, DeleteView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from rightswire.campaigns.admin.columns import MomentColumn
from rightswire.campaigns.admin.deeds import user_of
from rightswire.campaigns.admin.keys import KeyForm, is_private, public_line
from rightswire.campaigns.models import RecipientKey
from rightswire.newsletters.admin import unlocking
from rightswire.newsletters.models import MailingKey


class MailingKeyForm(KeyForm):
    class Meta:
        model = MailingKey
        fields = ["label", "public"]
        labels = {"label": "Who keeps it, where"}

    def clean_public(self) -> str:
        if is_private(self.cleaned_data["public"]):
            raise ValidationError(
                "This is the private half; it was not kept. What belongs here is the public one. The private half, "
                "with its passphrase, is for the page “Unlock mail” alone."
            )
        public = public_line(self.cleaned_data["public"])
        if MailingKey.objects.filter(public=public).exists():
            raise ValidationError("This key is there already.")
        if RecipientKey.objects.filter(public=public).exists():
            raise ValidationError(
                "This key opens signatures: its private half must never come near a server, and that of a mailing key "
                "has to. Make another pair."
            )
        return public


def refuse_mailing_key(public: str) -> None:
    """Signatures are not encrypted for a key whose private half comes to this server. Raises ValidationError."""
    if MailingKey.objects.filter(public=public).exists():
        raise ValidationError(
            "This is a mailing key: its private half comes to this server, so signatures must not be encrypted for it. "
            "Make another pair."
        )


class MailingKeyIndex(IndexView):
    any_permission_required = ["change"]
    page_title = "Mailing keys"
    add_item_label = "Add a key"

    @property
    def header_more_buttons(self) -> list[Any]:
        return []

    @property
    def header_buttons(self) -> list[Any]:
        unlock = HeaderButton("Unlock mail", url=reverse("mailing-keys:unlock"), icon_name="lock-open")
        return [*super().header_buttons, unlock]

    def get_delete_url(self, instance: MailingKey) -> str | None:
        return None if instance.proven_at else super().get_delete_url(instance)


class AddMailingKey(CreateView):
    page_title = "Add"
    page_subtitle = "Mailing key"
    submit_button_label = "Add the key"
    error_message = "The key was not added."

    def save_instance(self) -> MailingKey:
        self.form.instance.added_by = user_of(self.request)
        key: MailingKey = super().save_instance()
        return key

    def get_success_message(self, instance: MailingKey) -> str:
        return f"“{instance.label}” was added. It takes part once somebody has unlocked mail with it."

    def get_success_buttons(self) -> list[Any]:
        return []


class DeleteMailingKey(DeleteView):
    """Only a key for which nothing was ever encrypted."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.object.proven_at and self.user_has_permission("delete"):
            messages.error(request, "Subscribers' addresses are encrypted for this key: it cannot be deleted.")
            return redirect("mailing-keys:index")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class MailingKeyViewSet(ModelViewSet):
    model = MailingKey
    name = "mailing-keys"
    icon = "key"
    menu_label = "Mailing keys"
    index_view_class = MailingKeyIndex
    add_view_class = AddMailingKey
    delete_view_class = DeleteMailingKey
    copy_view_enabled = False
    add_to_reference_index = False
    list_display = [
        TitleColumn("label", label="Who keeps it, where"),
        Column("id", label="Id", accessor=lambda key: key.key.id.hex()),
        Column("added_by", label="Added by"),
        MomentColumn("added_at", label="Added"),
        Column("proven", label="State", accessor=lambda key: "In use" if key.proven_at else "Not in use yet"),
        MomentColumn("proven_at", label="First unlocked with"),
    ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        none = dict.fromkeys(("edit_url_name", "history_url_name", "usage_url_name"))
        whole: dict[str, Any] = super().get_common_view_kwargs(**{**none, **kwargs})
        return whole

    def get_form_class(self, for_update: bool = False) -> type[MailingKeyForm]:
        return MailingKeyForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", self.add_view, name="add"),
            path("delete/<int:pk>/", self.delete_view, name="delete"),
            path("unlock/", unlocking.unlock_page, name="unlock"),
        ]

    def register_admin_url_finder(self) -> None:
        """A key has no page on which it is edited."""
