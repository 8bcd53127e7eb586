"""An installation with one open petition, whose server and worker are processes that can be killed. No Django here."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"
PROGRAM = Path(__file__).with_name("trial_petition.py")
SECONDS_TO_START = 60


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def has_postgresql() -> bool:
    import psycopg

    try:
        psycopg.connect(POSTGRESQL, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


@contextlib.contextmanager
def postgresql_database() -> Iterator[str]:
    """The address of an empty database, dropped afterwards."""
    import psycopg

    name = f"rightswire_trial_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as session:
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING "UTF8"')
        try:
            yield urlsplit(POSTGRESQL)._replace(path=f"/{name}").geturl()
        finally:
            session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Installation:
    """`database`: "" for SQLite in the data folder, or PostgreSQL's address."""

    def __init__(self, home: Path, database: str = "", **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen] = {}
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "rightswire.conf.settings",
            "RIGHTSWIRE_HOME": str(home),
            "RIGHTSWIRE_DATABASE_URL": database,
            "RIGHTSWIRE_BASE_URL": "http://localhost",
            "RIGHTSWIRE_LANGUAGES": "en",
            "RIGHTSWIRE_EMAIL_URL": "file:",
            **environment,
        }

    def make(self) -> "Installation":
        self._django("make")
        return self

    def copy(self, home: Path) -> "Installation":
        """The same in another data folder; of SQLite only, while nothing runs."""
        shutil.copytree(self.home, home)
        return Installation(home)

    def links(self, number: int) -> list[tuple[str, str]]:
        """Confirmation links that nobody was sent: their token, and the key of the address in hex."""
        file = self.home / "links.txt"
        self._django("links", str(number), str(file))
        return [tuple(line.split()) for line in file.read_text(encoding="ascii").splitlines()]  # type: ignore[misc]

    def check(self, acknowledged: Sequence[str]) -> dict:
        """What `trial_petition.py check` says of the keys that were acknowledged."""
        file = self.home / "acknowledged.txt"
        file.write_text("\n".join(acknowledged), encoding="ascii")
        return json.loads(self._django("check", str(file)))

    def signatures(self) -> int:
        """How many there are, of any state."""
        query = "SELECT count(*) FROM campaigns_signature"
        if database := self.environment["RIGHTSWIRE_DATABASE_URL"]:
            import psycopg

            with psycopg.connect(database) as session:
                return session.execute(query).fetchone()[0]
        with contextlib.closing(sqlite3.connect(self.home / "db.sqlite3", timeout=30)) as session:
            return session.execute(query).fetchone()[0]

    def _django(self, *arguments: str) -> str:
        command = [sys.executable, str(PROGRAM), *arguments]
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    # Its processes

    def start(self, name: str, command: Sequence[str], **environment: str) -> None:
        """A process with a group of its own; what it says goes to NAME.log."""
        with (self.home / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment | environment, stdout=log, stderr=log, start_new_session=True
            )

    def start_server(self, workers: int = 1, **environment: str) -> None:
        command = [sys.executable, "-m", "rightswire.web.server", "127.0.0.1", str(self.port), str(workers)]
        self.start("server", command, **environment)

    def start_worker(self, **environment: str) -> None:
        self.start("worker", [sys.executable, "-m", "rightswire.cli", "work"], **environment)

    def kill(self, name: str) -> None:
        """SIGKILL, to all that the process has started too."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def wait_until_ready(self) -> None:
        """Until the server takes forms: Django is loaded in the background."""
        ends_at = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends_at and self.processes["server"].poll() is None:
            with contextlib.suppress(OSError):
                if self.post("/do/confirm/none/").startswith(b"HTTP/1.1 404"):
                    return
            time.sleep(0.05)
        raise AssertionError((self.home / "server.log").read_text())

    def post(self, path: str, form: str = "") -> bytes:
        """The whole answer, head and body, to a form that is encoded already."""
        request = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(form)}\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
        )
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request.encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def confirm(self, token: str) -> int:
        """The status of the answer."""
        return int(self.post(f"/do/confirm/{token}/").split(b" ", 2)[1])

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        for name in list(self.processes):
            self.kill(name)

    def __enter__(self) -> "Installation":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


class Forks:
    """Server and worker of an installation as forks of a process that has loaded everything (`trial_forks.py`)."""

    def __init__(self, installation: Installation, *, is_careless: bool = False) -> None:
        command = [sys.executable, str(PROGRAM.with_name("trial_forks.py")), str(installation.port)]
        self._log = (installation.home / "forks.log").open("a")
        self._parent = subprocess.Popen(
            command + ["careless"] * is_careless,
            env=installation.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._running: dict[str, int] = {}
        self._line()

    def _line(self) -> str:
        assert self._parent.stdout
        return self._parent.stdout.readline()

    def start(self, name: str) -> None:
        assert self._parent.stdin
        self._parent.stdin.write(f"{name}\n")
        self._parent.stdin.flush()
        self._running[name] = int(self._line())

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all that it has started; returns when they are gone."""
        group = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.killpg(group, signal.SIGKILL)
                time.sleep(0.005)

    def __enter__(self) -> "Forks":
        return self

    def __exit__(self, *error: object) -> None:
        for name in list(self._running):
            self.kill(name)
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.close()
        self._parent.wait()
        self._parent.stdout.close()
        self._log.close()
