"""The doctor finds what is wrong and nothing else."""

import json
import os
import re
import subprocess
import sys

import pytest

from doctor.name_server import running
from mail_server import MailServer
from mail_server import running as running_mail
from rightswire.doctor.checks import about_keys, about_machine, about_mail, about_organisation, examine, must_be_mended
from rightswire.doctor.finding import State
from rightswire.doctor.names import Names, about_host, about_returns, about_sender
from rightswire.outbox.dkim import make_dkim_key
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
        ("DKIM", {"TXT": []}, "DKIM", State.WRONG),
        ("DKIM", {"TXT": ["v=DKIM1; k=rsa; p=MIIBIjANBg"]}, "DKIM", State.WRONG),
        (f"_dmarc.{DOMAIN}", {"TXT": []}, "DMARC", State.WRONG),
        (f"_dmarc.{DOMAIN}", {"TXT": ["v=DMARC1; p=none"]}, "DMARC", State.ADVICE),
        ("7.2.0.192.in-addr.arpa", {"PTR": []}, "Reverse name", State.ADVICE),
        (f"news.{DOMAIN}", {"MX": []}, "Where mail comes back", State.WRONG),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else(signer, name, records, about, state):
    name = f"{signer.selector}._domainkey.{DOMAIN}" if name == "DKIM" else name
    changed = right(signer) | {(name, kind): values for kind, values in records.items()}
    found = states(changed, signer)
    assert found[about] is state
    assert {other for one, other in found.items() if one != about} == {State.GOOD}


def test_a_silent_dns_is_said_once_and_fails_nothing(signer, monkeypatch):
    import dns.resolver

    nobody = dns.resolver.Resolver(configure=False)
    nobody.nameservers, nobody.port = ["127.0.0.1"], 1
    monkeypatch.setattr("rightswire.doctor.names.PATIENCE", 0.3)
    names = Names(nobody)
    found = [*about_sender(names, DOMAIN, signer), about_host(names, DOMAIN)]
    assert {finding.state for finding in found} == {State.UNKNOWN}


def test_secrets_that_others_can_read_and_a_missing_worker(home):
    (home / "keys").mkdir(exist_ok=True)
    (home / "keys").chmod(0o755)
    found = {finding.about: finding.state for finding in about_machine()}
    assert found["keys"] is found["Worker"] is State.WRONG
    (home / "keys").chmod(0o700)
    assert "keys" not in {finding.about for finding in about_machine()}


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
def test_locked_mail(newsroom, home):
    from django.utils import timezone

    from rightswire.newsletters.models import MailingKey
    from rightswire.seal.box import PrivateKey

    assert not must_be_mended(list(about_keys()))
    MailingKey.objects.create(label="k", public=PrivateKey.generate().public.text(), proven_at=timezone.now())
    assert must_be_mended(list(about_keys()))


@pytest.mark.django_db
def test_everything_is_looked_at_without_a_network(newsroom, home):
    with running({}) as server:
        found = list(examine(Names(server.resolver())))
    assert len(found) > 6
    assert all(finding.remedy for finding in found if finding.state is State.WRONG)


@pytest.mark.django_db
def test_staff_with_the_role_read_it_in_the_admin(client, newsroom, home):
    from django.contrib.auth.models import Group

    from rightswire.accounts.models import User
    from rightswire.accounts.roles import ADMINISTRATOR, EDITOR

    for role, status in ((ADMINISTRATOR, 200), (EDITOR, 302)):
        user = User.objects.create_user(role, password="a long pass phrase")
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        assert client.get("/admin/health/").status_code == status


def test_the_command_says_it_and_ends_with_one(tmp_path):
    environment = {**os.environ, "RIGHTSWIRE_HOME": str(tmp_path), "RIGHTSWIRE_DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "rightswire.conf.settings"
    command = [sys.executable, "-m", "rightswire.cli", "doctor", "--json"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert {"about", "state", "words", "remedy"} == set(json.loads(done.stdout)[0])
