"""What the watch makes of a replay: `python -m benchmarks.replay FILE…`. One JSON object a file.

A replay is a file of JSON lines, one for each sign-up, in any order:

    {"at": 107.4, "ip": "198.51.100.7", "email": "…", "name": "…", "country": "CA", "is_fake": true,
     "comment": "", "language": "en", "user_agent": "…", "javascript": true, "honeypot": "", "confirms_after": 61.0}

`at` counts seconds since the petition opened. All after `is_fake` may be missing. The watch is given what the server
would know (`signing.arrival`): a puzzle is solved where one is wanted and `javascript` is true, and nothing is known
of who solved none. Who has text in `honeypot` gets the form back and is no signature; nor is who has null in
`confirms_after`. Where that is missing, everybody confirms after two minutes. The petition is taken to open at 9 in
the morning, UTC, and the log to be cut at midnight: who was confirmed before can no longer be held.
"""

import collections
import heapq
import json
import sys
import time
from pathlib import Path
from typing import Any

from rightswire.campaigns.limits import client_network
from rightswire.campaigns.traits import Arrival
from rightswire.campaigns.watch import Marks, Watch

DAY = 86400.0
OPENS_AT = 20_600 * DAY + 9 * 3600
Row = dict[str, Any]


def _arrival(row: Row, watch: Watch) -> Arrival:
    network = client_network(row["ip"])
    is_solved = row.get("javascript") and watch.wants_puzzle(OPENS_AT + row["at"], network)
    return Arrival(
        petition=1,
        at=OPENS_AT + row["at"],
        network=network,
        email=row["email"],
        name=row["name"],
        country=row["country"],
        comment=row.get("comment") or "",
        language=row.get("language") or "",
        user_agent=row.get("user_agent") or "",
        has_solved_puzzle=True if is_solved else None,
    )


def replay(rows: list[Row]) -> tuple[set[int], dict[int, str]]:
    """The places of those who confirmed, and for those held the reason."""
    watch = Watch()
    waiting: list[tuple[float, int, bytes]] = [
        (OPENS_AT + row["at"], place, b"") for place, row in enumerate(rows) if not row.get("honeypot")
    ]
    heapq.heapify(waiting)
    confirmed: set[int] = set()
    held: dict[int, str] = {}
    midnight = (OPENS_AT // DAY + 1) * DAY
    while waiting:
        at, place, marks = heapq.heappop(waiting)
        late = []
        if at >= midnight:
            late = watch.end_day(midnight)
            midnight = (at // DAY + 1) * DAY
        if not marks:
            after = rows[place].get("confirms_after", 120.0)
            packed = watch.sign_up(_arrival(rows[place], watch)).pack()
            if after is not None:
                heapq.heappush(waiting, (at + after, place, packed))
        else:
            verdict = watch.confirm(1, place.to_bytes(32, "big"), Marks.unpack(marks), at)
            confirmed.add(place)
            late += verdict.also_hold
            if verdict.is_held:
                held[place] = verdict.reason
        held |= {int.from_bytes(other.address_key, "big"): other.reason for other in late}
    held |= {int.from_bytes(other.address_key, "big"): other.reason for other in watch.end_day(midnight)}
    return confirmed, held


def figures(rows: list[Row]) -> dict[str, Any]:
    began = time.process_time()
    confirmed, held = replay(rows)
    seconds = time.process_time() - began
    fakes = {place for place in confirmed if rows[place]["is_fake"]}
    honest = confirmed - fakes
    return {
        "fakes": len(fakes),
        "fakes_held_share": round(len(fakes & held.keys()) / max(1, len(fakes)), 4),
        "honest": len(honest),
        "honest_held_share": round(len(honest & held.keys()) / max(1, len(honest)), 4),
        "reasons_fakes": dict(collections.Counter(held[place] for place in fakes & held.keys())),
        "reasons_honest": dict(collections.Counter(held[place] for place in honest & held.keys())),
        "sign_ups_a_second": round(len(rows) / max(seconds, 1e-6)),
    }


def main() -> int:
    if len(sys.argv) < 2:
        print("Name a replay: python -m benchmarks.replay FILE…", file=sys.stderr)
        return 2
    for name in sys.argv[1:]:
        with Path(name).open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines if line.strip()]
        print(json.dumps({"name": Path(name).name, **figures(rows)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
