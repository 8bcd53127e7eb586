"""The desk: takes what supporters send. Asynchronous, beside Django; one a process.

What is slow (rendering a page, asking the database) runs in a few threads; rows are kept by group commit. Of a
signature and its confirmation only the latter is waited for.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.utils import DatabaseError, InterfaceError
from django.utils import timezone

from rightswire.campaigns import asked, erasing, puzzles, signing, wishes
from rightswire.campaigns.at_once import Answer, AnswerLater, ConfirmAtOnce, Reply
from rightswire.campaigns.commits import GroupCommit, Insert, NotKept
from rightswire.campaigns.desk_threads import DeskThreads
from rightswire.campaigns.facts import KnownPetitions, PetitionFacts
from rightswire.campaigns.limits import Limits, client_network
from rightswire.campaigns.models import SignatureState
from rightswire.campaigns.sending import Sending
from rightswire.campaigns.sign_form import read_form, too_long
from rightswire.campaigns.supporter_pages import Shell, SupporterPages
from rightswire.campaigns.suspicions import NO_MARKS, Suspicions
from rightswire.campaigns.watch import Verdict
from rightswire.outbox import queue
from rightswire.outbox.composing import Sender
from rightswire.seal.address import AddressError
from rightswire.seal.box import commitment
from rightswire.seal.keys import KeyIsGone, Keys
from rightswire.seal.links import (
    Confirmation,
    LinkError,
    LinkIsOld,
    is_too_long,
    read_confirmation,
    read_erasure,
)
from rightswire.seal.record import RecordTooLong

logger = logging.getLogger(__name__)

NIGHT_LOOK = 60.0  # seconds between looks whether a day has ended, and what is to be written
INSERT_MAIL = Insert(queue.INSERT, types=("uuid", "bigint", "bigint", "smallint", "bytea"))


class Desk:
    unavailable: tuple[type[Exception], ...] = (NotKept, DatabaseError, InterfaceError, OSError, KeyIsGone)

    def __init__(self) -> None:
        self.keys = Keys(Path(settings.HOME) / "keys")
        self.commits = GroupCommit()
        self.pages = SupporterPages()
        self.limits = Limits()
        self.puzzles = puzzles.Puzzles()
        self.asked = asked.Asked()
        self._threads = DeskThreads()
        self._slowly = self._threads.run
        self.suspicions = Suspicions(self._slowly, self.unavailable)
        self.petitions = KnownPetitions(self._slowly)
        self._nights: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None  # as soon as somebody has sent something

    def sending(self, peer: str, forwarded: str, **rest: Any) -> Sending:
        """The request without its sender's address: from here on it is a network's pseudonym."""
        return Sending(network=client_network(peer, forwarded), **rest)

    def stop(self) -> None:
        self.commits.stop()
        if (numbers := self.asked.take()) and (error := self._threads.try_last(asked.write, numbers)):
            logger.error("How many were asked in the last minute is lost (%s)", error)
        self.suspicions.stop(self._threads.try_last)
        self._threads.stop()

    # By the clock

    async def _know(self) -> None:
        """To be called by whoever comes: nothing here runs before somebody has."""
        if self._nights is None:
            self._loop = asyncio.get_running_loop()
            self._nights = asyncio.create_task(self._look_back_each_night())
        await self.petitions.refresh()

    async def _look_back_each_night(self) -> None:
        """Soon after midnight, before the day's log is written, the watch looks at the whole day once more."""
        day = timezone.localdate()
        while True:
            await asyncio.sleep(NIGHT_LOOK)
            self.keys.forget()  # what was destroyed on the disk is not kept in memory
            await self._note_asked()
            if timezone.localdate() != day:
                day = timezone.localdate()
                self.suspicions.end_day()
            await self.suspicions.hold_found()
            await self.suspicions.learn_of_releases()

    async def _note_asked(self) -> None:
        numbers = self.asked.take()
        try:
            if numbers:
                await self._slowly(asked.write, numbers)
        except self.unavailable as error:
            self.asked.put_back(numbers)
            logger.error("How many were asked could not be written (%s); it is tried again", type(error).__name__)

    # Signing

    async def sign(self, sending: Sending) -> Reply:
        """POST /do/sign/SLUG/"""
        await self._know()
        facts = self.petitions.by_slug.get(sending.rest.strip("/"))
        language = self._language(sending.fields.get("lang", ""), sending.language)
        if facts is None or not facts.addresses:  # no page: nobody can have read what she signs
            return await self.refused("missing", 404, language)
        language = facts.language_for(language)
        now = time.time()
        if not facts.takes_signatures(now):
            why = "closed" if facts.keys else "not-open"
            return await self.refused(why, 403, language, facts, typed=sending.fields)
        if not self.limits.allow(sending.network):
            return await self.refused("too-many", 429, language, facts)
        form = read_form(sending.fields, needs_address=facts.is_confirmed_by_mail)
        signature, packed = None, b""
        wished = wishes.read(sending.fields, form.email) if facts.ticks else None
        if form.is_valid:
            try:
                signature = signing.prepare(form, facts, language, self.keys)
                packed = wished.pack() if wished else b""
                if packed and is_too_long(signing.link(facts, signature, form, NO_MARKS, packed, now)):
                    raise RecordTooLong
            except (RecordTooLong, ValueError):
                signature = None
                too_long(form, is_ticked=wished is not None)
        if signature is None:
            values = {"values": form.values, "errors": form.errors}
            return 422, await self._slowly(self.pages.refused_form, facts, language, values)
        if not facts.is_confirmed_by_mail:
            return await self._keep_unconfirmed(signature, facts, language)
        await self._mail(sending, form, signature, facts, packed, now)
        shell = await self._shell("sent", facts, language)
        return 200, shell.fill(form.values)

    async def _mail(
        self,
        sending: Sending,
        form: Any,
        signature: signing.Prepared,
        facts: PetitionFacts,
        wished: bytes,
        now: float,
    ) -> None:
        """The mail with the link; the same page follows whether it goes out or the address had its three today."""
        if not self.limits.allow_mail(facts.number, signature.address_key, sending.network):
            return
        marks, solved = NO_MARKS, None
        try:
            if sending.network:
                solved = self._has_solved(sending)
                arrival = signing.arrival(facts.number, form, sending, has_solved=solved, now=now)
                marks = self.suspicions.watch.sign_up(arrival).pack()
            link = signing.link(facts, signature, form, marks, wished, now)
            message = signing.mail(form.email, link, facts, self.keys, await self._sender(link.language))
            await self.commits.keep(INSERT_MAIL, queue.pack(message))
        except Exception:  # there is no mail, so it must not be one of the three
            self.limits.take_back_mail(facts.number, signature.address_key, sending.network)
            if solved:
                self.puzzles.take_back(sending.fields["puzzle"])
            raise
        if self.limits.is_first_mail(facts.number, signature.address_key):
            self.asked.add(facts.number)

    async def _sender(self, language: str) -> Sender:
        sender = self.pages.known_sender(language)
        return sender if sender else await self._slowly(self.pages.sender, language)

    async def _keep_unconfirmed(self, signature: signing.Prepared, facts: PetitionFacts, language: str) -> Reply:
        row = signing.row(facts, signature, SignatureState.UNCONFIRMED)
        await self.commits.keep(signing.INSERT, row)
        return 200, await self._page("received", facts, language)

    # Confirming

    async def confirm(self, sending: Sending) -> Reply:
        """GET and POST /do/confirm/TOKEN/; only POST changes anything."""
        await self._know()
        now = time.time()
        try:
            link = read_confirmation(sending.rest.strip("/"), self.keys, now)
            facts = self.petitions.by_id[link.petition]
        except (LinkError, KeyError) as error:
            why = "expired" if isinstance(error, LinkIsOld) else "damaged"
            return await self.refused(why, 410 if why == "expired" else 404, self._language("", sending.language))
        language = link.language
        if not facts.takes_confirmation(link.begun_at, now):
            return await self.refused("closed", 410, language, facts)
        if sending.method != "POST":
            return 200, await self._page_with_wishes("confirm", link, facts)
        if sending.fields.get("check"):
            return await self._counting_code(link, facts)
        if not await self._keep_confirmed(link, facts, now):
            return await self.refused("removed", 410, language, facts)
        if link.wishes:  # whether the signature is held or not: nobody may tell it from this
            await self._slowly(wishes.keep, link.wishes, link.language, link.country, facts.number, link.begun_at)
        return 200, await self._page_with_wishes("thanks", link, facts)

    async def _page_with_wishes(self, name: str, link: Confirmation, facts: PetitionFacts) -> bytes:
        """The page, with what was ticked besides, if anything was."""
        if not link.wishes:
            return await self._page(name, facts, link.language)
        context = {"wished": wishes.Wishes.unpack(link.wishes), "ticks": facts.ticks.get(link.language)}
        return await self._slowly(self.pages.render, name, facts, link.language, context)

    async def _shell(self, name: str, facts: PetitionFacts, language: str) -> Shell:
        shell = self.pages.known(name, facts, language)
        return shell if shell else await self._slowly(self.pages.shell, name, facts, language)

    async def _page(self, name: str, facts: PetitionFacts, language: str) -> bytes:
        return (await self._shell(name, facts, language)).fill({})

    async def _keep_confirmed(self, link: Confirmation, facts: PetitionFacts, now: float) -> bool:
        """False: this signature was removed before, and the link brings nothing back."""
        verdict = self.suspicions.judge(facts.number, link, now)
        try:
            is_new = await self.commits.keep(signing.INSERT, signing.confirmed_row(facts, link, verdict))
        finally:
            self.note(link, facts, verdict)
        if is_new:
            return True
        value = commitment(link.sealed, facts.id_bytes)
        return not await self._slowly(erasing.is_taken_away, facts.number, link.address_key, value)

    def note(self, link: Confirmation, facts: PetitionFacts, verdict: Verdict) -> None:
        self.suspicions.note(facts.number, link, verdict)
        if self.suspicions.to_hold.waiting():
            self.keep_task(self.suspicions.hold_found())

    def confirm_now(self, token: str, language: str, answer: Answer, answer_later: AnswerLater) -> bool:
        """POST /do/confirm/TOKEN/ without fields, in any thread; see ConfirmAtOnce. False: nothing was done."""
        if self._loop is None:
            return False
        try:
            self.commits.put(ConfirmAtOnce(self, self._loop, token, language, answer, answer_later))
        except NotKept:
            return False
        return True

    async def _counting_code(self, link: Confirmation, facts: PetitionFacts) -> Reply:
        code = await self._slowly(signing.counting_code, link, facts, self.keys)
        if code is None:
            return await self.refused("no-signature", 404, link.language, facts)
        context = {"code": code}
        return 200, await self._slowly(self.pages.render, "counting_code", facts, link.language, context)

    # Erasing

    async def erase(self, sending: Sending) -> Reply:
        """GET and POST /do/erase/TOKEN/; only POST changes anything. POST /do/erase/ has the link sent again."""
        await self._know()
        if sending.method == "POST" and not sending.rest.strip("/"):
            return await self._send_erasure_again(sending)
        try:
            petition, address_key, language = read_erasure(sending.rest.strip("/"), self.keys)
            facts = self.petitions.by_id[petition]
        except (LinkError, KeyError) as error:
            why = "expired" if isinstance(error, LinkIsOld) else "damaged"
            return await self.refused(why, 410 if why == "expired" else 404, self._language("", sending.language))
        language = facts.language_for(language)
        delivered = await self._slowly(erasing.delivered_on, facts.number)
        if sending.method != "POST":
            return 200, await self._slowly(self.pages.render, "erase", facts, language, {"delivered": delivered})
        await self._slowly(erasing.erase, facts.number, facts.id_bytes, address_key)
        return 200, await self._slowly(self.pages.render, "erased", facts, language, {"delivered": delivered})

    async def _send_erasure_again(self, sending: Sending) -> Reply:
        """To whoever signed. The answer is the same for everybody else."""
        language = self._language(sending.fields.get("lang", ""), sending.language)
        facts = self.petitions.by_slug.get(sending.fields.get("slug", ""))
        if facts is None:
            return await self.refused("missing", 404, language)
        language = facts.language_for(language)
        typed = sending.fields.get("email", "")
        try:
            message = signing.erasure_mail(
                typed,
                facts,
                language,
                self.keys,
                await self._sender(language),
                lambda address_key: self.limits.allow_mail(facts.number, b"erase" + address_key, sending.network),
            )
        except AddressError:
            if not facts.addresses:  # the page was taken down
                return await self.refused("address", 422, language, facts)
            return 422, await self._slowly(self.pages.refused_address, facts, language, typed)
        except KeyIsGone:
            return await self.refused("expired", 410, language, facts)
        if message:  # behind the answer, which must not take longer for those who signed
            self.keep_task(self._mail_to_signer(facts.number, message, sending.network))
        return 200, await self._page("again", facts, language)

    async def _mail_to_signer(self, petition: int, message: signing.ErasureMail, network: bytes) -> None:
        try:
            if await self._slowly(erasing.is_kept, petition, message.address_key):
                await self.commits.keep(INSERT_MAIL, queue.pack(message.mail))
        except self.unavailable as error:
            self.limits.take_back_mail(petition, b"erase" + message.address_key, network)
            logger.error("A link for erasing could not be sent (%s)", type(error).__name__)

    def keep_task(self, work: Coroutine[Any, Any, None]) -> None:
        """A task behind an answer; the loop alone would not hold on to it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The puzzle

    async def challenge(self, sending: Sending) -> Reply:
        """GET /do/challenge/: a puzzle for a browser's script, or nothing while none is needed."""
        if not self.suspicions.watch.wants_puzzle(time.time(), sending.network):
            return 204, b""
        return 200, self.puzzles.issue()

    def _has_solved(self, sending: Sending) -> bool | None:
        """None where no puzzle came back that is known: it may be a browser without scripts, or another process's."""
        solution = sending.fields.get("puzzle", "")
        return self.puzzles.check(solution) if solution else None

    # What cannot be done

    async def refused(
        self,
        why: str,
        status: int,
        language: str = "",
        facts: PetitionFacts | None = None,
        *,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        """The page that says in plain words what did not work and what to do.

        `typed`: what was written in a form that cannot be sent again, so that it is not lost.
        """
        context = {"reason": why, "typed": typed}
        return status, await self._slowly(self.pages.render, "refused", facts, self._language(language, ""), context)

    def _language(self, *wanted: str) -> str:
        known = dict(settings.LANGUAGES)
        return next((code for code in wanted if code in known), settings.LANGUAGE_CODE)
