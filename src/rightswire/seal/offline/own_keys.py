"""The organisation's keys, from their files and a passphrase asked on the terminal."""

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rightswire.seal.box import NotAKey, PrivateKey, PublicKey, WrongPassphrase
from rightswire.seal.offline.manifest import DeliveryError

TRIES = 3
LARGEST = 64 << 10


class KeyProblem(DeliveryError):
    """A key file or a passphrase that cannot be used."""


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """`private` open records; `ids` are of all that the person gave, public files too."""

    private: tuple[PrivateKey, ...]
    ids: frozenset[bytes]


def read_own_keys(files: Sequence[Path], passphrase_files: Sequence[Path]) -> OwnKeys:
    """Asks on the terminal for what no file says. Raises KeyProblem, or OSError where a file cannot be read."""
    passphrases = [read_passphrase(file) for file in passphrase_files]
    private: list[PrivateKey] = []
    public: list[PublicKey] = []
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read(LARGEST)
        try:
            public.append(PublicKey.parse(text))
        except NotAKey:
            private.append(_private(file, text, passphrases))
    if not private:
        raise KeyProblem("Of the keys you gave none can open anything: give the private key's file with --key.")
    return OwnKeys(tuple(private), frozenset(key.id for key in [*public, *(key.public for key in private)]))


def ask(prompt: str) -> str:
    """A passphrase, typed without being seen. Raises KeyProblem where there is an end instead (Ctrl-D)."""
    try:
        return getpass.getpass(prompt)
    except EOFError:
        sys.stderr.write("\n")
        raise KeyProblem("No passphrase was given. Nothing was written.") from None


def read_passphrase(file: Path) -> str:
    """The first line of the file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0]:
        raise KeyProblem(f"There is no passphrase in {file}: it should be the first line.")
    return lines[0]


def _private(file: Path, text: str, passphrases: Sequence[str]) -> PrivateKey:
    is_asked = not passphrases
    if is_asked and not sys.stdin.isatty():
        raise KeyProblem(
            "There is no terminal to ask for the passphrase: give a file that holds it, --passphrase-file."
        )
    for number in range(TRIES if is_asked else len(passphrases)):
        try:
            passphrase = ask(f"Passphrase of {file.name}: ") if is_asked else passphrases[number]
            return PrivateKey.load(text, passphrase)
        except WrongPassphrase as error:
            if is_asked:
                sys.stderr.write(f"{error}\n")
        except NotAKey as error:
            raise KeyProblem(f"{file}: {error}") from None
    raise KeyProblem(f"The passphrase does not open {file}. Nothing was written; please try again.")
