import pytest

from rightswire.outbox.server import MailServer, read_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("file:", MailServer("file")),
        ("smtp://localhost", MailServer("smtp", "localhost", 25)),
        ("smtp://user:pass@mail.example.org", MailServer("smtp", "mail.example.org", 587, "user", "pass")),
        ("smtp://u%40x:p%3A%2F@mail.example.org:2525", MailServer("smtp", "mail.example.org", 2525, "u@x", "p:/")),
        ("smtps://mail.example.org/", MailServer("smtps", "mail.example.org", 465)),
        ("smtp+starttls://[::1]", MailServer("smtp+starttls", "::1", 587)),
    ],
)
def test_the_forms_of_a_mail_server_s_address(url, server):
    assert read_server(url) == server


def test_a_server_does_not_show_its_password():
    assert "hush" not in repr(read_server("smtp://user:hush@mail.example.org"))


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("mail.example.org", False), ("192.0.2.1", False)],
)
def test_what_never_leaves_the_machine(host, is_local):
    assert read_server(f"smtp://{host}").is_local is is_local
