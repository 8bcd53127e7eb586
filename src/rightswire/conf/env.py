"""Typed readers of the environment. Every error names the setting and says what it takes."""

import os
import re
import secrets
import zoneinfo
from pathlib import Path
from urllib.parse import unquote, urlsplit

from babel import Locale, UnknownLocaleError

from rightswire.outbox.mailbox import read_mailbox
from rightswire.outbox.server import read_server


class SettingError(Exception):
    """A setting has a value that Rightswire cannot work with."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


def text(name: str, default: str) -> str:
    """The setting `name`, or the content of the file that `NAME_FILE` names (for secrets)."""
    if value := os.environ.get(name, "").strip():
        return value
    if file := os.environ.get(f"{name}_FILE", "").strip():
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"{name}_FILE", f"cannot read {file}: {error}") from None
    return default


def folder(name: str, default: str) -> Path:
    """An absolute folder, made if it is missing."""
    path = Path(text(name, default)).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(name, f"cannot make the folder {path}: {error.strerror}") from None
    return path


def base_url(name: str, default: str) -> str:
    """An http(s) address without a path, without a slash at its end."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        is_plain = bool(parts.hostname) and (parts.port or 1) and value == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        is_plain = False
    if not is_plain or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise SettingError(name, f"{value!r} is not an address such as https://news.example.org")
    return value


def kept_address(file: Path, default: str) -> str:
    """The address that the demo kept when it last ran on this data folder, for the commands beside it."""
    try:
        return file.read_text(encoding="utf-8").strip() or default
    except (OSError, UnicodeDecodeError):
        return default


def languages(name: str, default: str) -> list[tuple[str, str]]:
    """Language codes with their own names; the first is the organisation's main language."""
    found: list[tuple[str, str]] = []
    for code in (part.strip().lower() for part in text(name, default).split(",")):
        try:
            if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,4})?", code):
                raise ValueError
            own_name = Locale.parse(code, sep="-").display_name or code
        except (UnknownLocaleError, ValueError):
            raise SettingError(name, f"{code!r} is not a language code such as en, fr, ar") from None
        if code in dict(found):
            raise SettingError(name, f"{code!r} is named twice")
        found.append((code, own_name[:1].upper() + own_name[1:]))
    return found


def time_zone(name: str, default: str) -> str:
    """A name of the IANA time zone database."""
    value = text(name, default)
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingError(name, f"{value!r} is not a time zone such as America/Toronto") from None
    return value


def secret(name: str, keys: Path) -> str:
    """A secret of the installation: given, or made once and kept with mode 0600 in `keys`."""
    if value := text(name, ""):
        return value
    file = keys / "secret_key"
    if not file.exists():
        keys.mkdir(mode=0o700, exist_ok=True)
        draft = keys / f".secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(draft, file)  # the first of two processes wins, both read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


def web_address(name: str) -> str:
    """An http(s) address, or nothing."""
    value = text(name, "")
    try:
        is_right = not value or (urlsplit(value).scheme in ("http", "https") and bool(urlsplit(value).hostname))
    except ValueError:
        is_right = False
    if not is_right:
        raise SettingError(name, f"{value!r} is not an address such as https://hub.example.org/")
    return value


def return_address(name: str) -> str:
    """The address that mail comes back to, or nothing. A mark of 48 characters is put behind its name.

    `@bounces.example.org`: a domain for this alone, where the mark is the name.
    """
    value = text(name, "")
    local, at, domain = value.partition("@")
    label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    is_domain = re.fullmatch(rf"(?:{label}\.)+{label}", domain) and len(domain) <= 190  # 254 in all
    if value and not (
        at and is_domain and re.fullmatch(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*)?", local) and len(local) <= 16
    ):
        raise SettingError(
            name,
            f"{value!r} is neither an address in small letters, with 16 at most before the @, such as "
            "bounces@news.example.org, nor a domain such as @bounces.example.org",
        )
    return value


def maildir(name: str) -> str:
    """An absolute path, or nothing. The mail server may make the folder later."""
    value = text(name, "")
    if value and not Path(value).is_absolute():
        raise SettingError(name, f"{value!r} is not an absolute path such as /var/mail/bounces")
    return value


def mailbox(name: str) -> str:
    """The address of a mailbox, or nothing. It holds a password, so errors do not repeat it."""
    value = text(name, "")
    try:
        if value:
            read_mailbox(value)
    except ValueError as error:
        raise SettingError(name, str(error)) from None
    return value


def webhook_secret(name: str) -> str:
    """user:password, or nothing. Errors do not repeat it."""
    value = text(name, "")
    user, _, password = value.partition(":")
    if value and not (re.fullmatch(r"[!-~]{1,100}", user) and re.fullmatch(r"[!-~]{16,200}", password)):
        raise SettingError(name, "give a name, a colon and a password of at least 16 characters (ASCII, no spaces)")
    return value


def email(name: str, default: str) -> str:
    """The address of a mail server, or `file:`. It may hold a password, so errors do not repeat it."""
    value = text(name, default)
    try:
        read_server(value)
    except ValueError as error:
        raise SettingError(name, str(error)) from None
    return value


def database(name: str, home: Path) -> dict[str, object]:
    """Django's description of the database: SQLite in the data folder, or PostgreSQL."""
    value = text(name, "")
    if not value:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / "db.sqlite3",
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; "
                # A page that was changed ten times is then written back once; the worker empties it each minute.
                "PRAGMA wal_autocheckpoint=10000; "
                "PRAGMA secure_delete=ON",  # what is erased leaves no bytes behind
            },
        }
    try:
        parts = urlsplit(value)
        port = str(parts.port or "")
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise SettingError(name, "give an address such as postgres://user:password@host:5432/rightswire")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
