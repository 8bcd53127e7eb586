"""The server's secrets: made once, for its user alone, and gone when they are destroyed."""

import datetime
import threading

import pytest

from rightswire.seal.keys import KeyIsGone, Keys

PETITION = bytes(range(16))
DAY = datetime.date(2026, 11, 22)


def test_a_secret_is_made_once_even_by_many_at_a_time(tmp_path):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(Keys(tmp_path / "keys").make_pepper(PETITION))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32


def test_nobody_else_may_read_it(tmp_path):
    keys = Keys(tmp_path / "keys")
    keys.make_pepper(PETITION)
    keys.day_key("tokens", DAY)
    keys.site_key()
    for file in (tmp_path / "keys").rglob("*"):
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_a_destroyed_pepper_is_gone_from_the_disk_and_says_so(tmp_path):
    keys = Keys(tmp_path / "keys")
    pepper = keys.make_pepper(PETITION)
    keys.destroy_pepper(PETITION)
    assert not any(pepper in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    with pytest.raises(KeyIsGone, match="destroyed"):
        keys.pepper(PETITION)
    keys.destroy_pepper(PETITION)  # twice is no error


def test_keys_of_old_days_go_and_the_others_stay(tmp_path):
    keys = Keys(tmp_path / "keys")
    days = [DAY - datetime.timedelta(days=number) for number in range(4)]
    for day in days:
        keys.day_key("tokens", day)
    keys.destroy_day_keys("tokens", before=days[1])
    assert [keys.known_day_key("tokens", day) is not None for day in days] == [True, True, False, False]
    assert keys.known_day_key("outbox", DAY) is None


@pytest.mark.parametrize("name", ["2018-11-29.orig", "2018-13-40", "20181129", "2018-W48-4", "1"])
def test_a_file_that_is_no_key_stays_and_keeps_no_key_from_going(tmp_path, name):
    keys = Keys(tmp_path / "keys")
    keys.day_key("tokens", DAY)
    stray = tmp_path / "keys/tokens" / name
    stray.write_text("somebody's copy")
    keys.destroy_day_keys("tokens", before=DAY + datetime.timedelta(days=1))
    assert keys.known_day_key("tokens", DAY) is None
    assert stray.read_text() == "somebody's copy"


def test_two_processes_share_their_secrets(tmp_path):
    assert Keys(tmp_path / "keys").site_public_key() == Keys(tmp_path / "keys").site_public_key()
