"""The public folder: files appear whole or not at all, each text also as `.br` and `.gz`."""

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import brotli

TEXT = {".html", ".css", ".js", ".svg", ".xml", ".json", ".txt", ".webmanifest"}
VARIANTS = (".br", ".gz")
LIVE = "counts/"  # files that change by the second; no pass writes or removes them


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def variants(path: str, content: bytes) -> dict[str, bytes]:
    """The file and its compressed forms, by path. Brotli 11 only for assets, which are made once."""
    files = {path: content}
    if Path(path).suffix in TEXT:
        quality = 11 if path.startswith("assets/") else 5
        files[path + ".br"] = brotli.compress(content, mode=brotli.MODE_TEXT, quality=quality)
        files[path + ".gz"] = gzip.compress(content, compresslevel=9, mtime=0)
    return files


class PublicFolder:
    """`site/` and the staging folder beside it, on one file system so that a rename is atomic."""

    def __init__(self, site: Path, staging: Path) -> None:
        self.site = site
        self.staging = staging

    def clear_staging(self) -> None:
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir(parents=True)

    def stage(self, path: str, content: bytes) -> None:
        """Writes the file beside the site. Raises OSError when the disk is full: the site is untouched."""
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"{path!r} is not a path inside the public folder")
        for name, form in variants(path, content).items():
            target = self.staging / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(form)

    def put(self, path: str) -> None:
        """Moves a staged file into its place; a reader sees the old or the new one, never half of it."""
        for name in [path + suffix for suffix in VARIANTS] + [path]:
            staged = self.staging / name
            target = self.site / name
            if staged.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(target)

    def remove(self, path: str) -> None:
        for name in [path, *(path + suffix for suffix in VARIANTS)]:
            (self.site / name).unlink(missing_ok=True)
        folder = (self.site / path).parent
        while folder != self.site and folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def files(self) -> Iterator[str]:
        """The paths of all files, compressed forms included."""
        for folder, _, names in os.walk(self.site):
            for name in names:
                yield str((Path(folder) / name).relative_to(self.site))

    def is_whole(self, path: str, digest: str) -> bool:
        """Whether the file and its compressed forms hold exactly the bytes they were made from."""
        try:
            content = (self.site / path).read_bytes()
            if sha256(content) != digest:
                return False
            if Path(path).suffix not in TEXT:
                return True
            return (
                brotli.decompress((self.site / f"{path}.br").read_bytes()) == content
                and gzip.decompress((self.site / f"{path}.gz").read_bytes()) == content
            )
        except (OSError, EOFError, zlib.error, brotli.error):
            return False

    def strangers(self, known: Iterable[str]) -> Iterator[str]:
        """Files that no piece accounts for, such as those of a pass that was killed. Counts are nobody's piece."""
        expected = set(known)
        for path in self.files():
            if path.startswith(LIVE):
                continue
            base = path.removesuffix(".br").removesuffix(".gz")
            if path not in expected and not (path != base and base in expected and Path(base).suffix in TEXT):
                yield path
