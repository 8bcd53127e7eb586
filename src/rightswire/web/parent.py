"""Runs the web server and the worker as two children: `rightswire up`."""

import contextlib
import http.client
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from rightswire.web.lifeline import end_with_parent

logger = logging.getLogger("rightswire.web")

SECONDS_TO_DRAIN = 20.0
SECONDS_BETWEEN_LOOKS = 0.1
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
SECONDS_OF_GOOD_HEALTH = 60.0


class Child:
    """One child process in a group of its own, started again, ever later, when it ends by itself."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._command = command
        self._pause = FIRST_PAUSE
        self._start_at = 0.0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            self._command, process_group=0, preexec_fn=partial(end_with_parent, os.getpid())
        )

    def look_after(self) -> int | None:
        """Start the child again when it is time to; the exit status, once, if it has just ended."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_at:
                self.start()
            return None
        status = self._process.poll()
        if status is not None:
            self._process = None
            if now - self._started_at > SECONDS_OF_GOOD_HEALTH:
                self._pause = FIRST_PAUSE
            self._start_at = now + self._pause
            logger.error("The %s ended (%s); it starts again in %d s.", self.name, status, self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return status

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process is not None and self.is_running():
            self._process.terminate()

    def kill(self) -> None:
        """End the child and everything it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def run_together(
    host: str,
    port: int,
    worker_command: list[str],
    *,
    workers: int = 1,
    is_ready: Callable[[], bool] = lambda: True,
    on_ready: Callable[[], None] = lambda: None,
) -> int:
    """Run the web server and `worker_command` until SIGTERM or SIGINT; returns the exit status.

    `on_ready` is called once, when the server answers and `is_ready()` is true. Children are asked to
    stop first and killed after SECONDS_TO_DRAIN. If the server ends before it ever answered (a port in
    use, say, on which it reports itself), nothing is tried again and the result is 1.
    """
    server_command = [sys.executable, "-m", "rightswire.web.server", host, str(port), str(workers)]
    server, worker = Child("web server", server_command), Child("worker", worker_command)
    with _stop_signals() as is_asked_to_stop:
        try:
            return _watch(server, worker, is_asked_to_stop, _Readiness(host, port, is_ready, on_ready))
        finally:
            _stop([server, worker])


def _watch(server: Child, worker: Child, is_asked_to_stop: Callable[[], bool], readiness: "_Readiness") -> int:
    server.start()
    worker.start()
    while not is_asked_to_stop():
        if server.look_after() is not None and not readiness.has_answered:
            return 1
        worker.look_after()
        if server.is_running():
            readiness.look()
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return 0


class _Readiness:
    """Notices when all is ready, and says so once."""

    def __init__(self, host: str, port: int, is_ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        self.has_answered = False
        self._address = ({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)
        self._is_ready = is_ready
        self._on_ready = on_ready
        self._was_told = False

    def look(self) -> None:
        if not self.has_answered:
            self.has_answered = _answers(*self._address)
        if self.has_answered and not self._was_told and self._is_ready():
            self._was_told = True
            self._on_ready()


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@contextlib.contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Note SIGTERM and SIGINT instead of dying of them."""
    seen: list[int] = []
    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in former:
        signal.signal(number, lambda number, frame: seen.append(number))
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _stop(children: list[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + SECONDS_TO_DRAIN
    while time.monotonic() < deadline and any(child.is_running() for child in children):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    for child in children:
        child.kill()
