"""What each command of `rightswire` takes."""

import argparse
import datetime
from pathlib import Path

LISTS = {
    "import_subscribers": "brings a list of subscribers in, or of those who left; the same list twice changes nothing",
    "export_subscribers": "writes the list of subscribers, encrypted, once two people have agreed to it in the admin",
}
RHYTHMS = ("now", "daily", "weekly", "none")
STATUSES = ("auto", "subscribed", "unsubscribed", "cleaned")
WITHOUT_DJANGO = {
    "keygen": "makes a key pair that opens signatures, away from the server",
    "open_delivery": "opens an exported petition, on a machine without a network",
    "open_subscribers": "opens an exported list of subscribers, on a machine without a network",
    "verify": "checks the logs of a public site, and a counting code against them",
}


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="rightswire",
        description="A newsroom and action platform for human rights organisations.",
        epilog="Every Django and Wagtail command works too, such as migrate or createsuperuser.",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    for name, text in (
        ("up", "database, publishing, web server, worker and scheduler together, until SIGTERM"),
        ("serve", "the web server: the public files and the application"),
    ):
        server = command(name, text)
        server.add_argument("--host", default="127.0.0.1", help="address to listen at (default %(default)s)")
        server.add_argument("--port", type=port, default=8000, help="port to listen at (default %(default)s)")
        server.add_argument("--workers", type=number_of_workers, default=1, help="web server processes (default 1)")
    commands.choices["up"].add_argument("--demo", action="store_true", help="with the demo organisation")
    command("work", "the worker, with the scheduler")
    command("tick", "one pass of the scheduler: publishes what has reached its time")
    bake = command("bake", "renders what is due; beside a running worker it hands the work over and waits")
    bake.add_argument("--all", action="store_true", help="everything, not only what is due")
    demo = command("load_demo", "makes the demo organisation, once")
    demo.add_argument("--port", type=port, default=8000, help="the port of its addresses (default %(default)s)")
    demo.add_argument("--source", type=Path, help="content to import in place of the demo's news")
    site = command("import_site", "brings existing content in; the same source twice changes nothing")
    site.add_argument("source", type=Path, metavar="SOURCE")
    site.add_argument("--format", choices=["auto", "listing", "feed", "wxr", "drupal"], default="auto")
    site.add_argument("--language", default=None, help="language of the source (default: the main language)")
    site.add_argument("--draft", action="store_true", help="as drafts, for an editor to publish")
    site.add_argument("--dry-run", action="store_true", help="says what it would do, changes nothing")
    site.add_argument("--report", type=Path, metavar="FILE", help="writes what it did, item by item, as JSON")
    lists = {name: command(name, text) for name, text in LISTS.items()}
    add_import_arguments(lists["import_subscribers"])
    lists["export_subscribers"].add_argument(
        "file", type=Path, metavar="FILE", help="the file to write; it must not be there yet"
    )
    export = command("export_delivery", "writes a petition's encrypted signatures to a file, also while it is open")
    export.add_argument("slug", metavar="SLUG", help="the petition, by the last part of its address")
    export.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not be there yet")
    bounce = command("take_bounce", "accounts for a mail that came back, from standard input: for a mail server's pipe")
    bounce.add_argument("recipient", nargs="?", default="", metavar="RECIPIENT", help="of its envelope")
    doctor = command("doctor", "says what is wrong with this installation and how to mend it")
    doctor.add_argument("--json", action="store_true", help="for programs")
    backup = command("backup", "writes the whole installation to one file, while everything runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not be there yet")
    restore = command("restore", "brings an installation back from its backup, into an empty data folder and database")
    restore.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
    restore.add_argument("--key", type=Path, metavar="KEYFILE", help="a private key that opens the server's secrets")
    restore.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line; asked for otherwise")
    restore.add_argument("--without-keys", action="store_true", help="leaves the server's secrets out")
    restore.add_argument("--erased", type=Path, metavar="FILE", help="the file `erased` of the old data folder")
    restore.add_argument("--unsubscribed", type=Path, metavar="FILE", help="the file `unsubscribed` of the same")
    restore.add_argument(
        "--site", type=published, default="", metavar="DIR_OR_URL", help="a copy of the public site, for newer logs"
    )
    for name, text in WITHOUT_DJANGO.items():
        commands.add_parser(name, help=text, add_help=False)
    return whole


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the list, as CSV; those who left first, then the rest")
    parser.add_argument("--basis", required=True, metavar="WORDS", help="what the people agreed to, as they read it")
    parser.add_argument("--source", required=True, metavar="NAME", help="where the list was kept")
    parser.add_argument("--consented", type=day, metavar="DATE", help="when those agreed whose row does not say it")
    parser.add_argument("--consented-column", default="", metavar="NAME", help="the column that says when they agreed")
    parser.add_argument("--expires", type=day, metavar="DATE", help="the day from which the consent counts no more")
    parser.add_argument(
        "--language", default="", metavar="LL", help="of those whose row names none (default: the main)"
    )
    parser.add_argument("--rhythm", choices=RHYTHMS, default="weekly", help="of their news (default %(default)s)")
    parser.add_argument("--status", choices=STATUSES, default="auto", help="of rows that do not say it (default auto)")
    parser.add_argument("--dry-run", action="store_true", help="says what it would do, changes nothing")
    parser.add_argument("--report", type=Path, metavar="FILE", help="numbers and line numbers, as JSON")


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2019-04-03") from None


def number_of_workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to 64")
    return int(text)


def published(text: str) -> str:
    if not text.lower().startswith(("http://", "https://")) and not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a folder nor an http or https address")
    return text
