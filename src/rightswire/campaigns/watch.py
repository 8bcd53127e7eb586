"""The watch: finds machines among those who confirm, by group and in memory, without knowing anybody.

`sign_up` reads a form's traits and gives marks that travel in the encrypted link. `confirm` counts the signer to her
groups and gives the verdict; what is learned late reaches back to those confirmed since the day's log was last cut.
Only those who confirmed count, so nobody can make a network look bad by filling in forms.

Addresses, names and networks are not kept: a mail domain and a network (/24 or /48) become keyed pseudonyms at once,
under a key that is in memory only; that of networks is renewed daily. Memory is bounded: 100,000 sign-ups, 50,000
networks and 20,000 mail domains, the oldest forgotten first; networks and domains go two days after they were last
seen. After a restart nothing is left but the marks in the links.
"""

import bisect
import datetime
import hashlib
import hmac
import math
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from rightswire.campaigns import cohorts, traits
from rightswire.campaigns.cohorts import IS_BUSY, Cohort, Domain, Member, Network, Population, Spread
from rightswire.campaigns.marks import Marks
from rightswire.campaigns.traits import PLACE, TRAITS, Arrival

HOUR, DAY = 3600.0, 86400.0
MOST_MEMBERS, MOST_NETWORKS, MOST_DOMAINS = 100_000, 50_000, 20_000
RARELY_FALSE = -5.0  # one in 150, before anything is known
IN_AN_ATTACK = -3.0
MANY_FOUND = 200.0
MANY_ARRIVALS = 20
IS_A_DOMAIN_TO_TEST = 8
SWARM = 12  # networks of about one size
TAIL = -1.5  # networks with at least n signers become rarer with this power of n


class Held(NamedTuple):
    """Somebody confirmed earlier who is to be held now."""

    petition: int
    address_key: bytes
    reason: str
    batch: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Staff see the reason, one of marks.REASONS, and review a batch at once."""

    is_held: bool
    reason: str = ""
    batch: str = ""
    also_hold: list[Held] = field(default_factory=list)


class Watch:
    """For one process and one thread. Moments are seconds since 1970 and may come a little out of order."""

    def __init__(self) -> None:
        self._run = secrets.randbelow(1 << 16)
        self._network_key = self._domain_key = secrets.token_bytes(32)
        self._began_at, self._cut_at = 0.0, 0.0
        self._newest = self._looked = 0
        self._members: OrderedDict[int, Member] = OrderedDict()
        self._networks: OrderedDict[bytes, Network] = OrderedDict()
        self._domains: OrderedDict[bytes, Domain] = OrderedDict()
        self._alone = Population([trait.people for trait in TRAITS])
        self._found = Population([trait.machines for trait in TRAITS])
        self._likeness = cohorts.Likeness(self._alone, self._found)
        self._usual = Spread()  # of the times that people need to confirm
        self._suspects: set[str] = set()
        self._small, self._sizes = 0, list[int]()
        self._pardoned: set[str] = set()

    def sign_up(self, arrival: Arrival) -> Marks:
        """To be called for each valid form; the marks go into its link."""
        if not self._began_at - HOUR <= arrival.at < self._began_at + DAY + HOUR:
            self._new_day(arrival.at)  # the first of all, or the end of the day was not told
        bins = traits.read(arrival)
        network, domain = self._pseudonyms(arrival, bins)
        place = self._network(network, arrival.at)
        member = Member(
            petition=arrival.petition,
            at=arrival.at,
            bins=bytes(bins),
            gap=arrival.at - place.last_at if place.arrivals else -1.0,
            country=arrival.country,
            reason=_own_reason(bins),
            network=network,
            domain=domain,
        )
        place.arrivals += 1
        place.last_at = arrival.at
        self._newest += 1
        self._members[self._newest] = member
        if len(self._members) > MOST_MEMBERS:
            self._members.popitem(last=False)
        if self._newest % 200 == 0:
            self._measure_networks()
        return Marks.of(self._newest, self._run, self._score(member)[0], member.reason)

    def confirm(self, petition: int, address_key: bytes, marks: Marks, at: float) -> Verdict:
        """To be called before the row is stored as held or confirmed. The same link again gives the same verdict."""
        member = self._members.get(marks.member) if marks.run == self._run else None
        if member is None or member.petition != petition:
            return self._without_memory(marks, at)
        if not member.address_key:
            self._enter(marks.member, member, address_key, at)
        also = self._test(self._networks.get(member.network)) + self._test(self._domains.get(member.domain))
        self._judge(member)
        also += self._look_again(4)
        others = [held for held in also if held.address_key != address_key]
        reason, batch = member.held
        return Verdict(bool(reason), reason, batch, others)

    def end_day(self, at: float) -> list[Held]:
        """Looks at everything again, a second for some 10,000 networks. To be called just before the log is cut.

        Then a new day begins: the organisation's, as the log's is, whatever the clock says in Greenwich.
        """
        held: list[Held] = []
        for _ in range(2):  # what the first look finds helps the second
            self._measure_networks()
            for cohort in (*self._networks.values(), *self._domains.values()):
                cohort.tested_at = 0
                held += self._test(cohort)
            held += self._look_again(len(self._members))
            if not held:
                break
        self._cut_at = at
        self._new_day(at)
        return held

    def release(self, batch: str) -> None:
        """Staff found the batch honest: its network or domain is trusted from then on, its other reason for the day."""
        for cohort in (*self._networks.values(), *self._domains.values()):
            if cohort.name == batch:
                cohort.is_trusted, cohort.evidence = True, cohorts.LEAST_FOR_A_GROUP
        self._pardoned.add(batch)
        self._suspects.discard(batch)
        for member in self._members.values():
            if member.held[1] == batch:
                member.held, member.is_cleared = ("", ""), True
                self._count_among(member, None)

    def wants_puzzle(self, at: float, network: bytes = b"") -> bool:
        """Whether a browser's script should be given a puzzle: there is an attack, or its network is busy."""
        if at >= self._began_at + DAY:
            return False
        known = self._networks.get(_pseudonym(self._network_key, network))
        is_attack = self._found.size > 50 and self._found.size > 0.3 * (self._found.size + self._alone.size)
        return is_attack or (known is not None and known.arrivals >= MANY_ARRIVALS)

    def _without_memory(self, marks: Marks, at: float) -> Verdict:
        reason = marks.reason or ("earlier" if marks.score > 0 else "")
        batch = self._own_batch(reason, at)
        return Verdict(True, reason, batch) if reason and batch not in self._pardoned else Verdict(False)

    # Groups.

    def _pseudonyms(self, arrival: Arrival, bins: list[int]) -> tuple[bytes, bytes]:
        """Of the network, and of the mail domain unless it is known to be anybody's."""
        network = _pseudonym(self._network_key, arrival.network)
        if bins[PLACE["domain"]] != traits.OWN_DOMAIN:
            return network, b""
        name = arrival.email.rpartition("@")[2].lower().encode()
        return network, _pseudonym(self._domain_key, name)

    def _network(self, key: bytes, at: float) -> Network:
        if key not in self._networks:
            self._networks[key] = Network(f"n-{secrets.token_hex(4)}", at)
            if len(self._networks) > MOST_NETWORKS:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        return self._networks[key]

    def _domain(self, key: bytes, at: float) -> Domain:
        if key not in self._domains:
            self._domains[key] = Domain(f"d-{secrets.token_hex(4)}", at)
            if len(self._domains) > MOST_DOMAINS:
                self._domains.popitem(last=False)
        self._domains.move_to_end(key)
        self._domains[key].last_at = at
        return self._domains[key]

    def _members_of(self, cohort: Cohort) -> list[Member]:
        return [member for number in cohort.members if (member := self._members.get(number))]

    def _new_day(self, at: float) -> None:
        """New pseudonyms for networks; what was learned of machines and people counts half."""
        self._network_key = secrets.token_bytes(32)
        self._began_at = at
        for known in (self._networks, self._domains):
            for key in [key for key, cohort in known.items() if cohort.last_at < at - 2 * DAY]:
                del known[key]
        for domain in self._domains.values():
            domain.busy_networks.clear()
        self._suspects.clear()
        self._pardoned = {batch for batch in self._pardoned if batch[0] in "nd"}
        for member in self._members.values():
            member.counted_among = None
        self._alone.fade()
        self._found.fade()

    # Counting.

    def _enter(self, number: int, member: Member, address_key: bytes, at: float) -> None:
        member.address_key, member.confirmed_at = address_key, at
        network = self._network(member.network, member.at)
        bins = bytearray(member.bins)
        if at >= member.at:  # or the clock was set back
            bins[PLACE["confirm"]] = traits.bin_of(at - member.at, traits.CONFIRM_ENDS)
        if member.domain:
            domain = self._domain(member.domain, at)
            bins[PLACE["domain"]] = self._kind_of_domain(domain, network)
        member.bins = bytes(bins)
        self._join(network, number, member)
        if member.domain:
            self._join(domain, number, member)
        if network.size < IS_BUSY and not member.reason:
            self._count_among(member, self._alone)
            self._usual.add(max(0.0, at - member.at))
        elif network.size == IS_BUSY:
            for other in self._members_of(network):
                if other.counted_among is self._alone:
                    self._count_among(other, None)

    def _join(self, cohort: Cohort, number: int, member: Member) -> None:
        cohort.members.append(number)
        if cohort.traits:
            cohort.traits.add(member)
        elif len(cohort.members) >= IS_BUSY:
            cohort.traits = cohorts.Traits(self._members_of(cohort))

    def _kind_of_domain(self, domain: Domain, network: Network) -> int:
        if network.size > IS_BUSY and len(domain.busy_networks) < IS_BUSY:
            domain.busy_networks.add(network.name)
        domain.is_scattered |= len(domain.busy_networks) >= IS_BUSY
        if domain.is_provider:
            return traits.A_PROVIDER
        return traits.SCATTERED_DOMAIN if domain.is_scattered else traits.OWN_DOMAIN

    def _count_among(self, member: Member, population: Population | None) -> None:
        if member.counted_among is not population:
            if member.counted_among:
                member.counted_among.add(member.bins, -1)
            if population:
                population.add(member.bins)
            member.counted_among = population

    def _measure_networks(self) -> None:
        """The sizes of today's networks: of those too many for a household, only what nothing explains."""
        today = [network for network in self._networks.values() if network.began_at >= self._began_at]
        self._small = sum(0 < network.size < IS_BUSY for network in today)
        open_question = [network for network in today if network.size >= 8 and network.evidence < 5]
        self._sizes = sorted(network.size for network in open_question if not network.is_explained())

    # Judging.

    def _test(self, cohort: Cohort | None) -> list[Held]:
        """Weighs a group that has grown; where it looks worse than before, its members are judged again."""
        if cohort is None or cohort.traits is None or not cohort.is_due():
            return []
        if isinstance(cohort, Domain):
            if cohort.size < IS_A_DOMAIN_TO_TEST:
                return []
            self._weigh_domain(cohort)
        cohort.tested_at = cohort.size
        cohort.evidence = cohorts.evidence(cohort, cohort.traits, self._alone, self._found, self._usual)
        if isinstance(cohort, Network):
            self._suspect(cohort)
            cohort.rest = self._weigh_rest(cohort)
        if cohort.evidence < max(cohort.looked_at + 0.5, 1.0):
            return []
        cohort.looked_at = cohort.evidence
        return [held for member in self._members_of(cohort) for held in self._judge_late(member)]

    def _weigh_domain(self, domain: Domain) -> None:
        networks = [self._networks.get(member.network) for member in self._members_of(domain)]
        known = [network for network in networks if network]
        alone = sum(network.size < IS_BUSY for network in known)
        domain.share_alone = alone / max(1, len(known))
        domain.is_provider = alone >= 15 and domain.share_alone > 0.5

    def _suspect(self, network: Network) -> None:
        """Five networks that lean to machines, each too little to be held, teach together what machines look like."""
        if network.evidence > 1.5 and network.size > IS_BUSY:
            self._suspects.add(network.name)
            if len(self._suspects) >= 5:
                for member in self._members_of(network):
                    self._count_among(member, self._found)
        elif network.evidence < 0.5 and network.name in self._suspects:
            self._suspects.discard(network.name)
            for member in self._members_of(network):
                if not member.held[0]:
                    self._count_among(member, None)

    def _weigh_rest(self, network: Network) -> float | None:
        """Where people and machines share a network: the evidence against those alone who look like people."""
        if network.evidence < 4 or network.size < 12 or self._found.size < 100:
            return None
        members = self._members_of(network)
        rest = [member for member in members if not member.reason and self._likeness.of(member.bins) < -1]
        if len(rest) < max(5, len(members) / 5):
            return None
        return cohorts.evidence(network, cohorts.Traits(rest), self._alone, self._found, self._usual)

    def _look_again(self, count: int) -> list[Held]:
        """Judges some of those confirmed earlier, each in turn."""
        held: list[Held] = []
        for _ in range(count):
            oldest = next(iter(self._members), 0)
            self._looked = self._looked + 1 if oldest <= self._looked < self._newest else oldest
            if member := self._members.get(self._looked):
                held += self._judge_late(member)
        return held

    def _judge_late(self, member: Member) -> list[Held]:
        if not member.address_key or member.held[0] or member.confirmed_at < self._cut_at:
            return []
        self._judge(member)
        return [Held(member.petition, member.address_key, *member.held)] if member.held[0] else []

    def _judge(self, member: Member) -> None:
        if member.held[0] or member.is_cleared:
            return
        score, reason, batch = self._score(member)
        if score > 0 and batch not in self._pardoned:
            member.held = (reason, batch)
            if reason not in ("resembles", "swarm"):  # or it would learn from its own guesses
                self._count_among(member, self._found)

    def _score(self, member: Member) -> tuple[float, str, str]:
        """The odds that this is a machine's, with the reason and the batch should they be above 0."""
        if member.reason:
            return MANY_FOUND, member.reason, self._own_batch(member.reason, member.at)
        network, domain = self._networks.get(member.network), self._domains.get(member.domain)
        like = self._likeness.of(member.bins)
        of_network = self._of_network(network, like) if network else 0.0
        of_domain = 0.0
        if domain and domain.size >= IS_A_DOMAIN_TO_TEST:  # people at home share a provider we do not know
            of_domain = domain.evidence * (1 - 0.6 * domain.share_alone)
        score = self._before(network, like) + like + (max(of_network, of_domain) if of_domain > 0 else of_network)
        if score <= 0:
            return (1.0, "swarm", network.name) if network and self._is_swarm(network) else (score, "", "")
        if network and of_network > 2 and of_network >= of_domain:
            return score, "network", network.name
        if domain and of_domain > 2:
            return score, "domain", domain.name
        return score, "resembles", self._own_batch("resembles", member.at)

    def _of_network(self, network: Network, like: float) -> float:
        """For who looks like people among machines, only the evidence against those like her counts."""
        if like > -1 or self._found.size < MANY_FOUND:
            return network.evidence
        if network.rest is not None and network.rest > 2.5:  # they are machines too, of a kind not found before
            return network.evidence - like - 1
        if network.rest is not None:
            return network.rest
        return min(network.evidence, 8.3 if network.size >= 20 else 3.0)

    def _before(self, network: Network | None, like: float) -> float:
        """The odds before the groups are looked at: worse in an attack, but not for who looks like people."""
        if network is None or network.size < IS_BUSY or like < -0.5:
            return RARELY_FALSE
        now = math.log((self._found.size + 1) / (self._alone.size + 100)) - 2
        return min(max(now, RARELY_FALSE), IN_AN_ATTACK)

    def _is_swarm(self, network: Network) -> bool:
        """Whether there are five times as many unexplained networks of about this size as chance would make."""
        if network.size < SWARM:
            return False
        size = 0.6 * network.size
        there_are = len(self._sizes) - bisect.bisect_left(self._sizes, size)
        by_chance = 2 + self._small * size**TAIL
        return there_are >= SWARM and there_are > 5 * by_chance and not network.is_explained()

    def _own_batch(self, reason: str, at: float) -> str:
        day = datetime.datetime.fromtimestamp(at, datetime.UTC)
        return f"o-{reason[:4]}-{day:%Y%m%d}"  # PostgreSQL refuses a row whose batch is longer than its column


def _pseudonym(key: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, raw, hashlib.sha256)[:8]


def _own_reason(bins: list[int]) -> str:
    """What no group is needed for."""
    if bins[PLACE["browser"]] == traits.A_PROGRAM:
        return "program"
    return "disposable" if bins[PLACE["domain"]] == traits.DISPOSABLE_DOMAIN else ""
