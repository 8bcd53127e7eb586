"""Making a pair of keys."""

import pytest

from rightswire.seal.box import PrivateKey, PublicKey, WrongPassphrase, open_sealed, seal
from rightswire.seal.offline import keygen
from rightswire.seal.offline.own_keys import KeyProblem, read_own_keys

PASSPHRASE = "correct example battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Passphrases are stretched with less memory, so that trying is quick."""
    monkeypatch.setattr("rightswire.seal.box.PASSPHRASE_MEMORY", 64)


@pytest.fixture
def made(tmp_path, capsys):
    """make() runs `keygen` and returns its status, what it said, and what it complained of."""
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")

    def make(*more: str) -> tuple[int, str, str]:
        status = keygen.main(["--out", str(tmp_path), "--name", "org", *more])
        return (status, *capsys.readouterr())

    return make


def test_what_the_public_file_encrypts_the_private_file_opens_with_the_passphrase(made, tmp_path):
    status, said, _ = made("--passphrase-file", str(tmp_path / "passphrase"))
    assert status == 0
    public = PublicKey.parse((tmp_path / "org.pub").read_text())
    text = (tmp_path / "org.key").read_text()
    private = PrivateKey.load(text, PASSPHRASE)
    assert open_sealed(seal(b"a name", bytes(16), [public]), bytes(16), private) == b"a name"
    with pytest.raises(WrongPassphrase):
        PrivateKey.load(text, PASSPHRASE + "!")
    assert public.id.hex() in said
    assert (tmp_path / "org.key").stat().st_mode & 0o077 == 0


def test_it_says_which_file_goes_where_and_says_no_secret(made, tmp_path):
    _, said, _ = made("--passphrase-file", str(tmp_path / "passphrase"))
    assert f"{tmp_path}/org.key\n  opens what is encrypted for it" in said
    assert f"{tmp_path}/org.pub\n  only encrypts" in said
    assert PASSPHRASE not in said
    assert (tmp_path / "org.key").read_text().strip() not in said


@pytest.mark.parametrize("there", ["org.key", "org.pub"])
def test_a_key_that_is_there_is_never_written_over(made, tmp_path, there):
    (tmp_path / there).write_text("precious")
    status, _, complaint = made("--passphrase-file", str(tmp_path / "passphrase"))
    assert status == 1
    assert "is there already" in complaint
    assert {file.name: file.read_text() for file in tmp_path.iterdir() if "org" in file.name} == {there: "precious"}


def test_an_empty_passphrase_file_makes_no_key(made, tmp_path):
    (tmp_path / "passphrase").write_text("\n")
    status, _, complaint = made("--passphrase-file", str(tmp_path / "passphrase"))
    assert (status, "no passphrase" in complaint) == (1, True)
    assert not (tmp_path / "org.key").exists()


def test_a_short_passphrase_is_pointed_out(made, tmp_path):
    (tmp_path / "passphrase").write_text("demo")
    _, said, _ = made("--passphrase-file", str(tmp_path / "passphrase"))
    assert "fewer than 16 characters" in said


def test_the_passphrase_is_asked_twice_until_both_are_the_same(made, tmp_path, monkeypatch):
    answers = iter(["", "one", "other", PASSPHRASE, PASSPHRASE])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert made()[0] == 0
    PrivateKey.load((tmp_path / "org.key").read_text(), PASSPHRASE)


def ends_at(prompt: str) -> str:
    raise EOFError


@pytest.mark.parametrize("answers", [[], [PASSPHRASE]])
def test_an_end_in_place_of_a_passphrase_makes_no_key(made, tmp_path, monkeypatch, answers):
    """Ctrl-D, at the first question or at the second."""
    left = list(answers)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: left.pop() if left else ends_at(prompt))
    status, _, complaint = made()
    assert (status, list(tmp_path.glob("org.*"))) == (1, [])
    assert "No passphrase was given" in complaint


def test_an_end_in_place_of_a_passphrase_opens_nothing(tmp_path, monkeypatch):
    file = tmp_path / "org.key"
    file.write_text(PrivateKey.generate().protected(PASSPHRASE), encoding="ascii")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", ends_at)
    with pytest.raises(KeyProblem, match="No passphrase was given"):
        read_own_keys([file], [])


def test_without_a_terminal_it_asks_for_a_file(made, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    status, _, complaint = made()
    assert status == 1
    assert "--passphrase-file" in complaint


def test_a_folder_that_is_not_there_is_named(made, tmp_path):
    status, _, complaint = made("--out", str(tmp_path / "nowhere"), "--passphrase-file", str(tmp_path / "passphrase"))
    assert status == 1
    assert "nowhere/org.key" in complaint


@pytest.mark.parametrize("name", ["../org", "a/b", "", ".hidden", "x" * 65])
def test_a_name_that_leads_elsewhere_is_wrong_usage(name, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        keygen.main(["--out", str(tmp_path), "--name", name])
    assert end.value.code == 2
