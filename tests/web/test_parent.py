import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from trial_site import HERE, SOURCE, fill_site, free_port

WORKER = """
import os, signal, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(os.environ["TRIAL_NOTES"], "a") as notes:
    notes.write(f"working {os.getpid()}\\n")
if "brief" in sys.argv:
    sys.exit(3)
while True:
    time.sleep(0.1)
"""


def wait_for(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def is_alive(process_id):
    try:
        with open(f"/proc/{process_id}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Together:
    def __init__(self, process, port, notes):
        self.process = process
        self.port = port
        self._notes = notes

    def notes(self, word):
        return [line for line in self._notes.read_text().splitlines() if line.startswith(word)]

    def worker_ids(self):
        return [int(line.split()[1]) for line in self.notes("working")]


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*worker_words, port=None):
        fill_site(tmp_path)
        notes, port = tmp_path / "notes.txt", port or free_port()
        notes.touch()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(HERE)]),
            "RIGHTSWIRE_HOME": str(tmp_path),
            "TRIAL_NOTES": str(notes),
        }
        command = [sys.executable, str(HERE / "trial_parent.py"), str(port)]
        process = subprocess.Popen(
            [*command, sys.executable, "-c", WORKER, *worker_words],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        together = Together(process, port, notes)
        started.append(together)
        return together

    yield start
    for together in started:
        together.process.kill()
        together.process.wait()
        for process_id in together.worker_ids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)


def test_both_run_until_they_are_asked_to_stop(start):
    together = start()
    wait_for(lambda: together.notes("ready"))
    assert answers(together.port)
    time.sleep(0.3)
    assert len(together.notes("ready")) == 1
    together.process.send_signal(signal.SIGTERM)
    assert together.process.wait(timeout=10) == 0
    assert not answers(together.port)
    assert not is_alive(together.worker_ids()[0])


def test_a_worker_that_ends_by_itself_is_started_again(start):
    together = start("brief")
    wait_for(lambda: len(together.worker_ids()) >= 3)
    assert together.process.poll() is None


def test_whoever_does_not_stop_is_killed(start):
    together = start("stubborn")
    wait_for(lambda: together.notes("ready"))
    together.process.send_signal(signal.SIGINT)
    assert together.process.wait(timeout=10) == 0
    assert not is_alive(together.worker_ids()[0])


def test_nobody_outlives_a_killed_parent(start):
    together = start("stubborn")
    wait_for(lambda: together.notes("ready"))
    together.process.kill()
    wait_for(lambda: not answers(together.port) and not is_alive(together.worker_ids()[0]), seconds=5)


def test_a_port_in_use_ends_it_all(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        together = start(port=taken.getsockname()[1])
        assert together.process.wait(timeout=15) == 1
    assert not any(is_alive(process_id) for process_id in together.worker_ids())
