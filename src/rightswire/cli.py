"""The command `rightswire`."""

import argparse
import os
import signal
import sys
from functools import partial
from pathlib import Path

from rightswire.arguments import LISTS, WITHOUT_DJANGO, parser


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightswire.conf.settings")
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    try:
        if name in WITHOUT_DJANGO:
            sys.exit(without_django(name, sys.argv[2:]))
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
    from django.db import connection

    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        file.touch(mode=0o600)
        file.chmod(0o600)  # SQLite gives its other files the same
    call_command("migrate", verbosity=0, interactive=False)


def own_address(port: int) -> None:
    """The address of the site where no setting says another: this machine's, at the port it is served at."""
    from rightswire.conf import env

    os.environ["RIGHTSWIRE_BASE_URL"] = env.text("RIGHTSWIRE_BASE_URL", f"http://localhost:{port}")


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
    from rightswire.campaigns.clock import CampaignClock
    from rightswire.campaigns.founding import make_act
    from rightswire.newsroom.founding import make_tree
    from rightswire.web.parent import run_together
    from rightswire.worker import fingerprint, is_published

    make_tree()
    make_act()
    CampaignClock().catch_up()
    return run_together(
        arguments.host,
        arguments.port,
        [sys.executable, "-m", "rightswire.cli", "work"],
        workers=arguments.workers,
        is_ready=partial(is_published, fingerprint()),
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
    from rightswire.outbox.dkim import DkimKeyError
    from rightswire.worker import Worker

    try:
        Worker().run()
    except BakeIsBusy:
        sys.stderr.write("rightswire: another worker is running on this data folder; one is enough.\n")
        return 1
    except DkimKeyError as error:
        sys.stderr.write(f"rightswire: {error}\n")
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


def without_django(name: str, arguments: list[str]) -> int:
    """Commands for any machine: they need neither the data folder nor Django."""
    if name == "verify":
        from rightswire.seal.verifying import main as verify

        return verify(arguments)
    if name == "keygen":
        from rightswire.seal.offline.keygen import main as keygen

        return keygen(arguments)
    if name == "open_subscribers":
        from rightswire.newsletters.lists.opening import main as open_subscribers

        return open_subscribers(arguments)
    from rightswire.seal.offline.command import main as open_delivery

    return open_delivery(arguments)


def export_delivery(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.campaigns.delivery import CannotExport
    from rightswire.campaigns.delivery import export_delivery as export
    from rightswire.campaigns.models import Act, Petition
    from rightswire.campaigns.opening import note
    from rightswire.seal.how_many import how_many

    petition = Petition.objects.filter(slug=arguments.slug).first()
    if petition is None:
        known = ", ".join(Petition.objects.values_list("slug", flat=True)) or "none"
        sys.stderr.write(f"rightswire: there is no petition {arguments.slug}. There are: {known}.\n")
        return 1
    try:
        number = export(petition, arguments.file)
    except (CannotExport, OSError) as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    note(Act.EXPORT, petition, words=f"{how_many(number, 'encrypted signature')}, by command")
    sys.stdout.write(
        f"{arguments.file} holds {how_many(number, 'encrypted signature')}. Take the file to the machine where the "
        f"key is, and there: rightswire open_delivery {arguments.file.name} --key KEYFILE --out FOLDER\n"
    )
    return 0


def lists(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.newsletters.lists import command

    run_it = {"import_subscribers": command.import_subscribers, "export_subscribers": command.export_subscribers}
    return run_it[arguments.command](arguments)


def take_bounce(arguments: argparse.Namespace) -> int:
    """Status 75 asks the mail server to try again; what is none of ours, or cannot be read, is done with."""
    try:
        set_up()
    except SystemExit as error:
        return try_again(str(error.code).removeprefix("rightswire: "))
    from django.conf import settings
    from django.db.utils import Error as DatabaseError

    from rightswire.newsletters.bounces import LARGEST, take

    if not settings.BOUNCE_ADDRESS:
        return try_again("RIGHTSWIRE_BOUNCE_ADDRESS is not set; the command needs the settings of the service.")
    raw = sys.stdin.buffer.read(LARGEST)
    while sys.stdin.buffer.read(LARGEST):
        pass  # the mail server would take a closed pipe for a failure
    try:
        take(raw, arguments.recipient)
    except (DatabaseError, OSError) as error:
        return try_again(f"the database or the data folder cannot be used ({type(error).__name__}).")
    except Exception as error:  # what it says may be about a person
        sys.stderr.write(f"rightswire: a returned mail cannot be read ({type(error).__name__}).\n")
    return 0


def try_again(problem: str) -> int:
    sys.stderr.write(f"rightswire: {problem}\n")
    return os.EX_TEMPFAIL


def doctor(arguments: argparse.Namespace) -> int:
    """Status 1 if something must be mended; a wrong setting is such a thing."""
    from rightswire.doctor.finding import must_be_mended, wrong
    from rightswire.doctor.reporting import as_json, lines

    try:
        set_up()
    except SystemExit as error:
        words = str(error.code).removeprefix("rightswire: ")
        findings = [wrong("Settings", words, "docs/operate/settings.md")]
    except OSError as error:
        words = f"{error.filename} cannot be used ({error.strerror})."
        findings = [wrong("Data folder", words, "Run this as the account that runs Rightswire; check RIGHTSWIRE_HOME.")]
    else:
        from rightswire.doctor.checks import examine

        findings = list(examine())
    sys.stdout.write(as_json(findings) if arguments.json else lines(findings))
    return 1 if must_be_mended(findings) else 0


def backup(arguments: argparse.Namespace) -> int:
    set_up()
    from rightswire.backup.archive import BackupError
    from rightswire.backup.making import back_up

    end_tidily()
    try:
        sys.stdout.write(back_up(arguments.file))
    except (BackupError, OSError) as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    return 0


def restore(arguments: argparse.Namespace) -> int:
    from rightswire.backup.archive import BackupError
    from rightswire.backup.beginning import as_it_was
    from rightswire.seal.offline.own_keys import KeyProblem

    end_tidily()
    try:
        with as_it_was():
            set_up()
            from rightswire.backup.restoring import Wish
            from rightswire.backup.restoring import restore as bring_back

            wish = Wish(
                arguments.key,
                arguments.passphrase_file,
                arguments.without_keys,
                arguments.erased,
                arguments.site,
                arguments.unsubscribed,
            )
            done = bring_back(arguments.file, wish)
    except (BackupError, KeyProblem, OSError) as error:
        sys.stderr.write(f"rightswire: {error}\n")
        return 1
    sys.stdout.write("".join(f"{words}\n" for words in done.words))
    sys.stderr.write("".join(f"rightswire: {problem}\n" for problem in done.problems))
    return 1 if done.problems else 0


def end_tidily() -> None:
    """Has SIGTERM undo what is half done, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


COMMANDS = {
    "up": up,
    "serve": serve,
    "work": work,
    "tick": tick,
    "bake": bake,
    "load_demo": load_demo,
    "import_site": import_site,
    "export_delivery": export_delivery,
    **dict.fromkeys(LISTS, lists),
    "take_bounce": take_bounce,
    "doctor": doctor,
    "backup": backup,
    "restore": restore,
}

if __name__ == "__main__":
    main()
