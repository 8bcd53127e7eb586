"""Writing newsletters: the list, the form, copying and deleting. What two people released is out of reach here."""

import json
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.views.generic import CopyView, CreateView, DeleteView, EditView, IndexView

from rightswire.campaigns.models import Petition, PetitionPage, State
from rightswire.newsletters.admin.followers import by_language
from rightswire.newsletters.models import Newsletter, NewsletterState
from rightswire.newsletters.releasing import forget_request, why_fixed
from rightswire.newsroom.models import NewsItem
from rightswire.pages.language import language


def languages() -> list[tuple[str, str]]:
    return [(code, language(code).name) for code, _name in settings.LANGUAGES]


class NewsletterForm(WagtailAdminModelForm):
    language = forms.ChoiceField(choices=languages)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["petition"].queryset = Petition.objects.exclude(state=State.DRAFT)
        self.fields["send_at"].help_text = f"In the time of {settings.TIME_ZONE}. {self.fields['send_at'].help_text}"


class NewsletterIndex(IndexView):
    any_permission_required = ["change"]
    add_item_label = "Write a newsletter"

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("petition", "asked_by", "agreed_by")

    def get_edit_url(self, instance: Newsletter) -> str | None:
        return None if why_fixed(instance) else super().get_edit_url(instance)

    def get_delete_url(self, instance: Newsletter) -> str | None:
        return None if why_fixed(instance) else super().get_delete_url(instance)


class AddNewsletter(CreateView):
    """`petition` and `update` in the address: to whom, and which of its updates to begin with."""

    page_title = "Write"
    page_subtitle = "Newsletter"
    submit_button_label = "Save the draft"
    success_message = "“%(object)s” was saved. Nothing goes out before two people have released it."
    template_name = "newsletters/admin/write.html"

    def get_initial_form_instance(self) -> Newsletter:
        petition = self._petition()
        if petition is None:
            return Newsletter(language=settings.LANGUAGE_CODE)
        update = next((row for row in updates(petition) if row["id"] == self.request.GET.get("update")), None)
        if update is None:
            return Newsletter(language=self._first_language(petition), petition=petition, subject=petition.name)
        return Newsletter(
            language=update["code"],
            petition=petition,
            subject=update["title"][:150],
            body=json.dumps(update["body"]),
        )

    def _petition(self) -> Petition | None:
        number = self.request.GET.get("petition", "")
        return Petition.objects.exclude(state=State.DRAFT).filter(pk=number).first() if number.isdecimal() else None

    def _first_language(self, petition: Petition) -> str:
        """That of the most of its followers."""
        return next((code for code, _number in by_language(petition)), settings.LANGUAGE_CODE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        petition = self._petition()
        whole: dict[str, Any] = super().get_context_data(**kwargs)
        return {**whole, "petition": petition, "updates": updates(petition) if petition else []}

    def get_success_url(self) -> str:
        return reverse("newsletters:newsletter", args=[self.object.pk])

    def get_success_buttons(self) -> list[Any]:
        return []


def updates(petition: Petition) -> list[dict[str, Any]]:
    """What its pages tell of what happened since, each as the beginning of a newsletter; the newest first."""
    rows = []
    for page in PetitionPage.objects.filter(petition=petition).readable().select_related("locale"):
        for block in page.updates:
            value = block.value
            body: list[dict[str, Any]] = [{"type": "heading", "value": value["title"][:120]}]
            if value["text"]:
                body.append({"type": "text", "value": value["text"].source})
            if value["page"] and value["page"].specific_class is NewsItem:
                body.append({"type": "item", "value": value["page"].pk})
            told = language(page.language)
            row = {"id": block.id, "code": told.code, "direction": told.direction, "date": value["date"]}
            rows.append({**row, "title": value["title"], "body": body})
    return sorted(rows, key=lambda row: row["date"], reverse=True)


def undisturbed(request: HttpRequest) -> AbstractContextManager[None]:
    """Where something is sent, nobody else touches the newsletter between the look at its state and the saving."""
    return transaction.atomic() if request.method == "POST" else nullcontext()


def as_it_is(request: HttpRequest, pk: Any) -> Newsletter | None:
    rows = Newsletter.objects.filter(pk=pk)
    return (rows.select_for_update(no_key=True) if request.method == "POST" else rows).first()


class EditNewsletter(EditView):
    """Saving takes a request to release back: a second person agrees to what she has seen, and to nothing else."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with undisturbed(request):
            row = as_it_is(request, self.object_pk)
            if row and (why := why_fixed(row)) and self.user_has_permission("change"):
                messages.error(request, why)
                return redirect("newsletters:newsletter", row.pk)
            self.was_asked = row is not None and row.state == NewsletterState.ASKED
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return answer

    def save_instance(self) -> Newsletter:
        forget_request(self.form.instance)
        newsletter: Newsletter = super().save_instance()
        return newsletter

    def get_success_message(self) -> str:
        taken_back = " The request to send it was taken back: ask again when it is ready." if self.was_asked else ""
        return f"“{self.object}” was saved.{taken_back}"

    def get_success_url(self) -> str:
        return reverse("newsletters:newsletter", args=[self.object.pk])

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_breadcrumbs_items(self) -> list[Any]:
        items: list[Any] = super().get_breadcrumbs_items()
        own = {"url": reverse("newsletters:newsletter", args=[self.object.pk]), "label": str(self.object)}
        return [*items[:-1], own, {"url": "", "label": "Edit"}]


class CopyNewsletter(CopyView):
    """The form with what another one says, as a new draft. What is sent goes to the form for new ones."""

    http_method_names = ["get"]

    def get_initial_form_instance(self) -> Newsletter:
        other: Newsletter = self.get_object()
        return Newsletter(
            language=other.language,
            subject=other.subject,
            preheader=other.preheader,
            body=other.body,
            petition=other.petition,
        )


class DeleteNewsletter(DeleteView):
    """What was released or sent stays."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with undisturbed(request):
            row = as_it_is(request, self.object.pk)
            if row and (why := why_fixed(row)) and self.user_has_permission("delete"):
                messages.error(request, f"It cannot be deleted. {why}")
                return redirect("newsletters:newsletter", self.object.pk)
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return answer
