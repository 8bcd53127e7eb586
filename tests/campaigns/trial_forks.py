"""Server and worker, forked from a process that has loaded everything, so that one killed is there again at once.

`python trial_forks.py PORT [careless]` reads `server` or `worker`, a line each, starts it in a process group of its own
and answers with its id. `careless` answers supporters without waiting for the commit: the control.
"""

# ruff: noqa: E402 - after the settings
import asyncio
import os
import signal
import sys
import time
from typing import Any

import django

django.setup()

from django.db import connections

from rightswire.campaigns import commits, desk
from rightswire.conf import wsgi  # noqa: F401 - what is loaded here need not be loaded by the forks
from rightswire.web import server
from rightswire.worker import Worker

honest_write = commits._write


def slow_write(statement: commits.Insert, rows: list[Any]) -> bool:
    time.sleep(0.2)  # as of a disk that is busy: whenever the kill comes, somebody's row is on its way
    return honest_write(statement, rows)


async def careless_keep(self: commits.GroupCommit, statement: commits.Insert, row: Any) -> None:
    loop = asyncio.get_running_loop()
    self.put(commits._Coroutine(statement, row, loop, loop.create_future()))
    await asyncio.sleep(0.05)  # or all links would have had their turn, and what was lost would be sent again


def fork(name: str, port: int) -> int:
    child = os.fork()
    if child:
        return child
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if name == "server":
        server.run("127.0.0.1", port, 1)
    else:
        Worker().run()
    os._exit(0)


def main() -> None:
    port = int(sys.argv[1])
    if sys.argv[2:] == ["careless"]:
        commits.GroupCommit.keep = careless_keep  # type: ignore[method-assign]
        # It would wait for the commit: every confirmation is to come to the careless `keep`.
        desk.Desk.confirm_now = lambda *_: False  # type: ignore[method-assign]
        commits._write = slow_write
    connections.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("loaded", flush=True)
    for line in sys.stdin:
        print(fork(line.strip(), port), flush=True)


if __name__ == "__main__":
    main()
