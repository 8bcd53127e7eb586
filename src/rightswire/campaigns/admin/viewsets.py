"""The places of the menu “Petitions”."""

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import CreateView, DeleteView, EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.snippets.views.snippets import SnippetViewSet

from rightswire.campaigns.admin import exports, held, numbers_page, opening_deeds, overview, paper, proofs
from rightswire.campaigns.admin.columns import MomentColumn
from rightswire.campaigns.admin.deeds import locked, user_of
from rightswire.campaigns.admin.keys import KeyViewSet
from rightswire.campaigns.admin.register import RegisterViewSet
from rightswire.campaigns.models import Act, Official, Petition, State
from rightswire.campaigns.models.official import WHO_SIGNERS_MEANT
from rightswire.campaigns.opening import note, show
from rightswire.seal.how_many import how_many

GROUP = "register_petitions_menu_item"
MINUTE = datetime.timedelta(minutes=1)


class PetitionForm(WagtailAdminModelForm):
    """What an open petition has promised to its signers cannot be taken back by a slip of the pen."""

    def clean_closes_at(self) -> Any:
        at, before = self.cleaned_data["closes_at"], self.initial.get("closes_at")
        is_kept = at and before and abs(at - before) < MINUTE  # the field knows no seconds
        is_open = self.instance.state != State.DRAFT  # of drafts the petition itself says so
        if is_open and at and at <= timezone.now() and not is_kept:
            raise ValidationError("This moment is over. To end signing now, use “Close…” on the petition's page.")
        return before if is_kept else at

    def clean_keep_days(self) -> Any:
        days, before = self.cleaned_data["keep_days"], self.initial.get("keep_days")
        if self.instance.state != State.DRAFT and days > before:
            raise ValidationError(f"Signers were promised {how_many(before, 'day')}: it can only become less.")
        if self.instance.state == State.CLOSED and days != before:
            raise ValidationError("The petition is closed: this stays as it is, so that nothing is destroyed too soon.")
        return days

    def clean(self) -> Any:
        """Signers choose whether these very people may see their names: nobody joins them later."""
        cleaned = super().clean()
        formset = self.formsets["addressees"]
        if self.instance.state != State.DRAFT and formset.is_valid():
            kept = [row.cleaned_data for row in formset.forms if row.cleaned_data and not row.cleaned_data["DELETE"]]
            before = set(self.instance.addressees.values_list("official_id", flat=True))
            if {row["official"].pk for row in kept} != before:
                raise ValidationError("People have signed for these addressees: they stay as they are.")
        return cleaned

    def save(self, commit: bool = True) -> Petition:
        """Writes what the form shows and nothing else: where the petition stands is no matter of a form."""
        is_new = self.instance.pk is None
        petition: Petition = super().save(commit=commit and is_new)
        if commit and not is_new:
            petition.save(update_fields=[*self.fields, *self.formsets])
        return petition


class OfficialForm(WagtailAdminModelForm):
    """Of somebody whom signers let see their names, what tells who it is stays in every language it was told in."""

    def clean(self) -> Any:
        cleaned = super().clean()
        formset = self.formsets["wordings"]
        if self.instance.pk and self.instance.is_known_to_signers and formset.is_valid():
            rows = [row.cleaned_data for row in formset.forms if row.cleaned_data and not row.cleaned_data["DELETE"]]
            now = {row["language"]: (row["shown_name"], row["organisation"]) for row in rows}
            for language, *told in self.instance.wordings.values_list("language", "shown_name", "organisation"):
                if now.get(language) != tuple(told):
                    raise ValidationError(f"Name and organisation in each language: {WHO_SIGNERS_MEANT}")
        return cleaned


class PetitionIndex(IndexView):
    any_permission_required = ["change"]

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("count")


class AddPetition(CreateView):
    def get_success_url(self) -> str:
        return reverse("petitions:overview", args=[self.object.pk])

    def get_success_buttons(self) -> list[Any]:
        return []


class EditPetition(EditView):
    def get_success_url(self) -> str:
        return reverse("petitions:overview", args=[self.object.pk])

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_breadcrumbs_items(self) -> list[Any]:
        items: list[Any] = super().get_breadcrumbs_items()
        own = {"url": reverse("petitions:overview", args=[self.object.pk]), "label": str(self.object)}
        return [*items[:-1], own, {"url": "", "label": "Edit"}]

    @property
    def can_delete(self) -> bool:
        return self.object.state == State.DRAFT and self.user_has_permission("delete")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """On the petition as it is now, which nobody else opens, closes or edits meanwhile."""
        with transaction.atomic():
            self.object = locked(self.get_object())
            answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def save_instance(self) -> Petition:
        before = Petition.objects.get(pk=self.object.pk).keep_days
        petition: Petition = super().save_instance()
        if petition.state != State.DRAFT:
            if petition.keep_days != before:
                words = f"{how_many(petition.keep_days, 'day')} instead of {before}"
                note(Act.KEEP_LESS, petition, user_of(self.request), words)
            show(petition)
        return petition


class DeletePetition(DeleteView):
    """Only what was never opened goes, and not while it has pages."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return self._answer(request, *args, **kwargs)
        with transaction.atomic():
            self.object: Petition = locked(self.get_object())
            return self._answer(request, *args, **kwargs)

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        petition: Petition = self.object
        why = ""
        if petition.state != State.DRAFT:
            why = "A petition that was opened cannot be deleted: people have signed it, or could have."
        elif petition.pages.exists():
            why = "Delete its pages first."
        if why:
            messages.error(request, why)
            return redirect("petitions:overview", petition.pk)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class PetitionViewSet(ModelViewSet):
    model = Petition
    name = "petitions"
    icon = "clipboard-list"
    menu_label = "Petitions"
    index_view_class = PetitionIndex
    add_view_class = AddPetition
    edit_view_class = EditPetition
    delete_view_class = DeletePetition
    copy_view_enabled = False
    edit_handler = ObjectList(Petition.panels, base_form_class=PetitionForm)
    search_fields = ["name", "slug"]
    list_display = [
        TitleColumn("name", label="Name", url_name="petitions:overview"),
        Column("get_state_display", label="State"),
        Column("confirmed", label="Confirmed", accessor=lambda petition: _confirmed(petition)),
        MomentColumn("opened_at", label="Opened"),
        MomentColumn("closes_at", label="Closes"),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        own = {
            "": (overview.overview, "overview"),
            "write/<str:code>/": (overview.WritePage.as_view(), "write"),
            "opening/ask/": (opening_deeds.ask_to_open, "ask_to_open"),
            "opening/agree/": (opening_deeds.agree_and_open, "agree_and_open"),
            "opening/withdraw/": (opening_deeds.withdraw_opening, "withdraw_opening"),
            "close/": (opening_deeds.close_page, "close_page"),
            "close/now/": (opening_deeds.close, "close"),
            "test/": (proofs.download_test, "download_test"),
            "prove/": (proofs.prove_key, "prove"),
            "numbers/": (numbers_page.numbers_page, "numbers"),
            "numbers.csv": (numbers_page.numbers_csv, "csv"),
            "held/": (held.held, "held"),
            "held/release/": (held.release_batch, "release"),
            "held/drop/": (held.ask_before_dropping, "ask_before_dropping"),
            "held/drop/now/": (held.drop_batch, "drop"),
            "paper/": (paper.paper, "paper"),
            "delivery/": (exports.delivery, "delivery"),
            "export/ask/": (exports.ask_to_export, "ask_to_export"),
            "export/agree/": (exports.agree_to_export, "agree_to_export"),
            "export/withdraw/": (exports.withdraw_export, "withdraw_export"),
            "copies/destroyed/": (exports.note_destroyed, "note_destroyed"),
            "export/file/": (exports.download_export, "download_export"),
        }
        patterns = [path(f"<int:pk>/{route}", view, name=name) for route, (view, name) in own.items()]
        return [*super().get_urlpatterns(), *patterns]


def _confirmed(petition: Petition) -> str:
    return f"{petition.count.confirmed:,}" if hasattr(petition, "count") else ""


class OfficialViewSet(SnippetViewSet):
    model = Official
    icon = "group"
    menu_label = "Officials and companies"
    menu_hook = GROUP
    menu_order = 2
    edit_handler = ObjectList(Official.panels, base_form_class=OfficialForm)
    list_display = ["name", Column("country", label="Country", accessor="get_country_display"), "languages"]
    search_fields = ["name"]
    list_filter = ["country"]


class PetitionGroup(ModelViewSetGroup):
    menu_label = "Petitions"
    menu_icon = "clipboard-list"
    menu_order = 230
    submenu_hook = GROUP
    items = (PetitionViewSet(menu_order=1), KeyViewSet(menu_order=3), RegisterViewSet(menu_order=4))
