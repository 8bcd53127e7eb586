"""Processes beside this one, which share its work and give their memory back when they end."""

import multiprocessing
import os
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
