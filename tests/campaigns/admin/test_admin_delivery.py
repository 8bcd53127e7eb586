"""The signatures leave in one encrypted file, once for each time that two people agree."""

import datetime
import io
import json
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone

from rightswire.campaigns import delivery
from rightswire.campaigns.models import Act, Approval, Petition, RegisterEntry, State

pytestmark = pytest.mark.django_db


def agreed(petition, first, second):
    first.do("petitions:ask_to_export", petition.pk)
    second.do("petitions:agree_to_export", petition.pk)


def download(desk, petition):
    return desk.post(reverse("petitions:download_export", args=[petition.pk]))


def test_two_people_agree_and_one_of_them_downloads_the_file_once(opened, first, second, collect, home):
    collect(opened, 3)
    agreed(opened, first, second)
    answer = download(first, opened)
    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="drop-the-app-{timezone.localdate()}.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        assert json.loads(archive.read("delivery.json"))["totals"]["confirmed"] == 3
    assert not list(home.glob("handing-out-*"))
    entry = RegisterEntry.objects.get(act=Act.EXPORT)
    assert (entry.by, entry.second) == ("ada", "grace")

    answer = download(second, opened)
    assert answer.status_code == 302
    assert RegisterEntry.objects.filter(act=Act.EXPORT).count() == 1


def test_the_file_is_deleted_here_before_its_first_byte_is_sent(opened, first, second, home):
    agreed(opened, first, second)
    answer = download(first, opened)
    assert not list(home.glob("handing-out-*"))
    answer.close()


def test_one_person_alone_gets_nothing(opened, first, make_desk):
    for desk in (first, make_desk("root", role=None, is_superuser=True)):
        desk.do("petitions:ask_to_export", opened.pk)
        assert "It takes a second person" in desk.do("petitions:agree_to_export", opened.pk).said
        assert "Agree</button>" not in desk.look("petitions:delivery", opened.pk).content.decode()
        assert download(desk, opened).status_code == 302
        desk.do("petitions:withdraw_export", opened.pk)
    assert not RegisterEntry.objects.filter(act=Act.EXPORT).exists()


def test_a_third_person_does_not_download_what_two_agreed_to(opened, first, second, make_desk):
    agreed(opened, first, second)
    third = make_desk("root", role=None, is_superuser=True)
    assert "One of the two" in third.do("petitions:download_export", opened.pk).said
    assert Approval.objects.get(act=Act.EXPORT).done_at is None


def test_where_the_file_cannot_be_written_the_agreement_stands(opened, first, second, monkeypatch, home):
    agreed(opened, first, second)

    def no_space(*arguments):
        raise OSError(28, "No space left on device", str(home))

    with monkeypatch.context() as context:
        context.setattr(delivery.os, "fsync", no_space)
        answer = first.do("petitions:download_export", opened.pk)
        assert "nothing is lost" in answer.said
        assert str(home) not in answer.said
    assert not list(home.glob("handing-out-*"))
    answer = download(first, opened)
    assert answer.status_code == 200
    answer.close()


def test_what_is_not_open_yet_or_destroyed_is_not_exported(petition, opened, first):
    Petition.objects.update(state=State.DRAFT)
    assert "has not been opened" in first.do("petitions:ask_to_export", opened.pk).said
    Petition.objects.update(state=State.CLOSED, records_destroyed_at=timezone.now())
    assert "were destroyed, as promised" in first.do("petitions:ask_to_export", opened.pk).said
    assert not Approval.objects.filter(act=Act.EXPORT).exists()


def record(desk, petition, day, **fields):
    return desk.do("petitions:delivery", petition.pk, date=day.isoformat(), **fields)


def test_the_delivery_is_recorded_with_its_day(opened, first):
    today = timezone.localdate()
    assert "Recorded" in record(first, opened, today).said
    opened.refresh_from_db()
    assert timezone.localdate(opened.delivered_at) == today
    assert "Handed over on" in first.look("petitions:overview", opened.pk).content.decode()
    entry = RegisterEntry.objects.get(act=Act.DELIVER)
    assert (entry.by, entry.note) == ("ada", f"Handed over on {today.isoformat()}")


def test_a_copy_that_was_destroyed_is_noted(opened, first):
    assert "Noted" in first.do("petitions:note_destroyed", opened.pk, copy=" the stick\n of 3 May <b>").said
    entry = RegisterEntry.objects.get(act=Act.DESTROY_COPY)
    assert (entry.petition_name, entry.by, entry.note) == (opened.name, "ada", "the stick of 3 May <b>")
    assert "the stick of 3 May &lt;b&gt;" in first.look("petition-register:index").content.decode()


@pytest.mark.parametrize("words", ["", "  \n", "x" * 301])
def test_a_note_of_nothing_or_without_end_is_refused(opened, first, words):
    assert "Nothing was noted" in first.do("petitions:note_destroyed", opened.pk, copy=words).said
    assert not RegisterEntry.objects.filter(act=Act.DESTROY_COPY).exists()


@pytest.mark.parametrize("days", [1, -1])
def test_a_day_to_come_or_before_the_opening_is_refused(opened, first, days):
    answer = record(first, opened, timezone.localdate() + datetime.timedelta(days=days))
    assert answer.context["form"].errors["date"]
    opened.refresh_from_db()
    assert opened.delivered_at is None


def test_a_day_that_would_destroy_the_signatures_at_once_is_asked_about(opened, first):
    long_ago = timezone.now() - datetime.timedelta(days=300)
    Petition.objects.update(state=State.CLOSED, opened_at=long_ago, closed_at=long_ago)
    day = timezone.localdate() - datetime.timedelta(days=200)
    page = record(first, opened, day).content.decode()
    assert "destroyed on" in page
    opened.refresh_from_db()
    assert opened.delivered_at is None

    assert "Recorded" in record(first, opened, day, sure="1").said
    opened.refresh_from_db()
    assert timezone.localdate(opened.delivered_at) == day
