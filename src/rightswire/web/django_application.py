"""Loads Django behind the serving of files, so that reading depends neither on it nor on its database."""

import gc
import logging
import sys
import threading
from concurrent.futures import Future
from importlib import import_module
from typing import Any

from rightswire.web.bridge import DATABASE_DOWN, WsgiApplication

logger = logging.getLogger("rightswire.web")

OBJECTS_BETWEEN_COLLECTIONS = 10_000


def load_in_background(module: str) -> "Future[WsgiApplication]":
    """Import `module` in a thread; the future holds its `application`, or the error that stopped it."""
    future: Future[WsgiApplication] = Future()
    threading.Thread(target=_load, args=(module, future), name="load-django", daemon=True).start()
    return future


def desk_when_loaded(application: "Future[WsgiApplication]") -> "Future[Any]":
    """What takes supporters' forms, as soon as Django is there; the future holds the error if it never is."""
    desk: Future[Any] = Future()

    def make(loaded: "Future[WsgiApplication]") -> None:
        try:
            loaded.result()
            from rightswire.newsletters.desk import NewsDesk  # noqa: PLC0415 (files must not wait for Django)

            desk.set_result(NewsDesk())
            _spare_what_stays()
        except BaseException as error:
            desk.set_exception(error)

    application.add_done_callback(make)
    return desk


def _spare_what_stays() -> None:
    """What is loaded now stays: the garbage collector need not go through it again, nor come every few requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def _load(module: str, future: "Future[WsgiApplication]") -> None:
    try:
        application = import_module(module).application
        _mark_database_failures()
    except BaseException as error:
        logger.error(
            "The application could not be started (%s: %s). Pages are still served; forms and the staff's "
            "pages answer 503. Put this right, then restart Rightswire.",
            type(error).__name__,
            error,
        )
        future.set_exception(error)
    else:
        future.set_result(application)


def _mark_database_failures() -> None:
    """Have requests that the database failed told from other errors, for the bridge to answer 503."""
    from django.core.signals import got_request_exception  # noqa: PLC0415 (Django may be what is broken)

    got_request_exception.connect(_mark, dispatch_uid="rightswire.web")


def _mark(sender: Any, request: Any = None, **rest: Any) -> None:
    from django.db import InterfaceError, OperationalError  # noqa: PLC0415

    environ = getattr(request, "environ", None)
    if environ is not None and isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        environ[DATABASE_DOWN] = True
