"""What is wrong with a delivery, in words for the person who opens it.

Alarms never stop the opening: what can be opened is opened, and the person decides. No alarm names a signer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

SHOWN_PLACES = 10

# In the order in which they are listed.
ALARMS = {
    "signature": "The file is not as the site exported it: its signature does not fit. Ask for a new export, and keep "
    "this file.",
    "unknown_key": "Records that can also be opened with a key which neither you nor the site knows: {count}. Somebody "
    "else may be able to read them. Close the petition and have the server examined.",
    "cut_short": "The list of records breaks off: what follows could not be read.",
    "damaged": "Records that could not be opened, because they are damaged or belong to another petition: {count}.",
    "locked": "Records that are encrypted for other keys than those you gave: {count}.",
    "moved": "Records that stand in another person's place, and are left out: {count}.",
    "test_record": "Records that are tests of a key and signed by nobody, and are left out: {count}.",
    "altered": "Records for which the server gives another country or language than the signer: {count}. The signer's "
    "is used.",
    "duplicate": "Records of people who are in the list already, and are left out: {count}.",
    "erased_present": "Records of people who removed their signature, and are left out: {count}.",
    "log_head": "The signed head of the public log cannot be used: {reason}.",
    "log_unreadable": "The public log in the file cannot be read to its end.",
    "log_root": "The public log in the file is not the one whose head was signed and published.",
    "log_count": "The signed head of the public log counts otherwise than its entries do.",
    "log_twice": "Entries that stand in the public log twice: {count}.",
    "log_removal": "Removals in the public log of what was not in it: {count}.",
    "missing": "Signatures in the public log that have no record here and were not removed by the signer: {count}. "
    "Records were taken away or changed.",
    "unlogged": "Records that should stand in the public log by now, and do not: {count}. Somebody with access to the "
    "server may have added them.",
    "totals": "The site counted otherwise: {reason}.",
}
LOG_ALARMS = ("log_twice", "log_removal", "missing")  # their numbers are places in the log


@dataclass(slots=True)
class Alarm:
    """`places` are those in the list of records or of the log, counted from 1: the first ten."""

    kind: str
    count: int = 0
    reason: str = ""
    places: list[int] = field(default_factory=list)

    def text(self) -> str:
        written = ALARMS[self.kind].format(count=f"{self.count:,}", reason=self.reason)
        if not self.places:
            return written
        places = ", ".join(map(str, self.places))
        rest = ", …" if self.count > len(self.places) else ""
        return f"{written} Places in the {'log' if self.kind in LOG_ALARMS else 'list'}: {places}{rest}."


class Alarms:
    """Those of one opening."""

    def __init__(self) -> None:
        self._found: dict[str, Alarm] = {}

    def add(self, kind: str, *, reason: str = "") -> None:
        alarm = self._found.setdefault(kind, Alarm(kind))
        alarm.count += 1
        alarm.reason = reason

    def add_record(self, kind: str, number: int) -> None:
        """`number` of a record, or of an entry of the log, counted from 0."""
        alarm = self._found.setdefault(kind, Alarm(kind))
        alarm.count += 1
        if len(alarm.places) < SHOWN_PLACES:
            alarm.places.append(number + 1)

    def add_records(self, kind: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.add_record(kind, number)

    def count(self, kind: str) -> int:
        return self._found[kind].count if kind in self._found else 0

    def listed(self) -> list[Alarm]:
        return [self._found[kind] for kind in ALARMS if kind in self._found]
