"""What the server has to know of a petition to take a signature, read once a second at most."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rightswire.campaigns.models import ConfirmedBy, Petition, PetitionPage, State
from rightswire.campaigns.models.official import Official
from rightswire.campaigns.models.petition import CONFIRMABLE
from rightswire.campaigns.wishes import Ticks, ticks
from rightswire.seal.box import PublicKey

FACTS_LAST = 1.0  # seconds
ANNOUNCED = (
    10.0  # seconds in which every desk learns of a closing: facts are five old at most, and reading them takes time
)


@dataclass(frozen=True, slots=True)
class OfficialFacts:
    """Somebody whom signers may show their name to, as they read it in each language."""

    number: int
    names: dict[str, str]
    country: str


@dataclass(frozen=True, slots=True)
class PetitionFacts:
    """A petition that was opened. Moments in seconds since 1970."""

    number: int
    id_bytes: bytes
    slug: str
    is_open: bool
    closes_at: float | None
    ended_at: float | None
    is_confirmed_by_mail: bool
    keys: tuple[PublicKey, ...]
    officials: tuple[OfficialFacts, ...]
    addresses: dict[str, str]  # of its pages, by language
    titles: dict[str, str]
    ticks: dict[str, Ticks]  # what signers may want besides, by language; empty for nothing

    def takes_signatures(self, now: float) -> bool:
        return self.is_open and bool(self.keys) and (self.closes_at is None or now < self.closes_at)

    def takes_confirmation(self, begun_at: float, now: float) -> bool:
        """What was begun before closing may be confirmed for seven days after.

        Where somebody closes it by hand, desks go on taking forms until they have read so: what they promised counts.
        """
        if self.closes_at is None and self.ended_at is None:
            return True
        ends = min(moment for moment in (self.closes_at, self.ended_at) if moment is not None)
        was_early = self.closes_at is None or ends < self.closes_at
        taken_until = min(ends + ANNOUNCED, self.closes_at or math.inf) if was_early else ends
        return begun_at <= taken_until and now <= ends + CONFIRMABLE.total_seconds()

    def language_for(self, wanted: str) -> str:
        """`wanted` if the petition has a page in it, else a language that it has."""
        return wanted if wanted in self.addresses else next(iter(self.addresses), wanted)


def load_facts() -> list[PetitionFacts]:
    """All petitions that were opened, closed ones included: their links and erasures still come in."""
    pages: dict[int, list[PetitionPage]] = {}
    for page in PetitionPage.objects.readable().select_related("locale").defer("body", "updates", "next_steps"):
        pages.setdefault(page.petition_id, []).append(page)
    languages = {page.language for found in pages.values() for page in found}
    offered = {code: words for code in languages if (words := ticks(code))}
    petitions = Petition.objects.exclude(state=State.DRAFT)
    return [_facts(petition, pages.get(petition.pk, []), offered) for petition in petitions]


def _facts(petition: Petition, pages: list[PetitionPage], offered: dict[str, Ticks]) -> PetitionFacts:
    return PetitionFacts(
        number=petition.pk,
        id_bytes=petition.id_bytes,
        slug=petition.slug,
        is_open=petition.state == State.OPEN,
        closes_at=petition.closes_at.timestamp() if petition.closes_at else None,
        ended_at=petition.closed_at.timestamp() if petition.closed_at else None,
        is_confirmed_by_mail=petition.confirmed_by == ConfirmedBy.MAIL,
        keys=tuple(row.key.key for row in petition.sealing_keys()),
        officials=tuple(_official(official) for official in petition.officials()),
        addresses={page.language: page.url_path for page in pages},
        titles={page.language: page.title for page in pages},
        ticks={page.language: offered[page.language] for page in pages if page.language in offered},
    )


def _official(official: Official) -> OfficialFacts:
    names = {wording.language: wording.shown_name or official.name for wording in official.wordings.all()}
    return OfficialFacts(official.pk, names or {"": official.name}, official.country)


class KnownPetitions:
    """What one process knows of petitions. `slowly` runs in a thread what asks the database."""

    def __init__(self, slowly: Callable[..., Awaitable[Any]]) -> None:
        self.by_slug: dict[str, PetitionFacts] = {}
        self.by_id: dict[bytes, PetitionFacts] = {}
        self._slowly = slowly
        self._read_at = 0.0
        self._reading: asyncio.Task[None] | None = None

    def are_fresh(self) -> bool:
        """Whether `refresh` would neither begin anything nor wait."""
        age = time.monotonic() - self._read_at
        return age <= FACTS_LAST or (self._reading is not None and age <= 5 * FACTS_LAST)

    async def refresh(self) -> None:
        """Reads the petitions again when that was longer than FACTS_LAST ago."""
        age = time.monotonic() - self._read_at
        if age > FACTS_LAST and self._reading is None:
            self._reading = asyncio.create_task(self._read())
        if age > 5 * FACTS_LAST and self._reading is not None:
            await asyncio.shield(self._reading)

    async def _read(self) -> None:
        try:
            facts = await self._slowly(load_facts)
            self.by_slug = {one.slug: one for one in facts}
            self.by_id = {one.id_bytes: one for one in facts}
            self._read_at = time.monotonic()
        finally:
            self._reading = None
