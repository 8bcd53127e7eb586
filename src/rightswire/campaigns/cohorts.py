"""Groups of sign-ups, and how much a group looks like machines rather than people.

Two explanations of a group's traits are compared. People: its members were drawn from those who came alone, as loosely
as each trait's firmness allows, for no class is like another. Machines: they can be anything, with a leaning, or are
like those already found. All figures are natural logarithms of odds: above 0 speaks for machines, below 0 for people.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import lgamma

from rightswire.campaigns.traits import A_TELEPHONE, PLACE, TOR, TRAITS, UNKNOWN

IS_BUSY = 3  # signers of a day from whom on a network is no longer taken for a household
MOST_REACHED = 10_000  # of one group, the newest
WEIGHT_OF_GUESS = 60.0  # sign-ups that the first guess counts for
LEANING = 2.0  # firmness of the leaning of machines, which can be anything
FIRM = 5.0  # from this firmness on a likeness to machines already found counts for a group
MOST_FOR_A_TRAIT, LEAST_FOR_A_TRAIT, LEAST_FOR_A_SOFT_TRAIT = 5.0, -1.0, -0.4  # the soft ones are copied easily
MOST_FOR_A_GROUP, LEAST_FOR_A_GROUP = 9.0, -4.0
MOST_FOR_ONE, LEAST_FOR_ONE = 6.0, -5.0
# A house's rules shape the addresses of its people, so these say nothing where one mail domain prevails.
SHAPED_BY_A_HOUSE = frozenset((PLACE["form"], PLACE["digits"], PLACE["domain"]))


@dataclass(slots=True)
class Member:
    """One sign-up, as long as it is remembered. `gap`: seconds since the one before from the same network, or -1."""

    petition: int
    at: float
    bins: bytes
    gap: float
    country: str
    reason: str
    network: bytes
    domain: bytes
    address_key: bytes = b""  # known when confirmed
    confirmed_at: float = 0.0
    counted_among: "Population | None" = None
    held: tuple[str, str] = ("", "")  # reason and batch
    is_cleared: bool = False


class Population:
    """How often each bin of each trait occurs, beginning with a guess that wears off."""

    def __init__(self, guess: Sequence[tuple[float, ...]]) -> None:
        self._guess = guess
        self._changes = 0
        self._counts = [[0.0] * len(shares) for shares in guess]
        self.size = 0.0
        self.settled = 0
        self.shares: list[list[float]] = []
        self._settle()

    def add(self, bins: bytes, times: int = 1) -> None:
        for counts, place in zip(self._counts, bins, strict=True):
            if place != UNKNOWN:
                counts[place] += times
        self.size += times
        self._changes += 1
        if self._changes > min(200.0, self.size / 20):
            self._settle()

    def fade(self) -> None:
        """Yesterday counts half."""
        self._counts = [[count / 2 for count in counts] for counts in self._counts]
        self.size /= 2
        self._settle()

    def _settle(self) -> None:
        self._changes = 0
        self.settled += 1
        self.shares = []
        for counts, guess in zip(self._counts, self._guess, strict=True):
            whole = sum(counts) + WEIGHT_OF_GUESS
            self.shares.append(
                [max(count + WEIGHT_OF_GUESS * share, 0.01) / whole for count, share in zip(counts, guess, strict=True)]
            )


class Likeness:
    """How much one sign-up is like machines found (above 0), or like people who came alone (below 0)."""

    def __init__(self, alone: Population, found: Population) -> None:
        self._alone, self._found = alone, found
        self._settled = (0, 0)
        self._steps: list[list[float]] = []

    def of(self, bins: bytes) -> float:
        if self._settled != (self._alone.settled, self._found.settled):
            self._renew()
        value = 0.0
        for steps, place in zip(self._steps, bins, strict=True):
            if place != UNKNOWN:
                value += steps[place]
        # Half, because traits go together; less while hardly any machine has been found.
        value *= 0.5 * (0.3 + 0.7 * min(1.0, self._found.size / 50))
        return min(max(value, LEAST_FOR_ONE), MOST_FOR_ONE)

    def _renew(self) -> None:
        self._settled = (self._alone.settled, self._found.settled)
        self._steps = [
            [min(max(math.log(machines / people), -2.0), 2.0) for machines, people in zip(found, alone, strict=True)]
            for found, alone in zip(self._found.shares, self._alone.shares, strict=True)
        ]


class Spread:
    """How widely durations are spread, on the scale of logarithms."""

    __slots__ = ("count", "squares", "total")

    def __init__(self) -> None:
        self.count, self.total, self.squares = 0, 0.0, 0.0

    def add(self, seconds: float) -> None:
        value = math.log(max(seconds, 0.1))
        self.count += 1
        self.total += value
        self.squares += value * value

    def deviation(self) -> float:
        mean = self.total / self.count
        return math.sqrt(max(self.squares / self.count - mean * mean, 0.0))


class Traits:
    """What the members of a group show together."""

    __slots__ = ("confirms", "countries", "counts", "domains", "gaps", "size")

    def __init__(self, members: Iterable[Member] = ()) -> None:
        self.size = 0
        self.counts = [[0] * len(trait.people) for trait in TRAITS]
        self.countries: Counter[str] = Counter()
        self.domains: Counter[bytes] = Counter()
        self.confirms, self.gaps = Spread(), Spread()
        for member in members:
            self.add(member)

    def add(self, member: Member) -> None:
        self.size += 1
        for counts, place in zip(self.counts, member.bins, strict=True):
            if place != UNKNOWN:
                counts[place] += 1
        self.countries[member.country] += 1
        if member.domain:
            self.domains[member.domain] += 1
        if member.gap >= 0:
            self.gaps.add(member.gap)
        if member.confirmed_at >= member.at:
            self.confirms.add(member.confirmed_at - member.at)

    def is_of_one_house(self) -> bool:
        return bool(self.domains) and 3 * max(self.domains.values()) > self.size

    def share(self, trait: str, place: int) -> float:
        counts = self.counts[PLACE[trait]]
        return counts[place] / max(1, sum(counts))


class Cohort:
    """Those who confirmed from one network on one day, or at one mail domain. `name` is the batch that staff see."""

    __slots__ = ("began_at", "evidence", "is_trusted", "last_at", "looked_at", "members", "name", "tested_at", "traits")

    def __init__(self, name: str, began_at: float) -> None:
        self.name = name
        self.began_at = self.last_at = began_at
        self.members: deque[int] = deque(maxlen=MOST_REACHED)
        self.traits: Traits | None = None  # of a household nothing is kept
        self.evidence = 0.0
        self.tested_at = 0  # its size at that time
        self.looked_at = 0.0  # its evidence when its members were last looked at
        self.is_trusted = False

    @property
    def size(self) -> int:
        return self.traits.size if self.traits else len(self.members)

    def is_due(self) -> bool:
        """Whether it has grown enough since it was last tested."""
        return not self.is_trusted and self.size - self.tested_at > self.size // 25


class Network(Cohort):
    """`arrivals` counts all forms sent, `rest` is the evidence against those of its members who look like people."""

    __slots__ = ("arrivals", "rest")

    def __init__(self, name: str, began_at: float) -> None:
        super().__init__(name, began_at)
        self.arrivals = 0
        self.rest: float | None = None

    def is_explained(self) -> bool:
        """Whether so many from one network need no further reason: telephones, Tor, one house, one sitting."""
        if self.is_trusted or self.traits is None:
            return True
        if self.traits.share("browser", A_TELEPHONE) >= 0.8 or self.traits.share("browser", TOR) >= 0.6:
            return True
        is_one_sitting = self.size <= 60 and self.last_at - self.began_at < 5400
        return is_one_sitting or self.traits.is_of_one_house()


class Domain(Cohort):
    """A mail domain that is no known provider's."""

    __slots__ = ("busy_networks", "is_provider", "is_scattered", "share_alone")

    def __init__(self, name: str, began_at: float) -> None:
        super().__init__(name, began_at)
        self.busy_networks: set[str] = set()  # of today
        self.is_scattered = False  # seen in several busy networks
        self.is_provider = False  # of many people who came alone
        self.share_alone = 0.0


def evidence(cohort: Cohort, traits: Traits, alone: Population, found: Population, usual: Spread) -> float:
    """How much the group looks like machines; `usual` is how the times that people need to confirm are spread."""
    is_network = isinstance(cohort, Network)
    left_out = SHAPED_BY_A_HOUSE if not is_network or traits.is_of_one_house() else frozenset()
    value = 0.0
    for place, counts in enumerate(traits.counts):
        if place not in left_out and sum(counts) >= 4:
            least = LEAST_FOR_A_TRAIT if TRAITS[place].firmness >= FIRM else LEAST_FOR_A_SOFT_TRAIT
            value += min(max(_odds_of_trait(place, counts, alone, found), least), MOST_FOR_A_TRAIT)
    value += _narrowness(traits.confirms, usual)
    if is_network:
        value += _regularity(traits.gaps) + _mixture(traits)
    return min(max(value, LEAST_FOR_A_GROUP), MOST_FOR_A_GROUP)


def _odds_of_trait(place: int, counts: Sequence[int], alone: Population, found: Population) -> float:
    trait = TRAITS[place]
    people = _likelihood(counts, alone.shares[place], trait.firmness)
    machines = _likelihood(counts, trait.machines, LEANING)
    if found.size > 50 and trait.firmness >= FIRM:
        machines = max(machines, _likelihood(counts, found.shares[place], trait.firmness))
    return machines - people


def _likelihood(counts: Sequence[int], shares: Sequence[float], firmness: float) -> float:
    """The logarithm of the Dirichlet-multinomial, without the coefficient that all explanations share."""
    value = lgamma(firmness) - lgamma(firmness + sum(counts))
    for count, share in zip(counts, shares, strict=True):
        if count:
            value += lgamma(firmness * share + count) - lgamma(firmness * share)
    return value


def _narrowness(spread: Spread, usual: Spread) -> float:
    """People take seconds or minutes; a program with a random pause takes about as long each time."""
    if spread.count < 10 or usual.count < 10 or usual.deviation() < 0.3:
        return 0.0
    ratio = spread.deviation() / usual.deviation()
    return min(4.0, max(0.0, 0.6 - ratio) * spread.count / 2)


def _regularity(gaps: Spread) -> float:
    """The gaps between people who do not wait for each other spread by 1.28; those of a clock by far less."""
    return 2.0 if gaps.count >= 12 and gaps.deviation() < 0.6 else 0.0


def _mixture(traits: Traits) -> float:
    """Behind one network people are mostly of one country. Behind Tor they are not, so this says little."""
    return 1.0 if traits.size >= 20 and max(traits.countries.values()) < 0.6 * traits.size else 0.0
