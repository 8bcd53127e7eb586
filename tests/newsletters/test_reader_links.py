"""Links that come late, twice, or to a form filled in wrongly: what is said then is true, and nothing is undone."""

import re
import time

import pytest

from rightswire.newsletters import links, subscribing
from rightswire.newsletters.models import Follow, MailingKey, Reason, Subscriber, Suppression

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def unsubscribe_link(subscriber: Subscriber) -> str:
    return links.person_link(links.UNSUBSCRIBE, subscriber.pk, 0, links.link_secret())


# The link once more


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "ada@example.org\nBcc: all@example.org", '"><script>alert(1)</script>']
)
def test_a_wrong_address_for_the_link_is_said_at_its_field(reader, typed):
    status, page = reader.send("preferences", "", {"email": typed, "lang": "en"})
    assert status == 422
    form = page.partition('action="/do/preferences/"')[2].partition("</form>")[0]
    assert 'id="again-e"' in form
    assert 'href="#again"' in page
    assert "<script>alert" not in page
    if typed == "ada@":
        assert 'value="ada@"' in form
    assert 'id="email-e"' not in page  # the other form has nothing wrong
    assert not reader.mails()


def test_a_wrong_address_is_said_even_while_nobody_can_subscribe(reader):
    MailingKey.objects.all().delete()
    status, page = reader.send("preferences", "", {"email": "ada", "lang": "fr"})
    assert (status, 'id="again-e"' in page, 'lang="fr"' in page) == (422, True, True)
    assert 'id="follow-by-mail"' not in page


# What is agreed to


def test_every_page_that_asks_for_consent_says_who_asks(reader, subscribe):
    subscriber = subscribe("eve@example.org", rhythm="none")
    reader.subscribe()
    pages = [
        reader.send("subscribe", pairs={"lang": "en"}, method="GET")[1],
        reader.send("confirm", f"{reader.link()}/", method="GET")[1],
        reader.send(
            "preferences",
            f"{links.person_link(links.PREFERENCES, subscriber.pk, 0, links.link_secret())}/",
            method="GET",
        )[1],
    ]
    for page in pages:
        main = page.partition("<main")[2].partition("<footer")[0]
        assert "I can withdraw at any time" in main
        assert "1 Example Street" in main
        assert 'href="mailto:' in main


def test_the_button_behind_a_petitions_link_says_what_else_it_agrees_to(reader, signed):
    signed(follow="1")
    page = reader.send("confirm", f"{reader.link()}/", method="GET")[1]
    main = page.partition("<main")[2].partition("<footer")[0]
    assert "it shows that you follow it" in main
    assert "once a week" not in main  # which was not ticked
    assert not Follow.objects.exists()
    signed(email="ben@example.org")
    page = reader.send("confirm", f"{reader.link()}/", method="GET")[1]
    assert "it shows that you follow it" not in page


# Links of before


def test_a_link_for_moving_takes_nobody_to_a_mailbox_that_has_left_since(reader, preferences, subscribe, time_machine):
    other = subscribe("new@example.org")
    reader.send("preferences", f"{preferences}/", {"do": "move", "email": "new@example.org"})
    token = reader.link()
    time_machine.move_to(time.time() + 60)
    subscribing.leave(other.pk, 0, Reason.COMPLAINT)
    assert reader.send("confirm", f"{token}/")[0] == 410
    assert Suppression.objects.get().reason == Reason.COMPLAINT
    assert Subscriber.objects.count() == 1  # who goes on at her mailbox of before
    time_machine.move_to(time.time() + 60)
    reader.send("preferences", f"{preferences}/", {"do": "move", "email": "new@example.org"})
    assert reader.send("confirm", f"{reader.link()}/")[0] == 200
    assert not Suppression.objects.exists()


def test_leaving_by_a_mail_of_before_promises_no_more_than_it_does(reader, preferences, time_machine):
    """Its link knows only the subscription of then; who has subscribed anew is told which mail to use."""
    before = unsubscribe_link(Subscriber.objects.get())
    assert "have unsubscribed" in reader.send("unsubscribe", f"{before}/")[1]
    again = reader.send("unsubscribe", f"{before}/")[1]
    time_machine.move_to(time.time() + 60)
    reader.subscribe()
    reader.send("confirm", f"{reader.link()}/")
    later = reader.send("unsubscribe", f"{before}/")[1]
    assert again == later  # it tells nobody whether she has subscribed anew
    assert "the link for unsubscribing in the latest of it" in later
    assert Subscriber.objects.exists()
    assert re.search(
        "have unsubscribed", reader.send("unsubscribe", f"{unsubscribe_link(Subscriber.objects.get())}/")[1]
    )
    assert not Subscriber.objects.exists()


def test_whoever_has_moved_is_not_told_that_she_left(reader, preferences):
    before = unsubscribe_link(Subscriber.objects.get())
    reader.send("preferences", f"{preferences}/", {"do": "move", "email": "new@example.org"})
    reader.send("confirm", f"{reader.link()}/")
    status, page = reader.send("preferences", f"{preferences}/", method="GET")
    assert (status, "moved to another address" in page) == (410, True)
    assert "the link for unsubscribing in the latest of it" in reader.send("unsubscribe", f"{before}/")[1]
    assert Subscriber.objects.exists()
