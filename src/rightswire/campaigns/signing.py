"""Signing: from a checked form to an encrypted record, the link that carries it, and the row it becomes."""

import datetime
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from rightswire.campaigns.commits import Insert
from rightswire.campaigns.facts import PetitionFacts
from rightswire.campaigns.messages import confirm_signature, erase_signature
from rightswire.campaigns.models import Signature, SignatureState
from rightswire.campaigns.sending import Sending
from rightswire.campaigns.sign_form import SignForm
from rightswire.campaigns.traits import Arrival
from rightswire.campaigns.watch import Verdict
from rightswire.campaigns.wishes import Wishes
from rightswire.outbox.composing import Sender
from rightswire.outbox.queue import OutgoingMessage
from rightswire.seal import counting_code as codes
from rightswire.seal.address import canonical, read_address
from rightswire.seal.box import commitment, seal
from rightswire.seal.keys import Keys
from rightswire.seal.links import Confirmation, address_key, confirmation_link, erasure_link
from rightswire.seal.record import Record

# What was erased or dropped is not brought back by its link; the same mailbox is there once.
INSERT = Insert(
    "INSERT INTO campaigns_signature"
    " (petition_id, address_key, sealed, country, language, day, state, is_logged, batch, reason)"
    " WITH given"
    " (petition_id, address_key, sealed, country, language, day, state, is_logged, batch, reason, commitment)"
    " AS (VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s))"
    " SELECT petition_id, address_key, sealed, country, language, date(day), state, is_logged, batch, reason FROM given"
    " WHERE NOT EXISTS (SELECT 1 FROM campaigns_takenaway AS taken WHERE taken.commitment = given.commitment)"
    " ON CONFLICT DO NOTHING",
    types=("integer", "bytea", "bytea", "text", "text", "text", "smallint", "boolean", "text", "text", "bytea"),
)
DAYS_TO_LOG = 2  # a code promises that the log holds the signature by then


class Prepared(NamedTuple):
    """An encrypted signature that is not kept anywhere yet."""

    address_key: bytes
    sealed: bytes
    country: str
    language: str


def prepare(form: SignForm, facts: PetitionFacts, language: str, keys: Keys) -> Prepared:
    """Encrypts what was written. Raises RecordTooLong; KeyIsGone where the petition's secret is missing."""
    pepper = keys.pepper(facts.id_bytes)
    # Without an address nobody can be told from anybody: each sheet of such a petition stands for itself.
    own = address_key(pepper, canonical(form.email)) if form.email else secrets.token_bytes(32)
    shown_to = tuple(official.number for official in facts.officials)
    record = Record(
        own,
        form.name,
        form.comment,
        form.country,
        language,
        shown_to if form.show_name else (),
        shown_to if form.show_comment else (),
    )
    return Prepared(own, seal(record.pack(), facts.id_bytes, facts.keys), form.country, language)


def arrival(petition: int, form: SignForm, sending: Sending, *, has_solved: bool | None, now: float) -> Arrival:
    """What the watch sees of a sign-up; it keeps coarse traits of it, in memory, for a day."""
    return Arrival(
        petition=petition,
        at=now,
        network=sending.network,
        email=form.email,
        name=form.name,
        country=form.country,
        comment=form.comment,
        language=sending.language,
        user_agent=sending.user_agent,
        has_solved_puzzle=has_solved,
    )


def link(
    facts: PetitionFacts, signature: Prepared, form: SignForm, marks: bytes, wished: bytes, now: float
) -> Confirmation:
    return Confirmation(
        facts.id_bytes,
        int(now),
        signature.address_key,
        marks,
        form.country,
        signature.language,
        signature.sealed,
        wished,
    )


def mail(to: str, link: Confirmation, facts: PetitionFacts, keys: Keys, sender: Sender) -> OutgoingMessage:
    wished = Wishes.unpack(link.wishes) if link.wishes else None
    return confirm_signature(
        to,
        link.language,
        sender,
        title=facts.titles.get(link.language, ""),
        confirmation=confirmation_link(link, keys),
        erasure=erasure_link(link.petition, link.address_key, link.language, keys),
        wished=wished,
        ticks=facts.ticks.get(link.language) if wished else None,
    )


@dataclass(frozen=True, slots=True)
class ErasureMail:
    address_key: bytes
    mail: OutgoingMessage


def erasure_mail(
    typed: str,
    facts: PetitionFacts,
    language: str,
    keys: Keys,
    sender: Sender,
    is_allowed: Callable[[bytes], bool],
) -> ErasureMail | None:
    """The link for erasing, once more; None where the mailbox had enough of them today.

    Raises AddressError, and KeyIsGone when nothing can be erased any more.
    """
    address = read_address(typed)
    own = address_key(keys.pepper(facts.id_bytes), canonical(address))
    if not is_allowed(own):
        return None
    link = erasure_link(facts.id_bytes, own, language, keys)
    return ErasureMail(
        own, erase_signature(address, language, sender, title=facts.titles.get(language, ""), erasure=link)
    )


def row(
    facts: PetitionFacts, signature: Prepared, state: SignatureState, batch: str = "", reason: str = ""
) -> tuple[Any, ...]:
    """The values of INSERT."""
    today = datetime.datetime.now(timezone.get_default_timezone()).date()  # `localdate` takes sixteen times as long
    return (
        facts.number,
        signature.address_key,
        signature.sealed,
        signature.country,
        signature.language,
        today.isoformat(),
        int(state),
        False,
        batch,
        reason,
        commitment(signature.sealed, facts.id_bytes),
    )


def confirmed_row(facts: PetitionFacts, link: Confirmation, verdict: Verdict) -> tuple[Any, ...]:
    """The values of INSERT for a link that was confirmed, or that the watch holds."""
    signature = Prepared(link.address_key, link.sealed, link.country, link.language)
    if verdict.is_held:
        return row(facts, signature, SignatureState.HELD, verdict.batch, verdict.reason)
    return row(facts, signature, SignatureState.CONFIRMED)


def counting_code(link: Confirmation, facts: PetitionFacts, keys: Keys) -> str | None:
    """The code of the signature that is kept for this mailbox, whichever link brought it; None if there is none."""
    kept = Signature.objects.filter(petition_id=facts.number, address_key=link.address_key).first()
    if kept is None:
        return None
    return codes.make(
        site=settings.BASE_URL,
        petition=facts.slug,
        commitment=commitment(bytes(kept.sealed), facts.id_bytes),
        received=kept.day,
        by=kept.day + datetime.timedelta(days=DAYS_TO_LOG),
        key=keys.site_key(),
    )
