"""Handing the signatures out, encrypted, when two people want it; and what came of them."""

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin.widgets import AdminDateInput

from rightswire.accounts.models import User
from rightswire.campaigns.admin.deeds import DISK, deed, locked, page_of, passing_folder, petition_for, user_of
from rightswire.campaigns.admin.opening_deeds import under_way, waiting_for
from rightswire.campaigns.delivery import CannotExport, export_delivery
from rightswire.campaigns.models import Act, Approval, Petition, PetitionPage, State
from rightswire.campaigns.models.oversight import LONGEST_NOTE
from rightswire.campaigns.opening import NotAllowed, agree, ask, note, use_export, withdraw
from rightswire.pages.language import language

SOON = datetime.timedelta(days=7)


@deed("delivery")
def ask_to_export(petition: Petition, user: User, data: QueryDict) -> str:
    if petition.records_destroyed_at:
        raise NotAllowed("The encrypted signatures were destroyed, as promised: there is nothing left to export.")
    ask(petition, Act.EXPORT, user)
    return "You have asked for an export. A second person can agree on this page."


@deed("delivery")
def agree_to_export(petition: Petition, user: User, data: QueryDict) -> str:
    agree(waiting_for(petition, Act.EXPORT), user)
    return "Two people agree. Either of you can download the file, once."


@deed("delivery")
def withdraw_export(petition: Petition, user: User, data: QueryDict) -> str:
    withdraw(waiting_for(petition, Act.EXPORT))
    return "The request was withdrawn. Nothing was exported."


def agreed_export(petition: Petition, user: User) -> Approval:
    """The export that both agreed to, for one of the two. Raises NotAllowed."""
    approval = waiting_for(petition, Act.EXPORT)
    if approval.agreed_by is None:
        raise NotAllowed("A second person has to agree first.")
    if user.pk not in (approval.asked_by_id, approval.agreed_by_id):
        raise NotAllowed("One of the two who agreed to this export can download it.")
    return approval


@require_POST
def download_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, once. It is deleted here before its first byte is sent, and read through its open end."""
    petition, user = petition_for(request, pk), user_of(request)
    try:
        agreed_export(petition, user)
        with passing_folder() as folder:
            file = folder / "delivery"
            export_delivery(petition, file)
            with transaction.atomic():
                use_export(agreed_export(locked(petition), user))
            opened = file.open("rb")
    except (NotAllowed, CannotExport, OSError) as error:
        messages.error(request, DISK if isinstance(error, OSError) else str(error))
        return redirect("petitions:delivery", pk)
    name = f"{petition.slug}-{timezone.localdate().isoformat()}.zip"
    return FileResponse(opened, as_attachment=True, filename=name, content_type="application/zip")


@deed("delivery")
def note_destroyed(petition: Petition, user: User, data: QueryDict) -> str:
    """A copy that had left the server: what it was is told in words, which must name no supporter."""
    words = " ".join(data.get("copy", "").split())
    if not words:
        raise NotAllowed("Say which copy was destroyed, such as: the USB stick of 3 May. Nothing was noted.")
    if len(words) > LONGEST_NOTE:
        raise NotAllowed(f"That is longer than {LONGEST_NOTE} characters. Nothing was noted.")
    note(Act.DESTROY_COPY, petition, user, words)
    return "Noted in the register."


class DeliveredForm(forms.Form):
    """When the signatures were handed over."""

    date = forms.DateField(label="Handed over on", widget=AdminDateInput)

    def __init__(self, petition: Petition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.petition = petition

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        if day > timezone.localdate():
            raise forms.ValidationError("This day is still to come.")
        if self.petition.opened_at and day < timezone.localdate(self.petition.opened_at):
            raise forms.ValidationError("The petition was not open yet on this day.")
        return day

    @property
    def moment(self) -> datetime.datetime:
        noon = datetime.datetime.combine(self.cleaned_data["date"], datetime.time(12))
        return min(timezone.make_aware(noon), timezone.now())


@require_http_methods(["GET", "POST"])
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """The export, and recording that the signatures were handed over."""
    petition, user = petition_for(request, pk), user_of(request)
    form = DeliveredForm(petition, request.POST if request.method == "POST" else None)
    if petition.state != State.DRAFT and form.is_valid():
        petition.delivered_at = form.moment
        ends_at = petition.records_end_at
        if ends_at and ends_at < timezone.now() + SOON and "sure" not in request.POST:
            context = {"form": form, "ends_at": max(ends_at, timezone.now())}
            return page_of(request, petition, "Record the delivery", "delivered.html", context)
        with transaction.atomic():
            petition.save(update_fields=["delivered_at"])
            note(Act.DELIVER, petition, user, f"Handed over on {form.cleaned_data['date']:%Y-%m-%d}")
        messages.success(request, "Recorded. Who removes a signature now is told when it was handed over.")
        return redirect("petitions:delivery", pk)
    approval = under_way(petition, Act.EXPORT)
    context = {
        "is_opened": petition.state != State.DRAFT,
        "approval": approval,
        "is_asker": approval is not None and approval.asked_by_id == user.pk,
        "is_one_of_two": approval is not None and user.pk in (approval.asked_by_id, approval.agreed_by_id),
        "exports": Approval.objects.filter(petition=petition, act=Act.EXPORT, done_at__isnull=False).select_related(
            "asked_by", "agreed_by"
        ),
        "form": form,
        "longest_note": LONGEST_NOTE,
        "pages": [
            (language(page.language), reverse("wagtailadmin_pages:edit", args=[page.pk]))
            for page in PetitionPage.objects.filter(petition=petition).select_related("locale")
        ],
    }
    return page_of(request, petition, "Delivery", "delivery.html", context)
