"""Starts the web server: `python -m rightswire.web.server HOST PORT WORKERS`."""

import errno
import os
import resource
import socket
import sys
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from rightswire.conf import env
from rightswire.web.answers import SiteAnswers
from rightswire.web.app import WebApplication
from rightswire.web.bridge import WsgiBridge
from rightswire.web.django_application import desk_when_loaded, load_in_background
from rightswire.web.files import SiteFiles
from rightswire.web.lifeline import end_with_parent
from rightswire.web.supporters import SupporterForms

WSGI_MODULE = "rightswire.conf.wsgi"
SECONDS_TO_DRAIN = 20
MOST_OPEN_FILES = 16_384
SECONDS_BETWEEN_THREADS = 0.0001  # a busy thread lets files and commits through fifty times as often as by default


def build_application(parent: int, workers: int) -> WebApplication:
    """The application of one worker process, a child of the process `parent`."""
    end_with_parent(parent)
    sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
    home = env.folder("RIGHTSWIRE_HOME", "var")
    base_url = env.base_url("RIGHTSWIRE_BASE_URL", "http://localhost:8000")
    files = SiteFiles(home / "site", home / "addresses.json")
    application = load_in_background(WSGI_MODULE)
    django = WsgiBridge(application, is_multiprocess=workers > 1)
    desk = desk_when_loaded(application)
    forms = partial(SupporterForms, desk, base_url=base_url)
    confirming = forms("/do/confirm/", "confirm", ("GET", "POST"))
    return WebApplication(
        SiteAnswers(files, is_https=urlsplit(base_url).scheme == "https"),
        routes=(
            ("/do/sign/", forms("/do/sign/", "sign", ("POST",))),
            ("/do/confirm/", confirming),
            ("/do/erase/", forms("/do/erase/", "erase", ("GET", "POST"))),
            ("/do/subscribe/", forms("/do/subscribe/", "subscribe", ("GET", "POST"))),
            ("/do/unsubscribe/", forms("/do/unsubscribe/", "unsubscribe", ("GET", "POST"), takes_foreign=True)),
            ("/do/preferences/", forms("/do/preferences/", "preferences", ("GET", "POST"))),
            ("/do/challenge/", forms("/do/challenge/", "challenge", ("GET",))),
            ("/do/", django),
            ("/admin/", django),
        ),
        stop=partial(_stop, django, desk),
        at_once={"/do/confirm/": confirming.answer_now},
    )


def _stop(django: WsgiBridge, desk: "Future[Any]") -> None:
    """Ends what answers; what was taken is kept first."""
    django.stop()
    if desk.done() and not desk.exception():
        desk.result().stop()


def run(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish running requests (at most SECONDS_TO_DRAIN) and return.

    Exits with status 1 and one line on stderr if it cannot listen there, or a setting is wrong.
    """
    try:
        env.folder("RIGHTSWIRE_HOME", "var")
        env.base_url("RIGHTSWIRE_BASE_URL", "http://localhost:8000")
    except env.SettingError as error:
        sys.exit(f"rightswire: {error}")
    address = check_address(host, port)
    _allow_many_connections()
    server = Granian(
        "",
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_DRAIN,
        log_level=LogLevels.warning,
        log_access=False,
    )
    server.serve(target_loader=partial(build_application, os.getpid(), workers), wrap_loader=False)


def check_address(host: str, port: int) -> str:
    """The numeric address of `host`, once it is known that nobody listens there.

    Granian itself would share the port with another server of the same user.
    """
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
    except OSError as error:
        reason = f"cannot listen on {host}, port {port}: {error.strerror or error}."
        if error.errno == errno.EADDRINUSE:
            reason = f"another program already listens on {host}, port {port}: stop it or choose another port."
        sys.exit(f"rightswire: {reason}")
    return str(where[0])


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
