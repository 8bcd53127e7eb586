"""What Tantivy's files say of themselves: whether they are whole, and whether they hold deleted words."""

import json
import mmap
import struct
import zlib
from pathlib import Path

_KINDS = ("term", "idx", "pos", "store", "fast", "fieldnorm")
_END = struct.Struct("<II")  # the footer's length, and 1337


def with_remains(folder: Path) -> set[int]:
    """The places of the segments that hold the words of deleted documents; a searcher has the same order."""
    return {place for place, segment in enumerate(_segments(folder)) if segment["deletes"]}


def are_whole(folder: Path, checked: set[str]) -> bool:
    """Whether every file of every segment is there and matches its checksum.

    Tantivy itself ends the process where some bytes are wrong. Files never change, so names in `checked` are
    not read again, and those found whole are added.
    """
    try:
        for segment in _segments(folder):
            for name in {f"{_name(segment)}.{kind}" for kind in _KINDS} - checked:
                if not _matches_checksum(folder / name):
                    return False
                checked.add(name)
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return False
    return True


def sweep(folder: Path) -> None:
    """Delete the files of segments that are no more, also those that an interrupted writer left."""
    living = {_name(segment) for segment in _segments(folder)}
    for path in folder.iterdir():
        if path.suffix[1:] in (*_KINDS, "del") and path.name.partition(".")[0] not in living:
            path.unlink(missing_ok=True)


def _name(segment: dict) -> str:
    return segment["segment_id"].replace("-", "")


def _segments(folder: Path) -> list[dict]:
    return json.loads((folder / "meta.json").read_bytes())["segments"]


def _matches_checksum(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = len(content) - _END.size
        length, _magic = _END.unpack(content[end:])
        footer = json.loads(content[end - length : end])
        with memoryview(content) as view, view[: end - length] as body:
            return zlib.crc32(body) == footer["crc"]
