"""The command `open_delivery`."""

import argparse
import datetime
import re
from collections.abc import Sequence
from pathlib import Path

from rightswire.seal.offline.ending import end_in_words

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

    def work() -> int:
        from rightswire.seal.offline.reporting import open_and_report  # noqa: PLC0415 - not for every --help

        return open_and_report(arguments)

    return end_in_words("open_delivery", work)


def main(argv: Sequence[str]) -> int:
    """Exit status 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="open_delivery", description=DESCRIPTION[0].upper() + DESCRIPTION[1:] + ".")
    add_arguments(parser)
    return run(parser.parse_args(argv))
