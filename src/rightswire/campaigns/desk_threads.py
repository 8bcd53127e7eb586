"""The desk's few threads, for what is slow: rendering a page, asking the database."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections, connection

THREADS = 4
T = TypeVar("T")


class DeskThreads:
    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _in_thread, work, *arguments)

    def try_last(self, work: Callable[..., None], *arguments: Any) -> str:
        """At the end, without a loop: the name of what went wrong, or nothing."""
        error = self._pool.submit(_in_thread, work, *arguments).exception()
        return type(error).__name__ if error else ""

    def stop(self) -> None:
        together = threading.Barrier(THREADS)
        for _ in range(THREADS):  # each thread closes the connection that is its own
            self._pool.submit(_close_connection, together)
        self._pool.shutdown()


def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    close_old_connections()
    return work(*arguments)


def _close_connection(together: threading.Barrier) -> None:
    together.wait(timeout=10)
    connection.close()
