"""A line is in the file whole, or not at all."""

import resource
import threading

import pytest

from rightswire.seal.tombstones import bury


@pytest.fixture
def file(tmp_path):
    return tmp_path / "erased"


@pytest.fixture
def full_disk(file):
    """full_disk(room): the file may grow by so many bytes only."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def make(room: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + room, before[1]))

    yield make
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_are_added_at_the_end_and_nobody_else_may_read_them(file):
    bury(file, ["aa", "bb"])
    bury(file, [])
    bury(file, ["cc"])
    assert file.read_text() == "aa\nbb\ncc\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_the_disk_is_full_the_file_is_as_it_was_and_the_caller_knows(file, full_disk):
    bury(file, ["aa"])
    full_disk(3)
    with pytest.raises(OSError, match="too large"):
        bury(file, ["bbbb"])
    assert file.read_text() == "aa\n"
    full_disk(100)
    bury(file, ["bbbb"])
    assert file.read_text() == "aa\nbbbb\n"


def test_nothing_is_glued_to_a_line_that_was_cut(file):
    file.write_text("aa\nbb")
    bury(file, ["cccc"])
    assert file.read_text().splitlines() == ["aa", "bb", "cccc"]


def test_many_at_once_write_whole_lines(file):
    lines = [f"{number:064x}" for number in range(200)]
    threads = [threading.Thread(target=bury, args=(file, lines[start::8])) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(file.read_text().splitlines()) == lines
