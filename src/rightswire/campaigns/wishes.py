"""What a signer may tick besides, and have with the same confirmation: offered by an app above, kept by it alone.

Whoever offers registers two functions: one that words the ticks in a language, or gives None where nothing can be
taken now; and one that keeps what was ticked. Nothing of it is stored with the signature.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

UPDATES, FOLLOW = 1, 2


@dataclass(frozen=True, slots=True)
class Ticks:
    """The words beside the two ticks."""

    updates: str
    follow: str


@dataclass(frozen=True, slots=True, repr=False)
class Wishes:
    """What was ticked, and the address that it takes."""

    address: str
    updates: bool
    follow: bool

    def pack(self) -> bytes:
        """For the link in the mail, which is encrypted. Raises ValueError where it is too long."""
        flags = UPDATES * self.updates | FOLLOW * self.follow
        packed = bytes((flags,)) + self.address.encode()
        if len(packed) > 255:
            raise ValueError
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> "Wishes":
        return cls(packed[1:].decode(), bool(packed[0] & UPDATES), bool(packed[0] & FOLLOW))


Offer = Callable[[str], Ticks | None]
Keep = Callable[[Wishes, str, str, int, int], None]  # and language, country, petition, when it was begun

_offers: list[tuple[Offer, Keep]] = []


def offer(words: Offer, keep: Keep) -> None:
    _offers[:] = [(words, keep)]


def ticks(language: str) -> Ticks | None:
    """What the form shows now; None for nothing."""
    return _offers[0][0](language) if _offers else None


def read(fields: Mapping[str, str], address: str) -> Wishes | None:
    """What was ticked."""
    updates, follow = (bool(fields.get(name, "").strip()) for name in ("updates", "follow"))
    return Wishes(address, updates, follow) if (updates or follow) and address else None


def keep(packed: bytes, language: str, country: str, petition: int, begun_at: int) -> None:
    """Keeps what a confirmed link carries; again it changes nothing more."""
    if packed and _offers:
        _offers[0][1](Wishes.unpack(packed), language, country, petition, begun_at)
