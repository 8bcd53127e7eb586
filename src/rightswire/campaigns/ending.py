"""The end of a petition's secrets: the pepper thirty days after closing, the encrypted signatures after delivery."""

import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rightswire.campaigns.counting import queue_pages
from rightswire.campaigns.models import Act, Petition, RegisterEntry, State, TakenAway
from rightswire.seal.how_many import how_many
from rightswire.seal.keys import Keys
from rightswire.seal.links import LASTS, PURPOSE


def end_what_is_over() -> None:
    """Destroys every secret whose time is over, and notes it in the register. Safe to call at any time, and again."""
    keys = Keys(Path(settings.HOME) / "keys")
    keys.destroy_day_keys(PURPOSE, before=timezone.now().date() - LASTS - datetime.timedelta(days=1))
    TakenAway.objects.filter(day__lt=timezone.localdate() - LASTS - datetime.timedelta(days=1)).delete()
    now = timezone.now()
    for petition in Petition.objects.filter(state=State.CLOSED):
        if petition.pepper_ends_at and petition.pepper_ends_at <= now:
            _destroy_pepper(petition, keys)
        if petition.records_destroyed_at is None and petition.records_end_at and petition.records_end_at <= now:
            _destroy_records(petition)


def _destroy_pepper(petition: Petition, keys: Keys) -> None:
    if keys.has_pepper(petition.id_bytes):
        keys.destroy_pepper(petition.id_bytes)
        queue_pages(petition)  # they no longer offer to take a signature back
        RegisterEntry.objects.create(petition_name=petition.name, act=Act.DESTROY_PEPPER)


@transaction.atomic
def _destroy_records(petition: Petition) -> None:
    """The rows go; the totals by day and country stay, and the log."""
    number, _kinds = petition.signatures.all().delete()
    petition.records_destroyed_at = timezone.now()
    petition.save(update_fields=["records_destroyed_at"])
    RegisterEntry.objects.create(
        petition_name=petition.name, act=Act.DESTROY_RECORDS, note=how_many(number, "encrypted signature")
    )
