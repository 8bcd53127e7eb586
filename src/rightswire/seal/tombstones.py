"""Files that grow by whole lines and outlive the database: whom a restored backup must not bring back."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path


def bury(file: Path, lines: Iterable[str]) -> None:
    """Adds the lines, on the disk when this returns, or none of them. Raises OSError.

    Processes take turns. What a crash has left of a line stays alone: nothing is added to it.
    """
    content = "".join(f"{line}\n" for line in lines).encode("ascii")
    if not content:
        return
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            content = b"\n" + content
        try:
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
