"""The pieces of petitions beside their pages: the logs, and the key by which they are checked."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.conf import settings

from rightswire.bake.pieces import Edition, File, register
from rightswire.campaigns.models import LogHead, Petition, State
from rightswire.seal.keys import Keys
from rightswire.seal.log import entries_text
from rightswire.seal.minisign import public_key_file

ROOT = ".well-known/rightswire"


def _every_log() -> Iterable[str]:
    return [str(pk) for pk in Petition.objects.exclude(state=State.DRAFT).values_list("pk", flat=True)]


@register("log", priority=3, every=_every_log)
def bake_log(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """The list of the days of a petition's log."""
    for argument in arguments:
        petition = Petition.objects.exclude(state=State.DRAFT).filter(pk=argument).first()
        if petition is None:
            yield argument, []
            continue
        days = [day.isoformat() for day in petition.log_heads.values_list("day", flat=True)]
        yield argument, [File(f"{ROOT}/log/{petition.slug}/days.json", json.dumps(days).encode())]


def _every_day() -> Iterable[str]:
    return [f"{pk}/{day.isoformat()}" for pk, day in LogHead.objects.values_list("petition_id", "day")]


@register("logday", priority=2, every=_every_day)
def bake_log_day(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """A day's signed head and its entries."""
    for argument in arguments:
        pk, _slash, day = argument.partition("/")
        head = LogHead.objects.filter(petition_id=pk, day=day).select_related("petition").first()
        if head is None:
            yield argument, []
            continue
        before = LogHead.objects.filter(petition_id=pk, day__lt=day).last()
        rows = head.petition.log_entries.filter(place__gte=before.size if before else 0, place__lt=head.size)
        entries = ((kind, bytes(value)) for kind, value in rows.values_list("kind", "value"))
        folder = f"{ROOT}/log/{head.petition.slug}"
        yield (
            argument,
            [
                File(f"{folder}/{day}", head.text.encode()),
                File(f"{folder}/{day}.entries", entries_text(entries).encode()),
            ],
        )


@register("logs", priority=3, every=lambda: [""])
def bake_logs(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """The list of all logs, and the key that their heads are signed with."""
    slugs = Petition.objects.exclude(state=State.DRAFT).order_by("slug").values_list("slug", flat=True)
    key = Keys(Path(settings.HOME) / "keys").site_public_key()
    yield (
        "",
        [
            File(f"{ROOT}/log/petitions.json", json.dumps(list(slugs)).encode()),
            File(f"{ROOT}/public.key", public_key_file(key).encode()),
        ],
    )
