"""Signatures on paper: a tally that only grows; a mistake is put right by another line."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from wagtail.admin.widgets import AdminDateInput

from rightswire.campaigns.admin.deeds import locked, page_of, petition_for, user_of
from rightswire.campaigns.counting import queue_pages
from rightswire.campaigns.models import PaperTally, Petition, PetitionPage
from rightswire.pages.language import Language, language


def total(petition: Petition) -> int:
    return petition.paper_tallies.aggregate(n=Sum("number"))["n"] or 0


def sheets(petition: Petition) -> list[tuple[Language, str]]:
    """The sheet to print, in each language in which the petition is open."""
    if not petition.is_open:
        return []
    pages = PetitionPage.objects.filter(petition=petition).readable().select_related("locale")
    return [(language(page.language), f"{settings.BASE_URL}{page.url_path}sheet.pdf") for page in pages]


class PaperForm(forms.ModelForm):
    class Meta:
        model = PaperTally
        fields = ["number", "place", "collected_on", "witness"]
        widgets = {"collected_on": AdminDateInput}

    def __init__(self, petition: Petition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.petition = petition

    def clean_number(self) -> int:
        number: int = self.cleaned_data["number"]
        if number == 0:
            raise forms.ValidationError("Nought changes nothing.")
        if total(self.petition) + number < 0:
            raise forms.ValidationError(f"Only {total(self.petition)} were counted: no more can be taken back.")
        return number

    def clean_collected_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["collected_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("This day is still to come.")
        return day


@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """What was counted on paper, and one more line for it."""
    petition = petition_for(request, pk)
    with transaction.atomic():
        form = PaperForm(petition, request.POST if request.method == "POST" else None)
        if request.method == "POST":
            locked(petition)  # so that two people cannot take back the same
        if form.is_valid():
            tally = form.save(commit=False)
            tally.petition, tally.entered_by = petition, user_of(request)
            tally.save()
            queue_pages(petition)
            messages.success(request, "Counted. The page of the petition shows the new sum within seconds.")
            return redirect("petitions:paper", pk)
    tallies = petition.paper_tallies.select_related("entered_by")
    context = {"form": form, "tallies": tallies, "total": total(petition), "sheets": sheets(petition)}
    return page_of(request, petition, "On paper", "paper.html", context)
