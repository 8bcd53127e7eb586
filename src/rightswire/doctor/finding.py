"""What was found about one thing, in words, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    GOOD = "good"
    UNKNOWN = "unknown"  # it could not be asked
    ADVICE = "advice"  # it works, and would be better otherwise
    WRONG = "wrong"  # must be mended


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    state: State
    words: str
    remedy: str = ""


def good(about: str, words: str) -> Finding:
    return Finding(about, State.GOOD, words)


def wrong(about: str, words: str, remedy: str) -> Finding:
    return Finding(about, State.WRONG, words, remedy)


def advice(about: str, words: str, remedy: str) -> Finding:
    return Finding(about, State.ADVICE, words, remedy)


def unknown(about: str, words: str, remedy: str) -> Finding:
    return Finding(about, State.UNKNOWN, words, remedy)


def must_be_mended(findings: Iterable[Finding]) -> bool:
    return any(finding.state is State.WRONG for finding in findings)
