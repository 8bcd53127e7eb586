"""What signing is measured against: `python -m benchmarks.usual django|nothing PORT PROCESSES`, with Granian.

`django`: the usual way. A view behind the project's whole middleware, one insert by the ORM a request, in threads
(Granian's WSGI), a connection to the database a thread. `nothing`: reads the body and answers a page of the same size.
"""

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from rightswire.seal.keys import Keys
from rightswire.web.app import Exchange, Scope
from rightswire.web.server import SECONDS_BETWEEN_THREADS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

THREADS = 8
PAGE_BYTES = "RIGHTSWIRE_BENCH_PAGE_BYTES"  # the size of the page that answers, as it was measured


@functools.cache
def page() -> bytes:
    return (b"<!doctype html><title>Thank you</title>" + b"Thank you for signing. " * 4096)[
        : int(os.environ[PAGE_BYTES])
    ]


def django_application() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
    os.environ["DJANGO_SETTINGS_MODULE"] = "rightswire.conf.settings"
    from django.conf import settings

    settings.ROOT_URLCONF = "benchmarks.usual"
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 60  # what it costs to connect is not to be measured
    from rightswire.conf.wsgi import application

    return application


def confirm(request: "HttpRequest", token: str) -> "HttpResponse":
    """The view: opens the link as our own way does, keeps one row, answers; nothing is asked of the database."""
    from django.http import HttpResponse
    from django.utils import timezone

    from rightswire.campaigns.models import Signature
    from rightswire.seal.links import read_confirmation

    link = read_confirmation(token, keys(), time.time())
    Signature.objects.create(
        petition_id=petition_number(link.petition),
        address_key=link.address_key,
        sealed=link.sealed,
        country=link.country,
        language=link.language,
        day=timezone.localdate(),
        state=0,
    )
    return HttpResponse(page())


@functools.cache
def keys() -> Keys:
    return Keys(Path(os.environ["RIGHTSWIRE_HOME"]) / "keys")


@functools.cache
def petition_number(number: bytes) -> int:
    from rightswire.campaigns.models import Petition

    return Petition.objects.get(uid=number.hex()).pk


def __getattr__(name: str) -> Any:
    """`urlpatterns`, for Django alone: the other server has none."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    return [path("do/confirm/<str:token>/", csrf_exempt(confirm))]


class Nothing:
    """An RSGI application."""

    def __init__(self) -> None:
        self._page = page()

    async def __call__(self, scope: Scope, exchange: Exchange) -> None:
        async for _piece in exchange:
            pass
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(self._page)))]
        exchange.response_bytes(200, headers, self._page)


def run(kind: str, port: int, workers: int) -> None:
    is_django = kind == "django"
    server = Granian(
        "",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI if is_django else Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS if is_django else None,
        log_level=LogLevels.warning,
        log_access=False,
    )
    server.serve(target_loader=django_application if is_django else Nothing, wrap_loader=False)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
