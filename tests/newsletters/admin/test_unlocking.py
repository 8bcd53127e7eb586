"""Unlocking mail: the private half of a key is handed to the worker and stands nowhere else."""

import logging

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from rightswire.accounts.roles import CAMPAIGNER, EDITOR, MODERATOR
from rightswire.newsletters.models import Fate, MailingKey, Sending
from rightswire.newsletters.strongbox import Strongbox
from rightswire.seal.box import PrivateKey

# The worker's end answers in a thread and sees what was committed.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PASSPHRASE = "seven long words that nobody guesses"


@pytest.fixture(scope="module")
def private():
    return PrivateKey.generate()


@pytest.fixture(scope="module")
def file(private):
    """What stands in the private key file."""
    return f"# Keep this offline\n{private.protected(PASSPHRASE)}\n"


@pytest.fixture
def key(db, private):
    return MailingKey.objects.create(label="Press office", public=private.public.text())


@pytest.fixture
def worker(transactional_db, home):
    """What keeps the mailing key while mail is unlocked."""
    box = Strongbox()
    box.start()
    yield box
    box.stop()


def unlock(desk, text, passphrase=PASSPHRASE):
    return desk.do("mailing-keys:unlock", private=text, passphrase=passphrase)


@pytest.mark.parametrize("role", [EDITOR, CAMPAIGNER, MODERATOR])
def test_unlocking_is_for_administrators(make_desk, key, file, role, worker):
    desk = make_desk("somebody", role)
    for name in ("index", "add", "unlock"):
        assert desk.look(f"mailing-keys:{name}").status_code == 302
    assert "permission" in unlock(desk, file).said
    key.refresh_from_db()
    assert key.proven_at is None


def test_the_right_key_unlocks_mail_and_proves_it(keeper, key, file, worker):
    assert "Locked" in keeper.look("mailing-keys:unlock").content.decode()
    assert "Mail is unlocked" in unlock(keeper, file).said
    assert "until the worker is started anew" in keeper.look("mailing-keys:unlock").content.decode()
    key.refresh_from_db()
    assert key.proven_at
    assert worker.is_unlocked


WRONG = {
    "passphrase": (lambda file: (file, "not this one"), "The passphrase does not open this key"),
    "no key": (lambda file: ("hello", PASSPHRASE), "not a private key"),
    "half a key": (lambda file: (file[: len(file) // 2], PASSPHRASE), "not a private key"),
    "another key": (
        lambda file: (PrivateKey.generate().protected(PASSPHRASE), PASSPHRASE),
        "none of the mailing keys",
    ),
    "nothing": (lambda file: ("", ""), "Both are needed"),
    "too much": (lambda file: (file + "x" * 5000, PASSPHRASE), "Both are needed"),
    "control characters": (lambda file: ("\x00" + file, PASSPHRASE), "Both are needed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_unlock_leaves_nothing_anywhere(keeper, key, file, worker, home, caplog, case):
    make, words = WRONG[case]
    text, passphrase = make(file)
    with caplog.at_level(logging.DEBUG):
        answer = unlock(keeper, text, passphrase)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "no-store" in answer["Cache-Control"]
    typed = [part for part in (*text.split(), passphrase) if len(part) > 8]
    kept = [page, caplog.text, *_sessions(), *_files(home), str(keeper.cookies)]
    assert not [part for part in typed for place in kept if part in place]
    key.refresh_from_db()
    assert key.proven_at is None


def test_what_fails_in_the_worker_is_not_called_a_worker_that_does_not_run(keeper, key, file, worker, caplog):
    def fail(private):
        raise DatabaseError(f"about {file}")

    worker.put_in = fail
    answer = unlock(keeper, file)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "its log names the error. The key was not kept" in page
    assert "No worker runs" not in page
    assert "Mail could not be unlocked (DatabaseError)" in caplog.text
    assert not worker.is_unlocked
    assert not [part for part in file.split() if len(part) > 8 and (part in page or part in caplog.text)]


def test_what_unlocks_leaves_nothing_anywhere_either(keeper, key, file, worker, home, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = unlock(keeper, file)
    kept = [answer.content.decode(), caplog.text, *_sessions(), *_files(home), str(keeper.cookies)]
    assert not [place for place in kept if PASSPHRASE in place or file.split()[-1] in place]


def test_without_a_worker_the_page_says_what_to_start(keeper, key, file, home):
    assert "Start <code>rightswire work</code>" in keeper.look("mailing-keys:unlock").content.decode()
    answer = unlock(keeper, file)
    assert "No worker runs, so nobody could keep the key" in answer.content.decode()
    assert file.split()[-1] not in answer.content.decode()


def test_the_form_is_not_kept_by_browsers(keeper, key, worker):
    answer = keeper.look("mailing-keys:unlock")
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert page.count('autocomplete="off"') >= 3
    assert 'enctype="multipart/form-data"' not in page
    assert 'type="password"' in page


def test_a_form_from_elsewhere_unlocks_nothing(keeper, key, file, worker):
    keeper.handler.enforce_csrf_checks = True
    answer = keeper.post(reverse("mailing-keys:unlock"), {"private": file, "passphrase": PASSPHRASE})
    assert answer.status_code == 403
    key.refresh_from_db()
    assert key.proven_at is None


# That mail waits


def test_after_a_restart_staff_see_that_mail_waits(keeper, first, key, send, worker):
    MailingKey.objects.update(proven_at=timezone.now())
    send({Fate.WAITING: 1200, Fate.HANDED_OVER: 3})
    page = keeper.look("wagtailadmin_home").content.decode()
    assert "Mail waits: unlock it" in page
    assert "1,200 to go" in page
    assert reverse("mailing-keys:unlock") in page
    assert "1,200 mails wait" in keeper.look("mailing-keys:unlock").content.decode()

    page = first.look("wagtailadmin_home").content.decode()
    assert "An administrator who keeps a mailing key has to unlock it" in page
    sending = Sending.objects.get()
    assert "Mail is locked, so nothing goes out" in first.look("sendings:sending", sending.pk).content.decode()
    assert reverse("mailing-keys:unlock") not in page


def test_a_new_key_waits_for_its_first_unlocking_and_then_nothing_is_said(keeper, first, key, file, worker):
    page = keeper.look("wagtailadmin_home").content.decode()
    assert "Nobody can subscribe yet" in page
    assert "Mail waits" not in page
    assert "Nobody can subscribe yet" not in first.look("wagtailadmin_home").content.decode()
    unlock(keeper, file)
    page = keeper.look("wagtailadmin_home").content.decode()
    assert "Mail waits" not in page
    assert "Nobody can subscribe yet" not in page


def _sessions():
    return [str(session.get_decoded()) for session in Session.objects.all()]


def _files(home):
    return [file.read_bytes().decode("latin-1") for file in home.rglob("*") if file.is_file()]
