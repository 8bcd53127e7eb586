"""Bringing a list in that was kept elsewhere: who must not be written to first, then who agreed to be.

Read twice. First those who left or whose mailbox is gone are barred, then the others come in: so neither the order of
the rows nor that of several files matters. Each batch is done whole or not at all, and the same list again changes
nothing; after an interruption it is simply brought in again.
"""

import datetime
import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rightswire.newsletters import suppressing
from rightswire.newsletters.addresses import address_key, keys, mailing_keys, seal_address
from rightswire.newsletters.lists.columns import BARRED, EARLIEST, Days, Standing, UnclearDay, plain, standing_of_file
from rightswire.newsletters.lists.reading import ListFile, Row
from rightswire.newsletters.lists.report import Report
from rightswire.newsletters.models import (
    Basis,
    Choice,
    Chosen,
    Consent,
    ConsentWording,
    Reason,
    Rhythm,
    Subscriber,
    Suppression,
)
from rightswire.newsletters.subscribing import newest_mark
from rightswire.newsletters.zones import known_zones, zone_of
from rightswire.seal.address import AddressError, read_address

BATCH = 500  # rows of one transaction
AUTO = "auto"
VERSION = "import"  # of the words that people agreed to elsewhere
LONGEST_SOURCE = 120
LONGEST_BASIS = 2000
REASON = {Standing.UNSUBSCRIBED: Reason.UNSUBSCRIBED, Standing.CLEANED: Reason.CLEANED}


class CannotImport(Exception):
    """The list cannot be brought in; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of the whole list. `status`: of rows that say nothing themselves; `auto`: the file's name says it.

    `consented` is the day on which those agreed whose row names none.
    """

    basis: str
    source: str
    language: str
    consented: datetime.date | None = None
    consented_column: str = ""
    expires: datetime.date | None = None
    rhythm: Rhythm = Rhythm.WEEKLY
    status: str = AUTO

    def check(self) -> None:
        """Raises CannotImport."""
        today = timezone.localdate()
        if not self.basis.strip() or len(self.basis) > LONGEST_BASIS:
            raise CannotImport("Say what the people agreed to, in at most 2,000 characters: the words they saw.")
        if not self.source.strip() or len(self.source) > LONGEST_SOURCE:
            raise CannotImport("Say where the list comes from, in at most 120 characters.")
        if self.language not in dict(settings.LANGUAGES):
            raise CannotImport(f"The site has no such language. It has: {', '.join(dict(settings.LANGUAGES))}.")
        if self.consented and not datetime.date(EARLIEST, 1, 1) <= self.consented <= today:
            raise CannotImport(
                "Nobody can have agreed on that day: it is still to come, or long before there was e-mail."
            )
        if self.expires and self.expires <= today:
            raise CannotImport("The consent expired before today, so nobody may be written to.")


@dataclass(slots=True)
class Newcomer:
    """A row that may become a subscriber."""

    line: int
    key: bytes
    address: str
    language: str
    zone: str
    day: datetime.date


def import_list(
    stream: BinaryIO,
    name: str,
    terms: Terms,
    *,
    is_dry_run: bool = False,
    advance: Callable[[int], None] = lambda number: None,
) -> Report:
    """`name`: the file's, which may say what kind it is. `advance` is told the bytes read, of twice the file's size.

    Raises CannotImport and NotAList, and then nothing was changed; OSError, and then whole batches may have been done.
    """
    terms.check()
    file = ListFile(stream, terms.consented_column)
    default = standing_of_file(name) if terms.status == AUTO else Standing(terms.status)
    if default is None and not file.columns.say_standing:
        raise CannotImport(
            "Nothing in this file says whether these people are subscribed or have left. Say it with "
            "--status subscribed, unsubscribed or cleaned. Who has left must not come back, so nothing is guessed."
        )
    if default not in BARRED and not mailing_keys():
        raise CannotImport(
            "There is no mailing key in use, so addresses could not be encrypted. Make one with `rightswire keygen` "
            "away from the server, add its public half under Newsletters, Mailing keys, and unlock mail with it once."
        )
    with _only_import():
        work = _Import(file, terms, default, is_dry_run=is_dry_run, advance=advance)
        work.bar()
        work.welcome()
    return work.report


@contextmanager
def _only_import() -> Iterator[None]:
    """One list at a time: who is barred by one must not slip in by another."""
    with (Path(settings.HOME) / "lists.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotImport("Another list is being brought in just now. Try again when it is done.") from None
        yield


class _Import:
    """One list on its way in. A dry run keeps in memory what a real one finds in the database."""

    def __init__(
        self,
        file: ListFile,
        terms: Terms,
        default: Standing | None,
        *,
        is_dry_run: bool,
        advance: Callable[[int], None],
    ) -> None:
        self.file, self.terms, self.default = file, terms, default
        self.is_dry_run, self.advance = is_dry_run, advance
        self.report = Report(terms.source, is_dry_run)
        self.days = Days()
        self.secrets = keys()
        self.recipients = mailing_keys()
        self.today = timezone.localdate()
        self.zones = frozenset(known_zones())
        self.languages = {plain(code): code for code in dict(settings.LANGUAGES)}
        self._wordings: dict[str, ConsentWording] = {}
        self._would_bar: set[bytes] = set()
        self._would_add: set[bytes] = set()

    def standing(self, row: Row) -> Standing | None:
        """What bars weighs most, wherever it is said."""
        if self.default in BARRED and row.standing not in BARRED:
            return self.default
        return row.standing or self.default

    def _rows(self) -> Iterator[Row]:
        before = 0
        for number, row in enumerate(self.file.rows()):
            yield row
            if number % BATCH == 0:
                before, read = self.file.position(), self.file.position() - before
                self.advance(read)
        self.advance(self.file.position() - before)

    def _mailbox(self, row: Row) -> tuple[str, bytes] | None:
        """The address and its key; None where there is none, which is noted."""
        try:
            address = read_address(row.written)
        except AddressError as error:
            self.report.refuse(row.line, row.problem or error.code)
            return None
        return address, address_key(address, self.secrets)

    # First: who must not be written to

    def bar(self) -> None:
        batch: dict[bytes, tuple[int, Standing]] = {}
        for row in self._rows():
            self.report.rows += 1
            self.days.learn(row.consented)
            standing = self.standing(row)
            if standing in BARRED and (found := self._mailbox(row)):
                batch.setdefault(found[1], (row.line, standing))
            if len(batch) == BATCH:
                self._bar_batch(batch)
                batch = {}
        self._bar_batch(batch)

    def _bar_batch(self, batch: dict[bytes, tuple[int, Standing]]) -> None:
        with transaction.atomic():
            known = Subscriber.objects.select_for_update().filter(address_key__in=list(batch))
            here = {bytes(key) for key in known.values_list("address_key", flat=True)}
            own = _who_chose_themselves(here)
            before = (_barred(batch) | (self._would_bar & batch.keys())) - own
            fresh = [key for key in batch if key not in own and key not in before]
            if not self.is_dry_run:
                for standing, reason in REASON.items():
                    suppressing.suppress([key for key in fresh if batch[key][1] == standing], reason)
                Subscriber.objects.filter(address_key__in=list(here - own)).delete()
        if self.is_dry_run:
            self._would_bar.update(fresh)
        self.report.kept.extend(batch[key][0] for key in batch if key in own)
        self.report.barred += len(fresh)
        self.report.barred_before += len(before)
        self.report.removed += len(here - own)

    # Then: who agreed

    def welcome(self) -> None:
        batch: list[Newcomer] = []
        for row in self._rows():
            if self.standing(row) not in BARRED and (newcomer := self._newcomer(row)):
                batch.append(newcomer)
            if len(batch) == BATCH:
                self._welcome_batch(batch)
                batch = []
        self._welcome_batch(batch)

    def _newcomer(self, row: Row) -> Newcomer | None:
        """None: the row was refused, which is noted."""
        found = self._mailbox(row)
        if found is None:
            return None
        day = self.terms.consented
        try:
            day = self.days.read(row.consented) or day
            problem = self._problem(row, day)
        except UnclearDay:
            problem = "unclear_day"
        if problem or day is None:
            self.report.refuse(row.line, problem)
            return None
        address, key = found
        return Newcomer(row.line, key, address, self._language(row.language), self._zone(row), day)

    def _problem(self, row: Row, day: datetime.date | None) -> str:
        """Why the person does not become a subscriber; empty where she does."""
        if row.problem:
            return row.problem
        standing = self.standing(row)
        if standing != Standing.SUBSCRIBED:
            return "never" if standing == Standing.NEVER else "unclear"
        if day is None:
            return "no_day"
        return "future" if day > self.today else ""

    def _language(self, text: str) -> str:
        """The site's language that is meant, such as `fr` by fr_CA."""
        head = text.replace("_", "-").split("-")[0]
        return self.languages.get(plain(text)) or self.languages.get(plain(head)) or self.terms.language

    def _zone(self, row: Row) -> str:
        return row.zone if row.zone in self.zones else zone_of(row.country)

    def _welcome_batch(self, batch: list[Newcomer]) -> None:
        people: dict[bytes, Newcomer] = {}
        for newcomer in batch:
            people.setdefault(newcomer.key, newcomer)
        barred = _barred(people) | (self._would_bar & people.keys())
        here = _subscribed(people) | (self._would_add & people.keys())
        fresh = [newcomer for key, newcomer in people.items() if key not in barred and key not in here]
        self.report.held_back += sum(newcomer.key in barred for newcomer in batch)
        self.report.already_here += sum(newcomer.key not in barred for newcomer in batch) - len(fresh)
        if self.is_dry_run:
            self._would_add.update(newcomer.key for newcomer in fresh)
            self.report.added += len(fresh)
        elif fresh:
            sealed = [seal_address(newcomer.address, self.recipients) for newcomer in fresh]  # before the transaction
            added = self._add(fresh, sealed)
            self.report.added += added
            self.report.already_here += len(fresh) - added

    @transaction.atomic
    def _add(self, fresh: list[Newcomer], sealed: list[bytes]) -> int:
        """How many became subscribers. Who came or left by herself in the same moment has done so."""
        choice, mark = Choice.row(Chosen()), newest_mark()
        made = [
            Subscriber(
                address_key=newcomer.key,
                sealed=address,
                language=newcomer.language,
                rhythm=self.terms.rhythm,
                choice=choice,
                zone=newcomer.zone,
                consent_ends_on=self.terms.expires,
                mark=mark,
            )
            for newcomer, address in zip(fresh, sealed, strict=True)
        ]
        Subscriber.objects.bulk_create(made, ignore_conflicts=True)
        numbers = [subscriber.pk for subscriber in made]
        ours = Subscriber.objects.filter(pk__in=numbers)
        ours.filter(address_key__in=Suppression.objects.values("address_key")).delete()
        days = {subscriber.pk: newcomer.day for subscriber, newcomer in zip(made, fresh, strict=True)}
        consents = [
            Consent(
                subscriber_id=number,
                wording=self._wording(language),
                day=days[number],
                basis=Basis.IMPORT,
                source=self.terms.source,
            )
            for number, language in ours.values_list("pk", "language")
        ]
        Consent.objects.bulk_create(consents)
        return len(consents)

    def _wording(self, language: str) -> ConsentWording:
        if language not in self._wordings:
            self._wordings[language] = ConsentWording.objects.get_or_create(
                version=VERSION, language=language, words=self.terms.basis
            )[0]
        return self._wordings[language]


def _barred(address_keys: Iterable[bytes]) -> set[bytes]:
    found = Suppression.objects.filter(address_key__in=list(address_keys))
    return {bytes(key) for key in found.values_list("address_key", flat=True)}


def _subscribed(address_keys: Iterable[bytes]) -> set[bytes]:
    found = Subscriber.objects.filter(address_key__in=list(address_keys))
    return {bytes(key) for key in found.values_list("address_key", flat=True)}


def _who_chose_themselves(address_keys: Iterable[bytes]) -> set[bytes]:
    """Of these subscribers those who confirmed here that they want mail: no list of others knows better."""
    own = Consent.objects.filter(subscriber__address_key__in=list(address_keys), basis__in=(Basis.FORM, Basis.PETITION))
    return {bytes(key) for key in own.values_list("subscriber__address_key", flat=True)}
