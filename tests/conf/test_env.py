import os
import subprocess
import sys
from pathlib import Path

import pytest

from rightswire.cli import own_address
from rightswire.conf import env


@pytest.mark.parametrize(
    "value",
    [
        "foo",
        "http://[::1",
        "http://a:b",
        "ftp://a.example",
        "https://u:p@a.example",
        "https://a.example/path",
        "https://a#x",
    ],
)
def test_a_wrong_base_address_names_the_setting(monkeypatch, value: str):
    monkeypatch.setenv("RIGHTSWIRE_BASE_URL", value)
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_BASE_URL: "):
        env.base_url("RIGHTSWIRE_BASE_URL", "")


def test_a_base_address_loses_its_last_slash(monkeypatch):
    monkeypatch.setenv("RIGHTSWIRE_BASE_URL", "https://news.example.org/")
    assert env.base_url("RIGHTSWIRE_BASE_URL", "") == "https://news.example.org"


def base_url_of(home: Path, **more: str) -> str:
    """As a command on this data folder reads it, in a process of its own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("RIGHTSWIRE_", "DJANGO_"))}
    read = "from rightswire.conf import settings; print(settings.BASE_URL)"
    done = subprocess.run(
        [sys.executable, "-c", read],
        env=others | {"RIGHTSWIRE_HOME": str(home)} | more,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_commands_take_the_address_that_the_demo_kept_unless_a_setting_says_another(tmp_path: Path):
    assert base_url_of(tmp_path) == "http://localhost:8000"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "address").write_text("http://localhost:8101\n", encoding="utf-8")
    assert base_url_of(tmp_path) == "http://localhost:8101"
    assert base_url_of(tmp_path, RIGHTSWIRE_BASE_URL="https://news.example.org") == "https://news.example.org"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_an_address_that_was_not_kept_is_the_usual_one(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "address").write_bytes(content)
    assert env.kept_address(tmp_path / "address", "http://localhost:8000") == "http://localhost:8000"


def test_a_port_is_the_address_where_no_setting_says_another(monkeypatch, tmp_path: Path):
    def of(port: int, **given: str) -> str:
        for name in ("RIGHTSWIRE_BASE_URL", "RIGHTSWIRE_BASE_URL_FILE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        own_address(port)
        return env.base_url("RIGHTSWIRE_BASE_URL", "")

    (tmp_path / "url").write_text("https://news.example.org\n", encoding="utf-8")
    assert of(8101) == "http://localhost:8101"
    assert of(8101, RIGHTSWIRE_BASE_URL="") == "http://localhost:8101"
    assert of(8101, RIGHTSWIRE_BASE_URL="https://a.example") == "https://a.example"
    assert of(8101, RIGHTSWIRE_BASE_URL_FILE=str(tmp_path / "url")) == "https://news.example.org"


@pytest.mark.parametrize("value", ["mysql://x/y", "postgres://h", "postgres://u:p@h:zz/db", "postgres://[/db"])
def test_a_wrong_database_address_names_the_setting(monkeypatch, tmp_path: Path, value: str):
    monkeypatch.setenv("RIGHTSWIRE_DATABASE_URL", value)
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_DATABASE_URL: "):
        env.database("RIGHTSWIRE_DATABASE_URL", tmp_path)


@pytest.mark.parametrize("value", ["xx1", "en,en", "en,,fr", "zz", "en;fr"])
def test_wrong_languages_name_the_setting(monkeypatch, value: str):
    monkeypatch.setenv("RIGHTSWIRE_LANGUAGES", value)
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_LANGUAGES: "):
        env.languages("RIGHTSWIRE_LANGUAGES", "en")


def test_languages_have_their_own_names(monkeypatch):
    monkeypatch.delenv("RIGHTSWIRE_LANGUAGES", raising=False)
    assert env.languages("RIGHTSWIRE_LANGUAGES", "en,fr,ar") == [
        ("en", "English"),
        ("fr", "Français"),
        ("ar", "العربية"),
    ]


def test_a_wrong_time_zone_names_the_setting(monkeypatch):
    monkeypatch.setenv("RIGHTSWIRE_TIME_ZONE", "Mars/Olympus")
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_TIME_ZONE: "):
        env.time_zone("RIGHTSWIRE_TIME_ZONE", "UTC")


def test_a_secret_is_made_once_and_nobody_else_can_read_it(monkeypatch, tmp_path: Path):
    monkeypatch.delenv("RIGHTSWIRE_SECRET_KEY", raising=False)
    first = env.secret("RIGHTSWIRE_SECRET_KEY", tmp_path / "keys")
    assert env.secret("RIGHTSWIRE_SECRET_KEY", tmp_path / "keys") == first
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_secret_can_come_from_a_file(monkeypatch, tmp_path: Path):
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("RIGHTSWIRE_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert env.secret("RIGHTSWIRE_SECRET_KEY", tmp_path) == "from a file"
    monkeypatch.setenv("RIGHTSWIRE_SECRET_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(env.SettingError, match="RIGHTSWIRE_SECRET_KEY_FILE"):
        env.secret("RIGHTSWIRE_SECRET_KEY", tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:zz",
        "smtp://mail.example.org/path",
        "smtp://[::1",
        "smtp://somebody@mail.example.org",
        "smtp://somebody:hush%0Ahush@mail.example.org",
        "smtp://somebody:hüsh@mail.example.org",
        "file:/elsewhere",
    ],
)
def test_a_wrong_mail_address_names_the_setting_and_shows_no_password(monkeypatch, value: str):
    monkeypatch.setenv("RIGHTSWIRE_EMAIL_URL", value)
    with pytest.raises(env.SettingError, match=r"^RIGHTSWIRE_EMAIL_URL: ") as raised:
        env.email("RIGHTSWIRE_EMAIL_URL", "file:")
    assert "hush" not in str(raised.value)


def test_mail_is_written_to_files_until_a_server_is_named(monkeypatch):
    monkeypatch.delenv("RIGHTSWIRE_EMAIL_URL", raising=False)
    assert env.email("RIGHTSWIRE_EMAIL_URL", "file:") == "file:"
    monkeypatch.setenv("RIGHTSWIRE_EMAIL_URL", "smtps://somebody:hush%40hush@mail.example.org")
    assert env.email("RIGHTSWIRE_EMAIL_URL", "file:") == "smtps://somebody:hush%40hush@mail.example.org"
