"""The commands `import_subscribers` and `export_subscribers`: their arguments, and what they say."""

import argparse
import datetime
import sys
from pathlib import Path

from rightswire.seal.how_many import how_many

RHYTHMS = ("now", "daily", "weekly", "none")
STATUSES = ("auto", "subscribed", "unsubscribed", "cleaned")


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the list, as CSV; those who left first, then the rest")
    parser.add_argument("--basis", required=True, metavar="WORDS", help="what the people agreed to, as they read it")
    parser.add_argument("--source", required=True, metavar="NAME", help="where the list was kept")
    parser.add_argument("--consented", type=_day, metavar="DATE", help="when those agreed whose row does not say it")
    parser.add_argument("--consented-column", default="", metavar="NAME", help="the column that says when they agreed")
    parser.add_argument("--expires", type=_day, metavar="DATE", help="the day from which the consent counts no more")
    parser.add_argument(
        "--language", default="", metavar="LL", help="of those whose row names none (default: the main)"
    )
    parser.add_argument("--rhythm", choices=RHYTHMS, default="weekly", help="of their news (default %(default)s)")
    parser.add_argument("--status", choices=STATUSES, default="auto", help="of rows that do not say it (default auto)")
    parser.add_argument("--dry-run", action="store_true", help="says what it would do, changes nothing")
    parser.add_argument("--report", type=Path, metavar="FILE", help="numbers and line numbers, as JSON")


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not be there yet")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2019-04-03") from None


def import_subscribers(arguments: argparse.Namespace) -> int:
    """0: done, refused rows or not; 1: it could not be brought in, or not to its end."""
    from django.conf import settings  # noqa: PLC0415 - after its settings are loaded

    from rightswire.newsletters.lists.importing import CannotImport, Terms, import_list  # noqa: PLC0415
    from rightswire.newsletters.lists.reading import NotAList  # noqa: PLC0415
    from rightswire.newsletters.models import Rhythm  # noqa: PLC0415
    from rightswire.seal.offline.progress import Progress  # noqa: PLC0415

    terms = Terms(
        basis=arguments.basis,
        source=arguments.source,
        language=arguments.language or settings.LANGUAGE_CODE,
        consented=arguments.consented,
        consented_column=arguments.consented_column,
        expires=arguments.expires,
        rhythm=Rhythm(arguments.rhythm),
        status=arguments.status,
    )
    file: Path = arguments.file
    try:
        if arguments.report:
            arguments.report.open("a").close()
        file.open("rb").close()
    except OSError as error:
        sys.stderr.write(f"rightswire: {error.strerror} ({error.filename}). Nothing was changed.\n")
        return 1
    try:
        with file.open("rb") as stream, Progress("Bringing in", 2 * file.stat().st_size) as progress:
            report = import_list(stream, file.name, terms, is_dry_run=arguments.dry_run, advance=progress.advance)
        if arguments.report:
            report.write(arguments.report)
    except (CannotImport, NotAList) as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(
            f"rightswire: {error.strerror}{where}. Every batch is whole or not there; bring the same list in again.\n"
        )
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in report.told()))
    return 0


def export_subscribers(arguments: argparse.Namespace) -> int:
    from rightswire.campaigns.opening import NotAllowed  # noqa: PLC0415 - after Django is loaded
    from rightswire.newsletters.lists.exporting import CannotExport, export_agreed  # noqa: PLC0415

    try:
        number = export_agreed(arguments.file)
    except (NotAllowed, CannotExport) as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"rightswire: {error.strerror} ({arguments.file}). Nothing was written.\n")
        return 1
    sys.stdout.write(
        f"{arguments.file} holds {how_many(number, 'subscriber')}, the addresses encrypted. Take it to the machine "
        f"where the mailing key is, and there: rightswire open_subscribers {arguments.file.name} --key KEYFILE CSV\n"
    )
    return 0
