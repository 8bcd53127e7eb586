"""A confirmation as it mostly is: the petition and its pages are known, and nothing else was ticked.

It needs no task of the loop, which would cost as much as all the rest: the thread that commits reads the link, keeps
the row and answers. Wherever there is more to ask, the desk's `confirm` begins anew with the same link.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rightswire.campaigns import signing
from rightswire.campaigns.commits import NotKept
from rightswire.campaigns.facts import PetitionFacts
from rightswire.campaigns.sending import Sending
from rightswire.campaigns.supporter_pages import Shell
from rightswire.campaigns.suspicions import NO_MARKS, NOT_HELD
from rightswire.seal.links import Confirmation, LinkError, read_confirmation

if TYPE_CHECKING:
    from rightswire.campaigns.desk import Desk

Reply = tuple[int, bytes]
Answer = Callable[[int, bytes], None]
AnswerLater = Callable[[Awaitable[Reply]], Coroutine[Any, Any, None]]


class _Read(NamedTuple):
    link: Confirmation
    facts: PetitionFacts
    shell: Shell
    at: float


class ConfirmAtOnce:
    """Waits in the queue of the thread that commits; see GroupCommit. One of the two ways to answer is used, once."""

    __slots__ = ("_answer", "_answer_later", "_desk", "_language", "_loop", "_read", "_token", "_verdict")

    statement = signing.INSERT

    def __init__(
        self,
        desk: "Desk",
        loop: asyncio.AbstractEventLoop,
        token: str,
        language: str,
        answer: Answer,
        answer_later: AnswerLater,
    ) -> None:
        self._desk = desk
        self._loop = loop
        self._token = token
        self._language = language  # of the browser
        self._answer = answer
        self._answer_later = answer_later
        self._read: _Read | None = None
        self._verdict = NOT_HELD

    def row(self) -> Sequence[Any] | None:
        """None: the desk does it, or the watch is asked first, in the loop, which is its own."""
        if self._read is None:
            self._read = self._read_link()
            if self._read is None:
                self._go_on()
                return None
            if self._read.link.marks != NO_MARKS:
                self._loop.call_soon_threadsafe(self._judge, self._read)
                return None
        return signing.confirmed_row(self._read.facts, self._read.link, self._verdict)

    def kept(self, outcome: bool | NotKept) -> None:
        if self._read and self._verdict is not NOT_HELD:
            self._loop.call_soon_threadsafe(self._desk.note, self._read.link, self._read.facts, self._verdict)
        if isinstance(outcome, NotKept):  # not again: what a disk has half taken would pass for kept
            self._later(_refused(outcome))
        elif self._read and outcome:
            self._answer(200, self._read.shell.fill({}))
        else:
            self._go_on()

    def _read_link(self) -> _Read | None:
        """None where not all is known that it takes."""
        desk, now = self._desk, time.time()
        if not desk.petitions.are_fresh():
            return None
        try:
            link = read_confirmation(self._token, desk.keys, now)
            facts = desk.petitions.by_id[link.petition]
        except (LinkError, KeyError):
            return None
        shell = desk.pages.known("thanks", facts, link.language)
        if shell is None or link.wishes or not facts.takes_confirmation(link.begun_at, now):
            return None
        return _Read(link, facts, shell, now)

    def _judge(self, read: _Read) -> None:
        try:
            self._verdict = self._desk.suspicions.judge(read.facts.number, read.link, read.at)
            self._desk.commits.put(self)
        except NotKept as error:
            self.kept(error)
        except Exception:  # nothing was kept; the desk meets it again, and has words for it
            self._go_on()

    def _go_on(self) -> None:
        sending = Sending(method="POST", rest=self._token, language=self._language)
        self._later(self._desk.confirm(sending))

    def _later(self, reply: Awaitable[Reply]) -> None:
        self._loop.call_soon_threadsafe(self._desk.keep_task, self._answer_later(reply))


async def _refused(error: NotKept) -> Reply:
    raise error
