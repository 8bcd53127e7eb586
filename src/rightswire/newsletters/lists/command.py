"""The commands `import_subscribers` and `export_subscribers`: what they do and say."""

import argparse
import sys
from pathlib import Path

from django.conf import settings

from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters.lists.exporting import CannotExport, export_agreed
from rightswire.newsletters.lists.importing import CannotImport, Terms, import_list
from rightswire.newsletters.lists.reading import NotAList
from rightswire.newsletters.models import Rhythm
from rightswire.seal.how_many import how_many
from rightswire.seal.offline.progress import Progress


def import_subscribers(arguments: argparse.Namespace) -> int:
    """0: done, refused rows or not; 1: it could not be brought in, or not to its end."""
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
