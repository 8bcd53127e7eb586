"""Writing a newsletter: the form, what it begins with, how it looks, and the test to oneself."""

import datetime

import pytest
from django.urls import reverse

from rightswire.accounts.models import User
from rightswire.newsletters.models import Newsletter
from rightswire.outbox.models import Message
from rightswire.outbox.queue import unpack

pytestmark = pytest.mark.django_db


def test_an_editor_writes_one_and_lands_on_its_page(organisation, first):
    answer = first.save(None, text="What happened.")
    newsletter = Newsletter.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("newsletters:newsletter", args=[newsletter.pk])
    page = answer.content.decode()
    assert "Our autumn" in page
    assert "Ask to send it" in page
    assert "Our autumn" in first.look("newsletters:index").content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"subject": ""}, "This field is required"),
        ({"language": "de"}, "Select a valid choice"),
        ({"send_at": "2001-01-01 08:00"}, "This moment is over"),
        ({"send_at": "soon"}, "Enter a valid date"),
        ({"petition": "4711"}, "Select a valid choice"),
        ({"body-count": "0"}, "This field is required"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_is_wrong_is_said_at_its_field(organisation, first, wrong, words):
    assert words in first.save(None, **wrong).content.decode()
    assert not Newsletter.objects.exists()


def test_a_petition_that_is_not_open_yet_has_nobody_to_write_to(organisation, petition, first):
    type(petition).objects.update(state="draft")
    assert "Select a valid choice" in first.save(None, petition=str(petition.pk)).content.decode()


# To how many


def test_it_goes_to_those_who_read_the_language_and_want_newsletters(newsletter, subscribe, first):
    subscribe(7)
    subscribe(2, wants_letters=False)
    subscribe(3, language="fr")
    subscribe(4, state=2)
    subscribe(5, paused_until=datetime.date(2040, 1, 1))
    subscribe(6, consent_ends_on=datetime.date(2001, 1, 1))
    answer = first.look("newsletters:newsletter", newsletter.pk)
    assert answer.context["number"] == "7"


def test_to_the_followers_of_a_petition_also_those_who_want_nothing_else(newsletter, petition, subscribe, first):
    subscribe(7, follows=petition, wants_letters=False)
    subscribe(3, follows=petition, language="fr")
    subscribe(9)
    Newsletter.objects.update(petition=petition)
    answer = first.look("newsletters:newsletter", newsletter.pk)
    assert answer.context["number"] == "7"
    assert answer.context["other_followers"] == [("Français", "fewer than 5")]


def test_before_agreeing_the_second_person_sees_what_goes_out_to_how_many(newsletter, subscribe, first, second):
    subscribe(1234)
    first.do("newsletters:ask", newsletter.pk)
    page = second.look("newsletters:agree_page", newsletter.pk).content.decode()
    assert "Agree: send it to 1" in page
    assert "1,234" in page
    assert "ada asked for it" in page
    assert "As soon as two people have released it" in page


# From the petition


def test_a_petition_leads_to_the_form_with_itself_chosen(petition, subscribe, make_desk):
    from rightswire.accounts.roles import CAMPAIGNER

    campaigner = make_desk("campaigner", CAMPAIGNER)
    overview = reverse("petitions:overview", args=[petition.pk])
    assert "Write to its followers" not in campaigner.get(overview).content.decode()
    subscribe(2, follows=petition, language="en")
    subscribe(3, follows=petition, language="fr", state=2)
    page = campaigner.get(overview).content.decode()
    assert "Write to its followers (fewer than 5)" in page
    address = f"{reverse('newsletters:add')}?petition={petition.pk}"
    assert address in page

    form = campaigner.get(address)
    assert form.context["form"].instance.petition == petition
    assert form.context["form"]["language"].value() == "en"
    assert "They were heard" in form.content.decode()


def test_an_update_becomes_heading_and_text(petition, first):
    answer = first.get(f"{reverse('newsletters:add')}?petition={petition.pk}")
    (update,) = answer.context["updates"]
    answer = first.get(f"{reverse('newsletters:add')}?petition={petition.pk}&update={update['id']}")
    newsletter = answer.context["form"].instance
    assert newsletter.subject == "They were heard"
    assert [(block.block_type, str(getattr(block.value, "source", block.value))) for block in newsletter.body] == [
        ("heading", "They were heard"),
        ("text", "<p>In <b>court</b>.</p>"),
    ]


@pytest.mark.parametrize("query", ["petition=4711", "petition=x", "petition=", "petition=1&update=<script>"])
def test_an_address_that_names_nothing_is_an_empty_form(organisation, first, query):
    answer = first.get(f"{reverse('newsletters:add')}?{query}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


# How it looks


def test_the_preview_shows_it_at_the_widths_of_mail_programs_and_as_text(newsletter, first):
    page = first.look("newsletters:preview", newsletter.pk).content.decode()
    for width in (320, 390, 600):
        assert f'width="{width}"' in page
    assert page.count("<iframe sandbox ") == 3
    assert "What happened." in page
    frame = reverse("newsletters:frame", args=[newsletter.pk, "dark"])
    assert frame not in page
    assert frame in first.look("newsletters:preview", newsletter.pk, look="dark").content.decode()


def test_a_frame_runs_nothing_and_loads_only_our_pictures(newsletter, first):
    for look in ("light", "dark"):
        answer = first.look("newsletters:frame", newsletter.pk, look)
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script-src" not in policy
        html = answer.content.decode()
        assert "{{unsubscribe}}" not in html
        assert "prefers-color-scheme: dark)" not in html


def test_who_is_not_signed_in_sees_no_frame(newsletter, client):
    answer = client.get(reverse("newsletters:frame", args=[newsletter.pk, "light"]))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


# The test


def test_the_test_goes_to_whoever_asks_for_it_and_says_so(newsletter, first, second):
    said = first.do("newsletters:send_test", newsletter.pk, to="somebody@example.org", email="x@example.org").said
    assert "your own mailbox" in said
    (row,) = Message.objects.all()
    message = unpack(row)
    assert (message.to, message.subject) == ("ada@example.org", "TEST: Our autumn")
    assert (message.from_address, message.kind) == ("hello@everyname.example", "newsletter-test")
    assert "/en/subscribe/" in message.text
    assert "{{" not in message.text + message.html
    assert not message.headers


def test_an_account_without_an_address_is_told_so(newsletter, second):
    assert "no e-mail address" in second.do("newsletters:send_test", newsletter.pk).said
    assert not Message.objects.exists()


def test_an_address_that_is_none_is_refused_in_words(newsletter, first):
    User.objects.filter(pk=first.user.pk).update(email="ada at example")
    assert "was not queued" in first.do("newsletters:send_test", newsletter.pk).said
    assert not Message.objects.exists()
