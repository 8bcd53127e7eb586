"""Mail as files, for demos: one `.eml` file a mail. It says who wrote to whom; keep it off real installations."""

import os
import time
from pathlib import Path
from uuid import UUID

from rightswire.outbox.backends import ServerTrouble
from rightswire.outbox.mime import Mail

KEPT = 86_400  # seconds


class FolderConnection:
    """Writes into `folder`, which nobody but its owner can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail, number: UUID) -> None:
        """Raises ServerTrouble where the disk does not take it."""
        file = self.folder / f"{number.hex}.eml"
        draft = file.with_suffix(".draft")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                target.write(mail.content())
            draft.replace(file)
        except OSError as error:
            raise ServerTrouble(f"the folder mail/ cannot be written to ({error.strerror})") from None

    def close(self) -> None:
        pass


def remove_old_files(folder: Path) -> None:
    """Removes the mails that are older than a day, as the queue would have."""
    for file in folder.glob("*.eml"):
        if file.stat().st_mtime < time.time() - KEPT:
            file.unlink(missing_ok=True)
