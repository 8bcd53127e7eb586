"""The list goes out by two people, once, encrypted; and opens away from the server as a spreadsheet."""

import base64
import csv
import datetime
import io
import stat
import subprocess
import sys
import zipfile

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rightswire import cli
from rightswire.accounts.models import User
from rightswire.campaigns.models import Petition
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters import suppressing
from rightswire.newsletters.addresses import seal_address
from rightswire.newsletters.lists import exporting
from rightswire.newsletters.lists.importing import Terms, import_list
from rightswire.newsletters.lists.opening import as_text, cell, main
from rightswire.newsletters.models import (
    Consent,
    Follow,
    ListExport,
    Rhythm,
    Subscriber,
    SubscriberState,
    Suppression,
)
from rightswire.seal.address import read_address
from rightswire.seal.box import PrivateKey

PASSPHRASE = "six words chosen by dice today"
# By Info-ZIP's `zip -P`, with the names of the parts of a list.
WITH_PASSWORD = base64.b64decode(
    "UEsDBAoACQAAAFaFe10GsKHdDwAAAAMAAAAJAAAAbGlzdC5qc29uYN1+Tv/+Nzgs/C5fu8MZUEsHCAawod0PAAAAAwAAAFBLAwQKAAkAAABW"
    "hXtdBrCh3Q8AAAADAAAACgAAAHJvd3MuanNvbmy5zWtcIEglHTNnUvrQAudQSwcIBrCh3Q8AAAADAAAAUEsDBAoACQAAAFaFe10GsKHdDwAA"
    "AAMAAAAJAAAAc2lnbmF0dXJlakJKQdomvN/IosUTHuhgUEsHCAawod0PAAAAAwAAAFBLAQIeAwoACQAAAFaFe10GsKHdDwAAAAMAAAAJAAAA"
    "AAAAAAAAAACkgQAAAABsaXN0Lmpzb25QSwECHgMKAAkAAABWhXtdBrCh3Q8AAAADAAAACgAAAAAAAAAAAAAApIFGAAAAcm93cy5qc29ubFBL"
    "AQIeAwoACQAAAFaFe10GsKHdDwAAAAMAAAAJAAAAAAAAAAAAAACkgY0AAABzaWduYXR1cmVQSwUGAAAAAAMAAwCmAAAA0wAAAAAA"
)


@pytest.fixture
def two(db):
    return [User.objects.create_user(name, password="a long pass phrase") for name in ("ada", "grace")]


@pytest.fixture
def agreed(two):
    exporting.ask(two[0])
    exporting.agree(two[1])


@pytest.fixture
def key_files(tmp_path, mailing_key):
    """--key and --passphrase-file."""
    (tmp_path / "own.key").write_text(mailing_key.protected(PASSPHRASE))
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    return ["--key", str(tmp_path / "own.key"), "--passphrase-file", str(tmp_path / "pass")]


def rows_of(file):
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))


def opened(tmp_path, key_files, name="list.zip"):
    out = tmp_path / "out.csv"
    status = main([str(tmp_path / name), *key_files, str(out)])
    return status, rows_of(out) if out.exists() else []


def test_there_and_back(tmp_path, subscribe, agreed, key_files, capfd):
    ada = subscribe("ada@example.org", rhythm="now", language="ar", countries=("EG", "CA"), topics=("prison",))
    Follow.objects.create(subscriber=ada, petition=Petition.objects.create(name="Free them", slug="free-them"))
    words = "Yes, “news”;\nevery\tweek."
    terms = Terms(words, "=Old list", "fr", datetime.date(2016, 1, 3), status="subscribed", rhythm=Rhythm.DAILY)
    import_list(io.BytesIO("email,tz\nzoë@example.org,Africa/Cairo\n+1@example.org,\n".encode()), "x.csv", terms)
    Subscriber.objects.filter(zone="Africa/Cairo").update(
        state=SubscriberState.SUSPENDED, paused_until="2030-01-01", consent_ends_on="2031-01-01", wants_letters=False
    )
    assert exporting.export_agreed(tmp_path / "list.zip") == 3
    status, rows = opened(tmp_path, key_files)
    assert status == 0
    found = {read_address(row["email"]): row for row in rows}
    assert found.keys() == {"ada@example.org", "zoë@example.org", "+1@example.org"}
    ada_row, zoe = found["ada@example.org"], found["zoë@example.org"]
    assert (ada_row["language"], ada_row["rhythm"], ada_row["countries"]) == ("ar", "now", "CA EG")
    assert (ada_row["topics"], ada_row["follows"], ada_row["consent basis"]) == ("prison", "free-them", "form")
    assert ada_row["consent date"] == str(Consent.objects.get(subscriber=ada).day)
    assert ada_row["consent words"] == Consent.objects.get(subscriber=ada).wording.words
    assert zoe == {
        "email": "zoë@example.org",
        "language": "fr",
        "rhythm": "daily",
        "topics": "",
        "countries": "",
        "kinds": "",
        "newsletters": "no",
        "follows": "",
        "time zone": "Africa/Cairo",
        "status": "suspended",
        "paused until": "2030-01-01",
        "consent date": "2016-01-03",
        "consent basis": "import",
        "consent source": "'=Old list",
        "consent version": "import",
        "consent words": "Yes, “news”; every week.",
        "consent ends on": "2031-01-01",
    }
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600
    assert "readable to you alone" in capfd.readouterr().out


def test_what_was_opened_can_be_brought_in_elsewhere(tmp_path, subscribe, agreed, key_files):
    for name in ("ada", "-grace", "+1", "zoë"):
        subscribe(f"{name}@example.org", language="fr")
    before = sorted(bytes(key) for key in Subscriber.objects.values_list("address_key", flat=True))
    exporting.export_agreed(tmp_path / "list.zip")
    opened(tmp_path, key_files)
    Subscriber.objects.all().delete()
    with (tmp_path / "out.csv").open("rb") as stream:
        report = import_list(stream, "out.csv", Terms("Yes.", "Elsewhere", "en"))
    assert (report.added, report.refused) == (4, {})
    assert sorted(bytes(key) for key in Subscriber.objects.values_list("address_key", flat=True)) == before
    assert set(Subscriber.objects.values_list("language", flat=True)) == {"fr"}


def test_the_file_holds_no_readable_address(tmp_path, subscribe, agreed):
    subscribe("very.unusual.name@example.org")
    exporting.export_agreed(tmp_path / "list.zip")
    raw = (tmp_path / "list.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "list.zip") as archive:
        raw += b"".join(archive.read(name) for name in archive.namelist())
    assert b"unusual" not in raw
    assert stat.S_IMODE((tmp_path / "list.zip").stat().st_mode) == 0o600


def test_it_opens_without_django(tmp_path, subscribe, agreed, key_files):
    subscribe("ada@example.org")
    exporting.export_agreed(tmp_path / "list.zip")
    program = (
        "import sys\nclass No:\n def find_spec(self, name, *rest):\n"
        "  if name.split('.')[0] in ('django', 'wagtail'): raise ImportError(name)\nsys.meta_path.insert(0, No())\n"
        "from rightswire.cli import main\nmain()"
    )
    arguments = ["open_subscribers", str(tmp_path / "list.zip"), *key_files, str(tmp_path / "out.csv")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [row["email"] for row in rows_of(tmp_path / "out.csv")] == ["ada@example.org"]


# What is wrong with a file


def test_another_key_opens_nothing_and_says_which_one_is_needed(tmp_path, subscribe, agreed, capfd):
    subscribe("ada@example.org")
    exporting.export_agreed(tmp_path / "list.zip")
    (tmp_path / "other.key").write_text(PrivateKey.generate().protected(PASSPHRASE))
    (tmp_path / "pass").write_text(PASSPHRASE)
    other = ["--key", str(tmp_path / "other.key"), "--passphrase-file", str(tmp_path / "pass")]
    assert opened(tmp_path, other) == (1, [])
    assert "“Tests”" in capfd.readouterr().err
    assert not list(tmp_path.glob("*out.csv*"))


def test_rows_for_another_key_are_left_out_and_counted(tmp_path, subscribe, agreed, key_files, capfd):
    subscribe("ada@example.org")
    lost = subscribe("lost@example.org")
    lost.sealed = seal_address("lost@example.org", (PrivateKey.generate().public,))
    lost.save()
    exporting.export_agreed(tmp_path / "list.zip")
    status, rows = opened(tmp_path, key_files)
    assert (status, [row["email"] for row in rows]) == (1, ["ada@example.org"])
    assert "ALARM: left out: 1 address," in capfd.readouterr().err


def test_a_changed_file_is_an_alarm(tmp_path, subscribe, agreed, key_files, capfd):
    subscribe("ada@example.org")
    exporting.export_agreed(tmp_path / "list.zip")
    with zipfile.ZipFile(tmp_path / "list.zip") as archive, zipfile.ZipFile(tmp_path / "changed.zip", "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(b'"now"', b'"daily"'))
    status, rows = opened(tmp_path, key_files, "changed.zip")
    assert (status, rows[0]["rhythm"]) == (1, "daily")
    assert "not as the site exported it" in capfd.readouterr().err


@pytest.mark.parametrize("cut", [0, 10, 200, -30])
def test_half_a_file_says_so(tmp_path, subscribe, agreed, key_files, capfd, cut):
    subscribe("ada@example.org")
    exporting.export_agreed(tmp_path / "list.zip")
    (tmp_path / "half.zip").write_bytes((tmp_path / "list.zip").read_bytes()[:cut])
    assert opened(tmp_path, key_files, "half.zip") == (1, [])
    assert "not a whole list" in capfd.readouterr().err


def test_an_archive_with_a_password_is_no_list(tmp_path, key_files, capfd):
    (tmp_path / "locked.zip").write_bytes(WITH_PASSWORD)
    assert opened(tmp_path, key_files, "locked.zip") == (1, [])
    assert "not a whole list" in capfd.readouterr().err


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("part", ["list.json", "rows.jsonl", "signature"])
def test_a_packed_list_that_is_damaged_says_so(tmp_path, subscribe, agreed, key_files, capfd, method, part):
    subscribe("ada@example.org")
    exporting.export_agreed(tmp_path / "list.zip")
    with (
        zipfile.ZipFile(tmp_path / "list.zip") as archive,
        zipfile.ZipFile(tmp_path / "bad.zip", "w", method) as packed,
    ):
        for name in archive.namelist():
            packed.writestr(name, archive.read(name))
        start = packed.getinfo(part).header_offset + 30 + len(part)
    raw = bytearray((tmp_path / "bad.zip").read_bytes())
    raw[start : start + 12] = b"\xff" * 12  # no block of any method begins so
    (tmp_path / "bad.zip").write_bytes(raw)
    assert opened(tmp_path, key_files, "bad.zip") == (1, [])
    assert "not a whole list" in capfd.readouterr().err
    assert not list(tmp_path.glob("*out.csv*"))


def test_nothing_is_overwritten(tmp_path, subscribe, agreed, key_files, capfd):
    subscribe("ada@example.org")
    (tmp_path / "list.zip").write_text("mine")
    with pytest.raises(exporting.CannotExport, match="already there"):
        exporting.export_agreed(tmp_path / "list.zip")
    assert exporting.under_way()  # the agreement was not used up
    exporting.export_agreed(tmp_path / "other.zip")
    (tmp_path / "out.csv").write_text("mine")
    assert main([str(tmp_path / "other.zip"), *key_files, str(tmp_path / "out.csv")]) == 1
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert "already there" in capfd.readouterr().err


# Formulas


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
def test_no_field_becomes_a_formula(sign):
    assert cell(f"{sign}1+1") == f"'{sign}1+1"
    assert cell("\t=1+1") == "'=1+1"
    assert cell("Plain = text") == "Plain = text"
    if sign.isascii() and sign != "@":
        address = read_address(f"{sign}cmd@example.org")
        assert as_text(address)[0] == '"'
        assert read_address(as_text(address)) == address  # the same mailbox


# Two people


def test_it_takes_two(tmp_path, two, subscribe):
    ada, grace = two
    subscribe("x@example.org")
    with pytest.raises(NotAllowed, match="two people"):
        exporting.export_agreed(tmp_path / "list.zip")
    exporting.ask(ada)
    with pytest.raises(NotAllowed, match="already"):
        exporting.ask(grace)
    with pytest.raises(NotAllowed, match="two people"):
        exporting.export_agreed(tmp_path / "list.zip")
    ada.is_superuser = True
    ada.save()
    with pytest.raises(NotAllowed, match="second person"):
        exporting.agree(ada)
    exporting.agree(grace)
    with pytest.raises(NotAllowed, match="already agreed"):
        exporting.agree(grace)
    assert exporting.export_agreed(tmp_path / "list.zip") == 1
    with pytest.raises(NotAllowed, match="two people"):
        exporting.export_agreed(tmp_path / "again.zip")
    assert not (tmp_path / "again.zip").exists()
    done = ListExport.objects.get()
    assert (done.number, done.asked_by, done.agreed_by) == (1, ada, grace)


def test_the_database_itself_takes_no_single_person(two):
    with pytest.raises(IntegrityError), transaction.atomic():
        ListExport.objects.create(asked_by=two[0], agreed_by=two[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        ListExport.objects.create(asked_by=two[0], done_at="2026-01-01T00:00Z")
    ListExport.objects.create(asked_by=two[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        ListExport.objects.create(asked_by=two[1])


def test_an_agreement_that_is_withdrawn_meanwhile_gives_nothing(tmp_path, two, subscribe, agreed, monkeypatch):
    real = exporting._write

    def meanwhile(draft):
        number = real(draft)
        exporting.withdraw(two[0])
        return number

    monkeypatch.setattr(exporting, "_write", meanwhile)
    with pytest.raises(NotAllowed):
        exporting.export_agreed(tmp_path / "list.zip")
    assert not [file for file in tmp_path.iterdir() if "list.zip" in file.name]


def test_the_number_of_queries_does_not_grow_with_the_list(tmp_path, two, subscribe):
    def queries(name):
        exporting.ask(two[0])
        exporting.agree(two[1])
        with CaptureQueriesContext(
            connection,
        ) as captured:
            exporting.export_agreed(tmp_path / name)
        return len(captured)

    subscribe("a@example.org")
    few = queries("1.zip")
    for number in range(20):
        subscribe(f"p{number}@example.org")
    assert queries("2.zip") == few


def test_the_command(tmp_path, subscribe, agreed, monkeypatch, capfd):
    subscribe("ada@example.org")
    monkeypatch.setattr(cli, "set_up", lambda: None)

    def run(file):
        monkeypatch.setattr(sys, "argv", ["rightswire", "export_subscribers", str(file)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capfd.readouterr()

    status, _out, error = run(tmp_path / "no" / "list.zip")
    assert status == 1
    assert "Nothing was written" in error
    status, out, _error = run(tmp_path / "list.zip")
    assert status == 0
    assert "1 subscriber," in out
    status, _out, error = run(tmp_path / "again.zip")
    assert status == 1
    assert "two people" in error


# In the admin


@pytest.fixture
def desks(two, client_class=None):
    from django.test import Client

    permissions = Permission.objects.filter(codename__in=["access_admin", "change_listexport"])
    made = []
    for user in two:
        user.user_permissions.add(*permissions)
        desk = Client()
        desk.force_login(user)
        made.append(desk)
    return made


def do(desk, name):
    answer = desk.post(reverse(f"subscriber-lists:{name}"), follow=True)
    return " ".join(str(message) for message in answer.context["messages"]) if answer.context else answer


def test_two_people_hand_it_out_in_the_admin(tmp_path, subscribe, desks, key_files):
    first, second = desks
    subscribe("ada@example.org")
    page = first.get(reverse("subscriber-lists:index")).content.decode()
    assert "Ask for the list" in page
    assert "example.org" not in page
    assert "second person can agree" in do(first, "ask")
    assert "Agree</button>" not in first.get(reverse("subscriber-lists:index")).content.decode()
    assert "second person" in do(first, "agree")
    assert "two people" in do(second, "download")
    assert "Agree</button>" in second.get(reverse("subscriber-lists:index")).content.decode()
    assert "Two people agree" in do(second, "agree")
    answer = first.post(reverse("subscriber-lists:download"))
    (tmp_path / "list.zip").write_bytes(b"".join(answer.streaming_content))
    assert opened(tmp_path, key_files)[1][0]["email"] == "ada@example.org"
    assert "two people" in do(second, "download")
    page = first.get(reverse("subscriber-lists:index")).content.decode()
    assert ("ada" in page, "(now fewer than 5)" in page, "<td>fewer than 5</td>" in page) == (True, True, True)
    assert not list(tmp_path.glob("handing-out-*"))


def test_nobody_else_gets_near(two, desks, client):
    assert client.get(reverse("subscriber-lists:index")).status_code in (302, 403)
    third = User.objects.create_user("third", password="a long pass phrase")
    third.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(third)
    exporting.ask(two[0])
    for name in ("ask", "agree", "withdraw", "download"):
        client.post(reverse(f"subscriber-lists:{name}"))
        assert desks[0].get(reverse(f"subscriber-lists:{name}")).status_code == 405
    assert exporting.under_way().agreed_by is None
    third.user_permissions.add(Permission.objects.get(codename="change_listexport"))
    exporting.agree(two[1])
    assert "One of the two" in do(client, "download")
    assert "withdrawn" in do(client, "withdraw")
    assert not ListExport.objects.exists()


def test_who_is_barred_is_not_in_the_file(tmp_path, subscribe, agreed):
    """Only digests of them are kept: docs/features/lists.md says so."""
    suppressing.suppress([bytes(32)], "unsubscribed")
    assert exporting.export_agreed(tmp_path / "list.zip") == 0
    assert Suppression.objects.count() == 1
