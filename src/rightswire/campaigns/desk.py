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

from rightswire.campaigns import asked, erasing, holding, puzzles, signing, wishes
from rightswire.campaigns.commits import GroupCommit, NotKept
from rightswire.campaigns.desk_threads import DeskThreads
from rightswire.campaigns.facts import PetitionFacts, load_facts
from rightswire.campaigns.limits import Limits, client_network
from rightswire.campaigns.models import SignatureState
from rightswire.campaigns.releases import Releases
from rightswire.campaigns.sending import Sending
from rightswire.campaigns.sign_form import read_form, too_long
from rightswire.campaigns.supporter_pages import Shell, SupporterPages
from rightswire.campaigns.to_hold import ToHold
from rightswire.campaigns.watch import Held, Marks, Verdict, Watch
from rightswire.outbox.composing import Sender
from rightswire.outbox.queue import INSERT as INSERT_MAIL
from rightswire.outbox.queue import pack
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

FACTS_LAST = 1.0  # seconds
NIGHT_LOOK = 60.0  # seconds between looks whether a day has ended, and what is to be written
NO_MARKS = bytes(8)  # of what came from this machine itself: there is no network to judge by
NOT_HELD = Verdict(False)

Reply = tuple[int, bytes]


class Desk:
    unavailable: tuple[type[Exception], ...] = (NotKept, DatabaseError, InterfaceError, OSError, KeyIsGone)

    def __init__(self) -> None:
        self.keys = Keys(Path(settings.HOME) / "keys")
        self.commits = GroupCommit()
        self.pages = SupporterPages()
        self.limits = Limits()
        self.watch = Watch()
        self.to_hold = ToHold()
        self.releases = Releases()
        self.puzzles = puzzles.Puzzles()
        self.asked = asked.Asked()
        self._threads = DeskThreads()
        self._slowly = self._threads.run
        self._facts: dict[str, PetitionFacts] = {}
        self._by_id: dict[bytes, PetitionFacts] = {}
        self._read_at = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._nights: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_holding = False

    def sending(self, peer: str, forwarded: str, **rest: Any) -> Sending:
        """The request without its sender's address: from here on it is a network's pseudonym."""
        return Sending(network=client_network(peer, forwarded), **rest)

    def stop(self) -> None:
        self.commits.stop()
        if (numbers := self.asked.take()) and (error := self._threads.try_last(asked.write, numbers)):
            logger.error("How many were asked in the last minute is lost (%s)", error)
        if found := self.to_hold.waiting():
            if error := self._threads.try_last(holding.hold, found):
                logger.error("%d signatures that look false could not be held (%s)", len(found), error)
            self.to_hold.remove(found)
        self._threads.stop()

    # What it knows

    async def _know(self) -> None:
        """Reads the petitions again when that was longer than FACTS_LAST ago."""
        if self._nights is None:
            self._nights = asyncio.create_task(self._look_back_each_night())
        age = time.monotonic() - self._read_at
        if age > FACTS_LAST and self._reading is None:
            self._reading = asyncio.create_task(self._read())
        if age > 5 * FACTS_LAST and self._reading is not None:
            await asyncio.shield(self._reading)

    async def _read(self) -> None:
        try:
            facts = await self._slowly(load_facts)
            self._facts = {one.slug: one for one in facts}
            self._by_id = {one.id_bytes: one for one in facts}
            self._read_at = time.monotonic()
        finally:
            self._reading = None

    async def _look_back_each_night(self) -> None:
        """Soon after midnight, before the day's log is written, the watch looks at the whole day once more."""
        day = timezone.localdate()
        while True:
            await asyncio.sleep(NIGHT_LOOK)
            self.keys.forget()  # what was destroyed on the disk is not kept in memory
            await self._note_asked()
            if timezone.localdate() != day:
                day = timezone.localdate()
                found = self.watch.end_day(time.time())
                self.to_hold.add(found)
                self.releases.add(found)
            await self._hold_found()
            await self._learn_of_releases()

    async def _note_asked(self) -> None:
        numbers = self.asked.take()
        try:
            if numbers:
                await self._slowly(asked.write, numbers)
        except self.unavailable as error:
            self.asked.put_back(numbers)
            logger.error("How many were asked could not be written (%s); it is tried again", type(error).__name__)

    async def _hold_found(self) -> None:
        """What cannot be held now is tried again after the next confirmation, and each minute."""
        if self._is_holding:
            return
        self._is_holding = True
        try:
            while found := self.to_hold.waiting():
                await self._slowly(holding.hold, found)
                self.to_hold.remove(found)
        except self.unavailable as error:
            logger.error("What looks false could not be held (%s); it is tried again", type(error).__name__)
        finally:
            self._is_holding = False

    async def _learn_of_releases(self) -> None:
        try:
            for batch in await self._slowly(self.releases.look):
                self.watch.release(batch)
        except self.unavailable as error:
            logger.error("What staff released could not be read (%s); it is tried again", type(error).__name__)

    # Signing

    async def sign(self, sending: Sending) -> Reply:
        """POST /do/sign/SLUG/"""
        await self._know()
        facts = self._facts.get(sending.rest.strip("/"))
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
        marks = NO_MARKS
        try:
            if sending.network:
                solved = self._has_solved(sending)
                arrival = signing.arrival(facts.number, form, sending, has_solved=solved, now=now)
                marks = self.watch.sign_up(arrival).pack()
            link = signing.link(facts, signature, form, marks, wished, now)
            message = signing.mail(form.email, link, facts, self.keys, await self._sender(link.language))
            await self.commits.keep(INSERT_MAIL, pack(message))
        except Exception:  # there is no mail, so it must not be one of the three
            self.limits.take_back_mail(facts.number, signature.address_key, sending.network)
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
            facts = self._by_id[link.petition]
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
        verdict = NOT_HELD
        if link.marks != NO_MARKS:
            verdict = self.watch.confirm(facts.number, link.address_key, Marks.unpack(link.marks), now)
        state = SignatureState.HELD if verdict.is_held else SignatureState.CONFIRMED
        signature = signing.Prepared(link.address_key, link.sealed, link.country, link.language)
        batch = (verdict.batch, verdict.reason) if verdict.is_held else ("", "")
        try:
            is_new = await self.commits.keep(signing.INSERT, signing.row(facts, signature, state, *batch))
        finally:  # the watch names them once, whatever became of this row
            self.to_hold.add(verdict.also_hold)  # not before: those who confirmed just before her are kept by now
            self.releases.add(verdict.also_hold)
            if verdict.is_held:
                self.releases.add([Held(facts.number, link.address_key, verdict.reason, verdict.batch)])
            if self.to_hold.waiting():
                self._keep_task(self._hold_found())
        if is_new:
            return True
        value = commitment(link.sealed, facts.id_bytes)
        return not await self._slowly(erasing.is_taken_away, facts.number, link.address_key, value)

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
            facts = self._by_id[petition]
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
        facts = self._facts.get(sending.fields.get("slug", ""))
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
            self._keep_task(self._mail_to_signer(facts.number, message, sending.network))
        return 200, await self._page("again", facts, language)

    async def _mail_to_signer(self, petition: int, message: signing.ErasureMail, network: bytes) -> None:
        try:
            if await self._slowly(erasing.is_kept, petition, message.address_key):
                await self.commits.keep(INSERT_MAIL, pack(message.mail))
        except self.unavailable as error:
            self.limits.take_back_mail(petition, b"erase" + message.address_key, network)
            logger.error("A link for erasing could not be sent (%s)", type(error).__name__)

    def _keep_task(self, work: Coroutine[Any, Any, None]) -> None:
        """A task behind an answer; the loop alone would not hold on to it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The puzzle

    async def challenge(self, sending: Sending) -> Reply:
        """GET /do/challenge/: a puzzle for a browser's script, or nothing while none is needed."""
        if not self.watch.wants_puzzle(time.time(), sending.network):
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
