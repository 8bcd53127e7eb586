"""Checks what a site publishes: every petition's log, and a counting code against it. No Django in here.

Everything that is published is read, with or without a counting code, so that the site cannot tell from what is asked
for which petition or which signature somebody looks. `python -m rightswire.seal.verifying` does it without a server.
"""

import argparse
import datetime
import itertools
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from rightswire.seal import counting_code, log
from rightswire.seal.counting_code import SLUG, CodeError, CountingCode
from rightswire.seal.how_many import how_many
from rightswire.seal.log import Checkpoint, LogError
from rightswire.seal.minisign import KeyFileError, key_line, read_public_key_file
from rightswire.seal.published import Folder, Site, Unreadable, Web

PUBLIC_KEY = ".well-known/rightswire/public.key"
LOGS = ".well-known/rightswire/log"
LARGEST_LIST = 10_000_000  # bytes
LARGEST_ENTRIES = 500_000_000  # bytes: some seven million signatures in a day
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass
class LogReport:
    """One petition's log as far as it is right. `newest` is the last head that was checked."""

    petition: str
    days: int = 0
    newest: Checkpoint | None = None
    problem: str = ""
    counted_on: datetime.date | None = None  # the signature of the counting code
    erased_on: datetime.date | None = None

    def as_json(self) -> dict[str, Any]:
        head = self.newest
        numbers = head and {
            "date": head.date.isoformat(),
            "size": head.size,
            "root": head.root.hex(),
            "signatures": head.signatures,
            "erasures": head.erasures,
            "set_aside": head.set_aside,
        }
        return {"petition": self.petition, "days": self.days, "newest": numbers, "problem": self.problem}

    def __str__(self) -> str:
        if self.newest is None:
            return f"{self.petition}: no day yet"
        head = self.newest
        return (
            f"{self.petition}: {how_many(self.days, 'day')}, the newest {head.date}: "
            f"{head.signatures - head.erasures:,} counted ({how_many(head.signatures, 'signature')}, {head.erasures:,} "
            f"erased), {how_many(head.set_aside, 'false sign-up')} set aside; "
            f"{how_many(head.size, 'entry', 'entries')}, root {head.root.hex()}"
        )


@dataclass(frozen=True, slots=True)
class CodeReport:
    """`outcome`: counted, erased, not yet due, missing, not this site's, unknown."""

    outcome: str
    text: str


@dataclass
class Report:
    """What was found; `problems` names everything that is wrong, one line each."""

    source: str
    key: str = ""
    is_given_key: bool = False
    logs: list[LogReport] = field(default_factory=list)
    code: CodeReport | None = None
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "is_right": not self.problems,
            "key": self.key,
            "is_given_key": self.is_given_key,
            "logs": [one.as_json() for one in self.logs],
            "code": self.code and {"outcome": self.code.outcome, "text": self.code.text},
            "problems": self.problems,
        }

    def __str__(self) -> str:
        lines = [str(one) for one in self.logs if not one.problem]
        if self.code:
            lines.append(f"Counting code: {self.code.text}")
        if self.key:
            whose = "your key" if self.is_given_key else "the key that the site itself publishes (see --key)"
            lines.append(f"Checked with {whose}: {self.key}")
        lines += [f"Wrong: {problem}" for problem in self.problems] or ["Everything that was checked is right."]
        return "\n".join(lines) + "\n"


def verify(source: str, *, key_file: Path | None, receipt: Path | None) -> Report:
    """Checks a copy of `site/` or a site on the web. Raises OSError where the key or the code cannot be read."""
    report = Report(source)
    site: Site = Web(source) if _is_address(source) else Folder(Path(source))
    code = _read_code(receipt, report) if receipt else None
    petitions = _petitions(site, report)
    key = _key(site, key_file, report) if petitions else None
    if key is not None:
        report.key, report.is_given_key = key_line(key), key_file is not None
        for petition in petitions:
            is_meant = code is not None and code.petition == petition
            report.logs.append(_check_log(site, petition, key, code.commitment if code and is_meant else None))
    report.problems += [one.problem for one in report.logs if one.problem]
    if code is not None:
        report.code = _look_up(code, report, key)
        if report.code.outcome in ("missing", "not this site's", "unknown"):
            report.problems.append(f"counting code: {report.code.text}")
    return report


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _read_code(receipt: Path, report: Report) -> CountingCode | None:
    with receipt.open("rb") as opened:
        content = opened.read(counting_code.LONGEST + 1)
    try:
        return counting_code.read(content.decode())
    except (CodeError, UnicodeDecodeError):
        report.problems.append(str(CodeError()))
        return None


def _petitions(site: Site, report: Report) -> list[str]:
    """The slugs of all petitions that have a log; where there is none, that is a problem."""
    path = f"{LOGS}/petitions.json"
    try:
        slugs = _list(site, path, lambda slug: SLUG.fullmatch(slug) is not None)
    except LogError as error:
        report.problems.append(f"{path}: {error}")
        return []
    if not slugs:
        report.problems.append("There is nothing to check here: no petition's log and no signed manifest was found.")
    return slugs or []


def _list(site: Site, path: str, is_good: Callable[[str], bool]) -> list[str] | None:
    """A published list of texts, all of which are good; None where it is not there. Raises LogError."""
    try:
        content = site.read(path, LARGEST_LIST)
        found = None if content is None else json.loads(content)
    except Unreadable as error:
        raise LogError(str(error)) from None
    except (ValueError, RecursionError):
        found = {}
    if found is None and content is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) and is_good(one) for one in found):
        raise LogError("it is not a list as it should be")
    return found


def _key(site: Site, key_file: Path | None, report: Report) -> bytes | None:
    """The key to check with: the one given, else the site's own; None with a problem where there is none."""
    given = published = None
    try:
        if key_file:
            given = read_public_key_file(key_file.read_text(encoding="utf-8", errors="replace"))
    except KeyFileError as error:
        report.problems.append(str(error))
        return None
    try:
        content = site.read(PUBLIC_KEY, 4096)
        published = None if content is None else read_public_key_file(content.decode(errors="replace"))
    except (Unreadable, KeyFileError) as error:
        report.problems.append(f"{PUBLIC_KEY}: {error}")
    if given and published and given != published:
        report.problems.append(f"{PUBLIC_KEY}: the site publishes another key than yours: {key_line(published)}")
    if not given and not published and not report.problems:
        report.problems.append(f"{PUBLIC_KEY} is missing; a copy of the key can be given with --key.")
    return given or published


class _Reading:
    """A log as it is read, day after day."""

    def __init__(self, petition: str) -> None:
        self._end_of_origin = f"/log/{petition}"
        self._tree = log.Tree()
        self._counted: set[bytes] = set()  # some two hundred bytes of memory a signature
        self._erased: set[bytes] = set()
        self._before: Checkpoint | None = None

    def add(self, day: datetime.date, head: Checkpoint, entries: str) -> None:
        """Takes a day's head and list of entries. Raises LogError where they do not fit what came before."""
        self._check_head(day, head)
        erasures = []
        for kind, value in log.read_entries(entries):
            self._tree.append(log.entry_hash(kind, value))
            if kind == log.ERASED:
                erasures.append(value)
            elif value in self._counted or value in self._erased:
                raise LogError("it counts a signature for a second time")
            else:
                self._counted.add(value)
        for value in erasures:  # the entries of a day are shuffled: an erasure may stand before its signature
            if value not in self._counted:
                raise LogError("it erases what was not counted")
            self._counted.remove(value)
            self._erased.add(value)
        self._check_numbers(head)
        self._before = head

    def _check_head(self, day: datetime.date, head: Checkpoint) -> None:
        if head.date != day:
            raise LogError("its head is that of another day")
        before = self._before
        if not head.origin.endswith(self._end_of_origin) or (before and before.origin != head.origin):
            raise LogError("its head is that of another log")
        if before and head.set_aside < before.set_aside:
            raise LogError("it has fewer false sign-ups set aside than the day before")

    def _check_numbers(self, head: Checkpoint) -> None:
        if head.size != self._tree.size:
            raise LogError(
                f"its head is that of {how_many(head.size, 'entry', 'entries')}, but {self._tree.size:,} are published"
            )
        if head.root != self._tree.root():
            raise LogError("its head does not fit the published entries: some were changed, removed or put elsewhere")
        if (head.signatures, head.erasures) != (len(self._counted) + len(self._erased), len(self._erased)):
            raise LogError("the numbers of its head are not those of the published entries")

    def __contains__(self, commitment: bytes) -> bool:
        return commitment in self._counted or commitment in self._erased

    def has_erased(self, commitment: bytes) -> bool:
        return commitment in self._erased


def _check_log(site: Site, petition: str, key: bytes, wanted: bytes | None) -> LogReport:
    """Checks all days of a petition's log, up to the first that is wrong; looks for the `wanted` commitment."""
    report, reading = LogReport(petition), _Reading(petition)
    try:
        days = _list(site, f"{LOGS}/{petition}/days.json", _is_day)
        if days is None:
            raise LogError("its list of days is missing")
        if any(later <= earlier for earlier, later in itertools.pairwise(days)):
            raise LogError("its list of days is not in order")
    except LogError as error:
        report.problem = f"{petition}: {error}"
        return report
    for day in tqdm(days, desc=petition, unit=" days", leave=False, disable=None):
        try:
            head = log.parse_checkpoint(_text(site, f"{LOGS}/{petition}/{day}", log.LARGEST_CHECKPOINT), key)
            entries = _text(site, f"{LOGS}/{petition}/{day}.entries", LARGEST_ENTRIES)
            reading.add(datetime.date.fromisoformat(day), head, entries)
        except LogError as error:
            report.problem = f"{petition}, {day}: {error}. No later day of this log was checked."
            return report
        report.days, report.newest = report.days + 1, head
        if wanted and report.counted_on is None and wanted in reading:
            report.counted_on = head.date
        if wanted and report.erased_on is None and reading.has_erased(wanted):
            report.erased_on = head.date
    return report


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _text(site: Site, path: str, limit: int) -> str:
    """Raises LogError, also where the file is missing."""
    name = path.rpartition("/")[2]
    try:
        content = site.read(path, limit)
        if content is None:
            raise LogError(f"the file {name} is missing")
        return content.decode()
    except Unreadable as error:
        raise LogError(f"the file {name}: {error}") from None
    except UnicodeDecodeError:
        raise LogError(f"the file {name} is not text") from None


def _look_up(code: CountingCode, report: Report, key: bytes | None) -> CodeReport:
    """What the checked logs say of the code."""
    found = next((one for one in report.logs if one.petition == code.petition), None)
    if key is None or (found is None and not report.logs):
        return CodeReport("unknown", "It could not be checked, because there is no log or no key to check it with.")
    newest = found and found.newest
    if not counting_code.check_signature(code, key) or (
        newest and newest.origin != log.origin(code.site, code.petition)
    ):
        return CodeReport("not this site's", "This site did not give it, or it was changed since.")
    if found is None:
        return CodeReport("missing", "This site gave it, but publishes no log of its petition. " + _SHOW)
    if found.counted_on:
        if found.erased_on:
            return CodeReport("erased", f"Counted on {found.counted_on}, and erased on {found.erased_on}.")
        return CodeReport("counted", f"Counted on {found.counted_on}.")
    if found.problem:
        return CodeReport("unknown", "It is not in the days that are right; the log is wrong from there on.")
    today = datetime.datetime.now(datetime.UTC).date()
    if newest and newest.date >= code.by:
        return CodeReport("missing", f"It should be counted by {code.by}, but is not in the log. {_WHY} {_SHOW}")
    if today > code.by + datetime.timedelta(days=1):
        return CodeReport("missing", f"It should be counted by {code.by}, but the log does not reach that day. {_SHOW}")
    return CodeReport("not yet due", f"It will be counted by {code.by}; please check again after that day.")


_WHY = "Either it was set aside as a suspected false sign-up, or the promise is broken."
_SHOW = "Show the code to the organisation, and ask."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=_source, metavar="DIR_OR_URL", help="a copy of the public folder, or a site")
    parser.add_argument("--key", type=_file, metavar="FILE", help="the site's public key, as you got it before")
    parser.add_argument("--receipt", type=_file, metavar="FILE", help="a counting code to look for")
    parser.add_argument("--json", action="store_true", help="the result as JSON")


def _source(text: str) -> str:
    if not _is_address(text):
        if not Path(text).is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is neither a folder nor an http or https address")
        return text
    try:
        parts = urlsplit(text)
        is_plain = bool(parts.hostname) and (parts.port or 1) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_plain = False
    if not is_plain:
        raise argparse.ArgumentTypeError("this is not an address such as https://news.example.org")
    return text


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return Path(text)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0: everything that was checked is right; 1: something is wrong, and named."""
    try:
        report = verify(arguments.source, key_file=arguments.key, receipt=arguments.receipt)
    except OSError as error:
        sys.stderr.write(f"rightswire: {error.filename} cannot be read: {error.strerror}\n")
        return 1
    sys.stdout.write(json.dumps(report.as_json(), indent=1) + "\n" if arguments.json else str(report))
    return 1 if report.problems else 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify", description="Checks what a site publishes, and a counting code.")
    add_arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
