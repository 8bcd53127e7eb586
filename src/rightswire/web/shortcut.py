"""Files, and the plainest of forms, are answered before Python's event loop hears of the request.

Granian 2.8 hands a request from its own thread to the loop, which then makes a task of it. For a file
whose bytes lie in memory that way costs more than everything else: measured, half to two thirds of the
requests a second; of the confirmations, a third. This module puts a function before it. It reaches into
a name that Granian does not promise to keep (`granian._futures._cbsched_aioschedule`); where that is
missing, nothing changes but the speed, and a test says so.
"""

import contextlib
import logging
from collections.abc import Callable
from contextvars import Context
from typing import Any

import granian._futures as granian_futures

logger = logging.getLogger("rightswire.web")

_HOOK = "_cbsched_aioschedule"

AnswerNow = Callable[[Any, Any], bool]
Schedule = Callable[[Any], None]


def answer_before_the_loop(answer_now: AnswerNow) -> bool:
    """Ask `answer_now(scope, exchange)` first for every request of this process; False goes on to the loop.

    Must be called in a worker before it starts to serve. Returns whether Granian still has the place for it.
    """
    build: Callable[[Any, Context, Any], Schedule] | None = getattr(granian_futures, _HOOK, None)
    if build is None:
        logger.warning("This version of Granian has no place for the short way: files are served slower.")
        return False

    def build_with_shortcut(loop: Any, context: Context, callback: Any) -> Schedule:
        schedule = build(loop, context, callback)

        def answer_or_schedule(watcher: Any) -> None:
            # Nobody catches what leaves this function; the loop meets the same error and reports it.
            with contextlib.suppress(Exception):
                if answer_now(watcher.scope, watcher.proto):
                    return
            schedule(watcher)

        return answer_or_schedule

    setattr(granian_futures, _HOOK, build_with_shortcut)
    return True
