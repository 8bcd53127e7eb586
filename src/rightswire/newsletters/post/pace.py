"""How fast mail may go: so many a minute, so many to one domain, and slower where a domain asks for it.

Moments are of the monotonic clock. Everything is in memory: after a restart the pace begins anew. Belongs to the thread
of the lines; the post office only sets it.
"""

import random
import time
from dataclasses import dataclass, field

AT_ONCE = 3.0  # seconds' worth that may go in one go
FIRST_PENALTY, LONGEST_PENALTY = 30.0, 3600.0
LONGEST_QUEUE = 3600.0  # seconds for which turns are given out
MOST_DOMAINS = 50_000


@dataclass(slots=True)
class _Flow:
    """A rate, as the moment up to which it is used up (the generic cell rate algorithm)."""

    used_until: float = 0.0
    queued_until: dict[int, float] = field(default_factory=dict)  # those told to come again, by their priority
    penalty: float = 0.0
    shut_until: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until there is room; 0: there is."""
        return max(0.0, self.used_until - AT_ONCE - now, self.shut_until - now)

    def goes(self, step: float, now: float) -> None:
        self.used_until = max(self.used_until, now) + step

    def turn(self, step: float, now: float, priority: int) -> float:
        """Seconds until a turn of one's own, behind all of the same priority who were given one before.

        Where the queue is too long there is no turn: then seconds until it is worth asking again.
        """
        last = self.queued_until.get(priority, 0.0)
        mine = max(last, self.used_until, self.shut_until, now) + step
        if mine - now > LONGEST_QUEUE:
            return random.uniform(0.5, 1.0) * LONGEST_QUEUE
        self.queued_until[priority] = mine
        return mine - now


class Pace:
    def __init__(self) -> None:
        self._all = _Flow()
        self._domains: dict[str, _Flow] = {}
        self.set(600, 120)

    def set(self, a_minute: int, a_minute_a_domain: int) -> None:
        self._step, self._domain_step = 60.0 / a_minute, 60.0 / a_minute_a_domain

    @property
    def in_seconds(self) -> float:
        """How many may go in one second."""
        return 1.0 / self._step

    def wait(self) -> float:
        """Seconds until the next mail may go, whoever it is to; 0: now. Nothing is counted."""
        return self._all.wait(time.monotonic())

    def goes(self) -> None:
        """A mail goes, and is counted."""
        self._all.goes(self._step, time.monotonic())

    def turn_for(self, domain: str, priority: int) -> float:
        """0: a mail to this domain may go now, and is counted. Else in how many seconds its turn comes."""
        now = time.monotonic()
        if len(self._domains) > MOST_DOMAINS:
            self._domains.clear()
        flow = self._domains.setdefault(domain, _Flow())
        if flow.wait(now):
            return flow.turn(self._domain_step, now, priority)
        flow.goes(self._domain_step, now)
        return 0.0

    def slow_down(self, domain: str) -> None:
        """The domain's server said: not now. Each time it is left alone for twice as long."""
        flow = self._domains.setdefault(domain, _Flow())
        now = time.monotonic()
        if flow.shut_until <= now:
            flow.penalty = min(max(2 * flow.penalty, FIRST_PENALTY), LONGEST_PENALTY)
            flow.shut_until = now + flow.penalty

    def went_well(self, domain: str) -> None:
        if flow := self._domains.get(domain):
            flow.penalty = flow.shut_until = 0.0
