"""What `open_delivery` does with its arguments, and what it says at the end."""

import argparse
import json
import sys
from pathlib import Path

from rightswire.seal import minisign
from rightswire.seal.how_many import how_many
from rightswire.seal.offline.alarms import ALARMS
from rightswire.seal.offline.delivery import Delivery
from rightswire.seal.offline.harmless import harmless
from rightswire.seal.offline.opening import Outcome, open_delivery, open_test
from rightswire.seal.offline.own_keys import read_own_keys
from rightswire.seal.offline.unsealing import Filters


def open_and_report(arguments: argparse.Namespace) -> int:
    """The exit status. Raises DeliveryError or OSError where nothing was opened."""
    delivery = Delivery(arguments.file)
    is_test = delivery.manifest.is_test
    if arguments.out is None and not is_test:
        sys.stderr.write("open_delivery: give the name of a new folder for what is opened, with --out.\n")
        return 2
    keys = read_own_keys(arguments.key, arguments.passphrase_file)
    if is_test:
        return _say_codes(delivery, open_test(delivery, keys), is_json=arguments.json)
    filters = Filters(arguments.country, arguments.since, arguments.language)
    outcome = open_delivery(delivery, keys, arguments.out, filters, arguments.target)
    if arguments.json:
        sys.stdout.write(json.dumps(outcome.as_json(), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_summary(outcome, arguments.out))
    return 1 if outcome.alarms else 0


def _say_codes(delivery: Delivery, codes: list[str], *, is_json: bool) -> int:
    if is_json:
        sys.stdout.write(json.dumps({"is_test": True, "codes": codes}) + "\n")
    else:
        sys.stdout.write(f"This key opens. The code is: {', '.join(codes)}\n")
    if delivery.is_genuine():
        return 0
    sys.stderr.write(f"ALARM: {ALARMS['signature']}\n")
    return 1


def _summary(outcome: Outcome, out: Path) -> str:
    manifest = outcome.delivery.manifest
    lines = [f"Petition {manifest.slug} of {manifest.site}, exported on {manifest.made_at:%Y-%m-%d}."]
    for name, number in outcome.tally.numbers().items():
        if number or name == "confirmed":
            lines.append(f"{name.replace('_', ' ').capitalize()}: {number:,}")
    for official in manifest.officials:
        if official.id in outcome.tally.officials:
            seen = outcome.tally.officials[official.id]
            who = f"{harmless(official.name)} (--target {official.id})"
            shown = f"{how_many(seen.named, 'name')}, {seen.withheld:,} without a name"
            lines.append(f"{who}: {shown}, {how_many(seen.commented, 'comment')}")
    lines.append(f"Signed by the site's key {minisign.key_line(manifest.site_key)}; compare it with its public.key.")
    lines += [f"Note: {notice}" for notice in outcome.notices]
    lines += [f"ALARM: {alarm.text()}" for alarm in outcome.alarms]
    lines.append(f"Written to {out}: {', '.join(outcome.files)}")
    return "".join(f"{line}\n" for line in lines)
