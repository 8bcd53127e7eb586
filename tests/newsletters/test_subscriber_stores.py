"""What is stored about subscribers is told: every model and file has its place, and what is overdue is a problem."""

import datetime
import os
import time

import pytest
from django.apps import apps
from django.utils import timezone

from rightswire.campaigns.stores import CHAPTERS, place_of, unknown_files
from rightswire.newsletters.digests import send_at_once
from rightswire.newsletters.models import Fate, Handover, ListExport, Sending, SendingState, Subscriber
from rightswire.newsletters.retention import end_what_is_over
from rightswire.newsletters.subscribing import leave

pytestmark = pytest.mark.django_db
STORES = {store.name: store for chapter in CHAPTERS for store in chapter.stores}

# A new column of these tables is told in newsletters/stores.py, on the privacy page and in docs/threat-model.md first.
COLUMNS = {
    "Subscriber": (
        "id address_key sealed state language rhythm choice zone wants_letters paused_until consent_ends_on mark "
        "bounces bounced_on"
    ),
    "Choice": "id text",
    "Follow": "id subscriber petition",
    "Consent": "id subscriber wording day basis source",
    "Suppression": "address_key reason day left_at",
    "Handover": "id sending rendering subscriber fate attempts next_attempt_at reply",
    "SendingTotal": "id sending fate reply number",
}


def lines(name):
    return {line.what: line for line in STORES[name].count()}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_added_to_what_subscribers_leave_is_told_first(name):
    columns = {field.name for field in apps.get_model("newsletters", name)._meta.concrete_fields}
    assert columns == set(COLUMNS[name].split())


@pytest.mark.parametrize(
    ("model", "store"),
    [
        *((name, "Subscribers") for name in ("Subscriber", "Follow", "Consent", "ConsentWording", "Choice")),
        ("Suppression", "Who must not be written to"),
        *((name, "The ledger of mail") for name in ("Handover", "Sending", "Rendering", "SendingTotal")),
        *((name, "Who did what with mail") for name in ("Newsletter", "ListExport", "MailingKey", "MailNotice")),
    ],
)
def test_a_model_is_in_its_store(model, store):
    assert place_of(apps.get_model("newsletters", model)) == store


def test_what_newsletters_put_into_the_data_folder_is_known(subscribe, home):
    leave(subscribe("ada@example.org").pk)
    (home / "mail.sock").touch()
    (home / "lists.lock").touch()
    (home / "demo").mkdir()
    (home / "demo" / "mailing.key").touch()
    assert (home / "unsubscribed").exists()
    assert lines("Secrets of the list")["Secrets"].number
    assert unknown_files() == []
    (home / "subscribers.csv").touch()
    assert unknown_files() == ["subscribers.csv"]


def test_consent_that_should_have_gone_is_a_problem(subscribe):
    subscribe("ada@example.org")
    assert not any(line.problem for line in STORES["Subscribers"].count())
    Subscriber.objects.update(consent_ends_on=timezone.localdate() - datetime.timedelta(days=2))
    line = lines("Subscribers")["Of these subscribers, consent expired"]
    assert (line.number, "should have gone" in line.problem) == (1, True)


def test_a_ledger_that_should_have_gone_is_a_problem(subscribe, news):
    subscribe("ada@example.org")
    news("A verdict")
    send_at_once()
    assert lines("The ledger of mail")["Of these still to be sent"].number == 1
    Handover.objects.update(fate=Fate.HANDED_OVER)
    Sending.objects.update(state=SendingState.DONE, frozen_at=timezone.now() - datetime.timedelta(days=29))
    assert not any(line.problem for line in STORES["The ledger of mail"].count())
    Sending.objects.update(frozen_at=timezone.now() - datetime.timedelta(days=31))
    assert "should have gone" in lines("The ledger of mail")["Of these older than that"].problem
    end_what_is_over()
    assert not any(line.problem for line in STORES["The ledger of mail"].count())


@pytest.fixture
def maildir(home, settings):
    folder = home / "returned"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    settings.BOUNCE_MAILDIR = str(folder)
    return folder


def test_mail_that_came_back_is_counted_until_it_is_accounted_for(maildir):
    assert unknown_files() == []
    assert not any(line.number or line.problem for line in STORES["Mail that came back"].count())
    file = maildir / "new" / "1.example"
    file.write_text("Final-Recipient: rfc822; ada@example.org")
    line = lines("Mail that came back")["Mails that wait"]
    assert (line.number, line.problem) == (1, "")
    os.utime(file, (time.time() - 7200,) * 2)
    assert "should have gone" in lines("Mail that came back")["Mails that wait"].problem


def test_mail_that_nobody_could_read_is_a_problem_until_somebody_deletes_it(maildir):
    (maildir / "cur" / "1.example:2,FS").touch()
    found = lines("Mail that came back")
    assert found["Mails that wait"].number == 0
    line = found["Mails that could not be read"]
    assert (line.number, "delete them" in line.problem) == (1, True)


def test_a_mailbox_at_a_provider_is_a_store_too(home, settings):
    settings.BOUNCE_MAILBOX = "imaps://ada:hush@imap.example.org"
    (line,) = STORES["Mail that came back"].count()
    assert ("imap.example.org" in line.what, "hush" in str(line)) == (True, False)


def test_where_no_mail_comes_back_nothing_is_counted(home):
    assert [line.number for line in STORES["Mail that came back"].count()] == [None]


def test_what_staff_did_is_counted(staff, proven):
    ListExport.objects.create(asked_by=staff[0])
    found = lines("Who did what with mail")
    assert found["Exports of the list"].number == found["Mailing keys, with who keeps them"].number == 1


def test_no_line_names_anybody(subscribe):
    subscribe("ada@example.org")
    (chapter,) = [chapter for chapter in CHAPTERS if chapter.name == "Subscribers"]
    told = str([line for store in chapter.stores for line in store.count()])
    assert "ada" not in told
    assert str(Subscriber.objects.get().pk) not in told
