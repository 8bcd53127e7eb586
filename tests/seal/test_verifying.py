"""A site is published as the server does it, then somebody tampers with the copy that is checked."""

import base64
import datetime
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightswire.seal import counting_code, log, minisign, published
from rightswire.seal.verifying import main, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SITE = "https://news.example.org"
PETITION = "free-maria"
FIRST = datetime.date(2026, 11, 20)


def commitment(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(4, "big")).digest()


def signed(*numbers: int) -> list[tuple[str, bytes]]:
    return [("s", commitment(number)) for number in numbers]


def erased(*numbers: int) -> list[tuple[str, bytes]]:
    return [("e", commitment(number)) for number in numbers]


DAYS = [signed(1, 2, 3), [], erased(2, 5) + signed(4, 5), signed(6)]  # 5 signs and is erased on one day


def publish(site: Path, days=DAYS, *, petition: str = PETITION, key: Ed25519PrivateKey = KEY, **wrong) -> Path:
    """Writes a petition's log; `wrong` puts a false number in every head."""
    folder = site / ".well-known/rightswire/log" / petition
    folder.mkdir(parents=True)
    tree, signatures, erasures, names = log.Tree(), 0, 0, []
    for number, entries in enumerate(days):
        day = FIRST + datetime.timedelta(days=number)
        for kind, value in entries:
            tree.append(log.entry_hash(kind, value))
            signatures, erasures = signatures + (kind == "s"), erasures + (kind == "e")
        name = log.origin(SITE, petition)
        numbers = {"signatures": signatures, "erasures": erasures, "set_aside": 2 * number} | wrong
        head = log.checkpoint(name, tree.size, tree.root(), day, **numbers, key=key, name=name)
        (folder / day.isoformat()).write_text(head)
        (folder / f"{day.isoformat()}.entries").write_text(log.entries_text(entries))
        names.append(day.isoformat())
    (folder / "days.json").write_text(json.dumps(names))
    listed = sorted(path.name for path in folder.parent.iterdir() if path.is_dir())
    (folder.parent / "petitions.json").write_text(json.dumps(listed))
    (folder.parents[1] / "public.key").write_text(minisign.public_key_file(KEY.public_key().public_bytes_raw()))
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    publish(root)
    return root


@pytest.fixture
def folder(site: Path) -> Path:
    return site / ".well-known/rightswire/log" / PETITION


def problems(site: Path | str, **given) -> str:
    report = verify(str(site), **{"key_file": None, "receipt": None} | given)
    return "\n".join(report.problems)


def code_file(copy: Path, number: int, *, by: str = "2026-11-22", **changes) -> Path:
    fields = {"site": SITE, "petition": PETITION, "commitment": commitment(number), "received": FIRST, "key": KEY}
    file = copy.parent / f"code-{number}.json"
    file.write_text(counting_code.make(**fields | {"by": datetime.date.fromisoformat(by)} | changes))
    return file


def outcome(site: Path | str, code: Path) -> str:
    report = verify(str(site), key_file=None, receipt=code)
    assert bool(report.problems) == (report.code.outcome not in ("counted", "erased", "not yet due"))
    return report.code.outcome


# The log


def test_what_was_published_is_right(site):
    publish(site, [], petition="new")
    publish(site, [signed(1)], petition="another")
    report = verify(str(site), key_file=None, receipt=None)
    assert report.problems == []
    another, ours, new = report.logs
    assert (ours.petition, ours.days, ours.newest.date) == (PETITION, 4, datetime.date(2026, 11, 23))
    assert (ours.newest.size, ours.newest.signatures, ours.newest.erasures, ours.newest.set_aside) == (8, 6, 2, 6)
    assert another.newest.size == 1
    assert (new.days, new.newest) == (0, None)


def test_no_byte_can_be_changed_in_any_file(site, tmp_path):
    files = sorted(path for path in site.rglob("*") if path.is_file())
    known = tmp_path / "known.key"
    shutil.copy(site / ".well-known/rightswire/public.key", known)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.sampled_from(files), st.data(), st.integers(min_value=1, max_value=255))
    def tamper(file, data, change):
        content = file.read_bytes()
        comment = content.find(b"\n") if file.name == "public.key" else 0  # a key's comment means nothing
        if comment == len(content):
            return  # the day without entries
        at = data.draw(st.integers(min_value=comment, max_value=len(content) - 1))
        file.write_bytes(content[:at] + bytes([content[at] ^ change]) + content[at + 1 :])
        try:
            assert problems(site, key_file=known) or _says_the_same(file, content)
        finally:
            file.write_bytes(content)

    assert problems(site, key_file=known) == ""
    tamper()


def _says_the_same(file: Path, before: bytes) -> bool:
    """A list of JSON with another kind of space in it, or a key with another line ending."""
    if file.name == "public.key":
        return minisign.read_public_key_file(file.read_text()) == minisign.read_public_key_file(before.decode())
    return file.suffix == ".json" and json.loads(file.read_bytes()) == json.loads(before)


@pytest.mark.parametrize("name", ["2026-11-21", "2026-11-22.entries", "days.json"])
def test_a_missing_file_is_named(site, folder, name):
    (folder / name).unlink()
    assert "missing" in problems(site)


def test_a_signature_that_was_taken_away_is_noticed(site, folder):
    entries = folder / "2026-11-20.entries"
    entries.write_text("".join(entries.read_text().splitlines(keepends=True)[1:]))
    assert "its head is that of 3 entries, but 2 are published" in problems(site)


def test_entries_in_another_order_or_exchanged_are_noticed(site, folder):
    entries = folder / "2026-11-20.entries"
    lines = entries.read_text().splitlines(keepends=True)
    entries.write_text("".join(lines[::-1]))
    assert "does not fit the published entries" in problems(site)
    entries.write_text("".join(lines[:2]) + log.entries_text(signed(9)))
    assert "does not fit the published entries" in problems(site)


def test_a_day_that_was_rewritten_and_signed_anew_breaks_the_days_after_it(site, folder, tmp_path):
    """Even with the site's own key the past cannot be changed for those who have the later heads."""
    other = publish(tmp_path / "other", [signed(1, 3)])
    for name in ("2026-11-20", "2026-11-20.entries"):
        shutil.copy(other / name, folder / name)
    found = problems(site)
    assert "2026-11-21: its head is that of 3 entries, but 2 are published" in found
    assert "No later day of this log was checked." in found


def test_a_person_who_is_counted_twice_is_noticed(tmp_path):
    publish(tmp_path / "a", [signed(1, 2), signed(2)])
    assert "2026-11-21: it counts a signature for a second time" in problems(tmp_path / "a")
    publish(tmp_path / "b", [signed(1), erased(1), signed(1)])
    assert "2026-11-22: it counts a signature for a second time" in problems(tmp_path / "b")


def test_an_erasure_needs_its_signature_before(tmp_path):
    for number, days in enumerate([[erased(1)], [signed(1), erased(2)], [signed(1), erased(1), erased(1)]]):
        publish(tmp_path / str(number), days)
        assert "it erases what was not counted" in problems(tmp_path / str(number))
    publish(tmp_path / "late", [erased(1), signed(1)])
    assert "2026-11-20: it erases what was not counted" in problems(tmp_path / "late")


@pytest.mark.parametrize("number", ["signatures", "erasures"])
def test_a_number_that_the_entries_do_not_give_is_noticed(tmp_path, number):
    publish(tmp_path, **{number: 7})
    assert "the numbers of its head are not those of the published entries" in problems(tmp_path)


def test_what_was_set_aside_never_becomes_less(site, folder, tmp_path):
    other = publish(tmp_path / "other", set_aside=1)
    shutil.copy(other / "2026-11-22", folder / "2026-11-22")
    assert "2026-11-22: it has fewer false sign-ups set aside" in problems(site)


def test_heads_of_another_day_or_another_petition_are_noticed(site, folder):
    shutil.copy(folder / "2026-11-20", folder / "2026-11-21")
    assert "its head is that of another day" in problems(site)
    shutil.copytree(publish(site, petition="other"), folder, dirs_exist_ok=True)
    assert f"{PETITION}, 2026-11-20: its head is that of another log" in problems(site)


def test_days_out_of_order_twice_or_none_are_noticed(site, folder):
    days = json.loads((folder / "days.json").read_text())
    for wrong in (days[::-1], [days[0], *days]):
        (folder / "days.json").write_text(json.dumps(wrong))
        assert "its list of days is not in order" in problems(site)
    for wrong in ({}, "2026-11-20", ["../../../secret"], ["2026-02-30"], [3], None):
        (folder / "days.json").write_text(json.dumps(wrong))
        assert "it is not a list as it should be" in problems(site)


def test_one_wrong_log_does_not_hide_the_others(site, folder):
    publish(site, petition="zzz")
    (folder / "2026-11-21").write_text("x")
    report = verify(str(site), key_file=None, receipt=None)
    assert len(report.problems) == 1
    assert [(one.petition, one.days) for one in report.logs] == [(PETITION, 1), ("zzz", 4)]


def test_where_there_is_nothing_to_check_it_says_so(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    assert "There is nothing to check here" in capsys.readouterr().out


def test_a_list_of_petitions_cannot_lead_out_of_the_folder(site):
    (site / ".well-known/rightswire/log/petitions.json").write_text('["../../../../etc"]')
    assert "it is not a list as it should be" in problems(site)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_copy_does_not_hold_it_up(site, folder):
    (folder / "2026-11-21").unlink()
    os.mkfifo(folder / "2026-11-21")
    assert "missing" in problems(site)


def test_a_file_of_any_size_is_not_taken_in(site, folder, monkeypatch):
    monkeypatch.setattr("rightswire.seal.verifying.LARGEST_ENTRIES", 100)
    assert "2026-11-20.entries: it is too large" in problems(site)


# The key


def test_a_log_signed_with_another_key_is_noticed(tmp_path):
    publish(tmp_path, key=OTHER)
    assert "its head is not signed with this key" in problems(tmp_path)


def test_a_key_that_was_exchanged_with_the_whole_log_is_noticed_by_who_kept_the_old(tmp_path):
    publish(tmp_path / "site", key=OTHER)
    key = tmp_path / "site/.well-known/rightswire/public.key"
    kept = Path(shutil.move(key, tmp_path / "kept.key"))
    key.write_text(minisign.public_key_file(OTHER.public_key().public_bytes_raw()))
    assert problems(tmp_path / "site") == ""
    found = problems(tmp_path / "site", key_file=kept)
    assert "the site publishes another key than yours" in found
    assert "not signed with this key" in found


def test_without_any_key_it_says_what_to_do(site, tmp_path):
    key = site / ".well-known/rightswire/public.key"
    kept = Path(shutil.move(key, tmp_path / "kept.key"))
    assert "--key" in problems(site)
    assert problems(site, key_file=kept) == ""
    kept.write_text("no key")
    assert "not a site's public key" in problems(site, key_file=kept)
    key.write_bytes(b"\xff\n\xff")
    assert "not a site's public key" in problems(site)


MINISIGN = shutil.which("minisign")


@pytest.mark.skipif(MINISIGN is None, reason="Debian's minisign is not installed: the key file was not tried with it")
def test_minisign_checks_with_the_key_file(tmp_path):
    """A signature made with `cryptography` in minisign's older form (Ed, not hashed first)."""
    raw, text = KEY.public_key().public_bytes_raw(), tmp_path / "text"
    (tmp_path / "public.key").write_text(minisign.public_key_file(raw))
    text.write_bytes(b"What was promised")
    signature = KEY.sign(text.read_bytes())
    comment = b"made for a test"
    encoded = base64.b64encode(b"Ed" + minisign.key_id(raw) + signature).decode()
    of_comment = base64.b64encode(KEY.sign(signature + comment)).decode()
    lines = f"untrusted comment: x\n{encoded}\ntrusted comment: {comment.decode()}\n{of_comment}\n"
    (tmp_path / "text.minisig").write_text(lines)
    command = [MINISIGN, "-V", "-p", "public.key", "-m", "text"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    text.write_bytes(b"Something else")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 1


def test_a_key_file_is_read_as_it_was_written():
    raw = KEY.public_key().public_bytes_raw()
    text = minisign.public_key_file(raw)
    assert minisign.read_public_key_file(text) == raw
    assert minisign.read_public_key_file(text.replace("\n", "\r\n")) == raw
    assert text.splitlines()[1].startswith("RW")
    for wrong in ("", text[:-10], text.replace("RW", "RV"), text.splitlines()[1], text.replace("untrusted", "")):
        with pytest.raises(minisign.KeyFileError):
            minisign.read_public_key_file(wrong)


# Counting codes


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "counted"), (4, "counted"), (6, "counted"), (2, "erased"), (5, "erased")]
)
def test_a_code_whose_signature_is_in_the_log(site, number, expected):
    assert outcome(site, code_file(site, number)) == expected


def test_it_says_on_which_day(site):
    def text(number):
        return verify(str(site), key_file=None, receipt=code_file(site, number)).code.text

    assert text(6) == "Counted on 2026-11-23."
    assert text(2) == "Counted on 2026-11-20, and erased on 2026-11-22."


def test_a_code_that_the_log_does_not_hold_by_its_day_is_missing(site):
    assert outcome(site, code_file(site, 7, by="2026-11-23")) == "missing"
    assert outcome(site, code_file(site, 8, by="2026-11-20")) == "missing"


def test_a_code_whose_day_has_not_come(site):
    code = code_file(site, 7, by="2026-11-24")
    with time_machine.travel("2026-11-25T12:00Z"):
        assert outcome(site, code) == "not yet due"
    with time_machine.travel("2026-11-26T00:30Z"):
        assert outcome(site, code) == "missing"  # the log has stopped


def test_a_code_of_another_site_or_changed_is_not_this_sites(site):
    assert outcome(site, code_file(site, 1, key=OTHER)) == "not this site's"
    assert outcome(site, code_file(site, 1, site="https://other.example.org")) == "not this site's"
    code = code_file(site, 1)
    code.write_text(code.read_text().replace("2026-11-22", "2027-11-22"))
    assert outcome(site, code) == "not this site's"


def test_a_code_of_a_petition_that_has_no_log_is_missing(site):
    assert outcome(site, code_file(site, 1, petition="hidden")) == "missing"


def test_a_code_is_counted_only_where_the_log_is_right(site, folder):
    (folder / "2026-11-22").write_text("x")
    assert verify(str(site), key_file=None, receipt=code_file(site, 1)).code.outcome == "counted"
    assert verify(str(site), key_file=None, receipt=code_file(site, 6)).code.outcome == "unknown"
    (folder.parent / "petitions.json").unlink()
    assert outcome(site, code_file(site, 1)) == "unknown"


def test_a_commitment_of_another_petition_does_not_count(site):
    publish(site, [signed(20)], petition="other")
    assert outcome(site, code_file(site, 20, by="2026-11-20")) == "missing"


def test_what_is_no_code_is_named(site, tmp_path):
    for content in (b"x", b"\xff\xfe", b"[" * 5000):
        (tmp_path / "code.json").write_bytes(content)
        assert "not a counting code" in problems(site, receipt=tmp_path / "code.json")


# Over the web


class Quiet(http.server.SimpleHTTPRequestHandler):
    asked: list[str] = []

    def log_message(self, *arguments):
        self.asked.append(self.path)


class Leading(Quiet):
    """Leads some files elsewhere, breaks off others."""

    elsewhere = ""

    def do_GET(self):
        if self.path.endswith("/moved.key"):
            super().do_GET()
        elif self.path.endswith("public.key") and self.elsewhere:
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
            self.end_headers()
        elif self.path.endswith(".entries") and not self.elsewhere:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"s ")
        else:
            super().do_GET()


@pytest.fixture
def serve(site: Path) -> Iterator:
    """serve(handler) -> the address at which the site is served."""
    servers = []

    def start(handler: type[Quiet] = Quiet) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: handler(*given, directory=str(site)))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_site_is_checked_over_the_web(serve, site, folder):
    address = serve()
    assert problems(address) == ""
    assert outcome(address + "/", code_file(site, 6)) == "counted"
    (folder / "2026-11-22.entries").unlink()
    assert "the file 2026-11-22.entries is missing" in problems(address)


def test_the_site_cannot_tell_whether_or_which_code_is_checked(serve, site, monkeypatch):
    publish(site, petition="another")
    address, asked = serve(), []
    for code in (None, code_file(site, 1), code_file(site, 2), code_file(site, 99), code_file(site, 3, petition="x")):
        monkeypatch.setattr(Quiet, "asked", [])
        verify(address, key_file=None, receipt=code)
        asked.append(Quiet.asked)
    assert len(asked[0]) == 20
    assert all(one == asked[0] for one in asked)


def test_another_host_is_not_followed(serve, monkeypatch):
    monkeypatch.setattr(Leading, "elsewhere", serve().replace("127.0.0.1", "localhost") + "/x")
    assert "leads to another host" in problems(serve(Leading))
    monkeypatch.setattr(Leading, "elsewhere", "file:///etc/passwd")
    assert "the server answered with 302" in problems(serve(Leading))


def test_the_same_host_is_followed(serve, site, monkeypatch):
    shutil.copy(site / ".well-known/rightswire/public.key", site / "moved.key")
    monkeypatch.setattr(Leading, "elsewhere", "/moved.key")
    assert problems(serve(Leading)) == ""


def test_an_answer_that_breaks_off_is_not_called_a_wrong_log(serve):
    assert "the server broke off; please try again" in problems(serve(Leading))


def test_a_server_that_does_not_answer_is_named(serve):
    assert "the server did not answer" in problems("http://127.0.0.1:9/")


def test_a_server_in_trouble_is_named(serve, monkeypatch):
    monkeypatch.setattr(Quiet, "do_GET", lambda self: self.send_error(503))
    assert "the server answered with 503" in problems(serve())


def test_an_endless_answer_is_cut(serve, monkeypatch):
    monkeypatch.setattr("rightswire.seal.verifying.LARGEST_ENTRIES", 100)
    assert "it is too large" in problems(serve())
    monkeypatch.setattr(published, "_LONGEST", -1)
    assert "it came too slowly" in problems(serve())


# The command


def test_the_command_says_what_it_found_and_ends_with_0(site, capsys):
    assert main([str(site), "--receipt", str(code_file(site, 1))]) == 0
    said = capsys.readouterr().out
    assert "free-maria: 4 days, the newest 2026-11-23: 4 counted (6 signatures, 2 erased)" in said
    assert "Counting code: Counted on 2026-11-20." in said
    assert "Everything that was checked is right." in said


def test_it_ends_with_1_and_names_what_is_wrong(site, folder, capsys):
    (folder / "2026-11-21").unlink()
    assert main([str(site)]) == 1
    assert "Wrong: free-maria, 2026-11-21: the file 2026-11-21 is missing." in capsys.readouterr().out


def test_wrong_usage_ends_with_2(site, tmp_path, capsys):
    for wrong in (
        [],
        [str(tmp_path / "nowhere")],
        ["ftp://news.example.org"],
        ["https://"],
        ["https://u:p@news.example.org"],
        ["https://news.example.org:x"],
        [str(site), "--key", str(tmp_path / "nowhere")],
        [str(site), "--receipt", str(tmp_path)],
    ):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2
    assert "u:p" not in capsys.readouterr().err


def test_programs_get_json(site, capsys):
    assert main([str(site), "--json", "--receipt", str(code_file(site, 2))]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["is_right"], found["problems"], found["is_given_key"]) == (True, [], False)
    assert found["code"]["outcome"] == "erased"
    assert found["logs"][0]["newest"]["signatures"] == 6
    assert found["key"].startswith("RW")


def test_it_needs_no_django(site):
    program = (
        "import sys; from rightswire.seal import verifying, address, log, counting_code, minisign\n"
        f"status = verifying.main([{str(site)!r}])\n"
        "sys.exit(9 if any(name.split('.')[0] == 'django' for name in sys.modules) else status)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0
