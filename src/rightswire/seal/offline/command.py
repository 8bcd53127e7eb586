"""The command `open_delivery`."""

import argparse
import datetime
import json
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rightswire.seal import minisign
from rightswire.seal.offline.alarms import ALARMS
from rightswire.seal.offline.delivery import Delivery
from rightswire.seal.offline.harmless import harmless
from rightswire.seal.offline.jobs import reason_of
from rightswire.seal.offline.manifest import DeliveryError
from rightswire.seal.offline.opening import Outcome, open_delivery, open_test
from rightswire.seal.offline.own_keys import read_own_keys
from rightswire.seal.offline.unsealing import Filters

DESCRIPTION = "opens an exported petition with your own keys: names, letters, totals; needs no network"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what `export_delivery` wrote")
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        required=True,
        metavar="KEYFILE",
        help="a private key that `keygen` made; again for another; a public key file says only that it is yours",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="a new folder for what is opened")
    parser.add_argument("--country", type=_country, metavar="CC", help="only signers of this country (two letters)")
    parser.add_argument("--since", type=_day, metavar="DATE", help="only signatures of this day (YYYY-MM-DD) and later")
    parser.add_argument("--target", type=int, metavar="ID", help="only the list for the official of this number")
    parser.add_argument("--language", type=_language, metavar="LL", help="only signatures made in this language")
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="holds the passphrase in its first line; it is asked for otherwise",
    )
    parser.add_argument("--json", action="store_true", help="the summary as JSON")


def _country(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no country code of two letters, such as CA")
    return text.upper()


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-27") from None


def _language(text: str) -> str:
    if not re.fullmatch("[a-z]{2,3}(-[a-z]{2,4})?", text.lower()):
        raise argparse.ArgumentTypeError(f"{text!r} is no language code such as fr")
    return text.lower()


def run(arguments: argparse.Namespace) -> int:
    """0: opened, nothing wrong; 1: an alarm, or something failed that the message names."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        return _run(arguments)
    except DeliveryError as error:
        sys.stderr.write(f"open_delivery: {error}\n")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"open_delivery: {reason_of(error)}{where}. Nothing was left behind.\n")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 1


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)  # so that nothing half done is left behind


def _run(arguments: argparse.Namespace) -> int:
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
            lines.append(f"{who}: {seen.named:,} names, {seen.withheld:,} without a name, {seen.commented:,} comments")
    lines.append(f"Signed by the site's key {minisign.key_line(manifest.site_key)}; compare it with its public.key.")
    lines += [f"Note: {notice}" for notice in outcome.notices]
    lines += [f"ALARM: {alarm.text()}" for alarm in outcome.alarms]
    lines.append(f"Written to {out}: {', '.join(outcome.files)}")
    return "".join(f"{line}\n" for line in lines)


def main(argv: Sequence[str]) -> int:
    """Exit status 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="open_delivery", description=DESCRIPTION[0].upper() + DESCRIPTION[1:] + ".")
    add_arguments(parser)
    return run(parser.parse_args(argv))
