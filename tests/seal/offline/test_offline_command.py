"""The command as people run it: on its own, without Django, without a network, ended half-way."""

import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rightswire.seal.box import PrivateKey
from rightswire.seal.offline import command
from seal.offline.exports import Export, Signer, codes_test

PASSPHRASE = "correct example battery staple"
PROGRAM = [sys.executable, "-m", "rightswire.seal.offline"]
ONE_FILE = Path(__file__).resolve().parents[3] / "dist" / "open_delivery"
CUT_OFF = ["unshare", "-rn"]  # a network without a single address

WITHOUT_DJANGO = """
import sys
from rightswire.seal.offline.command import main
status = main(sys.argv[1:])
loaded = [name for name in sys.modules if name.partition(".")[0] in ("django", "wagtail") or ".conf" in name]
sys.exit(status or (f"loaded: {loaded}" if loaded else 0))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A delivery of three, a key, its passphrase."""
    folder = tmp_path_factory.mktemp("delivery")
    export = Export()
    export.sign(*[Signer(f"Signer {number}", show_name_to=(7,)) for number in range(3)])
    export.write(folder / "delivery")
    (folder / "key").write_text(export.keys[0].protected(PASSPHRASE))
    (folder / "public").write_text(export.keys[0].public.text())
    (folder / "passphrase").write_text(PASSPHRASE)
    codes_test(export.keys[0]).write(folder / "test")
    return folder


def words(folder: Path, out: Path, *more: str, file: str = "delivery") -> list[str]:
    keys = ["--key", str(folder / "key"), "--passphrase-file", str(folder / "passphrase")]
    return [str(folder / file), *keys, "--out", str(out), *more]


def is_cut_off_possible() -> bool:
    return bool(shutil.which("unshare")) and subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode == 0


def test_it_opens_says_so_and_ends_with_0(folder, tmp_path, capsys):
    assert command.main(words(folder, tmp_path / "out")) == 0
    said, progress = capsys.readouterr()
    assert "Confirmed: 3" in said
    assert "Opening: 100 %" in progress
    assert (tmp_path / "out" / "signers.xlsx").exists()


def test_json_is_the_summary_and_nothing_else(folder, tmp_path, capsys):
    command.main(words(folder, tmp_path / "out", "--json"))
    said = json.loads(capsys.readouterr().out)
    assert (said["confirmed"], said["alarms"], said["petition"]) == (3, [], "drop-dragonfly")
    assert set(said["files"]) == {file.name for file in (tmp_path / "out").iterdir()}
    assert said == json.loads((tmp_path / "out" / "tally.json").read_text())


def test_an_alarm_is_said_and_ends_with_1(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("rightswire.seal.box.PASSPHRASE_MEMORY", 64)
    export = Export()
    export.sign(Signer("Ann"), Signer("Bea"))
    export.lines.pop()
    export.write(tmp_path / "delivery")
    (tmp_path / "key").write_text(export.keys[0].protected(PASSPHRASE))
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    assert command.main(words(tmp_path, tmp_path / "out")) == 1
    assert "ALARM: Signatures in the public log that have no record here" in capsys.readouterr().out
    assert (tmp_path / "out" / "signers.xlsx").exists()


def test_a_wrong_passphrase_opens_nothing_and_leaves_nothing(folder, tmp_path, capsys):
    (tmp_path / "wrong").write_text("guessed")
    more = ["--key", str(folder / "key"), "--passphrase-file", str(tmp_path / "wrong"), "--out", str(tmp_path / "out")]
    assert command.main([str(folder / "delivery"), *more]) == 1
    said, complaint = capsys.readouterr()
    assert "The passphrase does not open" in complaint
    assert "guessed" not in said + complaint
    assert [file.name for file in tmp_path.iterdir()] == ["wrong"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--key", "nowhere"], "No such file or directory (nowhere)"),
        (["--key", "{public}"], "none can open anything"),
        (["--key", "{delivery}"], "not a key"),
    ],
)
def test_a_key_that_cannot_open_is_named(folder, tmp_path, capsys, more, expected):
    more = [word.format(public=folder / "public", delivery=folder / "delivery") for word in more]
    more += ["--passphrase-file", str(folder / "passphrase"), "--out", str(tmp_path / "out")]
    assert command.main([str(folder / "delivery"), *more]) == 1
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "more", [["--country", "Canada"], ["--since", "yesterday"], ["--language", "français"], ["--target", "x"]]
)
def test_wrong_words_end_with_2(folder, tmp_path, more, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(words(folder, tmp_path / "out", *more))
    assert end.value.code == 2


def test_without_a_folder_for_what_is_opened_it_ends_with_2(folder, capsys):
    keys = ["--key", str(folder / "key"), "--passphrase-file", str(folder / "passphrase")]
    assert command.main([str(folder / "delivery"), *keys]) == 2


def test_the_test_of_a_key_says_the_code(folder, capsys):
    keys = ["--key", str(folder / "key"), "--passphrase-file", str(folder / "passphrase")]
    assert command.main([str(folder / "test"), *keys]) == 0
    assert capsys.readouterr().out == "This key opens. The code is: 123-456\n"


def test_django_is_not_loaded(folder, tmp_path):
    program = [sys.executable, "-c", WITHOUT_DJANGO, *words(folder, tmp_path / "out")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not is_cut_off_possible(), reason="this machine lets nobody start a program without a network")
def test_it_needs_no_network(folder, tmp_path):
    is_cut_off = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9), 1)"]
    assert b"Network is unreachable" in subprocess.run([*CUT_OFF, *is_cut_off], capture_output=True).stderr
    done = subprocess.run([*CUT_OFF, *PROGRAM, *words(folder, tmp_path / "out")], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "for-sundar-pichai.pdf").exists()


@pytest.mark.skipif(not ONE_FILE.exists(), reason="the one file is not built: make open-delivery")
def test_the_one_file_works_without_python_settings_and_network(folder, tmp_path):
    program = [str(ONE_FILE), *words(folder, tmp_path / "out", "--json")]
    cut_off = CUT_OFF if is_cut_off_possible() else []
    done = subprocess.run(
        [*cut_off, *program], env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["confirmed"] == 3
    assert {file.name for file in tmp_path.iterdir()} == {"out"}


def test_a_full_disk_leaves_nothing_behind(folder, tmp_path):
    done = subprocess.run(
        [*PROGRAM, *words(folder, tmp_path / "out")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def half_way(tmp_path):
    """A delivery so large that several processes open it; yields the program while they are at it."""
    export = Export()
    export.sign(*[Signer(f"Signer {number}", show_name_to=(7,)) for number in range(5_000)])
    export.write(tmp_path / "delivery")
    (tmp_path / "key").write_text(export.keys[0].protected(PASSPHRASE))
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    program = [*PROGRAM, *words(tmp_path, tmp_path / "out")]
    with subprocess.Popen(program, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.startswith("Opening"):
                break
        assert (tmp_path / ".out.unfinished").exists()
        yield process
        process.communicate(timeout=60)  # comes back when all that could write are gone


def test_ended_half_way_it_leaves_nothing_behind(half_way, tmp_path):
    half_way.send_signal(signal.SIGTERM)
    half_way.communicate(timeout=60)
    assert half_way.returncode == 128 + signal.SIGTERM
    assert {file.name for file in tmp_path.iterdir()} == {"delivery", "key", "passphrase"}


def test_killed_half_way_no_process_goes_on_with_the_key(half_way, tmp_path):
    half_way.kill()
    half_way.communicate(timeout=60)
    assert half_way.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()


def test_on_a_terminal_it_asks_for_the_passphrase_again(folder, tmp_path):
    program = [*PROGRAM, str(folder / "delivery"), "--key", str(folder / "key"), "--out", str(tmp_path / "out")]
    ours, theirs = pty.openpty()
    with subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        said = ""
        answers = iter(["guessed", PASSPHRASE])
        try:
            while piece := os.read(ours, 4096).decode(errors="replace"):
                said += piece
                if piece.endswith("Passphrase of key: "):
                    os.write(ours, (next(answers) + "\n").encode())
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    assert "The passphrase does not open this key" in said
    assert "guessed" not in said
    assert "Confirmed: 3" in said
    assert PrivateKey.load((folder / "key").read_text(), PASSPHRASE)
