"""Opening takes a list that is green and two people; nobody is both."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rightswire.campaigns.models import (
    Act,
    Approval,
    Official,
    Petition,
    PetitionPage,
    RecipientKey,
    RegisterEntry,
    State,
)
from rightswire.seal.box import PrivateKey

pytestmark = pytest.mark.django_db


def state(petition):
    return Petition.objects.get(pk=petition.pk).state


def test_the_list_names_what_is_missing_and_how_to_mend_it(petition, first):
    page = first.look("petitions:overview", petition.pk).content.decode()
    assert "There is a key to encrypt signatures for" in page
    assert "add the public half under Keys" in page
    answer = first.do("petitions:ask_to_open", petition.pk)
    assert "Not yet in order: There is a key to encrypt signatures for" in answer.said
    assert not Approval.objects.exists()


def test_one_asks_another_agrees_and_the_register_names_both(petition, key, private, first, second):
    first.prove(petition, key, private)
    assert "A second person can agree" in first.do("petitions:ask_to_open", petition.pk).said
    assert state(petition) == State.DRAFT
    page = second.look("petitions:overview", petition.pk).content.decode()
    assert "ada asked for this" in page
    assert "Agree and open" in page

    assert "The petition is open" in second.agree_and_open(petition).said
    assert state(petition) == State.OPEN
    entry = RegisterEntry.objects.get(act=Act.OPEN)
    assert (entry.by, entry.second, entry.petition_name) == ("ada", "grace", "Drop the app")


def test_the_second_person_reads_on_the_home_page_that_she_is_waited_for(petition, key, private, first, second):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    home = second.look("wagtailadmin_home").content.decode()
    assert "Open the petition “Drop the app”?" in home
    assert "ada asked for it" in home
    assert reverse("petitions:overview", args=[petition.pk]) in home
    assert "Waits for a second person" in second.look("petitions:overview", petition.pk).content.decode()
    assert "It takes a second person" not in first.look("wagtailadmin_home").content.decode()
    second.agree_and_open(petition)
    assert "It takes a second person" not in second.look("wagtailadmin_home").content.decode()


def test_whoever_asked_is_offered_no_agreement_and_refused_one(petition, key, private, first):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    assert "Agree and open" not in first.look("petitions:overview", petition.pk).content.decode()
    answer = first.agree_and_open(petition)
    assert "It takes a second person" in answer.said
    assert state(petition) == State.DRAFT
    assert Approval.objects.get().agreed_by is None


def test_a_superuser_is_one_person_too(petition, key, private, make_desk):
    root = make_desk("root", role=None, is_superuser=True)
    root.prove(petition, key, private)
    root.do("petitions:ask_to_open", petition.pk)
    assert "It takes a second person" in root.agree_and_open(petition).said
    assert state(petition) == State.DRAFT


def test_agreeing_to_what_nobody_asked_for_opens_nothing(petition, key, private, first, second):
    first.prove(petition, key, private)
    assert "Nobody has asked" in second.agree_and_open(petition).said
    assert state(petition) == State.DRAFT


def test_agreeing_twice_opens_once(opened, first, second):
    answer = second.do("petitions:agree_and_open", opened.pk, seen="")
    assert "Nobody has asked" in answer.said
    assert RegisterEntry.objects.filter(act=Act.OPEN).count() == 1


def test_a_request_that_was_withdrawn_cannot_be_agreed_to(petition, key, private, first, second):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    first.do("petitions:withdraw_opening", petition.pk)
    assert not Approval.objects.exists()
    assert "Nobody has asked" in second.agree_and_open(petition).said
    assert state(petition) == State.DRAFT


def test_asking_twice_is_answered_and_asks_once(petition, key, private, first, second):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    assert "Somebody has already asked" in second.do("petitions:ask_to_open", petition.pk).said
    assert Approval.objects.get().asked_by == first.user


def test_what_was_taken_away_since_the_asking_stops_the_opening(petition, key, private, first, second):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    PetitionPage.objects.get().unpublish()
    assert "It has a published page" in second.agree_and_open(petition).said
    assert state(petition) == State.DRAFT
    assert Approval.objects.get().agreed_by is None


def test_another_version_that_is_scheduled_stops_the_opening(petition, key, private, first, second):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    page = PetitionPage.objects.get()
    page.ask, page.go_live_at = "Something else.", timezone.now() + timedelta(days=1)
    page.save_revision().publish()
    assert "No other version of its published pages is scheduled" in second.agree_and_open(petition).said
    assert state(petition) == State.DRAFT

    page.refresh_from_db()
    page.scheduled_revision.approved_go_live_at = None
    page.scheduled_revision.save()
    assert "The petition is open" in second.agree_and_open(petition).said


def test_a_key_slipped_in_while_the_second_person_was_reading_stops_the_opening(petition, key, private, first, second):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    seen = second.look("petitions:overview", petition.pk).context["seen"]

    other = PrivateKey.generate()
    slipped_in = RecipientKey.objects.create(label="Mine", public=other.public.text())
    first.prove(petition, slipped_in, other)
    answer = second.do("petitions:agree_and_open", petition.pk, seen=seen)
    assert "or the keys were changed since you opened this page" in answer.said
    assert state(petition) == State.DRAFT
    second.agree_and_open(petition)  # having looked at both
    assert state(petition) == State.OPEN


def rewritten(petition):
    page = PetitionPage.objects.get()
    page.ask = "Something else."
    page.save_revision().publish()


@pytest.mark.parametrize(
    "change",
    [
        rewritten,
        lambda petition: Petition.objects.update(confirmed_by="nothing"),
        lambda petition: Petition.objects.update(keep_days=9000),
        lambda petition: Petition.objects.update(closes_at=timezone.now() + timedelta(days=1)),
        lambda petition: petition.addressees.update(official=Official.objects.create(name="B. Minister", country="CA")),
        lambda petition: Official.objects.update(name="B. Minister"),
    ],
)
def test_the_second_person_opens_what_she_has_read_and_nothing_else(petition, key, private, first, second, change):
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    page = second.look("petitions:overview", petition.pk)
    assert "Drop it." in page.content.decode()
    change(petition)
    answer = second.do("petitions:agree_and_open", petition.pk, seen=page.context["seen"])
    assert "so nothing was opened. Read it again" in answer.said
    assert state(petition) == State.DRAFT
    assert "The petition is open" in second.agree_and_open(petition).said  # having read it again


@pytest.mark.parametrize(
    "name",
    [
        "ask_to_open",
        "agree_and_open",
        "withdraw_opening",
        "close",
        "download_test",
        "prove",
        "release",
        "ask_before_dropping",
        "drop",
        "ask_to_export",
        "agree_to_export",
        "withdraw_export",
        "download_export",
    ],
)
def test_following_a_link_changes_nothing(opened, first, name):
    assert first.look(f"petitions:{name}", opened.pk).status_code == 405


@pytest.mark.parametrize("name", ["overview", "close_page", "numbers", "csv", "held", "paper", "delivery"])
def test_looking_changes_nothing(opened, first, name):
    def everything():
        return [
            list(model.objects.order_by("pk").values()) for model in (Petition, Approval, RegisterEntry, RecipientKey)
        ]

    before = everything()
    assert first.look(f"petitions:{name}", opened.pk).status_code == 200
    assert everything() == before


def test_a_form_from_elsewhere_is_refused(opened, first):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(first.user)
    answer = strict.post(reverse("petitions:close", args=[opened.pk]))
    assert answer.status_code == 403
    assert state(opened) == State.OPEN


def test_closing_says_what_it_means_and_is_noted(opened, first):
    page = first.look("petitions:close_page", opened.pk).content.decode()
    assert "cannot be opened again" in page
    assert "The petition is closed" in first.do("petitions:close", opened.pk).said
    assert state(opened) == State.CLOSED
    assert RegisterEntry.objects.get(act=Act.CLOSE).by == "ada"
    assert "not open" in first.do("petitions:close", opened.pk).said
