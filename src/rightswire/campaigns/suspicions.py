"""What the watch finds, on its way into the database: signatures to hold, and batches that staff released."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rightswire.campaigns import holding
from rightswire.campaigns.marks import Marks
from rightswire.campaigns.releases import Releases
from rightswire.campaigns.to_hold import ToHold
from rightswire.campaigns.watch import Held, Verdict, Watch
from rightswire.seal.links import Confirmation

logger = logging.getLogger(__name__)

NO_MARKS = bytes(8)  # of what came from this machine itself: there is no network to judge by
NOT_HELD = Verdict(False)


class Suspicions:
    """Of one process and of its loop's thread. `slowly` runs in a thread what asks the database."""

    def __init__(self, slowly: Callable[..., Awaitable[Any]], unavailable: tuple[type[Exception], ...]) -> None:
        self.watch = Watch()
        self.to_hold = ToHold()
        self.releases = Releases()
        self._slowly = slowly
        self._unavailable = unavailable
        self._is_holding = False

    def judge(self, petition: int, link: Confirmation, now: float) -> Verdict:
        """To be called before the row is kept, and `note` after, whatever became of it: each is named once."""
        if link.marks == NO_MARKS:
            return NOT_HELD
        return self.watch.confirm(petition, link.address_key, Marks.unpack(link.marks), now)

    def note(self, petition: int, link: Confirmation, verdict: Verdict) -> None:
        """Not before her row is kept: those who confirmed just before her are kept by then."""
        self.to_hold.add(verdict.also_hold)
        self.releases.add(verdict.also_hold)
        if verdict.is_held:
            self.releases.add([Held(petition, link.address_key, verdict.reason, verdict.batch)])

    def end_day(self) -> None:
        found = self.watch.end_day(time.time())
        self.to_hold.add(found)
        self.releases.add(found)

    async def hold_found(self) -> None:
        """What cannot be held now is tried again after the next confirmation, and each minute."""
        if self._is_holding:
            return
        self._is_holding = True
        try:
            while found := self.to_hold.waiting():
                await self._slowly(holding.hold, found)
                self.to_hold.remove(found)
        except self._unavailable as error:
            logger.error("What looks false could not be held (%s); it is tried again", type(error).__name__)
        finally:
            self._is_holding = False

    async def learn_of_releases(self) -> None:
        try:
            for batch in await self._slowly(self.releases.look):
                self.watch.release(batch)
        except self._unavailable as error:
            logger.error("What staff released could not be read (%s); it is tried again", type(error).__name__)

    def stop(self, try_last: Callable[..., str]) -> None:
        """Once more, at the end."""
        if found := self.to_hold.waiting():
            if error := try_last(holding.hold, found):
                logger.error("%d signatures that look false could not be held (%s)", len(found), error)
            self.to_hold.remove(found)
