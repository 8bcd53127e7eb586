import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from trial_site import HERE, SOURCE, fill_site, free_port


class RunningServer:
    def __init__(self, home, port, process, log, notes):
        self.home = home
        self.site = home / "site"
        self.port = port
        self.process = process
        self.log = log
        self.notes = notes

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, path, method="GET", headers=None, body=None):
        """Status, headers and body of one request."""
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask_raw(self, request):
        """The whole answer to the bytes of a request."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            connection.settimeout(5)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.ask("/")
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """Starts a server on a small site; ends with the tests."""
    started = []

    def start(workers=1, **environment):
        home = tmp_path_factory.mktemp("home")
        fill_site(home)
        log, notes, port = home / "log.txt", home / "notes.txt", free_port()
        notes.touch()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(HERE)]),
            "RIGHTSWIRE_HOME": str(home),
            "RIGHTSWIRE_BASE_URL": "http://localhost",
            "TRIAL_NOTES": str(notes),
            "TRIAL_FILE": str(home / "site/files/big.def.pdf"),
            **environment,
        }
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "trial_server.py"), str(port), str(workers)],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        server = RunningServer(home, port, process, log, notes)
        started.append(server)
        server.wait_until_it_answers()
        return server

    yield start
    for server in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


@pytest.fixture(scope="session")
def server(start_server):
    """One server that tests share."""
    return start_server()


@pytest.fixture
def home(tmp_path):
    fill_site(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def petition_server(tmp_path_factory, django_db_setup):
    """A whole installation that serves one open petition, /en/act/free-them/, in a site of three languages."""
    from campaigns.trial_installation import Installation

    settings = {"DJANGO_SETTINGS_MODULE": "rightswire.conf.settings", "RIGHTSWIRE_LANGUAGES": "en,fr,ar"}

    with Installation(tmp_path_factory.mktemp("petition") / "var", **settings) as installation:
        installation.home.mkdir()
        installation.make()
        installation.start_server()
        installation.wait_until_ready()
        yield installation
