"""The mailing key, unlocked: in the worker's memory and nowhere else, reached by a socket in the data folder.

Staff type its text and passphrase into the admin; the web server hands both on and forgets them. After a restart of
the worker it is locked, and mail waits.
"""

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from rightswire.newsletters.models import MailingKey
from rightswire.seal.box import NotAKey, PrivateKey, WrongPassphrase

logger = logging.getLogger(__name__)

SOCKET = "mail.sock"
PATIENCE = 30.0  # seconds; to try a passphrase takes about one
LONGEST = 16_384


class NoWorker(Exception):
    def __init__(self) -> None:
        super().__init__("No worker is running, so there is nobody to send mail. Start it, then unlock again.")


class NotTheMailingKey(Exception):
    def __init__(self) -> None:
        super().__init__("This key is none of the mailing keys of this installation. Nothing was changed.")


class UnlockingFailed(Exception):
    def __init__(self) -> None:
        super().__init__("The worker could not unlock mail; its log names the error. The key was not kept.")


_PROBLEMS = {error.__name__: error for error in (WrongPassphrase, NotAKey, NotTheMailingKey)}


class Strongbox:
    """The worker's end: holds the keys, and answers at the socket from a thread of its own."""

    def __init__(self) -> None:
        self._keys: dict[bytes, PrivateKey] = {}
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="rightswire-strongbox", daemon=True)

    @property
    def is_unlocked(self) -> bool:
        return bool(self._keys)

    def keys(self) -> list[PrivateKey]:
        return list(self._keys.values())

    def put_in(self, key: PrivateKey) -> None:
        """Unlocks with a key. Raises NotTheMailingKey."""
        row = MailingKey.objects.filter(public=key.public.text()).first()
        if row is None:
            raise NotTheMailingKey
        if row.proven_at is None:
            row.proven_at = timezone.now()
            row.save(update_fields=["proven_at"])
        self._keys[key.public.id] = key

    def lock(self) -> None:
        self._keys.clear()

    def start(self) -> None:
        with _folder() as folder:
            path = f"{folder}/{SOCKET}"
            Path(path).unlink(missing_ok=True)
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            before = os.umask(0o177)  # only its owner may knock
            try:
                self._listener.bind(path)
            finally:
                os.umask(before)
        self._listener.listen(8)
        self._thread.start()

    def stop(self) -> None:
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._thread.join(5)
            (Path(settings.HOME) / SOCKET).unlink(missing_ok=True)
        self.lock()

    def _run(self) -> None:
        assert self._listener
        while True:
            try:
                caller, _address = self._listener.accept()
            except OSError:  # it was closed
                break
            with caller, contextlib.suppress(OSError):
                caller.settimeout(PATIENCE)
                caller.sendall(json.dumps(self._answer(_read_all(caller))).encode())
        connection.close()

    def _answer(self, raw: bytes) -> dict[str, Any]:
        try:
            close_old_connections()
            asked = json.loads(raw)
            if asked.get("do") == "unlock":
                self.put_in(PrivateKey.load(str(asked["private"]), str(asked["passphrase"])))
            elif asked.get("do") == "lock":
                self.lock()
            return {"is_unlocked": self.is_unlocked}
        except tuple(_PROBLEMS.values()) as error:
            return {"problem": type(error).__name__}
        except Exception as error:  # the message could hold what was typed
            logger.error("Mail could not be unlocked (%s)", type(error).__name__)
            return {"problem": "other"}


def unlock(private_text: str, passphrase: str) -> None:
    """Has the worker keep this key. Raises NoWorker, WrongPassphrase, NotAKey, NotTheMailingKey, UnlockingFailed."""
    answer = _ask({"do": "unlock", "private": private_text, "passphrase": passphrase})
    if problem := answer.get("problem"):
        raise _PROBLEMS.get(problem, UnlockingFailed)


def lock() -> None:
    """Has the worker forget all keys. Raises NoWorker."""
    _ask({"do": "lock"})


def is_unlocked() -> bool | None:
    """None: no worker is running."""
    try:
        return bool(_ask({"do": "tell"}).get("is_unlocked"))
    except NoWorker:
        return None


def _ask(question: dict[str, str]) -> dict[str, Any]:
    raw = json.dumps(question).encode()
    if len(raw) > LONGEST:
        raise NotAKey
    try:
        with _folder() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(PATIENCE)
            caller.connect(f"{folder}/{SOCKET}")
            caller.sendall(raw)
            caller.shutdown(socket.SHUT_WR)
            answer: dict[str, Any] = json.loads(_read_all(caller))
            return answer
    except (OSError, ValueError):
        raise NoWorker from None


def _read_all(connected: socket.socket) -> bytes:
    raw = b""
    while len(raw) <= LONGEST and (part := connected.recv(LONGEST)):
        raw += part
    return raw


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """The data folder by a short name: the address of a socket may have no more than a hundred characters."""
    descriptor = os.open(settings.HOME, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}" if Path("/proc/self/fd").exists() else str(settings.HOME)
    finally:
        os.close(descriptor)
