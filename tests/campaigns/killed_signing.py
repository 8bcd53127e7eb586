"""Server and worker are killed while people confirm; whoever was thanked must be counted, once.

A program of its own: `python killed_signing.py KILLS [sqlite|postgresql] [careless]`; prints one JSON object.
People try a link again until they are thanked, and once more when all have had their turn. The control, `careless`,
thanks them before the commit.
"""

import contextlib
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

from trial_installation import Forks, Installation, postgresql_database

PEOPLE = 6
LINKS_A_KILL = 600  # more than are confirmed until then
PAUSE = 0.002  # seconds of each person's, between two links
LONGEST = 0.3  # seconds from the first answer to the kill
PATIENCE = 60


class Rush:
    """People who confirm, in threads. `acknowledged`: the keys of those who were thanked."""

    def __init__(self, port: int, links: list[tuple[str, str]]) -> None:
        self.acknowledged: set[str] = set()
        self.answers = 0
        self._port = port
        self._waiting = deque(links)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._confirm, daemon=True) for _ in range(PEOPLE)]
        for thread in self._threads:
            thread.start()

    def _confirm(self) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            while not self._is_over.is_set():
                token, key = self._waiting.popleft()
                try:
                    connection.request("POST", f"/do/confirm/{token}/", body=b"")
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    connection.close()
                    time.sleep(0.01)
                    self._waiting.appendleft((token, key))
                    continue
                if answer.status == 200:
                    self.acknowledged.add(key)
                    self.answers += 1
                self._waiting.append((token, key))
                time.sleep(PAUSE)

    def wait_for_an_answer(self) -> None:
        before, ends_at = self.answers, time.monotonic() + PATIENCE
        while self.answers == before:
            if time.monotonic() > ends_at:
                raise TimeoutError("the server answers nobody")
            time.sleep(0.002)

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()


def trial(installation: Installation, kills: int, *, is_careless: bool) -> dict:
    rush = Rush(installation.port, installation.links(kills * LINKS_A_KILL))
    killed = {"server": 0, "worker": 0}
    with Forks(installation, is_careless=is_careless) as forks:
        forks.start("server")
        forks.start("worker")
        for number in range(kills):
            rush.wait_for_an_answer()
            time.sleep(random.uniform(0.0, LONGEST))
            name = "worker" if number % 3 == 2 else "server"
            forks.kill(name)
            killed[name] += 1
            forks.start(name)
        rush.wait_for_an_answer()
        rush.stop()
        if len(rush.acknowledged) == kills * LINKS_A_KILL:
            raise RuntimeError("the links were used up: the last kills met nobody who was new")
        forks.kill("server")
        is_published = _wait_for_count(installation, installation.signatures())
    return {**installation.check(sorted(rush.acknowledged)), "killed": killed, "is_published": is_published}


def _wait_for_count(installation: Installation, number: int) -> bool:
    """Whether the worker that is left publishes the right count."""
    file = installation.home / "site/counts/free-them.json"
    ends_at = time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        with contextlib.suppress(OSError):
            if json.loads(file.read_text())["confirmed"] == number:
                return True
        time.sleep(0.1)
    return False


def main(kills: int, database: str, *, is_careless: bool) -> None:
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        address = stack.enter_context(postgresql_database()) if database == "postgresql" else ""
        print(json.dumps(trial(Installation(home, address).make(), kills, is_careless=is_careless)))


if __name__ == "__main__":
    main(int(sys.argv[1]), (sys.argv[2:] or ["sqlite"])[0], is_careless="careless" in sys.argv)
