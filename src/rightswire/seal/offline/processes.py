"""Processes beside this one, which share its work and give their memory back when they end."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.context import BaseContext

COUNT = os.cpu_count() or 1
_PRELOADED = "rightswire.seal.offline.opening"  # imports all that the others run


def beside() -> BaseContext:
    """Forked from a clean process that has read our modules once and holds no key: quicker than starting anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


def begin() -> None:
    """To be called first in each. Ctrl-C is the business of the process that started it; when that one is gone, however
    it ended, this one goes too: it may hold keys and names.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
