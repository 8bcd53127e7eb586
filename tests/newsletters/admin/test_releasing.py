"""Two different people release a newsletter, the very one that was asked for; then nobody changes it."""

import datetime
import json

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry

from rightswire.accounts.roles import MODERATOR
from rightswire.campaigns.opening import NotAllowed
from rightswire.newsletters import releasing
from rightswire.newsletters.models import Newsletter, NewsletterState

pytestmark = pytest.mark.django_db


def state(newsletter):
    return Newsletter.objects.get(pk=newsletter.pk).state


def test_one_person_asks_and_another_one_agrees(newsletter, first, second):
    assert "second person" in first.do("newsletters:ask", newsletter.pk).said
    assert state(newsletter) == NewsletterState.ASKED
    assert "it is released" in second.agree(newsletter).said
    row = Newsletter.objects.get()
    assert row.state == NewsletterState.RELEASED
    assert (row.asked_by, row.agreed_by) == (first.user, second.user)
    assert row.digest == releasing.content_digest(row)
    done = ModelLogEntry.objects.order_by("timestamp").values_list("action", "user__username")
    assert list(done) == [(releasing.LOG_ASK, "ada"), (releasing.LOG_AGREE, "grace")]


def test_the_second_person_reads_on_the_home_page_that_she_is_waited_for(newsletter, first, second):
    first.do("newsletters:ask", newsletter.pk)
    assert f"Send “{newsletter}”?" in second.look("wagtailadmin_home").content.decode()
    assert f"Send “{newsletter}”?" not in first.look("wagtailadmin_home").content.decode()
    second.agree(newsletter)
    assert f"Send “{newsletter}”?" not in second.look("wagtailadmin_home").content.decode()


@pytest.mark.parametrize("flags", [{}, {"is_superuser": True}], ids=["editor", "superuser"])
def test_nobody_is_both_superusers_neither(newsletter, make_desk, flags):
    alone = make_desk("alone", MODERATOR, **flags)
    alone.do("newsletters:ask", newsletter.pk)
    seen = releasing.content_digest(Newsletter.objects.get())
    for _ in range(2):
        assert "It takes a second person" in alone.do("newsletters:agree", newsletter.pk, seen=seen).said
    assert state(newsletter) == NewsletterState.ASKED
    assert "whoever asked cannot agree" in alone.look("newsletters:agree_page", newsletter.pk).content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        Newsletter.objects.update(agreed_by=alone.user)


def test_asking_twice_and_agreeing_to_nothing_are_refused(newsletter, first, second, make_desk):
    seen = releasing.content_digest(newsletter)
    assert "Nobody has asked" in second.do("newsletters:agree", newsletter.pk, seen=seen).said
    first.do("newsletters:ask", newsletter.pk)
    assert "asked for this already" in second.do("newsletters:ask", newsletter.pk).said
    second.agree(newsletter)
    third = make_desk("third")
    assert "released in the meantime" in third.do("newsletters:agree", newsletter.pk, seen=seen).said
    assert Newsletter.objects.get().agreed_by == second.user


def test_editing_after_asking_takes_the_request_back(newsletter, first, second):
    first.do("newsletters:ask", newsletter.pk)
    seen = releasing.content_digest(Newsletter.objects.get())
    assert "The request to send it was taken back" in first.save(newsletter, text="Something else.").said
    row = Newsletter.objects.get()
    assert (row.state, row.asked_by, row.digest) == (NewsletterState.DRAFT, None, "")
    assert "changed since" in second.do("newsletters:agree", newsletter.pk, seen=seen).said
    assert state(newsletter) == NewsletterState.DRAFT


def test_the_second_person_agrees_to_what_she_has_seen(newsletter, first, second):
    """Between her look and her click the first one changes it and asks again."""
    first.do("newsletters:ask", newsletter.pk)
    seen = second.look("newsletters:agree_page", newsletter.pk).context["seen"]
    first.save(newsletter, text="Something else.")
    first.do("newsletters:ask", newsletter.pk)
    assert "It has changed since you opened the page" in second.do("newsletters:agree", newsletter.pk, seen=seen).said
    assert state(newsletter) == NewsletterState.ASKED


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Another"},
        {"preheader": "Another"},
        {"language": "fr"},
        {"body": '[{"type": "heading", "value": "Another", "id": "0b8a3b0e-6c1e-4a0b-9a53-6a3f2c9f0001"}]'},
        {"send_at": datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_changed_past_the_form_is_not_released(newsletter, first, second, change):
    first.do("newsletters:ask", newsletter.pk)
    Newsletter.objects.filter(pk=newsletter.pk).update(**change)
    assert "not what was asked for any more" in second.agree(newsletter).said
    assert state(newsletter) == NewsletterState.ASKED


def test_another_petition_is_another_audience(newsletter, petition, first, second):
    first.do("newsletters:ask", newsletter.pk)
    Newsletter.objects.update(petition=petition)
    assert "not what was asked for any more" in second.agree(newsletter).said


def test_what_is_there_is_what_was_asked_for_however_often_it_is_read(newsletter):
    button = {"type": "button", "value": {"label": "Sign", "url": "https://example.org/"}}
    Newsletter.objects.update(body=json.dumps([button, {"type": "text", "value": "<p>It went on.</p>"}]))
    row = Newsletter.objects.get()
    before = releasing.content_digest(row)
    assert "Sign" in str(row.body)
    assert row.body[0].value["label"]
    assert releasing.content_digest(row) == before == releasing.content_digest(Newsletter.objects.get())


def test_a_moment_that_is_over_is_not_asked_for(newsletter, first):
    Newsletter.objects.update(send_at=timezone.now() - datetime.timedelta(minutes=1))
    assert "is over" in first.do("newsletters:ask", newsletter.pk).said
    assert state(newsletter) == NewsletterState.DRAFT


def test_what_mail_programs_would_cut_off_is_not_asked_for(newsletter, first):
    paragraphs = "<p>So it went on.</p>" * 4000
    Newsletter.objects.update(body=json.dumps([{"type": "text", "value": paragraphs}]))
    assert "longer than mail programs show" in first.do("newsletters:ask", newsletter.pk).said
    assert state(newsletter) == NewsletterState.DRAFT
    assert "longer than mail programs show" in first.look("newsletters:preview", newsletter.pk).content.decode()
    assert "longer than mail programs show" in first.do("newsletters:send_test", newsletter.pk).said


def test_a_release_is_taken_back_by_anybody_until_it_has_gone_out(released, make_desk):
    third = make_desk("third")
    assert "nothing goes out" in third.do("newsletters:withdraw", released.pk).said
    row = Newsletter.objects.get()
    assert (row.state, row.asked_by, row.agreed_by, row.digest) == (NewsletterState.DRAFT, None, None, "")
    assert "nothing to take back" in third.do("newsletters:withdraw", released.pk).said

    Newsletter.objects.update(state=NewsletterState.SENT)
    assert "it has gone out" in third.do("newsletters:withdraw", released.pk).said
    with pytest.raises(NotAllowed):
        releasing.ask(released, third.user)


# What was released stays


@pytest.fixture(params=[NewsletterState.RELEASED, NewsletterState.SENT])
def fixed(released, request):
    Newsletter.objects.update(state=request.param)
    return Newsletter.objects.get()


def test_what_was_released_or_sent_is_neither_changed_nor_deleted(fixed, first, make_desk):
    superuser = make_desk("root", None, is_superuser=True)
    for desk in (first, superuser):
        assert "it stays as it is" in desk.save(fixed, text="Something else.").said
        assert "It cannot be deleted" in desk.do("newsletters:delete", fixed.pk).said
        assert desk.look("newsletters:edit", fixed.pk).status_code == 302
        assert desk.look("newsletters:delete", fixed.pk).status_code == 302
    row = Newsletter.objects.get()
    assert releasing.content_digest(row) == fixed.digest
    assert row.state == fixed.state
    page = first.look("newsletters:newsletter", fixed.pk).content.decode()
    assert f"/admin/newsletters/edit/{fixed.pk}/" not in page


def test_no_other_address_of_the_admin_deletes_it(fixed, make_desk):
    superuser = make_desk("root", None, is_superuser=True)
    for app in ("newsletters/newsletter", "snippets/newsletters/newsletter"):
        superuser.post(f"/admin/bulk/{app}/delete/?id={fixed.pk}")
        superuser.post(f"/admin/{app}/delete/{fixed.pk}/")
        superuser.post(f"/admin/{app}/{fixed.pk}/delete/")
    assert Newsletter.objects.get().digest == fixed.digest


def test_autosaving_changes_nothing_either(fixed, first, form):
    first.post(f"/admin/newsletters/edit/{fixed.pk}/", form(text="Else."), headers={"accept": "application/json"})
    assert releasing.content_digest(Newsletter.objects.get()) == fixed.digest


def test_a_copy_is_a_draft_of_its_own_and_the_address_of_copying_takes_nothing(fixed, first, form):
    page = first.look("newsletters:copy", fixed.pk).content.decode()
    assert "What happened." in page
    assert 'action="/admin/newsletters/new/"' in page
    assert first.post(f"/admin/newsletters/copy/{fixed.pk}/", form(text="Else.")).status_code == 405
    assert releasing.content_digest(Newsletter.objects.get()) == fixed.digest

    first.save(None, text="What happened.")
    copy = Newsletter.objects.exclude(pk=fixed.pk).get()
    assert (copy.state, copy.asked_by, copy.agreed_by, copy.digest) == (NewsletterState.DRAFT, None, None, "")


def test_the_form_takes_no_release(newsletter, first):
    first.save(newsletter, state="released", asked_by="1", agreed_by="2", digest="x")
    row = Newsletter.objects.get()
    assert (row.state, row.asked_by, row.agreed_by, row.digest) == (NewsletterState.DRAFT, None, None, "")


def test_a_draft_is_deleted(newsletter, first):
    first.do("newsletters:delete", newsletter.pk)
    assert not Newsletter.objects.exists()


@pytest.mark.parametrize("name", ["ask", "agree", "withdraw", "send_test"])
def test_deeds_are_posts_of_those_who_may(newsletter, first, make_desk, name):
    assert first.look(f"newsletters:{name}", newsletter.pk).status_code == 405
    stranger = make_desk("stranger", None)
    stranger.user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    answer = stranger.do(f"newsletters:{name}", newsletter.pk)
    assert "permission" in answer.said
    assert state(newsletter) == NewsletterState.DRAFT
