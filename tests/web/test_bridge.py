import hashlib
import json
import socket
import time

from rightswire.web import bridge


def wait_for(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_django_is_told_what_was_asked(server):
    status, headers, body = server.ask("/do/%D8%A3%20b/?a=%20b", headers={"Cookie": "a=1"})
    told = json.loads(body)
    assert status == 200
    assert told["path_info"] == "/do/أ b/"
    assert told["QUERY_STRING"] == "a=%20b"
    assert told["SCRIPT_NAME"] == ""
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["wsgi.url_scheme"] == "http"
    assert told["HTTP_COOKIE"] == "a=1"
    assert headers.get_all("Set-Cookie") == ["one=1; Path=/", "two=2; Path=/"]


def test_a_header_with_an_underscore_does_not_pass_for_a_proxys(server):
    answer = server.ask("/do/x/", headers={"X_Forwarded_Proto": "https"})
    assert json.loads(answer[2])["forwarded"] is None


def test_the_staffs_pages_are_djangos_with_and_without_a_slash(server):
    assert server.ask("/admin/")[0] == 200
    status, headers, _ = server.ask("/admin")
    assert (status, headers["Location"]) == (301, "/admin/")


def test_bodies_arrive_whole(server):
    for size in (0, 10, 300_000, 5_000_000):
        body = bytes(range(250)) * (size // 250)
        told = json.loads(server.ask("/do/x/", "POST", body=body)[2])
        assert told["body_hash"] == hashlib.sha256(body).hexdigest()


def test_a_body_in_chunks_arrives_whole(server):
    told = json.loads(server.ask("/do/x/", "POST", body=iter([b"abc", b"def"]))[2])
    assert (told["body_length"], told["body_hash"]) == (6, hashlib.sha256(b"abcdef").hexdigest())


def test_too_large_a_body_is_refused_in_words(server):
    size = bridge.LARGEST_BODY + 1
    status, _, body = server.ask("/do/x/", "POST", body=bytes(size))
    assert status == 413
    assert b"60 MB" in body


def test_too_large_a_body_is_refused_before_it_is_sent_to_those_who_ask_first(server):
    answer = server.ask_raw(
        b"POST /do/x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_that_breaks_off_does_not_reach_django(server):
    def counted():
        return server.notes.read_text().count("counted")

    before = counted()
    for start in (
        b"Content-Length: 100\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",  # the only complete one
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(b"POST /do/count/ HTTP/1.1\r\nHost: x\r\n" + start)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
    time.sleep(0.3)
    assert counted() == before + 1


def test_head_has_no_body(server):
    status, headers, body = server.ask("/do/count/", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "7", b"")


def test_an_answer_in_pieces_arrives_piece_by_piece(server):
    connection = server.connect()
    started = time.monotonic()
    connection.request("GET", "/do/stream/")
    answer = connection.getresponse()
    assert answer.readline() == b"piece 0\n"
    assert time.monotonic() - started < 2
    connection.close()
    wait_for(lambda: "stream closed" in server.notes.read_text())


def test_a_file_is_sent_from_the_disk(server):
    status, headers, body = server.ask("/do/download/")
    assert (status, headers["Content-Length"]) == (200, str(256 * 8192))
    assert body == bytes(range(256)) * 8192


def test_an_error_of_the_database_is_a_matter_of_time(server):
    status, headers, body = server.ask("/do/database/")
    assert (status, headers["Retry-After"]) == (503, "30")
    assert b"try again" in body


def test_another_error_is_an_error(server):
    status, _, body = server.ask("/do/fail/")
    assert status == 500
    assert b"Salma" not in body


def test_whoever_left_while_waiting_keeps_nobody_waiting(start_server):
    server = start_server()
    busy = [server.connect() for _ in range(bridge.THREADS)]
    for connection in busy:
        connection.request("GET", "/do/count/?seconds=1.5")
    wait_for(lambda: server.notes.read_text().count("counted") == bridge.THREADS)
    for _ in range(5):
        leaving = server.connect()
        leaving.request("GET", "/do/count/")
        leaving.close()
    assert server.ask("/")[0] == 200
    for connection in busy:
        assert connection.getresponse().read() == b"counted"
        connection.close()
    server.ask("/do/count/")
    assert server.notes.read_text().count("counted") == bridge.THREADS + 1
