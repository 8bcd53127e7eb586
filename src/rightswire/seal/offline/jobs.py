"""Writing several files at once, each in a process of its own."""

from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from rightswire.seal.offline import processes
from rightswire.seal.offline.manifest import DeliveryError, reason_of
from rightswire.seal.offline.unsealing import AProcessEnded

Job = tuple[Callable[..., None], tuple[Any, ...]]


class NotWritten(DeliveryError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"A file could not be written: {reason}. Nothing was left behind; mend it and try again.")


def do_here(jobs: Iterable[Job], advance: Callable[[], object]) -> None:
    for function, arguments in jobs:
        function(*arguments)
        advance()


def do_beside(jobs: Iterable[Job], advance: Callable[[], object]) -> None:
    """As many at once as there are cores. Raises NotWritten or AProcessEnded; the others are then ended."""
    context = processes.beside()
    running: dict[Connection, BaseProcess] = {}
    waiting = iter(jobs)
    try:
        while True:
            while len(running) < processes.COUNT and (job := next(waiting, None)):
                here, there = context.Pipe(duplex=False)
                process: BaseProcess = context.Process(target=_do, args=(there, *job), daemon=True)  # type: ignore[attr-defined]
                process.start()
                there.close()
                running[here] = process
            if not running:
                return
            ready = wait(list(running))
            for end in [end for end in running if end in ready]:
                _finish(running.pop(end), end)
                advance()
    finally:
        for process in running.values():
            process.terminate()
            process.join()


def _finish(process: BaseProcess, here: Connection) -> None:
    try:
        reason = here.recv()
    except EOFError:
        raise AProcessEnded from None
    finally:
        here.close()
        process.join()
    if reason:
        raise NotWritten(reason)


def _do(there: Connection, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Says nothing when done, and otherwise what went wrong, without what a signer wrote."""
    processes.begin()
    try:
        function(*arguments)
    except Exception as error:
        there.send(reason_of(error))
    else:
        there.send("")
