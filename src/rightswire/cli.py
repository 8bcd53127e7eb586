"""The command `rightswire`."""

import argparse
import os
import sys
from pathlib import Path


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightswire.conf.settings")
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    try:
        if name in ("-h", "--help") or name in COMMANDS:
            arguments = parser().parse_args(sys.argv[1:] or ["--help"])
            sys.exit(run(arguments))
        django_command()
    except KeyboardInterrupt:
        sys.exit(130)


def run(arguments: argparse.Namespace) -> int:
    """The command; a database that does not answer ends it with one line."""
    from django.db.utils import OperationalError, ProgrammingError

    try:
        return COMMANDS[arguments.command](arguments)
    except (OperationalError, ProgrammingError) as error:
        sys.stderr.write(
            f"rightswire: the database does not answer or is not prepared ({type(error).__name__}). "
            "Check RIGHTSWIRE_DATABASE_URL; `rightswire migrate` prepares it. Nothing was changed.\n"
        )
        return 1


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
    return whole


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def number_of_workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to 64")
    return int(text)


def set_up() -> None:
    """Loads Django; a wrong setting ends the program with one line that names it."""
    import django
    from django.core.checks import Error, run_checks

    from rightswire.conf.env import SettingError

    try:
        django.setup()
    except SettingError as error:
        sys.exit(f"rightswire: {error}")
    if wrong := [str(message) for message in run_checks() if isinstance(message, Error)]:
        sys.exit("rightswire: " + "\n".join(wrong))


def django_command() -> None:
    from django.core.management import execute_from_command_line

    from rightswire.conf.env import SettingError

    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"rightswire: {error}")


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def own_address(port: int) -> None:
    os.environ.setdefault("RIGHTSWIRE_BASE_URL", f"http://localhost:{port}")


def up(arguments: argparse.Namespace) -> int:
    own_address(arguments.port)
    set_up()
    from rightswire.bake.baking import BakeIsBusy, only_baker
    from rightswire.web.server import check_address

    check_address(arguments.host, arguments.port)
    try:
        with only_baker():
            pass
    except BakeIsBusy:
        sys.stderr.write("rightswire: another Rightswire is running on this data folder; one is enough.\n")
        return 1
    migrate()
    if arguments.demo:
        from rightswire.demo.loading import load_demo

        load_demo()
    from rightswire.newsroom.founding import make_tree
    from rightswire.web.parent import run_together
    from rightswire.worker import is_published

    make_tree()

    return run_together(
        arguments.host,
        arguments.port,
        [sys.executable, "-m", "rightswire.cli", "work"],
        workers=arguments.workers,
        is_ready=is_published,
        on_ready=lambda: say_ready(is_demo=arguments.demo),
    )


def say_ready(*, is_demo: bool) -> None:
    from django.conf import settings

    sys.stdout.write(f"Rightswire is ready: {settings.BASE_URL}/\n")
    if is_demo:
        passwords = Path(settings.HOME) / "demo" / "passwords.txt"
        sys.stdout.write(f"Staff sign in at {settings.BASE_URL}/admin/ with these names and passwords:\n")
        sys.stdout.write(passwords.read_text(encoding="utf-8"))
        sys.stdout.write(f"They are kept in {passwords}. Stop with Ctrl-C.\n")
    sys.stdout.flush()


def serve(arguments: argparse.Namespace) -> int:
    own_address(arguments.port)
    from rightswire.web.server import run  # files must not depend on Django or the database

    run(arguments.host, arguments.port, arguments.workers)
    return 0


def work(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.bake.baking import BakeIsBusy
    from rightswire.worker import Worker

    try:
        Worker().run()
    except BakeIsBusy:
        sys.stderr.write("rightswire: another worker is running on this data folder; one is enough.\n")
        return 1
    return 0


def tick(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.worker import tick as pass_once

    pass_once()
    return 0


def bake(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.worker import bake_now

    failed = bake_now(everything=arguments.all)
    for piece, error in failed.items():
        sys.stderr.write(f"{piece} could not be rendered: {type(error).__name__}: {error}\n")
    return 1 if failed else 0


def load_demo(arguments: argparse.Namespace) -> int:
    own_address(arguments.port)
    set_up()
    migrate()
    from rightswire.demo.loading import load_demo as load
    from rightswire.demo.loading import replace_news
    from rightswire.importing.sources.listing import SourceError

    try:
        if arguments.source:
            load(with_news=False)
            sys.stdout.write(replace_news(arguments.source))
        else:
            load()
    except SourceError as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    return 0


def import_site(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.importing.mapping import check_report, import_source
    from rightswire.importing.sources.listing import SourceError

    try:
        if arguments.report:
            check_report(arguments.report)
        report = import_source(
            arguments.source,
            source_format=arguments.format,
            language=arguments.language,
            is_draft=arguments.draft,
            is_dry_run=arguments.dry_run,
        )
        if arguments.report:
            report.write(arguments.report)
    except SourceError as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    sys.stdout.write(report.summary())
    return 0


COMMANDS = {
    "up": up,
    "serve": serve,
    "work": work,
    "tick": tick,
    "bake": bake,
    "load_demo": load_demo,
    "import_site": import_site,
}

if __name__ == "__main__":
    main()
