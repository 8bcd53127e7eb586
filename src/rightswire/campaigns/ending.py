"""The end of a petition's secrets: the pepper thirty days after closing, the encrypted signatures after delivery."""

import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rightswire.campaigns.counting import queue_pages
from rightswire.campaigns.daily_log import is_log_whole, write_log
from rightswire.campaigns.models import Act, Petition, RegisterEntry, State, TakenAway
from rightswire.seal.how_many import how_many
from rightswire.seal.keys import Keys
from rightswire.seal.links import LASTS, PURPOSE


def end_what_is_over() -> None:
    """Destroys every secret whose time is over, and notes it in the register. Safe to call at any time, and again."""
    keys = Keys(Path(settings.HOME) / "keys")
    keys.destroy_day_keys(PURPOSE, before=timezone.now().date() - LASTS - datetime.timedelta(days=1))
    TakenAway.objects.filter(day__lt=timezone.localdate() - LASTS - datetime.timedelta(days=1)).delete()
    closed = Petition.objects.filter(state=State.CLOSED)
    closed.filter(pepper_destroyed_at=None).each(lambda petition: _end_pepper(petition, keys))
    closed.filter(records_destroyed_at=None).each(_end_records)


def _end_pepper(petition: Petition, keys: Keys) -> None:
    if petition.pepper_ends_at is None or petition.pepper_ends_at > timezone.now():
        return
    keys.destroy_pepper(petition.id_bytes)
    with transaction.atomic():  # only now: what is noted has happened, and a crash before this does it again
        Petition.objects.filter(pk=petition.pk).update(pepper_destroyed_at=timezone.now())
        queue_pages(petition)  # they no longer offer to take a signature back
        RegisterEntry.objects.create(petition_name=petition.name, act=Act.DESTROY_PEPPER)


def _end_records(petition: Petition) -> None:
    if petition.records_end_at is None or petition.records_end_at > timezone.now():
        return
    if is_log_whole(petition):
        _destroy_records(petition)
    else:
        write_log(petition)  # nothing ran when its last nights came


@transaction.atomic
def _destroy_records(petition: Petition) -> None:
    """The rows go; the totals by day and country stay, and the log."""
    number, _kinds = petition.signatures.all().delete()
    Petition.objects.filter(pk=petition.pk).update(records_destroyed_at=timezone.now())
    RegisterEntry.objects.create(
        petition_name=petition.name, act=Act.DESTROY_RECORDS, note=how_many(number, "encrypted signature")
    )
