"""The doctor finds what is wrong and nothing else."""

import datetime
import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest

from doctor.name_server import running
from mail_server import MailServer
from mail_server import running as running_mail
from rightswire.bake.baking import only_baker
from rightswire.bake.models import Due
from rightswire.doctor import checks, queues
from rightswire.doctor.checks import (
    about_database,
    about_folder,
    about_keys,
    about_mail,
    about_organisation,
    about_worker,
    examine,
)
from rightswire.doctor.finding import State, must_be_mended
from rightswire.doctor.names import Names, about_host, about_returns, about_sender
from rightswire.outbox.dkim import make_dkim_key
from rightswire.outbox.models import Message
from rightswire.pages.models import Organisation

DOMAIN = "everyname.example"


@pytest.fixture
def signer(home):
    return make_dkim_key(home / "keys")


def right(signer) -> dict:
    record = re.search(r"TXT \( (.*) \)", signer.dns_record(DOMAIN))[1].replace('" "', "").strip('"')
    half = len(record) // 2
    return {
        (DOMAIN, "TXT"): ["something=else", "v=spf1 include:mail.example -all"],
        (f"{signer.selector}._domainkey.{DOMAIN}", "TXT"): [f'{record[:half]}" "{record[half:]}'],
        (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject"],
        (f"www.{DOMAIN}", "A"): ["192.0.2.7"],
        ("7.2.0.192.in-addr.arpa", "PTR"): [f"mail.{DOMAIN}."],
        (f"mail.{DOMAIN}", "A"): ["192.0.2.7"],
        (f"news.{DOMAIN}", "MX"): [f"10 mail.{DOMAIN}."],
    }


def states(records, signer) -> dict[str, State]:
    with running(records) as server:
        names = Names(server.resolver())
        found = [*about_sender(names, DOMAIN, signer), about_host(names, f"www.{DOMAIN}")]
        found.append(about_returns(names, f"news.{DOMAIN}"))
    return {finding.about: finding.state for finding in found}


def test_a_domain_in_order(signer):
    assert set(states(right(signer), signer).values()) == {State.GOOD}


@pytest.mark.parametrize(
    ("name", "records", "about", "state"),
    [
        (DOMAIN, {"TXT": []}, "SPF", State.WRONG),
        (DOMAIN, {"TXT": ["v=spf1 -all", "v=spf1 mx -all"]}, "SPF", State.WRONG),
        (DOMAIN, {"TXT": ["v=spf1 mx +all"]}, "SPF", State.ADVICE),
        (DOMAIN, {"TXT": ["v=spf1 -all"]}, "SPF", State.WRONG),
        (DOMAIN, {"TXT": ["v=spf10 mx -all"]}, "SPF", State.WRONG),
        ("DKIM", {"TXT": []}, "DKIM", State.WRONG),
        ("DKIM", {"TXT": ["v=DKIM1; k=rsa; p=MIIBIjANBg"]}, "DKIM", State.WRONG),
        (f"_dmarc.{DOMAIN}", {"TXT": []}, "DMARC", State.WRONG),
        (f"_dmarc.{DOMAIN}", {"TXT": ["v=DMARC1; p=none"]}, "DMARC", State.ADVICE),
        (f"_dmarc.{DOMAIN}", {"TXT": ["v=DMARC1; rua=mailto:a@example.org"]}, "DMARC", State.WRONG),
        (f"_dmarc.{DOMAIN}", {"TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}, "DMARC", State.WRONG),
        ("7.2.0.192.in-addr.arpa", {"PTR": []}, "Reverse name", State.ADVICE),
        (f"mail.{DOMAIN}", {"A": ["192.0.2.8"]}, "Reverse name", State.ADVICE),
        (f"news.{DOMAIN}", {"MX": []}, "Where mail comes back", State.WRONG),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else(signer, name, records, about, state):
    name = f"{signer.selector}._domainkey.{DOMAIN}" if name == "DKIM" else name
    changed = right(signer) | {(name, kind): values for kind, values in records.items()}
    found = states(changed, signer)
    assert found[about] is state
    assert {other for one, other in found.items() if one != about} == {State.GOOD}


@pytest.mark.parametrize(
    ("name", "records"),
    [
        (DOMAIN, {"TXT": ["v=spf1 redirect=_spf.mail.example"]}),
        (f"_dmarc.{DOMAIN}", {"TXT": ["v=DMARC1; sp=none; P = Quarantine"]}),
        (f"www.{DOMAIN}", {"A": [], "AAAA": []}),
    ],
)
def test_what_is_right_in_another_way_is_not_called_wrong(signer, name, records):
    changed = right(signer) | {(name, kind): values for kind, values in records.items()}
    assert not [about for about, state in states(changed, signer).items() if state is State.WRONG]


@pytest.mark.parametrize(
    ("policy", "state"), [("p=reject", State.GOOD), ("p=reject; sp=none", State.ADVICE), ("p=wish", State.WRONG)]
)
def test_a_domain_below_another_has_its_policy(policy, state):
    with running({(f"_dmarc.{DOMAIN}", "TXT"): [f"v=DMARC1; {policy}"]}) as server:
        found = {one.about: one.state for one in about_sender(Names(server.resolver()), f"press.{DOMAIN}", None)}
    assert found["DMARC"] is state


def test_a_name_that_is_none_leaves_the_others_to_be_asked(signer):
    with running(right(signer)) as server:
        names = Names(server.resolver())
        assert about_host(names, "a..b").state is State.UNKNOWN
        assert about_host(names, "x" * 64 + ".example").state is State.UNKNOWN
        assert about_host(names, f"www.{DOMAIN}").state is State.GOOD


def test_a_silent_dns_is_said_once_and_fails_nothing(signer, monkeypatch):
    import dns.resolver

    nobody = dns.resolver.Resolver(configure=False)
    nobody.nameservers, nobody.port = ["127.0.0.1"], 1
    monkeypatch.setattr("rightswire.doctor.names.PATIENCE", 0.3)
    names = Names(nobody)
    found = [*about_sender(names, DOMAIN, signer), about_host(names, DOMAIN)]
    assert {finding.state for finding in found} == {State.UNKNOWN}


def found_by(check) -> dict[str, State]:
    return {finding.about: finding.state for finding in check()}


def test_secrets_that_others_can_read(home):
    (home / "keys").mkdir(exist_ok=True)
    (home / "keys").chmod(0o755)
    assert found_by(about_folder) == {"Data folder": State.GOOD, "keys": State.WRONG}
    (home / "keys").chmod(0o700)
    assert found_by(about_folder) == {"Data folder": State.GOOD}


def test_a_folder_that_nothing_can_be_written_into(home, settings):
    settings.HOME = home / "missing"
    (finding,) = about_folder()
    assert (finding.about, finding.state) == ("Data folder", State.WRONG)
    assert "Nothing can be written" in finding.words


def test_a_worker_is_told_from_none_and_nothing_is_made(home):
    assert found_by(about_worker) == {"Worker": State.WRONG}
    assert not (home / "bake.lock").exists()
    with only_baker():
        assert found_by(about_worker) == {"Worker": State.GOOD}
    assert found_by(about_worker) == {"Worker": State.WRONG}


def test_a_full_disk(home, monkeypatch):
    monkeypatch.setattr(checks, "LITTLE", 1 << 62)
    assert found_by(checks.about_disk) == {"Disk": State.WRONG}


@pytest.mark.django_db
def test_a_database_in_order_and_one_that_was_not_brought_up_to_date(home):
    from django.db.migrations.recorder import MigrationRecorder

    assert found_by(about_database)["Database"] is State.GOOD
    MigrationRecorder.Migration.objects.filter(app="newsletters").delete()
    assert found_by(about_database)["Database"] is State.WRONG


@pytest.mark.django_db
def test_what_postgresql_may_write_down(home):
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no log")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL log_error_verbosity = default")
        cursor.execute("SET LOCAL log_statement = 'all'")
        cursor.execute("SET LOCAL log_min_error_statement = panic")
    found = found_by(about_database)
    assert found["log_error_verbosity"] is found["log_statement"] is State.WRONG
    assert found["log_min_error_statement"] is State.GOOD
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL log_error_verbosity = terse")
        cursor.execute("SET LOCAL log_statement = 'none'")
    found = found_by(about_database)
    assert found["log_error_verbosity"] is found["log_statement"] is State.GOOD


# What waits


@pytest.fixture
def glance(monkeypatch):
    monkeypatch.setattr(queues, "GLANCE", 0.01)
    monkeypatch.setattr(queues, "PATIENCE", 0.05)


@pytest.mark.django_db
def test_where_nothing_waits_nothing_is_said_to_be_late(newsroom, glance):
    Due.objects.all().delete()
    assert found_by(queues.about_queues) == {"Public site": State.GOOD, "What waits": State.GOOD}


@pytest.mark.django_db
def test_pieces_that_get_no_further_and_those_that_do(newsroom, glance, monkeypatch):
    Due.objects.all().delete()
    Due.objects.add(["root:", "fixed:en/privacy"])
    assert found_by(queues.about_queues)["Public site"] is State.ADVICE
    monkeypatch.setattr(time, "sleep", lambda seconds: Due.objects.filter(piece="root:").delete())
    assert found_by(queues.about_queues)["Public site"] is State.GOOD


@pytest.mark.django_db
def test_mail_that_should_have_gone_out(newsroom, glance):
    def mail(moment: float) -> None:
        Message.objects.create(next_attempt_at=int(moment), expires_at=int(now + 3600), attempts=0, sealed=b"")

    now = time.time()
    mail(now + 1800)  # put off
    mail(now - 60)  # it is just its turn
    assert "Waiting mail" not in found_by(queues.about_queues)
    mail(now - 1200)
    assert found_by(queues.about_queues)["Waiting mail"] is State.WRONG


@pytest.mark.django_db
def test_a_page_whose_moment_has_passed(publish, glance):
    from django.utils import timezone

    page = publish("A verdict", is_live=False)
    for minutes, is_late in ((5, False), (30, True)):
        page.go_live_at = timezone.now() + datetime.timedelta(hours=1)
        page.save_revision().publish()
        moment = timezone.now() - datetime.timedelta(minutes=minutes)
        page.revisions.update(approved_go_live_at=moment)
        assert ("Scheduled pages" in found_by(queues.about_queues)) is is_late


@pytest.mark.django_db
def test_a_sending_that_halted(newsroom, glance):
    from django.utils import timezone

    from rightswire.newsletters.models import Sending, SendingState

    one = Sending.objects.create(kind="daily", priority=2, state=SendingState.PAUSED, frozen_at=timezone.now())
    assert "Sendings" not in found_by(queues.about_queues)  # somebody wanted it
    Sending.objects.filter(pk=one.pk).update(state=SendingState.HALTED)
    assert found_by(queues.about_queues)["Sendings"] is State.WRONG


# The organisation, mail and keys


@pytest.mark.django_db
def test_an_organisation_without_an_address(newsroom):
    assert must_be_mended(list(about_organisation()))
    organisation = Organisation.current()
    organisation.address, organisation.controller = "1 Example Street", "Every Name"
    organisation.save()
    assert not must_be_mended(list(about_organisation()))


@pytest.mark.django_db
def test_a_mail_server_that_answers_and_one_that_does_not(newsroom, home, settings):
    with running({}) as names, running_mail(MailServer()) as server:
        settings.EMAIL_URL = server.url
        found = {finding.about: finding.state for finding in about_mail(Names(names.resolver()))}
        assert found["Mail server"] is State.GOOD
        settings.EMAIL_URL = "smtp://127.0.0.1:1"
        found = {finding.about: finding.state for finding in about_mail(Names(names.resolver()))}
        assert found["Mail server"] is State.WRONG


@pytest.mark.django_db
def test_a_mail_server_that_takes_no_call_is_not_waited_for(newsroom, home, settings, monkeypatch):
    """Such as behind a firewall: the page of the admin must not hang."""
    monkeypatch.setattr(checks, "PATIENCE", 0.3)
    with socket.socket() as deaf, running({}) as names:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port, callers = deaf.getsockname()[1], []
        for _ in range(4):  # until its queue is full and it answers no more
            callers.append(socket.socket())
            callers[-1].setblocking(False)
            callers[-1].connect_ex(("127.0.0.1", port))
        settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
        began = time.monotonic()
        found = found_by(lambda: about_mail(Names(names.resolver())))
        for caller in callers:
            caller.close()
    assert found["Mail server"] is State.WRONG
    assert time.monotonic() - began < 5


@pytest.mark.django_db
@pytest.mark.parametrize(("is_elsewhere", "state"), [(True, State.ADVICE), (False, State.GOOD)])
def test_a_mail_server_elsewhere_without_encryption(newsroom, home, settings, monkeypatch, is_elsewhere, state):
    with running({}) as names, running_mail(MailServer()) as server:
        settings.EMAIL_URL = server.url
        if is_elsewhere:
            monkeypatch.setattr(checks.MailServer, "is_local", False)
        assert found_by(lambda: about_mail(Names(names.resolver())))["Mail server"] is state
        assert server.accepted == []


@pytest.mark.django_db
def test_the_domain_that_mail_comes_back_to_is_asked_about_spf(newsroom, home, settings):
    settings.EMAIL_URL, settings.BOUNCE_ADDRESS = "smtp://127.0.0.1:1", "bounces@news.everyname.example"
    records = {(DOMAIN, "TXT"): ["v=spf1 mx -all"], (f"news.{DOMAIN}", "MX"): [f"10 mail.{DOMAIN}."]}
    with running(records) as server:
        found = list(about_mail(Names(server.resolver())))
    (missing,) = [one for one in found if one.about == "SPF" and one.state is State.WRONG]
    assert f"news.{DOMAIN}" in missing.words
    with running(records | {(f"news.{DOMAIN}", "TXT"): ["v=spf1 mx -all"]}) as server:
        found = list(about_mail(Names(server.resolver())))
    assert [one.state for one in found if one.about == "SPF"] == [State.GOOD] * 2


@pytest.mark.django_db
def test_a_mailing_key_that_nobody_has_used(newsroom, home):
    from rightswire.newsletters.models import MailingKey
    from rightswire.seal.box import PrivateKey

    assert "There is no mailing key" in str(list(about_keys()))
    MailingKey.objects.create(label="k", public=PrivateKey.generate().public.text())
    assert "has been used yet" in str(list(about_keys()))


@pytest.mark.django_db
def test_locked_mail(newsroom, home):
    from django.utils import timezone

    from rightswire.newsletters.models import MailingKey
    from rightswire.seal.box import PrivateKey

    assert not must_be_mended(list(about_keys()))
    MailingKey.objects.create(label="k", public=PrivateKey.generate().public.text(), proven_at=timezone.now())
    assert must_be_mended(list(about_keys()))


@pytest.mark.django_db
def test_everything_is_looked_at_without_a_network(newsroom, home, glance):
    with running({}) as server:
        found = list(examine(Names(server.resolver())))
    assert len(found) > 6
    assert all(finding.remedy for finding in found if finding.state is not State.GOOD)


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_a_finding(newsroom, home, monkeypatch):
    from django.db import OperationalError

    def fail():
        raise OperationalError("password=secret")
        yield

    monkeypatch.setattr(checks, "about_database", fail)
    found = list(examine())
    assert (found[-1].about, found[-1].state) == ("Database", State.WRONG)
    assert "secret" not in str(found)


@pytest.mark.django_db
def test_what_another_account_cannot_look_at_hides_nothing_else(newsroom, home, glance, monkeypatch):
    def fail():
        raise PermissionError(13, "Permission denied", "/var/lib/rightswire/bake.lock")
        yield

    monkeypatch.setattr(checks, "about_worker", fail)
    with running({}) as server:
        found = list(examine(Names(server.resolver())))
    assert [one.state for one in found if one.about == "The machine"] == [State.UNKNOWN]
    assert "Organisation" in {one.about for one in found}


@pytest.mark.django_db
def test_staff_with_the_role_read_it_in_the_admin(client, newsroom, home, glance):
    from django.contrib.auth.models import Group

    from rightswire.accounts.models import User
    from rightswire.accounts.roles import ADMINISTRATOR, EDITOR

    for role, status in ((ADMINISTRATOR, 200), (EDITOR, 302)):
        user = User.objects.create_user(role, password="a long pass phrase")
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        assert client.get("/admin/health/").status_code == status


def doctor(folder, **more: str) -> tuple[int, list[dict[str, str]]]:
    environment = {**os.environ, "RIGHTSWIRE_HOME": str(folder), "RIGHTSWIRE_DATABASE_URL": "", **more}
    environment["DJANGO_SETTINGS_MODULE"] = "rightswire.conf.settings"
    command = [sys.executable, "-m", "rightswire.cli", "doctor", "--json"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_the_command_says_it_and_ends_with_one(tmp_path):
    status, found = doctor(tmp_path)
    assert status == 1
    assert {"about", "state", "words", "remedy"} == set(found[0])
    assert [one["words"] for one in found if one["about"] == "Database"] == ["There is none yet."]
    assert {file.name for file in tmp_path.iterdir()} <= {"keys"}  # as every command makes it


def test_a_wrong_setting_is_a_finding(tmp_path):
    status, found = doctor(tmp_path, RIGHTSWIRE_TIME_ZONE="Nowhere/Land")
    assert (status, [one["about"] for one in found]) == (1, ["Settings"])
    assert "RIGHTSWIRE_TIME_ZONE" in found[0]["words"]


def test_a_data_folder_that_takes_nothing_is_a_finding():
    status, found = doctor("/sys")
    assert (status, [one["about"] for one in found]) == (1, ["Data folder"])
    assert "/sys/keys" in found[0]["words"]
