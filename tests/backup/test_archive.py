"""The file of a backup: what was put in comes out the same, and nothing else does."""

import contextlib
import io
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from rightswire.backup.archive import About, Archive, BackupError, Damaged, Writer, new_file

ABOUT = About("0.1.0", "2026-11-22T10:00:00+00:00", "sqlite", {"campaigns": ["0001_initial"]}, {}, [])
PLACE = some.text(
    some.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/"), min_size=1, max_size=60
).filter(lambda name: name not in (".", ".."))


def backup(file: Path, members: dict[str, bytes], about: bytes = ABOUT.text()) -> Path:
    with file.open("wb") as out:
        writer = Writer(out, 0)
        writer.add_bytes("backup.json", about)
        for name, content in members.items():
            writer.add_bytes(name, content)
        writer.close()
    return file


def read(file: Path) -> dict[str, bytes]:
    with Archive(file) as archive:
        return {name: b"".join(archive.parts(name)) for name in archive.names("") if name != "digests.json"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(some.dictionaries(PLACE, some.binary(max_size=3000), max_size=5))
def test_what_was_put_in_comes_out_the_same(tmp_path, uploads):
    members = {f"media/{name}": content for name, content in uploads.items()} | {"database.sqlite3": b"rows"}
    assert read(backup(tmp_path / "backup.tar", members)) == {"backup.json": ABOUT.text(), **members}


def test_a_file_that_was_cut_is_found_out_wherever_it_was_cut(tmp_path):
    file, members = tmp_path / "backup.tar", {"database.sqlite3": bytes(range(256)) * 5, "media/a": b"picture"}
    whole = backup(file, members).read_bytes()
    content_ends = whole.rindex(b"}") + 1
    for length in sorted({0, 1, 100, *range(511, content_ends, 256), content_ends - 1}):
        file.write_bytes(whole[:length])
        with pytest.raises(Damaged):
            read(file)
    file.write_bytes(whole)
    assert read(file) == {"backup.json": ABOUT.text(), **members}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(some.data())
def test_a_damaged_file_gives_what_was_put_in_or_nothing(tmp_path, data):
    file, members = tmp_path / "backup.tar", {"database.sqlite3": bytes(range(256)) * 3, "media/a": b"picture"}
    whole = bytearray(backup(file, members).read_bytes())
    place = data.draw(some.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(some.integers(1, 255))
    file.write_bytes(whole)
    with contextlib.suppress(Damaged):
        found = read(file)
        assert {name: found[name] for name in members} == members


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(some.binary(max_size=2000))
def test_a_file_of_anything_is_not_a_backup(tmp_path, content):
    (tmp_path / "any").write_bytes(content)
    with pytest.raises(Damaged):
        read(tmp_path / "any")


def tar_with(file: Path, *infos: tarfile.TarInfo) -> Path:
    """A backup with members of somebody else's making, whose digests are right."""
    import hashlib
    import json

    digests = {"backup.json": hashlib.sha256(ABOUT.text()).hexdigest()}
    digests |= {info.name: hashlib.sha256(bytes(info.size)).hexdigest() for info in infos}
    with tarfile.open(file, "w") as tar:
        for name, content in (("backup.json", ABOUT.text()), ("digests.json", json.dumps(digests).encode())):
            plain = tarfile.TarInfo(name)
            plain.size = len(content)
            tar.addfile(plain, io.BytesIO(content))
        for info in infos:
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    return file


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


@pytest.mark.parametrize(
    "hostile",
    [
        info("media/../../outside"),
        info("media/./a"),
        info("media//a"),
        info("/media/a"),
        info("../media/a"),
        info("media/a", tarfile.SYMTYPE, "/etc/passwd"),
        info("media/a", tarfile.LNKTYPE, "backup.json"),
        info("media/a", tarfile.FIFOTYPE),
        info("media/a", tarfile.CHRTYPE),
        info("media/a", tarfile.DIRTYPE),
        info("media/a", tarfile.GNUTYPE_SPARSE),
        info("keys/site.key"),
        info("site/index.html"),
        info('database/a"; DROP TABLE x'),
        info("database/a/b"),
        info("demo/offline.key"),
    ],
    ids=lambda one: f"{one.name} {one.type!r}",
)
def test_a_member_that_no_backup_has_is_refused(tmp_path, hostile):
    assert set(read(tar_with(tmp_path / "good.tar", info("media/a", size=9)))) == {"backup.json", "media/a"}
    with pytest.raises(Damaged):
        Archive(tar_with(tmp_path / "bad.tar", hostile))


def test_the_same_name_twice_is_refused(tmp_path):
    with pytest.raises(Damaged):
        Archive(tar_with(tmp_path / "bad.tar", info("media/a", size=3), info("media/a", size=3)))


def test_unpacking_follows_no_link_and_writes_over_nothing(tmp_path):
    outside = tmp_path / "outside"
    (tmp_path / "place").symlink_to(outside)
    with Archive(backup(tmp_path / "backup.tar", {"media/a": b"picture"})) as archive:
        with pytest.raises(FileExistsError):
            archive.unpack("media/a", tmp_path / "place")
        archive.unpack("media/a", tmp_path / "new" / "a")
    assert not outside.exists()
    assert (tmp_path / "new" / "a").read_bytes() == b"picture"
    assert stat.S_IMODE((tmp_path / "new" / "a").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "about",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        ABOUT.text().replace(b"sqlite", b"sqlite\\ud800").replace(b'"migrations": {', b'"migrations": [{'),
        ABOUT.text().replace(b'"0001_initial"', b"1"),
        ABOUT.text().replace(b"2026-11-22T10:00:00+00:00", b"2026-11-22T10:00:00"),
        ABOUT.text().replace(b"2026-11-22T10:00:00+00:00", b"yesterday"),
        ABOUT.text().replace(b'"keys": []', b'"keys": [{"id": "ab"}]'),
        ABOUT.text().replace(b'"keys": []', b'"keys": [], "more": 1'),
        ABOUT.text().replace(b"rightswire backup 1", b"rightswire delivery 1"),
    ],
)
def test_what_does_not_say_what_it_is_is_refused(tmp_path, about):
    with pytest.raises(Damaged):
        Archive(backup(tmp_path / "backup.tar", {}, about))


def test_a_newer_form_is_named_as_such(tmp_path):
    newer = ABOUT.text().replace(b"rightswire backup 1", b"rightswire backup 2")
    with pytest.raises(BackupError, match="newer version"):
        Archive(backup(tmp_path / "backup.tar", {}, newer))


# Whole or not at all


@pytest.fixture(params=["a file system that takes files without a name", "one that does not"])
def file_system(request, monkeypatch):
    if request.param == "one that does not":
        monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY)  # what such a one makes of it


def test_the_file_appears_when_it_is_whole(tmp_path, file_system):
    file = tmp_path / "new"
    with new_file(file) as out:
        out.write(b"all of it")
        assert not file.exists()
    assert file.read_bytes() == b"all of it"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_where_it_fails_nothing_is_left(tmp_path, file_system):
    def fail() -> None:
        with new_file(tmp_path / "new") as out:
            out.write(b"a part of it")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_one_that_came_meanwhile_is_not_written_over(tmp_path, file_system):
    file = tmp_path / "new"

    def write() -> None:
        with new_file(file) as out:
            out.write(b"mine")
            file.write_bytes(b"somebody else's")

    with pytest.raises(FileExistsError):
        write()
    assert file.read_bytes() == b"somebody else's"
    assert list(tmp_path.iterdir()) == [file]
