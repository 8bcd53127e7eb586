"""A list is brought in: who left stays away whatever the order, who agreed comes in once, and nothing is half done."""

import datetime
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightswire import cli
from rightswire.newsletters import suppressing
from rightswire.newsletters.addresses import address_key, open_address
from rightswire.newsletters.lists import importing
from rightswire.newsletters.lists.importing import CannotImport, Terms, import_list
from rightswire.newsletters.lists.reading import NotAList
from rightswire.newsletters.models import Basis, Consent, MailingKey, Reason, Subscriber, SubscriberState, Suppression
from rightswire.newsletters.subscribing import leave
from rightswire.seal import tombstones

TODAY = datetime.date.today()
SUBSCRIBED = "Email Address,CONFIRM_TIME,LANGUAGE,CC,TIMEZONE\n"


@pytest.fixture
def bring(proven):
    """bring("a@example.org\n…", name="…", status="subscribed") -> the report."""

    def run(content, name="list.csv", *, is_dry_run=False, **terms):
        raw = content if isinstance(content, bytes) else content.encode()
        terms = {"basis": "I want your news.", "source": "Mailchimp", "language": "en"} | terms
        return import_list(io.BytesIO(raw), name, Terms(**terms), is_dry_run=is_dry_run)

    return run


@pytest.fixture
def people(mailing_key):
    """people() -> the addresses of all subscribers, opened."""
    return lambda: sorted(
        open_address(bytes(sealed), mailing_key) for sealed in Subscriber.objects.values_list("sealed", flat=True)
    )


def state():
    """Everything that an import may touch."""
    return (
        sorted(Subscriber.objects.values_list("pk", "sealed", "language", "rhythm", "zone", "state", "mark")),
        sorted(Consent.objects.values_list("subscriber", "day", "basis", "source", "wording")),
        sorted(Suppression.objects.values_list("address_key", "reason", "day")),
        suppressing.tombstone_file().read_text() if suppressing.tombstone_file().exists() else "",
    )


def test_a_subscribed_list(bring, people, mailing_key):
    report = bring(
        SUBSCRIBED + "Ada@Example.org,2016-01-03 11:00:00,fr_CA,FR,\n"
        "grace@example.org,2017-01-03 11:00:00,zh,CN,Africa/Cairo\nada@example.org,2018-01-01,,,\n",
        name="subscribed_members_export_1a2b.csv",
    )
    assert (report.added, report.already_here, report.refused) == (2, 1, {})
    assert people() == ["Ada@example.org", "grace@example.org"]
    ada = Subscriber.objects.get(address_key=address_key("ada@example.org"))
    assert (ada.language, ada.zone, ada.rhythm, ada.state) == (
        "fr",
        "Europe/Paris",
        "weekly",
        SubscriberState.ACTIVE,
    )
    consent = ada.consents.get()
    assert (consent.day, consent.basis, consent.source) == (datetime.date(2016, 1, 3), Basis.IMPORT, "Mailchimp")
    assert (consent.wording.words, consent.wording.language) == ("I want your news.", "fr")
    grace = Subscriber.objects.get(address_key=address_key("grace@example.org"))
    assert (grace.language, grace.zone) == ("en", "Africa/Cairo")


def test_those_who_left_and_whose_mailbox_is_gone_are_barred_and_removed(bring, people):
    day = datetime.date(2019, 1, 1)
    bring("email\na@example.org\nb@example.org\nc@example.org\n", status="subscribed", consented=day)
    report = bring(
        "Email Address,UNSUB_TIME,UNSUB_REASON\na@example.org,2020-01-01,NORMAL\nz@example.org,2020-01-01,\n"
    )
    assert (report.barred, report.removed) == (2, 1)
    report = bring("Email Address\nb@example.org\n", name="cleaned_members_export_1.csv")
    assert (report.barred, report.removed) == (1, 1)
    assert people() == ["c@example.org"]
    reasons = dict(Suppression.objects.values_list("address_key", "reason"))
    assert {bytes(key): reason for key, reason in reasons.items()} == {
        address_key("a@example.org"): Reason.UNSUBSCRIBED,
        address_key("z@example.org"): Reason.UNSUBSCRIBED,
        address_key("b@example.org"): Reason.CLEANED,
    }
    report = bring("email\nA+news@gmail.com\na@example.org\nb@example.org\n", status="subscribed", consented=day)
    assert (report.added, report.held_back) == (1, 2)


def test_a_barred_row_weighs_more_than_what_is_said_of_the_whole_list(bring, people):
    content = "email,status\na@example.org,unsubscribed\na@example.org,subscribed\nb@example.org,subscribed\n"
    report = bring(content, status="subscribed", consented=TODAY)
    assert (report.added, report.barred, report.held_back) == (1, 1, 1)
    assert people() == ["b@example.org"]
    report = bring("email,status\nb@example.org,subscribed\n", status="unsubscribed")
    assert (report.barred, report.removed) == (1, 1)


def test_other_spellings_of_a_mailbox_stay_barred(bring):
    bring("email\nada.lovelace@gmail.com\n", status="unsubscribed")
    report = bring("email\nAdaLovelace+news@googlemail.com\n", status="subscribed", consented=TODAY)
    assert (report.added, report.held_back) == (0, 1)


@pytest.mark.parametrize("name", ["subscribed_x.csv", "unsubscribed_x.csv", "cleaned_x.csv"])
def test_the_same_list_twice_changes_nothing(bring, name):
    content = SUBSCRIBED + "a@example.org,2016-01-03,fr,CA,\nb@example.org,2016-01-03,fr,CA,\nnobody,,,,\n"
    first = bring(content, name=name)
    before = state()
    second = bring(content, name=name)
    assert state() == before
    assert (second.added, second.barred, second.removed) == (0, 0, 0)
    assert second.already_here + second.barred_before == first.added + first.barred == 2
    bring(content, name="unsubscribed_x.csv" if name.startswith("cleaned") else "cleaned_x.csv")
    if not name.startswith("subscribed"):
        assert state() == before  # the first reason stands


def test_who_chose_here_is_never_changed(bring, subscribe, people):
    ada = subscribe("ada@example.org", rhythm="now", language="fr", countries=("EG",))
    bring("email\ngrace@example.org\n", status="subscribed", consented=TODAY)
    before = state()
    report = bring("email,CONFIRM_TIME\nada@example.org,2012-01-01\n", status="subscribed", rhythm="weekly")
    assert (report.added, report.already_here) == (0, 1)
    report = bring("email,name\nx@example.org,\nada@example.org,\n", status="unsubscribed")
    assert (report.barred, report.removed, list(report.kept)) == (1, 0, [3])
    assert "ada@example.org" in people()
    assert state()[:2] == before[:2]
    leave(ada.pk)
    report = bring("email\nada@example.org\n", status="subscribed", consented=TODAY)
    assert (report.added, report.held_back) == (0, 1)


def test_who_was_barred_by_a_list_can_come_back_alone(bring, subscribe, people):
    bring("email\nada@example.org\n", status="unsubscribed")
    subscribe("ada@example.org")
    bring("email\nada@example.org\n", status="unsubscribed")
    assert people() == ["ada@example.org"]


def test_refused_rows_are_named_by_line_and_reason_alone(bring, tmp_path):
    tomorrow = TODAY + datetime.timedelta(days=2)
    report = bring(
        "email,status,CONFIRM_TIME\n"
        "good@example.org,subscribed,2019-01-01\n"
        "secret-one,subscribed,2019-01-01\n"
        "secret-two@example.org,subscribed,\n"
        f"secret-three@example.org,subscribed,{tomorrow}\n"
        "secret-four@example.org,pending,2019-01-01\n"
        "secret-five@example.org,whatever,2019-01-01\n"
        "secret-six@example.org,subscribed,03/04/2019\n"
        "secret-seven@example.org,subscribed,2019-01-01,moved\n"
        "secret-eight@,unsubscribed,\n"
        "\n,,\n"
    )
    refused = {reason: list(lines) for reason, lines in report.refused.items()}
    assert refused == {
        "domain": [10],
        "no_at": [3],
        "no_day": [4],
        "future": [5],
        "never": [6],
        "unclear": [7],
        "unclear_day": [8],
        "too_many_cells": [9],
    }
    assert (report.rows, report.added) == (9, 1)
    report.write(tmp_path / "report.json")
    told = (tmp_path / "report.json").read_text() + " ".join(report.told())
    assert "secret" not in told
    assert "example.org" not in told
    assert json.loads((tmp_path / "report.json").read_text())["refused"]["future"] == [5]
    assert "line 5" in told


def test_a_day_for_those_whose_row_names_none(bring):
    day = datetime.date(2015, 5, 6)
    bring(
        "email,Joined\na@example.org,2014-01-01\nb@example.org,\n",
        status="subscribed",
        consented=day,
        consented_column="joined",
    )
    assert sorted(Consent.objects.values_list("day", flat=True)) == [datetime.date(2014, 1, 1), day]


def test_mailchimps_nonsubscribed_are_refused(bring):
    content = SUBSCRIBED + "a@example.org,2019-01-01,,,\n"
    report = bring(content, name="nonsubscribed_members_export_1.csv")
    assert (report.added, {**report.refused}.keys()) == (0, {"never"})


def test_nothing_is_guessed(bring, people):
    with pytest.raises(CannotImport, match="subscribed or have left"):
        bring("email\na@example.org\n", consented=TODAY)
    assert people() == []


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"basis": " "}, "agreed to"),
        ({"source": ""}, "where"),
        ({"source": "x" * 121}, "where"),
        ({"language": "xx"}, "language"),
        ({"consented": TODAY + datetime.timedelta(days=2)}, "still to come"),
        ({"consented": datetime.date(1970, 1, 1)}, "before there was"),
        ({"expires": TODAY - datetime.timedelta(days=1)}, "expired"),
    ],
)
def test_terms_that_cannot_be(bring, terms, words):
    with pytest.raises(CannotImport, match=words):
        bring("email\na@example.org\n", status="subscribed", **terms)
    assert not Subscriber.objects.exists()


def test_consent_that_expires(bring):
    ends = timezone.localdate() + datetime.timedelta(days=30)
    bring("email\na@example.org\n", status="subscribed", consented=TODAY, expires=ends)
    assert Subscriber.objects.receiving(ends - datetime.timedelta(days=1)).count() == 1
    assert Subscriber.objects.receiving(ends).count() == 0


def test_without_a_proven_key_nobody_comes_in_but_those_who_left_can_be_barred(bring, proven):
    MailingKey.objects.update(proven_at=None)
    with pytest.raises(CannotImport, match="unlock mail"):
        bring("email\na@example.org\n", status="subscribed", consented=TODAY)
    assert bring("email\na@example.org\n", status="unsubscribed").barred == 1


def test_a_dry_run_says_the_same_and_changes_nothing(bring):
    bring("email\nold@example.org\nleft@example.org\n", status="subscribed", consented=TODAY)
    before = state()
    content = "email,status\n" + "".join(
        f"{who}@example.org,{status}\n"
        for who, status in [
            ("old", "subscribed"), ("new", "subscribed"), ("new", "subscribed"), ("left", "unsubscribed"),
            ("left", "subscribed"), ("gone", "bounced"), ("gone", "subscribed"), ("gone", "bounced"),
        ]
    )  # fmt: skip
    dry = bring(content, consented=TODAY, is_dry_run=True)
    assert state() == before
    real = bring(content, consented=TODAY)
    assert dry.as_json() | {"is_dry_run": False} == real.as_json()
    assert (real.added, real.barred, real.removed, real.held_back) == (1, 2, 1, 2)


def test_an_interruption_leaves_whole_batches_and_the_same_list_goes_on(bring, monkeypatch, people):
    content = "email\n" + "".join(f"p{number:04}@example.org\n" for number in range(1200))
    real, calls = importing._Import._wording, []

    def failing(self, language):
        calls.append(language)
        if len(calls) == 700:  # the second batch's subscribers are written, their consents are not
            raise OSError("the disk is full")
        return real(self, language)

    monkeypatch.setattr(importing._Import, "_wording", failing)
    with pytest.raises(OSError, match="full"):
        bring(content, status="subscribed", consented=TODAY)
    assert Subscriber.objects.count() == Consent.objects.count() == 500
    report = bring(content, status="subscribed", consented=TODAY)
    assert (report.added, report.already_here) == (700, 500)
    assert Subscriber.objects.count() == Consent.objects.count() == 1200


def test_a_disk_that_does_not_take_the_tombstones_removes_nobody(bring, monkeypatch, people):
    bring("email\na@example.org\n", status="subscribed", consented=TODAY)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tombstones.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        bring("email\na@example.org\n", status="unsubscribed")
    assert people() == ["a@example.org"]
    assert not Suppression.objects.exists()


def test_two_lists_at_once_are_not_brought_in(bring, home):
    holder = (
        "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,fcntl.LOCK_EX); print('held',flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(home / "lists.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        other.stdout.readline()
        with pytest.raises(CannotImport, match="Another list"):
            bring("email\na@example.org\n", status="unsubscribed")
        other.communicate("\n")
    assert bring("email\na@example.org\n", status="unsubscribed").barred == 1


def test_who_leaves_while_the_batch_is_written_stays_away(bring, monkeypatch, people):
    """As if the row of who left had been committed between looking and writing."""
    real = importing._subscribed

    def meanwhile(keys):
        suppressing.suppress([address_key("a@example.org")], Reason.UNSUBSCRIBED)
        return real(keys)

    monkeypatch.setattr(importing, "_subscribed", meanwhile)
    bring("email\na@example.org\nb@example.org\n", status="subscribed", consented=TODAY)
    assert people() == ["b@example.org"]


# Whatever the order

WHO = st.sampled_from([f"p{number}" for number in range(6)])
LISTS = st.lists(
    st.tuples(
        st.sampled_from(["subscribed", "unsubscribed", "cleaned", "mixed"]), st.lists(st.tuples(WHO, st.booleans()))
    ),
    max_size=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(LISTS)
def test_who_was_ever_barred_is_never_active(bring, lists):
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
    ever_barred, ever_subscribed = set(), set()
    for kind, rows in lists:
        content = "email,status\n"
        for who, has_left in rows:
            said = ("bounced" if has_left else "subscribed") if kind == "mixed" else ""
            content += f"{who}@example.org,{said}\n"
            is_barred = has_left if kind == "mixed" else kind != "subscribed"
            (ever_barred if is_barred else ever_subscribed).add(who)
        if rows:
            bring(content, consented=TODAY, status="auto" if kind == "mixed" else kind)
        active = {bytes(key) for key in Subscriber.objects.active().values_list("address_key", flat=True)}
        assert active == {address_key(f"{who}@example.org") for who in ever_subscribed - ever_barred}


# Many


def test_twenty_thousand_rows_in_flat_memory(proven, tmp_path):
    file, seen = tmp_path / "list.csv", []
    with file.open("w") as stream:
        stream.write("email,CONFIRM_TIME,NOTES\n")
        stream.writelines(f"p{n}@example.org,2019-01-01,{n:02000}\n" for n in range(20_000))  # 40 MB
    with file.open("rb") as stream:
        terms = Terms("Yes.", "Old", "en", status="unsubscribed")
        report = import_list(stream, "list.csv", terms, advance=lambda _read: seen.append(memory()))
    assert report.barred == 20_000
    assert max(seen) - seen[0] < 15 << 20


def memory() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# The command


@pytest.fixture
def command(proven, monkeypatch, capfd, tmp_path):
    """command("list.csv", content, "--status", …) -> exit status, output, error output."""
    monkeypatch.setattr(cli, "set_up", lambda: None)

    def run(name, content, *options):
        (tmp_path / name).write_bytes(content.encode())
        monkeypatch.setattr(
            sys,
            "argv",
            ["rightswire", "import_subscribers", str(tmp_path / name), "--basis", "Yes.", "--source", "Old", *options],
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capfd.readouterr()

    return run


def test_the_command(command, tmp_path, people):
    report = tmp_path / "report.json"
    content = "email\nada@example.org\nnobody\n"
    options = ["--status", "subscribed", "--consented", "2019-01-01", "--report", str(report)]
    status, out, error = command("list.csv", content, *options, "--dry-run")
    assert (status, people()) == (0, [])
    assert "nothing was changed" in out
    status, out, error = command("list.csv", content, *options)
    assert (status, people()) == (0, ["ada@example.org"])
    assert "1 new subscriber." in out
    assert "line 3" in out
    assert "100 %" in error
    assert "ada" not in out + error + report.read_text()
    assert json.loads(report.read_text())["added"] == 1


def test_the_command_says_what_to_do(command, tmp_path):
    status, _out, error = command("list.csv", "email\nada@example.org\n")
    assert status == 1
    assert "status" in error
    status, _out, error = command("list.csv", "", "--status", "subscribed")
    assert status == 1
    assert "empty" in error
    status, _out, error = command("list.csv", "email\n", "--status", "subscribed", "--consented", "3/4/2019")
    assert status == 2
    status, _out, error = command("list.csv", "email\na@example.org\n", "--report", str(tmp_path / "no" / "x"))
    assert status == 1


def test_not_a_list(bring):
    with pytest.raises(NotAList):
        bring("<html><body>Sign in</body></html>", status="subscribed", consented=TODAY)
