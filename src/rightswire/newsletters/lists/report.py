"""What came of bringing a list in: numbers, and the numbers of lines; never an address."""

import json
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rightswire.seal.how_many import how_many

# Why a row was refused; the first are those of AddressError.
REASONS = {
    "empty": "there is no e-mail address",
    "no_at": "what should be an e-mail address is none",
    "name": "what precedes the @ is not right",
    "domain": "what follows the @ is not right",
    "too_long": "the row is too long",
    "too_many_cells": "the row has more cells than the first line, so they may have moved",
    "no_day": "it does not say on which day the person agreed",
    "unclear_day": "days and months cannot be told apart; write days as 2019-04-03",
    "future": "the day on which the person agreed is still to come",
    "never": "the list does not say that the person ever agreed",
    "unclear": "what the list says of the person (subscribed, unsubscribed …) was not understood",
}
MOST_SHOWN = 12


def _lines() -> array:
    return array("Q")


@dataclass
class Report:
    """`kept` are lines of people whom the list bars but who have subscribed here themselves since."""

    source: str
    is_dry_run: bool = False
    rows: int = 0
    added: int = 0
    already_here: int = 0
    barred: int = 0  # newly
    barred_before: int = 0
    removed: int = 0  # subscribers, by being barred
    held_back: int = 0  # subscribed in this list, but barred
    kept: array = field(default_factory=_lines)
    refused: dict[str, array] = field(default_factory=dict)

    def refuse(self, line: int, reason: str) -> None:
        self.refused.setdefault(reason, _lines()).append(line)

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "is_dry_run": self.is_dry_run,
            "rows": self.rows,
            "added": self.added,
            "already_here": self.already_here,
            "barred": self.barred,
            "barred_before": self.barred_before,
            "removed": self.removed,
            "held_back": self.held_back,
            "kept": list(self.kept),
            "refused": {reason: list(lines) for reason, lines in self.refused.items()},
        }

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")

    def told(self) -> list[str]:
        """The same in lines for a person."""
        rows = [f"{how_many(self.rows, 'row')} in the list from “{self.source}”."]
        if self.is_dry_run:
            rows.append("This is what would be done; nothing was changed.")
        rows += [
            f"{how_many(number, one, more)}."
            for number, one, more in (
                (self.added, "new subscriber", ""),
                (self.already_here, "already here, as before", "already here, as before"),
                (
                    self.barred,
                    "newly barred: left, or the mailbox is gone",
                    "newly barred: left, or mailboxes are gone",
                ),
                (self.barred_before, "barred before", "barred before"),
                (self.removed, "subscriber removed, as barred", "subscribers removed, as barred"),
                (self.held_back, "subscribed in this list, but barred", "subscribed in this list, but barred"),
            )
            if number
        ]
        if self.kept:
            rows.append(
                f"{len(self.kept):,} barred in this list, but subscribed here by the person, so nothing was changed: "
                f"{_shown(self.kept)}."
            )
        for reason, lines in sorted(self.refused.items()):
            rows.append(f"{len(lines):,} refused, {REASONS[reason]}: {_shown(lines)}.")
        return rows


def _shown(lines: array) -> str:
    words = ", ".join(map(str, lines[:MOST_SHOWN]))
    more = f" and {len(lines) - MOST_SHOWN:,} more" if len(lines) > MOST_SHOWN else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {words}{more}"
