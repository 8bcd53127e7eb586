"""What is stored about people: nothing is left out of the list, and its numbers are what is there."""

import datetime
import os
import time
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import models
from django.urls import reverse
from django.utils import timezone

from rightswire.accounts.models import User
from rightswire.accounts.roles import ADMINISTRATOR, EDITOR, MODERATOR
from rightswire.campaigns.erasing import erase
from rightswire.campaigns.models import Petition, RegisterEntry, Signature, SignatureState, State, TakenAway
from rightswire.campaigns.stores import CHAPTERS, place_of, unknown_files
from rightswire.outbox.models import Message
from rightswire.outbox.queue import OutgoingMessage, queue
from rightswire.pages.models import Organisation
from rightswire.seal.keys import Keys

pytestmark = pytest.mark.django_db
STORES = {store.name: store for chapter in CHAPTERS for store in chapter.stores}

# What each column of these tables says of a person is told in stores/supporters.py, on the privacy page and in
# docs/threat-model.md. A new column is told there first, and then stands here.
COLUMNS = {
    "campaigns.Signature": "petition address_key sealed country language day state is_logged batch reason",
    "campaigns.TakenAway": "commitment petition day",
    "campaigns.WaitingEntry": "id petition kind value",
    "campaigns.LogEntry": "id petition place kind value",
    "campaigns.DayTotal": "id petition day country state number",
    "campaigns.HourTotal": "id petition hour confirmed",
    "outbox.Message": "id next_attempt_at expires_at attempts sealed",
    "outbox.MailTrouble": "id day kind reply number",
}


def lines(name):
    return {line.what: line for line in STORES[name].count()}


def mail():
    queue(
        OutgoingMessage(
            to="ada@example.org",
            subject="Please confirm",
            text="…",
            html="…",
            language="en",
            kind="petition-confirm",
            from_name="Every Name",
            from_address="hello@everyname.example",
        )
    )


# Nothing is left out


def test_every_model_is_in_a_store_or_on_the_list_of_those_that_hold_nothing_about_people():
    every = apps.get_models(include_auto_created=True)
    forgotten = [model._meta.label for model in every if place_of(model) is None]
    assert not forgotten, "Say in campaigns/stores what they hold, why and until when"


def test_a_model_that_nobody_has_thought_of_is_noticed():
    class Visit(models.Model):  # noqa: DJ008
        class Meta:
            app_label = "unheard"

    try:
        assert place_of(Visit) is None
    finally:
        del apps.all_models["unheard"]


def test_no_store_names_a_model_that_is_gone():
    known = {model._meta.label for model in apps.get_models()} | {"wagtailsearch.SQLiteFTSIndexEntry"}  # SQLite's own
    assert [label for store in STORES.values() for label in store.models if label not in known] == []


@pytest.mark.parametrize("label", COLUMNS)
def test_a_column_added_to_what_supporters_leave_is_told_first(label):
    columns = {field.name for field in apps.get_model(label)._meta.concrete_fields}
    assert columns == set(COLUMNS[label].split())


def test_what_the_data_folder_holds_is_known(petition, sign, bake, home):
    sign("ada@example.org")
    mail()
    bake(everything=True)
    (home / "media" / "pictures").mkdir(parents=True)
    assert unknown_files() == []


@pytest.mark.parametrize("name", ["signers.xlsx", "keys/petitions-old", "access.log", "db.backup"])
def test_what_does_not_belong_into_the_data_folder_is_named(home, name):
    file = home / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("ada@example.org")
    assert unknown_files() == [name]


# The numbers


def test_signatures_are_counted_by_petition_and_state(petition, sign):
    sign("ada@example.org")
    sign("grace@example.org")
    sign("fake@example.org", state=SignatureState.HELD)
    line = lines("Signatures")["free-them"]
    assert (line.number, line.note, line.until, line.problem) == (3, "2 confirmed, 1 held", None, "")


def test_after_the_delivery_a_day_stands_beside_them(petition, sign):
    sign("ada@example.org")
    now = timezone.now()
    Petition.objects.update(state=State.CLOSED, closed_at=now, delivered_at=now, keep_days=30)
    final = now + datetime.timedelta(days=7)  # links that were begun before closing count until then
    assert lines("Signatures")["free-them"].until == timezone.localdate(final + datetime.timedelta(days=30))


def test_signatures_that_should_have_gone_are_a_problem(petition, sign):
    sign("ada@example.org")
    long_ago = timezone.now() - datetime.timedelta(days=98)
    Petition.objects.update(state=State.CLOSED, closed_at=long_ago, delivered_at=long_ago, keep_days=90)
    assert "should have gone" in lines("Signatures")["free-them"].problem


def test_signatures_that_nothing_ends_are_a_problem(petition, sign):
    sign("ada@example.org")
    long_ago = timezone.now() - datetime.timedelta(days=91)
    Petition.objects.update(state=State.CLOSED, closed_at=long_ago, keep_days=90)
    assert "no delivery is recorded" in lines("Signatures")["free-them"].problem


def test_signatures_that_came_back_with_a_backup_are_a_problem(petition, sign):
    sign("ada@example.org")
    Petition.objects.update(state=State.CLOSED, closed_at=timezone.now(), records_destroyed_at=timezone.now())
    assert "backup" in lines("Signatures")["free-them"].problem


def test_a_secret_has_its_end(petition):
    (line,) = STORES["Secrets of petitions"].count()
    assert (line.what, line.until, line.problem) == ("free-them", None, "")
    closes_at = timezone.now() + datetime.timedelta(days=60)
    Petition.objects.update(closes_at=closes_at)
    (line,) = STORES["Secrets of petitions"].count()
    assert (line.until, line.problem) == (timezone.localdate(closes_at + datetime.timedelta(days=30)), "")
    closed_at = timezone.now() - datetime.timedelta(days=29)
    Petition.objects.update(state=State.CLOSED, closed_at=closed_at)
    (line,) = STORES["Secrets of petitions"].count()
    assert (line.until, line.problem) == (timezone.localdate(closed_at + datetime.timedelta(days=30)), "")


def test_a_secret_that_outlives_its_end_is_a_problem(petition):
    Petition.objects.update(state=State.CLOSED, closed_at=timezone.now() - datetime.timedelta(days=31))
    (line,) = STORES["Secrets of petitions"].count()
    assert "should have gone" in line.problem


def test_a_secret_of_no_petition_is_a_problem(petition, home):
    Keys(home / "keys").make_pepper(os.urandom(16))
    (home / "keys" / "petitions" / "copy").touch()
    assert [line.what for line in STORES["Secrets of petitions"].count() if line.problem] == [
        "Of no petition that is here"
    ] * 2


def test_keys_of_links_last_until_the_last_link_has_expired(home, later):
    today = datetime.datetime.now(datetime.UTC).date()
    keys = Keys(home / "keys")
    keys.day_key("tokens", today - datetime.timedelta(days=1))
    keys.day_key("tokens", today)
    (line,) = STORES["Keys of confirmation links"].count()
    assert (line.number, line.until, line.problem) == (2, today + datetime.timedelta(days=9), "")
    later(days=9)
    (line,) = STORES["Keys of confirmation links"].count()
    assert "should have gone" in line.problem


def test_mail_that_waits_is_counted_with_its_key(home, later):
    mail()
    found = lines("Outgoing e-mail")
    assert (found["E-mails that wait"].number, found["Keys of hours"].number) == (1, 1)
    assert not any(line.problem for line in found.values())
    later(hours=27)
    assert all("should have gone" in line.problem for line in lines("Outgoing e-mail").values())


def test_mail_as_files_is_a_problem_but_in_a_demonstration(home, newsroom, settings):
    settings.EMAIL_URL = "smtp://mail.example.org:25"
    assert not lines("E-mail as files")["E-mails to supporters, as files"].problem
    (home / "mail").mkdir()
    (home / "mail" / "1.eml").touch()
    line = lines("E-mail as files")["E-mails to supporters, as files"]
    assert line.number == 1
    assert "RIGHTSWIRE_EMAIL_URL" in line.problem
    Organisation.objects.update(is_demo=True)
    assert not lines("E-mail as files")["E-mails to supporters, as files"].problem


def test_an_erased_signature_leaves_marks_and_an_entry_that_waits(petition, sign):
    row = sign("ada@example.org")
    erase(petition.pk, petition.id_bytes, bytes(row.address_key))
    found = lines("What was erased or dropped")
    assert (found["Marks while links last"].number, found["Marks against backups"].number) == (1, 1)
    assert lines("Public logs")["Entries that wait for tonight"].number == 2
    assert lines("Signatures")["free-them"].number == 0
    TakenAway.objects.update(day=timezone.localdate() - datetime.timedelta(days=10))
    assert "should have gone" in lines("What was erased or dropped")["Marks while links last"].problem


def test_exports_and_destroyed_copies_stand_side_by_side(home, petition):
    for act in ("export", "export", "destroy-copy"):
        RegisterEntry.objects.create(act=act)
    found = lines("Exports")
    assert (found["Exports in the register"].number, found["Copies noted as destroyed"].number) == (2, 1)
    assert "with the command" in found["Exports in the register"].note  # cli.export_delivery notes them too
    assert "not in it" not in found["Exports in the register"].note


def test_an_export_that_a_stopped_server_left_is_a_problem(home):
    folder = home / "handing-out-abc"
    folder.mkdir()
    (folder / "delivery").touch()
    assert not lines("Exports")["Files being handed out now"].problem
    os.utime(folder / "delivery", (time.time() - 7200,) * 2)
    assert "delete the folder" in lines("Exports")["Files being handed out now"].problem


def test_the_folder_of_the_demonstration_is_a_problem_elsewhere(home, newsroom):
    (home / "demo").mkdir()
    (home / "demo" / "offline.key").touch()
    assert "no demonstration" in lines("The demonstration's folder")["Files"].problem
    Organisation.objects.update(is_demo=True)
    assert not lines("The demonstration's folder")["Files"].problem


def test_accounts_that_nobody_uses_are_a_problem(staff):
    assert not lines("Accounts")["Of these not used for a year"].problem
    User.objects.filter(username="second").update(date_joined=timezone.now() - datetime.timedelta(days=400))
    line = lines("Accounts")["Of these not used for a year"]
    assert (line.number, bool(line.problem)) == (1, True)


def test_expired_sessions_are_told_from_others(client, staff):
    client.force_login(staff[0])
    Session.objects.create(session_key="old", expire_date=timezone.now() - datetime.timedelta(days=1))
    found = lines("Sessions")
    assert (found["Sessions"].number, found["Of these expired"].number) == (2, 1)


def test_a_database_that_writes_rows_to_its_log_is_a_problem(home):
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no log")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL log_min_error_statement = error")
        cursor.execute("SET LOCAL log_error_verbosity = terse")
    found = lines("What deleting leaves behind")
    assert "postgresql.md" in found["log_min_error_statement = error"].problem
    assert not found["log_error_verbosity = terse"].problem


# The page


@pytest.fixture
def officer(client, newsroom):
    user = User.objects.create_user("officer", password="a long pass phrase")
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    client.force_login(user)
    return client


def test_the_page_shows_every_store_with_what_is_there(petition, sign, officer):
    sign("ada@example.org", comment="Let them go.")
    mail()
    answer = officer.get(reverse("rightswire_stores"))
    text = answer.content.decode()
    for store in STORES.values():
        assert f'<h3 class="w-h3">{store.name.replace(chr(39), "&#x27;")}</h3>' in text
    assert "1 confirmed" in text
    assert Message.objects.count() == Signature.objects.count() == 1
    for private in ("ada@example.org", "Ada Example", "Let them go"):
        assert private not in text


def test_the_page_begins_with_what_is_to_be_looked_at(petition, officer, home: Path):
    Petition.objects.update(state=State.CLOSED, closed_at=timezone.now() - datetime.timedelta(days=31))
    (home / "signers.xlsx").touch()
    text = officer.get(reverse("rightswire_stores")).content.decode()
    to_look_at = text.partition("To look at</h2>")[2].partition("<h2")[0]
    assert "Secrets of petitions, free-them" in to_look_at
    assert "signers.xlsx" in to_look_at


def test_it_stands_among_the_reports(officer):
    assert reverse("rightswire_stores") in officer.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.parametrize("role", [EDITOR, MODERATOR])
def test_others_neither_see_it_nor_a_way_to_it(client, newsroom, role):
    user = User.objects.create_user("editor", password="a long pass phrase")
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    answer = client.get(reverse("rightswire_stores"), follow=True)
    assert answer.redirect_chain
    assert "Secrets of petitions" not in answer.content.decode()
    assert reverse("rightswire_stores") not in client.get(reverse("wagtailadmin_home")).content.decode()
