"""What the encrypted link in the mail carries for the watch: eight bytes."""

import struct
from dataclasses import dataclass

# Why somebody is held. The first two need no group; "earlier": the watch has forgotten the rest, after a restart.
REASONS = ("", "program", "disposable", "network", "domain", "resembles", "swarm", "earlier")
_PACKED = struct.Struct(">IHbB")


@dataclass(frozen=True, slots=True)
class Marks:
    """A number that one run of the server knows; a score, in tenths, and a reason in case it does not any more."""

    member: int
    run: int
    score: int
    reason: str

    @classmethod
    def of(cls, member: int, run: int, odds: float, reason: str) -> "Marks":
        return cls(member, run, min(max(round(odds * 10), -127), 127), reason)

    def pack(self) -> bytes:
        """Never eight zeros, which stand for a link without marks: members are numbered from 1."""
        return _PACKED.pack(self.member, self.run, self.score, REASONS.index(self.reason))

    @classmethod
    def unpack(cls, packed: bytes) -> "Marks":
        """Raises struct.error unless there are eight bytes; they come out of our own encrypted link."""
        member, run, score, reason = _PACKED.unpack(packed)
        return cls(member, run, score, REASONS[reason] if reason < len(REASONS) else "")
