import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import pytest


def test_files_are_served(server):
    status, headers, body = server.ask("/en/", headers={"Accept-Encoding": "gzip;q=0.5, br"})
    assert (status, headers["Content-Encoding"], body) == (200, "br", b"brotli bytes")
    assert server.ask("/" + quote("ar/أخبار/"))[2] == "<p>أخبار</p>".encode()


def test_files_take_the_short_way(server):
    """Granian still has the place that shortcut.py uses: without it, files are several times slower."""

    def through_the_loop():
        return server.notes.read_text().count("through the loop")

    before = through_the_loop()
    for path in ("/", "/en/", "/none/", "/files/big.def.pdf"):
        server.ask(path)
    assert through_the_loop() == before
    server.ask("/do/x/")
    assert through_the_loop() == before + 1


def test_head_tells_the_length_and_sends_nothing(server):
    for path, length in (("/", "12"), ("/files/big.def.pdf", str(256 * 8192))):
        status, headers, body = server.ask(path, "HEAD")
        assert (status, headers["Content-Length"], body) == (200, length, b"")


def test_a_large_file_and_its_parts(server):
    status, _, body = server.ask("/files/big.def.pdf")
    assert (status, body) == (200, bytes(range(256)) * 8192)
    status, headers, body = server.ask("/files/big.def.pdf", headers={"Range": "bytes=1048577-1048580"})
    assert (status, body) == (206, bytes([1, 2, 3, 4]))
    assert headers["Content-Range"] == "bytes 1048577-1048580/2097152"


def test_a_known_copy_is_answered_without_a_body(server):
    etag = server.ask("/")[1]["ETag"]
    status, headers, body = server.ask("/", headers={"If-None-Match": etag})
    assert (status, headers["ETag"], body) == (304, etag, b"")


HOSTILE = [
    b"/en/../../db.sqlite3",
    b"/../db.sqlite3",
    b"/%2e%2e/db.sqlite3",
    b"/en/%2e%2e/%2e%2e/db.sqlite3",
    b"/..%2fdb.sqlite3",
    b"/en%2f..%2f..%2fdb.sqlite3",
    b"/%2fetc/passwd",
    b"//etc/passwd",
    b"/..%5cdb.sqlite3",
    b"/..\\db.sqlite3",
    b"/en/index.html%00.png",
    b"/%00",
    b"/%c0%ae%c0%ae/db.sqlite3",
    b"/%ff%fe",
    b"/%",
    b"/%zz",
    b"/%2",
    b"/.env",
    b"/%2eenv",
    b"/en/index.html.br",
    b"/en/index.html/",
    b"/" + b"a" * 10_000,
    b"/" + b"a/" * 5_000,
    b"/" + b"%d8%a7" * 300,
    b"http://other.example/../db.sqlite3",
    b"*",
    b"db.sqlite3",
    b"/\xff\xfe",
    b"/a b",
]


@pytest.mark.parametrize("target", HOSTILE, ids=lambda target: repr(target[:30]))
def test_hostile_targets_bring_out_nothing(server, target):
    answer = server.ask_raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404", b"HTTP/1.1 414")
    assert b"SECRET" not in answer


def test_a_replaced_page_is_served_at_once(server):
    page = server.site / "fresh.html"
    for number in range(5):
        draft = server.site / "draft"
        draft.write_text(f"version {number}")
        draft.replace(page)
        assert server.ask("/fresh.html")[2] == f"version {number}".encode()


def test_there_is_no_access_log(server):
    server.ask("/en/")
    server.ask("/do/somebody@example.org/")
    server.ask("/do/fail/?who=somebody")
    log = server.log.read_text()
    assert not any(word in log for word in ("/en/", "/do/", "somebody", "127.0.0.1", "Salma"))


def test_files_do_not_depend_on_the_application(start_server):
    server = start_server(TRIAL_IMPORT_FAILS="1")
    assert server.ask("/")[0] == 200
    for path in ("/do/sign/", "/admin/"):
        status, headers, body = server.ask(path)
        assert (status, headers["Retry-After"]) == (503, "30")
        assert b"try again" in body
    assert "a package is missing" in server.log.read_text()


def test_files_do_not_wait_for_the_application_and_requests_to_it_do(start_server):
    server = start_server(TRIAL_IMPORT_SECONDS="1.5")
    started = time.monotonic()
    assert server.ask("/")[0] == 200
    assert time.monotonic() - started < 1
    assert server.ask("/do/x/")[0] == 200


def test_a_port_in_use_is_said_in_one_line(server):
    script = server.process.args[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RIGHTSWIRE_HOME": str(server.home)}
    attempt = subprocess.run(
        [sys.executable, script, str(server.port)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert attempt.returncode == 1
    assert attempt.stderr == (
        f"rightswire: another program already listens on 127.0.0.1, port {server.port}: "
        "stop it or choose another port.\n"
    )


def test_a_running_request_is_finished_before_the_server_stops(start_server):
    server = start_server()
    connection = server.connect()
    connection.request("GET", "/do/count/?seconds=1.5")
    deadline = time.monotonic() + 10
    while not server.notes.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(server.process.pid, signal.SIGTERM)
    assert connection.getresponse().read() == b"counted"
    connection.close()
    assert server.process.wait(timeout=10) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=2)


def test_workers_end_with_a_killed_server(start_server):
    server = start_server(workers=2)
    os.kill(server.process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("a worker still answers")
