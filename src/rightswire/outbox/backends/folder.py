"""Mail as files, for demos: one `.eml` file a mail. It says who wrote to whom; keep it off real installations."""

import os
import secrets
import time
from pathlib import Path
from uuid import UUID

from rightswire.outbox.backends import ServerTrouble
from rightswire.outbox.compiled import Letter
from rightswire.outbox.mime import Mail

KEPT = 86_400  # seconds


class FolderConnection:
    """Writes into `folder`, which nobody but its owner can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail, number: UUID) -> None:
        """Raises ServerTrouble where the disk does not take it."""
        self._write(number.hex, mail.content())

    def _write(self, name: str, content: bytes) -> None:
        file = self.folder / f"{name}.eml"
        draft = file.with_suffix(".draft")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                target.write(content)
            draft.replace(file)
        except OSError as error:
            raise ServerTrouble(f"the folder mail/ cannot be written to ({error.strerror})") from None

    def close(self) -> None:
        pass

    # As the backend of mail to many (backends/pipelined.py)

    socket, is_open, has_unsent, is_astray, has_begun = None, True, False, False, False

    def hear(self) -> None:
        pass

    def give_up(self) -> None:
        pass

    def begin(self, letter: Letter) -> None:
        self._letter = letter

    def has_agreed(self) -> bool:
        return True

    def finish(self, letter: Letter, following: Letter | None) -> None:
        pass

    def has_taken(self) -> bool:
        """Raises ServerTrouble."""
        self._write(secrets.token_hex(16), self._letter.content)
        return True

    def drop(self) -> None:
        pass


def remove_old_files(folder: Path) -> None:
    """Removes the mails that are older than a day, as the queue would have."""
    for file in folder.glob("*.eml"):
        if file.stat().st_mtime < time.time() - KEPT:
            file.unlink(missing_ok=True)
