"""The organisation's keys in the admin: added, and retired; never changed, and never the private half."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from wagtail import hooks
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import CreateView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import policy_registry

from rightswire.campaigns.admin.columns import KeyStateColumn, MomentColumn
from rightswire.campaigns.admin.deeds import user_of
from rightswire.campaigns.models import Act, Petition, RecipientKey, State
from rightswire.campaigns.opening import NotAllowed, note
from rightswire.seal.box import PRIVATE_PREFIX, PUBLIC_PREFIX, NotAKey, PublicKey


class KeyForm(forms.ModelForm):
    """Takes the line, or the whole file that it stands in."""

    public = forms.CharField(
        label="Public key",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text="The line from the .pub file that “rightswire keygen” wrote. It begins with rightswire-key-1:",
    )

    class Meta:
        model = RecipientKey
        fields = ["label", "public"]
        labels = {"label": "Who keeps it, where"}
        help_texts = {"label": "Such as: safe in Ottawa. It shows which key is which, here and in the register."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_private(self.data.get("public", "")):  # it is not shown again, nor kept anywhere
            self.data = {**{name: self.data.get(name, "") for name in self.fields}, "public": PRIVATE_PREFIX}

    def clean_public(self) -> str:
        public = public_line(self.cleaned_data["public"])
        if RecipientKey.objects.filter(public=public).exists():
            raise ValidationError("This key is there already. A key that was retired stays so: make a new pair.")
        for refuse in hooks.get_hooks("refuse_recipient_key"):
            refuse(public)
        return public


def public_line(text: str) -> str:
    """The line of the public half, out of the whole file or alone. Raises ValidationError."""
    if is_private(text):
        raise ValidationError(
            "This is the private half, which opens signatures. It must never be on a server. It was not kept, "
            "but it has been sent here: make a new pair, and destroy this one."
        )
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith(PUBLIC_PREFIX)]
    try:
        return PublicKey.parse(lines[0] if len(lines) == 1 else "").text()
    except NotAKey:
        raise ValidationError(
            "This is not a public key that “rightswire keygen” made, or not exactly one. Paste the one line that "
            f"begins with {PUBLIC_PREFIX}, all of it."
        ) from None


def is_private(text: str) -> bool:
    return PRIVATE_PREFIX in text or "PRIVATE KEY" in text


class KeyIndex(IndexView):
    any_permission_required = ["change"]
    page_title = "Keys"

    add_item_label = "Add a key"

    def get_base_queryset(self) -> "QuerySet[RecipientKey]":
        return RecipientKey.objects.select_related("added_by").annotate(last_proven_at=Max("petition_keys__proven_at"))

    def order_queryset(self, queryset: "QuerySet[RecipientKey]") -> "QuerySet[RecipientKey]":
        """Those in use first."""
        return queryset.order_by(F("retired_at").asc(nulls_first=True), "pk")


class AddKey(CreateView):
    page_subtitle = "Key"
    submit_button_label = "Add the key"
    error_message = "The key was not added."

    def save_instance(self) -> RecipientKey:
        key: RecipientKey = self.form.save(commit=False)
        key.added_by = user_of(self.request)
        key.save()
        note(Act.ADD_KEY, None, key.added_by, f"{key.label} ({key.id_hex})")
        return key

    def get_success_message(self, instance: RecipientKey) -> str:
        return f"“{instance.label}” was added. Prove that it opens on the page of each petition that is to use it."

    def get_success_buttons(self) -> list[Any]:
        return []


def why_not_retire(key: RecipientKey) -> str:
    """Empty where the key can be retired."""
    for petition in Petition.objects.filter(state=State.OPEN):
        keys = petition.sealing_keys()
        if keys.filter(key=key).exists() and not keys.exclude(key=key).exists():
            return (
                f"It is the last key of “{petition}”, which is open: without a key nobody could sign any more. "
                "Close the petition first."
            )
    return ""


@transaction.atomic
def retire_key(key: RecipientKey, user: Any) -> None:
    """Nothing more is encrypted for it; what was, it still opens. Raises NotAllowed."""
    list(Petition.objects.select_for_update(no_key=True).filter(state=State.OPEN))  # two keys at once would leave none
    key.refresh_from_db()
    if key.retired_at:
        raise NotAllowed("This key was retired already.")
    if why := why_not_retire(key):
        raise NotAllowed(why)
    key.retired_at = timezone.now()
    key.save(update_fields=["retired_at"])
    note(Act.RETIRE_KEY, None, user, f"{key.label} ({key.id_hex})")


@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what retiring means; POST does it."""
    if not policy_registry.get_by_type(RecipientKey).user_has_permission(request.user, "change"):
        raise PermissionDenied
    key = get_object_or_404(RecipientKey, pk=pk)
    if request.method == "POST":
        try:
            retire_key(key, user_of(request))
        except NotAllowed as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"“{key.label}” was retired. Keep its private half: it opens what was signed.")
        return redirect("petition-keys:index")
    context = {
        "key": key,
        "why_not": why_not_retire(key),
        "title": "Retire a key",
        "header_title": f"Retire: {key.label}",
        "header_icon": "key",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "Home"},
            {"url": reverse("petition-keys:index"), "label": "Keys"},
            {"url": "", "label": f"Retire: {key.label}"},
        ],
    }
    return render(request, "campaigns/admin/retire_key.html", context)


class KeyViewSet(ModelViewSet):
    model = RecipientKey
    name = "petition-keys"
    icon = "key"
    menu_label = "Keys"
    index_view_class = KeyIndex
    add_view_class = AddKey
    copy_view_enabled = False
    add_to_reference_index = False
    list_display = [
        Column("label", label="Who keeps it, where"),
        Column("id_hex", label="Id"),
        MomentColumn("last_proven_at", label="Last proven to open"),
        Column("added_by", label="Added by"),
        MomentColumn("added_at", label="Added"),
        KeyStateColumn("retired_at", label="State"),
    ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        none = dict.fromkeys(("edit_url_name", "delete_url_name", "history_url_name", "usage_url_name"))
        whole: dict[str, Any] = super().get_common_view_kwargs(**{**none, **kwargs})
        return whole

    def get_form_class(self, for_update: bool = False) -> type[KeyForm]:
        return KeyForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", self.add_view, name="add"),
            path("<int:pk>/retire/", retire, name="retire"),
        ]

    def register_admin_url_finder(self) -> None:
        """A key has no page on which it is edited."""
