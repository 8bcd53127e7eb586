"""Proving that somebody can open what a petition's signatures are encrypted for."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rightswire.campaigns.admin.deeds import DISK, locked, passing_folder, petition_for, user_of
from rightswire.campaigns.delivery import MOST_TRIES, prove, write_test
from rightswire.campaigns.models import Act, Petition, PetitionKey, RecipientKey, State
from rightswire.campaigns.opening import NotAllowed, note

WRONG_CODE = (
    "This is not the code of the newest test file for this key. Look at it again, or download a new file; after "
    f"{MOST_TRIES} wrong codes it takes a new one."
)


def key_rows(petition: Petition) -> list[dict[str, Any]]:
    """The keys in use, and for an open petition those alone that it was opened with."""
    known = {row.key_id: row for row in PetitionKey.objects.filter(petition=petition)}
    rows = []
    for key in RecipientKey.objects.in_use().select_related("added_by"):
        row = known.get(key.pk)
        proven_at = row.proven_at if row else None
        rows.append(
            {
                "key": key,
                "proven_at": proven_at,
                "is_asked": bool(row and row.test_code),
                "is_its_own": proven_at is not None or petition.state == State.DRAFT,
            }
        )
    return rows


def key_for(petition: Petition, data: QueryDict) -> RecipientKey:
    """Raises NotAllowed: an open petition gets no other key, which would open what is signed from then on."""
    number = data.get("key", "")
    row = next((row for row in key_rows(petition) if str(row["key"].pk) == number), None)
    if row is None:
        raise NotAllowed("This key is not in use any more.")
    if not row["is_its_own"]:
        raise NotAllowed("This petition was opened without this key, and stays so. It can be used for the next one.")
    key: RecipientKey = row["key"]
    return key


@require_POST
def download_test(request: HttpRequest, pk: int) -> HttpResponse:
    """A file with one test signature; whoever opens it reads the code."""
    petition = petition_for(request, pk)
    try:
        key = key_for(petition, request.POST)
        with passing_folder() as folder:
            file = folder / "test"
            write_test(petition, key, file)
            content = file.read_bytes()
    except (NotAllowed, OSError) as error:
        messages.error(request, str(error) if isinstance(error, NotAllowed) else DISK)
        return redirect("petitions:overview", pk)
    name = f"{petition.slug}-test-{key.id_hex[:6]}.zip"
    return HttpResponse(
        content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
def prove_key(request: HttpRequest, pk: int) -> HttpResponse:
    """No deed: a wrong code changes something as well, the number of tries that are left."""
    petition, user = petition_for(request, pk), user_of(request)
    try:
        with transaction.atomic():
            key = key_for(locked(petition), request.POST)
            is_proven = prove(petition, key, request.POST.get("code", ""))
            if is_proven:
                note(Act.PROVE_KEY, petition, user, f"{key.label} ({key.id_hex})")
    except NotAllowed as error:
        messages.error(request, str(error))
    else:
        if is_proven:
            messages.success(request, f"Proven: somebody can open what is encrypted for “{key.label}”.")
        else:
            messages.error(request, WRONG_CODE)
    return redirect("petitions:overview", pk)
