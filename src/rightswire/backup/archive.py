"""The file of a backup: a tar that any tar can read, written whole or not at all, and read with suspicion.

Its first member, `backup.json`, says what it is; its last, `digests.json`, has the SHA-256 of every other one, so that
a file that was cut or damaged is found out. The form is described in docs/operate/backup.md.
"""

import contextlib
import datetime
import errno
import hashlib
import io
import json
import os
import re
import secrets
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

TYPE = "rightswire backup "
FORM = 1
ABOUT, DIGESTS = "backup.json", "digests.json"
ERASED, LEFT, KEYS, SQLITE = "erased", "unsubscribed", "keys.sealed", "database.sqlite3"
TABLE, MEDIA = "database/", "media/"
CHUNK = 1 << 20
LARGEST_LIST = 1 << 28  # bytes of a member that is read as a whole
_TABLE_NAME = re.compile("[a-z_][a-z0-9_]{0,62}")
_NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)


class BackupError(Exception):
    """It could not be backed up or restored; the message says why, what to do, and that nothing was changed."""


class Damaged(BackupError):
    def __init__(self) -> None:
        super().__init__(
            "The file is not a whole backup: it was cut short, damaged or changed, or something else made it. "
            "Nothing was restored; please try another copy of it."
        )


@dataclass(frozen=True, slots=True)
class About:
    """`backup.json`. `made_at` is an ISO moment, `database` sqlite or postgresql, `tables` their columns (the latter
    only), `migrations` those applied, by app, and `keys` the id and label of each that opens `keys.sealed`."""

    rightswire: str
    made_at: str
    database: str
    migrations: dict[str, list[str]]
    tables: dict[str, list[str]]
    keys: list[dict[str, str]]

    def text(self) -> bytes:
        return json.dumps({"type": f"{TYPE}{FORM}", **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def read(cls, text: bytes) -> "About":
        """Raises Damaged, or BackupError where a newer version made it."""
        fields = _json(text)
        kind = fields.pop("type", None) if isinstance(fields, dict) else None
        if not isinstance(kind, str) or not kind.startswith(TYPE):
            raise Damaged
        if kind != f"{TYPE}{FORM}":
            raise BackupError(f"This is a {kind}, made by a newer version of Rightswire: restore it with that one.")
        try:
            about = cls(**fields)
        except TypeError:
            raise Damaged from None
        words = (about.rightswire, about.made_at, about.database)
        lists = (about.migrations, about.tables)
        if (
            not all(isinstance(word, str) for word in words)
            or not all(isinstance(some, dict) and all(_are_words(v) for v in some.values()) for some in lists)
            or not isinstance(about.keys, list)
            or not all(isinstance(key, dict) and _are_words([key.get("id"), key.get("label")]) for key in about.keys)
            or not _is_moment(about.made_at)
        ):
            raise Damaged
        return about


def _is_moment(text: str) -> bool:
    try:
        return datetime.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _are_words(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Damaged from None


@contextlib.contextmanager
def new_file(file: Path) -> Iterator[IO[bytes]]:
    """A file, mode 0600, that appears under its name when it is whole. Raises OSError, also where there is one.

    Until then it has no name, so that nothing is left even of a process that is killed. Where the file system cannot
    do that (a memory stick's), it has a name that begins with a dot.
    """
    draft: Path | None = None
    try:
        descriptor = os.open(file.parent, os.O_TMPFILE | os.O_RDWR, 0o600)
    except OSError as error:
        if error.errno not in _NO_UNNAMED_FILES:
            raise
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            yield opened
            opened.flush()
            os.fsync(descriptor)
            _give_name(descriptor, draft, file)
        flush_folder(file.parent)
    finally:
        if draft:
            draft.unlink(missing_ok=True)


def _give_name(descriptor: int, draft: Path | None, file: Path) -> None:
    if draft is None:
        # With a folder's descriptor, which is not looked at here, Python follows the link (open(2), O_TMPFILE).
        os.link(f"/proc/self/fd/{descriptor}", file, src_dir_fd=descriptor)
    elif file.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
    else:
        draft.rename(file)


def flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Writer:
    """Appends members; `close` adds the digests. Owners and times of files are not kept, nor is anybody's name."""

    def __init__(self, out: IO[bytes], made_at: float) -> None:
        self._tar = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._made_at = int(made_at)
        self._digests: dict[str, str] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """Takes `size` bytes from where `content` stands. Raises OSError where there are fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._made_at, 0o600
        source = _Digesting(content)
        self._tar.addfile(info, source)  # type: ignore[arg-type] # it only reads
        self._digests[name] = source.digest.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, io.BytesIO(content), len(content))

    def close(self) -> None:
        self.add_bytes(DIGESTS, json.dumps(self._digests, indent=1).encode())
        self._tar.close()


class _Digesting:
    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        part = self._content.read(size)
        self.digest.update(part)
        return part


class Archive:
    """A backup whose list of members was looked through. Only regular files, in places that a backup has, pass."""

    def __init__(self, file: Path) -> None:
        """Raises BackupError, or OSError where the file cannot be read."""
        opened = file.open("rb")
        try:
            self._tar = tarfile.open(fileobj=opened, mode="r:")  # noqa: SIM115 - closed below
            members = self._tar.getmembers()
            self._members = {info.name: info for info in members if _is_ours(info)}
            if len(self._members) < len(members) or ABOUT not in self._members or DIGESTS not in self._members:
                raise Damaged
            digests = self._read(DIGESTS)
            if not isinstance(found := _json(digests), dict) or found.keys() | {DIGESTS} != self._members.keys():
                raise Damaged
            self._digests = {**found, DIGESTS: hashlib.sha256(digests).hexdigest()}
            self.about = About.read(self.read(ABOUT))
        except (tarfile.TarError, EOFError, ValueError):
            opened.close()
            raise Damaged from None
        except BaseException:
            opened.close()
            raise
        self._opened = opened

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_unused: object) -> None:
        self._opened.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self, beginning: str) -> list[str]:
        return [name for name in self._members if name.startswith(beginning)]

    def parts(self, name: str) -> Iterator[bytes]:
        """A member, piece by piece. Raises Damaged, at the end, where it is not what was written."""
        digest = hashlib.sha256()
        try:
            source = self._tar.extractfile(self._members[name])
            while source and (part := source.read(CHUNK)):
                digest.update(part)
                yield part
        except (tarfile.TarError, KeyError):
            raise Damaged from None
        if digest.hexdigest() != self._digests[name]:
            raise Damaged

    def _read(self, name: str) -> bytes:
        info = self._members[name]
        source = self._tar.extractfile(info)
        if source is None or info.size > LARGEST_LIST:
            raise Damaged
        return source.read()

    def read(self, name: str) -> bytes:
        """A member of moderate size as a whole. Raises Damaged."""
        if name not in self._members or self._members[name].size > LARGEST_LIST:
            raise Damaged
        return b"".join(self.parts(name))

    def unpack(self, name: str, file: Path) -> None:
        """Writes a member to a new file, mode 0600. Raises Damaged or OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            for part in self.parts(name):
                opened.write(part)


def is_plain_file(info: tarfile.TarInfo) -> bool:
    """No link, device or folder, and as long as it says."""
    return info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not info.issparse()


def _is_ours(info: tarfile.TarInfo) -> bool:
    name = info.name
    if not is_plain_file(info) or "\0" in name:
        return False
    if name.startswith(TABLE):
        return _TABLE_NAME.fullmatch(name.removeprefix(TABLE)) is not None
    if name.startswith(MEDIA):
        return not {"", ".", ".."} & set(name.removeprefix(MEDIA).split("/"))
    return name in (ABOUT, DIGESTS, ERASED, LEFT, KEYS, SQLITE)
