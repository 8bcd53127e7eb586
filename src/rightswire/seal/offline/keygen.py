"""The command `keygen`: makes the pair of keys with which an organisation's signatures are encrypted and opened."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rightswire.seal.box import PrivateKey
from rightswire.seal.offline.manifest import DeliveryError, reason_of
from rightswire.seal.offline.own_keys import KeyProblem, ask, read_passphrase

DESCRIPTION = "makes a pair of keys: one to open signatures, never on a server, one for the server to encrypt them"
SHORT = 16  # characters, under which a passphrase can be guessed by machines
TRIES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the two files go")
    parser.add_argument(
        "--name", type=_name, required=True, help="of the files, such as your organisation's short name"
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="holds the passphrase in its first line; it is asked for otherwise",
    )


def _name(text: str) -> str:
    if not re.fullmatch(r"\w[\w.-]{0,63}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: use letters, digits, dots and hyphens, at most 64")
    return text


def run(arguments: argparse.Namespace) -> int:
    """0: made; 1: not, and the message says why."""
    try:
        sys.stdout.write(make_pair(arguments.out, arguments.name, arguments.passphrase_file))
    except DeliveryError as error:
        sys.stderr.write(f"keygen: {error}\n")
    except OSError as error:
        sys.stderr.write(f"keygen: {reason_of(error)} ({error.filename}). No key was made.\n")
    else:
        return 0
    return 1


def make_pair(folder: Path, name: str, passphrase_file: Path | None) -> str:
    """Writes NAME.key and NAME.pub and returns what to do with each. Raises KeyProblem or OSError."""
    private_file, public_file = folder / f"{name}.key", folder / f"{name}.pub"
    for file in (private_file, public_file):
        if file.exists():
            raise KeyProblem(f"{file} is there already, and a lost key is lost signatures. Choose another name.")
    passphrase = read_passphrase(passphrase_file) if passphrase_file else _asked_passphrase()
    key = PrivateKey.generate()
    _write(private_file, key.protected(passphrase) + "\n", 0o600)
    try:
        _write(public_file, key.public.text() + "\n", 0o644)
    except OSError:
        private_file.unlink()
        raise
    short = f"The passphrase has fewer than {SHORT} characters. Six words chosen by dice are better.\n"
    return (
        f"Two files were made. The key's number is {key.public.id.hex()}.\n\n"
        f"{private_file}\n"
        "  opens what is encrypted for it, together with your passphrase. Keep it off every server: copy it to two\n"
        "  USB sticks, keep them in two places, and write the passphrase down in a third. Whoever loses it can open\n"
        "  nothing.\n\n"
        f"{public_file}\n"
        "  only encrypts. Give this one to the site: for signatures under Petitions, Keys; for subscribers under\n"
        "  Newsletters, Mailing keys, which takes a pair of its own. It need not be secret; the site shows the same\n"
        "  number as above.\n\n"
        "Make a second pair for another person or place, and give the site both: either one opens everything.\n"
        + (f"\n{short}" if len(passphrase) < SHORT else "")
    )


def _asked_passphrase() -> str:
    if not sys.stdin.isatty():
        raise KeyProblem("There is no terminal to ask for a passphrase: give a file that holds it, --passphrase-file.")
    for _ in range(TRIES):
        passphrase = ask("New passphrase: ")
        if not passphrase:
            sys.stderr.write("An empty passphrase protects nothing.\n")
        elif passphrase == ask("Once more: "):
            return passphrase
        else:
            sys.stderr.write("The two were not the same.\n")
    raise KeyProblem("No passphrase was chosen. No key was made.")


def _write(file: Path, text: str, mode: int) -> None:
    """Durably, and never over a file that is there."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(descriptor)


def main(argv: Sequence[str]) -> int:
    """Exit status 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="keygen", description=DESCRIPTION[0].upper() + DESCRIPTION[1:] + ".")
    add_arguments(parser)
    return run(parser.parse_args(argv))
