"""`disk.c`, compiled where there is a compiler, and the journal that it writes."""

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")
SECTOR = 512
_HEAD = struct.Struct("=cQQQ")


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


def compiled(folder: Path) -> Path:
    library = folder / "disk.so"
    subprocess.run([str(compiler()), "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
    return library


@dataclass(frozen=True, slots=True)
class Step:
    """`kind`: W writes `data` at `offset`, T cuts the file to `offset`, S has flushed the file."""

    kind: str
    name: str
    offset: int
    data: bytes


def read_journal(file: Path) -> Iterator[Step]:
    content, place = file.read_bytes(), 0
    while place + _HEAD.size <= len(content):
        kind, path, offset, size = _HEAD.unpack_from(content, place)
        place += _HEAD.size
        name = Path(content[place : place + path].decode()).name
        place += path + size
        if place <= len(content):
            yield Step(kind.decode(), name, offset, content[place - size : place])


class Disk:
    """Files as they are on the disk: `flushed` for certain, and what was written since and may be there or not."""

    def __init__(self, folder: Path) -> None:
        self.flushed = {file.name: bytearray(file.read_bytes()) for file in folder.glob("db.sqlite3*")}
        self.waiting: dict[str, list[Step]] = {}

    def take(self, step: Step) -> None:
        waiting = self.waiting.setdefault(step.name, [])
        if step.kind != "S":
            waiting.append(step)
            return
        content = self.flushed.setdefault(step.name, bytearray())
        for each in waiting:
            _apply(content, each)
        waiting.clear()

    def cut_power(self, folder: Path, chance: random.Random) -> None:
        """Writes the files as they may be found: of what was not flushed a random part of the sectors."""
        share = chance.choice((0.0, 0.5, 1.0))
        for name in self.flushed.keys() | self.waiting.keys():
            content = bytearray(self.flushed.get(name, b""))
            for step in self.waiting.get(name, ()):
                if step.kind == "T":
                    if chance.random() < share:
                        _apply(content, step)
                    continue
                for start in range(0, len(step.data), SECTOR):
                    if chance.random() < share:
                        piece = step.data[start : start + SECTOR]
                        _apply(content, Step("W", name, step.offset + start, piece))
            (folder / name).write_bytes(content)


def _apply(content: bytearray, step: Step) -> None:
    if step.kind == "T":
        del content[step.offset :]
        content.extend(bytes(step.offset - len(content)))
        return
    content.extend(bytes(max(0, step.offset - len(content))))
    content[step.offset : step.offset + len(step.data)] = step.data
