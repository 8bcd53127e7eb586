"""Writing several files at once, each in a process of its own that gives all its memory back."""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from rightswire.seal.offline.manifest import DeliveryError
from rightswire.seal.offline.unsealing import AProcessEnded

JOBS_A_PROCESS = 2  # its start takes time, its memory grows with each

Job = tuple[Callable[..., None], tuple[Any, ...]]


class NotWritten(DeliveryError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"A file could not be written: {reason}. Nothing was left behind; mend it and try again.")


def do_here(jobs: Iterable[Job], advance: Callable[[], object]) -> None:
    for function, arguments in jobs:
        function(*arguments)
        advance()


def do_beside(jobs: Iterable[Job], advance: Callable[[], object]) -> None:
    """Some in each of as many processes as there are cores. Raises NotWritten or AProcessEnded, and ends the others."""
    context = multiprocessing.get_context("spawn")
    running: dict[Connection, BaseProcess] = {}
    waiting = iter(jobs)
    try:
        while True:
            while len(running) < (os.cpu_count() or 1) and (some := list(itertools.islice(waiting, JOBS_A_PROCESS))):
                here, there = context.Pipe(duplex=False)
                process: BaseProcess = context.Process(target=_do, args=(there, some), daemon=True)
                process.start()
                there.close()
                running[here] = process
            if not running:
                return
            ready = wait(list(running))
            for end in [end for end in running if end in ready]:
                if _is_at_its_end(running[end], end):
                    del running[end]
                else:
                    advance()
    finally:
        for process in running.values():
            process.terminate()
            process.join()


def _is_at_its_end(process: BaseProcess, here: Connection) -> bool:
    """Whether the process has done all; else it has done one job more."""
    try:
        said = here.recv()
    except EOFError:
        process.join()
        if process.exitcode:
            raise AProcessEnded from None
        here.close()
        return True
    if said:
        raise NotWritten(said)
    return False


def _do(there: Connection, jobs: list[Job]) -> None:
    """Says nothing at each job that is done, and otherwise what went wrong, without what a signer wrote."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for function, arguments in jobs:
        try:
            function(*arguments)
        except Exception as error:
            there.send(reason_of(error))
            return
        there.send("")


def reason_of(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
