"""After restoring, a petition's log goes on from its newest published head, or it is said why not.

What was counted or erased since the backup is in the log that was published: it is taken over from there, after the
whole log was verified and found to begin with what was restored.
"""

import contextlib
import datetime
import itertools
import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rightswire.campaigns.erasing import count_again, remember, take_away
from rightswire.campaigns.models import (
    EntryKind,
    LogEntry,
    LogHead,
    Petition,
    Signature,
    SignatureState,
    State,
    TakenAway,
    WaitingEntry,
)
from rightswire.seal import log
from rightswire.seal.box import commitment
from rightswire.seal.how_many import how_many
from rightswire.seal.log import Checkpoint, LogError
from rightswire.seal.minisign import public_key_file
from rightswire.seal.published import Folder, Site, Unreadable, Web
from rightswire.seal.verifying import LARGEST_ENTRIES, LARGEST_LIST, LOGS, LogReport, verify

AT_ONCE = 500


class DoesNotFit(Exception):
    """What was published is not a continuation of what was restored."""


class Day(NamedTuple):
    """A published day of a log."""

    head: Checkpoint
    text: str
    entries: list[tuple[str, bytes]]


@dataclass
class Continued:
    """What became of one petition's log. `lost`: signatures that it counts and the backup does not have."""

    petition: str
    problem: str = ""
    days: int = 0
    newest: datetime.date | None = None
    erased: int = 0
    lost: int = 0

    def __str__(self) -> str:
        if self.problem:
            return f"{self.petition}: {self.problem}"
        if not self.days:
            return f"{self.petition}: nothing newer than the backup is published; its log goes on from there."
        words = f"{self.petition}: its log goes on from {self.newest}, the newest that is published; "
        words += f"taken over: {how_many(self.days, 'day')}, with {how_many(self.erased, 'erasure')}."
        if self.lost:
            words += (
                f" Lost here: {how_many(self.lost, 'signature')} confirmed after the backup, in the log but in no "
                "delivery and not in the count. Whoever signed then can sign again."
            )
        return words


def go_on(source: str, site_key: bytes, tombstones: Set[bytes], folder: Path) -> list[Continued]:
    """Takes over what `source`, a copy of the public site or its address, has of later days.

    `site_key`: the restored site's raw public key; `tombstones`: commitments of what was erased; `folder`: for a
    file of a moment. Each petition's log is taken over whole or not at all.
    """
    key_file = folder / "public.key"
    key_file.write_text(public_key_file(site_key), encoding="ascii")
    try:
        report = verify(source, key_file=key_file, receipt=None)
    finally:
        key_file.unlink()
    named = {one.problem for one in report.logs}
    general = [Continued("The published copy", problem) for problem in report.problems if problem not in named]
    site: Site = Web(source) if source.lower().startswith(("http://", "https://")) else Folder(Path(source))
    return general + [_go_on(one, site, site_key, tombstones) for one in report.logs] + _missing(report.logs)


def _missing(found: list[LogReport]) -> list[Continued]:
    """Petitions with a log of which nothing is published there."""
    logged = Petition.objects.filter(log_heads__isnull=False).exclude(slug__in=[one.petition for one in found])
    slugs = logged.distinct().order_by("slug").values_list("slug", flat=True)
    return [Continued(slug, "its log is not in the published copy: nothing was taken over.") for slug in slugs]


def _go_on(found: LogReport, site: Site, key: bytes, tombstones: Set[bytes]) -> Continued:
    petition = Petition.objects.filter(slug=found.petition).exclude(state=State.DRAFT).first()
    try:
        if found.problem:
            raise DoesNotFit(f"{found.problem} Nothing of it was taken over.")
        if petition is None:
            raise DoesNotFit("it was opened after the backup was made, and cannot go on: its secrets are lost.")
        ours = log.origin(settings.BASE_URL, petition.slug)
        if found.newest and found.newest.origin != ours:
            raise DoesNotFit(
                f"the published log is {found.newest.origin}, and this site's is {ours}: nothing was taken over. Set "
                "RIGHTSWIRE_BASE_URL to the address that the site had, and restore again."
            )
        with transaction.atomic():
            return _take_over(petition, _read(site, found, key), tombstones)
    except (DoesNotFit, LogError) as error:
        return Continued(found.petition, str(error).removeprefix(f"{found.petition}: "))


def _read(site: Site, found: LogReport, key: bytes) -> list[Day]:
    """The log that was just verified, once more. Raises LogError where it is another one by now."""
    folder, tree = f"{LOGS}/{found.petition}", log.Tree()
    days: list[Day] = []
    try:
        for day in json.loads(_file(site, f"{folder}/days.json", LARGEST_LIST))[: found.days]:
            name = datetime.date.fromisoformat(day).isoformat()
            text = _file(site, f"{folder}/{name}", log.LARGEST_CHECKPOINT)
            entries = list(log.read_entries(_file(site, f"{folder}/{name}.entries", LARGEST_ENTRIES)))
            for kind, value in entries:
                tree.append(log.entry_hash(kind, value))
            days.append(Day(log.parse_checkpoint(text, key), text, entries))
            if days[-1].head.root != tree.root():
                break
    except (ValueError, TypeError, LookupError, Unreadable) as error:
        raise LogError(f"it could not be read again ({error}). Nothing of it was taken over.") from None
    if found.newest and (not days or days[-1].head != found.newest or days[-1].head.root != tree.root()):
        raise LogError("it changed while it was read. Nothing of it was taken over.")
    return days


def _file(site: Site, path: str, limit: int) -> str:
    content = site.read(path, limit)
    if content is None:
        raise Unreadable("a file is gone")
    return content.decode()


def _take_over(petition: Petition, days: list[Day], tombstones: Set[bytes]) -> Continued:
    new_days, new = _compare(petition, days)
    done = Continued(petition.slug, days=len(new_days))
    if not new_days:
        return done
    LogEntry.objects.bulk_create(new, batch_size=2000)
    LogHead.objects.bulk_create(
        LogHead(petition=petition, day=day.head.date, size=day.head.size, text=day.text) for day in new_days
    )
    newest = new_days[-1].head
    done.newest = newest.date
    Petition.objects.filter(pk=petition.pk).update(dropped=max(petition.dropped, newest.set_aside))
    signed = {bytes(entry.value) for entry in new if entry.kind == EntryKind.SIGNATURE}
    erased = {bytes(entry.value) for entry in new if entry.kind == EntryKind.ERASURE}
    done.erased = len(erased)
    found = _follow(petition, signed, erased)
    _take_away(petition, erased | (signed & tombstones), signed, erased)
    lost = signed - erased - found
    # Erased, but the erasure is not in the log yet: it was published before the day was over.
    WaitingEntry.objects.bulk_create(
        [WaitingEntry(petition=petition, kind=EntryKind.ERASURE, value=value) for value in lost & tombstones],
        ignore_conflicts=True,
    )
    done.lost = len(lost - tombstones)
    return done


def _compare(petition: Petition, days: list[Day]) -> tuple[list[Day], list[LogEntry]]:
    """The days and entries that are new. Raises DoesNotFit where the restored ones are not the first of them."""
    entries = itertools.chain.from_iterable(day.entries for day in days)
    new: list[LogEntry] = []
    rows = petition.log_entries.values_list("kind", "value").iterator(chunk_size=5000)
    with contextlib.closing(rows) as ours:  # an open cursor would not survive the end of the savepoint
        for place, theirs in enumerate(entries):
            our = next(ours, None)
            if our is None:
                new.append(LogEntry(petition=petition, place=place, kind=theirs[0], value=theirs[1]))
            elif (our[0], bytes(our[1])) != theirs:
                raise DoesNotFit(
                    "the published log does not go on from the restored one. Nothing of it was taken over."
                )
    heads = dict(petition.log_heads.values_list("day", "text"))
    last = max(heads, default=datetime.date.min)
    for day in days:
        if day.head.date <= last and heads.get(day.head.date) != day.text:
            raise DoesNotFit("the published heads are not the restored ones. Nothing of it was taken over.")
    return [day for day in days if day.head.date > last], new


def _follow(petition: Petition, signed: Set[bytes], erased: Set[bytes]) -> set[bytes]:
    """Makes the restored signatures what the log says of them; returns which it found."""
    logged: list[bytes] = []
    gone: dict[bytes, Signature] = {}
    released: set[datetime.date] = set()
    found: set[bytes] = set()
    for row in petition.signatures.iterator(chunk_size=AT_ONCE):
        value = commitment(bytes(row.sealed), petition.id_bytes)
        if value in erased:
            gone[value] = row
        elif value in signed:
            logged.append(bytes(row.address_key))
            if row.state == SignatureState.HELD:  # somebody released it since
                released.add(row.day)
        else:
            continue
        found.add(value)
    for start in range(0, len(logged), AT_ONCE):
        petition.signatures.filter(address_key__in=logged[start : start + AT_ONCE]).update(
            is_logged=True, state=SignatureState.CONFIRMED, batch="", reason=""
        )
    count_again(petition.pk, released)
    if gone:
        remember(gone)
        take_away(petition.pk, {value: row.day for value, row in gone.items()})
        for row in gone.values():
            row.delete()
    return found


def _take_away(petition: Petition, gone: Set[bytes], signed: Set[bytes], erased: Set[bytes]) -> None:
    """Bars the links of what was erased; nothing that the log holds waits to enter it."""
    today = timezone.localdate()
    TakenAway.objects.bulk_create(
        [TakenAway(commitment=value, petition=petition, day=today) for value in gone],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
    for kind, values in ((EntryKind.SIGNATURE, list(signed)), (EntryKind.ERASURE, list(erased))):
        for start in range(0, len(values), AT_ONCE):
            petition.waiting_entries.filter(kind=kind, value__in=values[start : start + AT_ONCE]).delete()


def ends(petition: Petition) -> Iterator[str]:
    """What to know of a restored log where nothing newer was taken over."""
    head = petition.log_heads.last()
    if head is None:
        return
    origin = head.text.partition("\n")[0]
    ours = log.origin(settings.BASE_URL, petition.slug)
    if origin != ours:
        yield (
            f"{petition.slug}: its log is {origin}, and with this RIGHTSWIRE_BASE_URL it would be {ours}. Set the "
            "address that the site had before you start, or the log does not go on."
        )
