"""After a restore nobody who left is written to, and nothing that may have gone out since is mailed again by itself."""

import datetime
import io
import time

import installation
import pytest
from django.utils import timezone
from installation import day, key_file, passphrase_file

from rightswire.backup.archive import BackupError
from rightswire.backup.making import back_up
from rightswire.backup.restoring import Restored, Wish, restore
from rightswire.seal.box import PrivateKey

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("backup"),
    pytest.mark.skipif(not installation.IS_SQLITE, reason="the same on both databases"),
]
ADA, BEN, CLEO = (f"{name}@example.org" for name in ("ada", "ben", "cleo"))


@pytest.fixture(scope="session")
def wish(tmp_path_factory, offline_key) -> Wish:
    folder = tmp_path_factory.mktemp("keys")
    return Wish(key=key_file(folder, offline_key), passphrase_file=passphrase_file(folder))


@pytest.fixture
def source(source):
    """With what mail to subscribers needs."""
    from rightswire.newsletters.models import MailingKey
    from rightswire.pages.models import Organisation, OrganisationWording

    with source.at():
        organisation = Organisation.current()
        organisation.email, organisation.address = "hello@everyname.example", "1 Example Street"
        organisation.wordings = [OrganisationWording(language="en", name="Every Name", description="Every Name.")]
        organisation.save()
        key = PrivateKey.generate().public.text()
        MailingKey.objects.create(label="Tests", public=key, proven_at=timezone.now())
    return source


@pytest.fixture
def bring_back(source, make, tmp_path, wish):
    """bring_back(unsubscribed=…) -> (a new machine with the backup that was made of the source, what was said)."""
    file = tmp_path / "backup.tar"

    def run(**more):
        target = make(is_empty=True)
        with target.at():
            return target, restore(file, Wish(**{"key": wish.key, "passphrase_file": wish.passphrase_file, **more}))

    run.file = file
    return run


def subscribe(address: str, rhythm: str = "now", zone: str = "UTC"):
    from rightswire.newsletters.links import Wish as NewsWish
    from rightswire.newsletters.subscribing import confirm

    return confirm(NewsWish(address, "en", rhythm, zone=zone, begun_at=int(time.time())))


def item(title: str, on: datetime.date | None = None, **fields):
    from rightswire.newsroom.models import NewsIndex, NewsItem

    index = NewsIndex.objects.get(locale__language_code="en")
    made = NewsItem(title=title, date=on or day(0), locale=index.locale, rank=100 + NewsItem.objects.count(), **fields)
    index.add_child(instance=made)
    made.save_revision().publish()
    return made


def newsletter(**fields):
    """Released by two people."""
    from rightswire.accounts.models import User
    from rightswire.newsletters import releasing
    from rightswire.newsletters.models import Newsletter

    made = Newsletter.objects.create(language="en", subject="An appeal", body=[("text", "<p>Read.</p>")], **fields)
    first, second = (User.objects.get_or_create(username=name)[0] for name in ("first", "second"))
    releasing.ask(made, first)
    releasing.agree(made, second)
    return Newsletter.objects.get(pk=made.pk)


def clock_ticks_unlocked() -> None:
    """Everything that is due, by a worker whose mail somebody has just unlocked."""
    from rightswire.newsletters.clock import NewsClock
    from rightswire.newsletters.strongbox import Strongbox
    from rightswire.worker import publish_scheduled

    box = Strongbox()
    box._keys = {b"": PrivateKey.generate()}
    publish_scheduled()
    NewsClock(box).tick()


def waits() -> int:
    """How many mails would go out now."""
    from rightswire.newsletters.ledger import waiting

    return waiting()


def notices() -> str:
    from rightswire.newsletters.models import MailNotice

    return "\n".join(notice.words for notice in MailNotice.objects.all())


# Who left stays out


def addresses() -> set[str]:
    from rightswire.newsletters.addresses import address_key
    from rightswire.newsletters.models import Subscriber

    there = {bytes(key) for key in Subscriber.objects.values_list("address_key", flat=True)}
    return {address for address in (ADA, BEN, CLEO) if address_key(address) in there}


def test_who_left_since_stays_out_and_is_barred(source, bring_back):
    from rightswire.newsletters import subscribing
    from rightswire.newsletters.lists.importing import Terms, import_list

    with source.at():
        people = [subscribe(address) for address in (ADA, BEN, CLEO)]
        subscribing.leave(people[2].pk)
        back_up(bring_back.file)
        subscribing.leave(people[1].pk)
    target, done = bring_back(unsubscribed=source.home / "unsubscribed")
    assert any("unsubscribed since the backup: 1 subscriber" in words for words in done.words)
    with target.at():
        old_list = io.BytesIO(f"email\n{ADA}\n{BEN}\n{CLEO}\n".encode())
        terms = Terms("Yes.", "An old list", "en", consented=day(0), status="subscribed")
        assert import_list(old_list, "list.csv", terms).added == 0
        assert addresses() == {ADA}
    assert (target.home / "unsubscribed").read_text() == (source.home / "unsubscribed").read_text()


def test_who_left_and_came_back_is_there(source, bring_back):
    from rightswire.newsletters import subscribing

    with source.at():
        ada = subscribe(ADA)
        back_up(bring_back.file)
        subscribing.leave(ada.pk)
        subscribe(ADA)
    target, _done = bring_back(unsubscribed=source.home / "unsubscribed")
    with target.at():
        assert addresses() == {ADA}


def test_an_older_list_of_those_who_left_undoes_nothing(source, bring_back, tmp_path):
    from rightswire.newsletters import subscribing

    older = tmp_path / "older"
    with source.at():
        subscribing.leave(subscribe(ADA).pk)
        older.write_bytes((source.home / "unsubscribed").read_bytes())
        subscribe(ADA)
        back_up(bring_back.file)
    target, _done = bring_back(unsubscribed=older)
    with target.at():
        assert addresses() == {ADA}


def test_without_the_list_it_says_what_may_be_missing(source, bring_back):
    from rightswire.newsletters import subscribing

    with source.at():
        ada = subscribe(ADA)
        back_up(bring_back.file)
        subscribing.leave(ada.pk)
    _target, done = bring_back()
    assert any("--unsubscribed" in words for words in done.words)
    _target, done = bring_back(unsubscribed=source.home / "unsubscribed")
    assert not any("--unsubscribed" in words for words in done.words)


def test_a_file_that_is_no_list_of_those_who_left_is_refused(source, bring_back, tmp_path):
    with source.at():
        back_up(bring_back.file)
    (tmp_path / "notes").write_text("a" * 64 + "\n")  # as in the file `erased`
    with pytest.raises(BackupError, match="not a file `unsubscribed`"):
        bring_back(unsubscribed=tmp_path / "notes")


def test_the_secrets_of_the_list_come_back_so_old_links_work(source, bring_back):
    from rightswire.newsletters.links import UNSUBSCRIBE, link_secret, person_link, read_person_link

    with source.at():
        ada = subscribe(ADA)
        link = person_link(UNSUBSCRIBE, ada.pk, 0, link_secret())
        back_up(bring_back.file)
    target, _done = bring_back()
    with target.at():
        assert read_person_link(UNSUBSCRIBE, link, link_secret()) == (ada.pk, 0)
        assert addresses() == {ADA}  # known again by the same digest


def test_without_the_secrets_it_says_what_that_means_for_the_list(source, bring_back):
    with source.at():
        subscribe(ADA)
        back_up(bring_back.file)
    _target, done = bring_back(key=None, passphrase_file=None, without_keys=True)
    assert any("subscriber is recognised" in words for words in done.words)


# Nothing goes out twice


def test_what_was_going_out_waits_for_somebody(source, bring_back):
    from rightswire.newsletters.freezing import freeze_newsletter
    from rightswire.newsletters.models import Fate, Handover, Sending, SendingState

    with source.at():
        for address in (ADA, BEN, CLEO):
            subscribe(address)
        freeze_newsletter(newsletter())
        for row, fate in zip(Handover.objects.order_by("pk"), (Fate.CLAIMED, Fate.SENDING, Fate.WAITING), strict=True):
            Handover.objects.filter(pk=row.pk).update(fate=fate)
        back_up(bring_back.file)
    target, done = bring_back()
    with target.at():
        assert sorted(Handover.objects.values_list("fate", flat=True)) == [Fate.WAITING, Fate.UNKNOWN, Fate.UNKNOWN]
        assert Sending.objects.get().state == SendingState.PAUSED
        assert "may have gone out since" in notices()
        assert any("is paused" in words for words in done.words)
        clock_ticks_unlocked()
        assert waits() == 0


@pytest.mark.parametrize("state", ["paused", "halted"])
def test_what_was_paused_may_have_been_resumed_since_and_staff_are_told(source, bring_back, state):
    from rightswire.newsletters.freezing import freeze_newsletter
    from rightswire.newsletters.models import Sending

    with source.at():
        subscribe(ADA)
        freeze_newsletter(newsletter())
        Sending.objects.update(state=state)
        back_up(bring_back.file)
    target, _done = bring_back()
    with target.at():
        assert Sending.objects.get().state == state
        assert "may have gone out since" in notices()


def test_a_half_frozen_audience_is_whole_once_somebody_resumes_it(source, bring_back):
    from rightswire.newsletters.freezing import freeze_newsletter
    from rightswire.newsletters.models import Handover, Sending, SendingState

    with source.at():
        for address in (ADA, BEN, CLEO):
            subscribe(address)
        freeze_newsletter(newsletter())
        Handover.objects.order_by("pk").first().delete()
        Sending.objects.update(state=SendingState.FREEZING, audience=0)
        back_up(bring_back.file)
    target, _done = bring_back()
    with target.at():
        sending = Sending.objects.get()
        assert (sending.state, sending.audience, Handover.objects.count()) == (SendingState.PAUSED, 3, 3)


def test_a_newsletter_whose_moment_came_is_not_sent_again(source, bring_back, at):
    from rightswire.newsletters.models import Newsletter, NewsletterState

    with source.at():
        subscribe(ADA)
        newsletter()  # released, and mail was locked
        due = newsletter(send_at=timezone.now() + datetime.timedelta(hours=1))
        later = newsletter(send_at=timezone.now() + datetime.timedelta(days=9))
        back_up(bring_back.file)
        made_at = timezone.now()
    at(made_at + datetime.timedelta(hours=2))
    target, done = bring_back()
    with target.at():
        states = dict(Newsletter.objects.values_list("pk", "state"))
        assert states[due.pk] == NewsletterState.DRAFT
        assert states[later.pk] == NewsletterState.RELEASED
        assert notices().count("is a draft again") == 2
        assert any("is a draft again" in words for words in done.words)
        clock_ticks_unlocked()
        assert waits() == 0


def morning() -> datetime.datetime:
    """Two hours before the hour of digests in UTC, tomorrow."""
    return datetime.datetime.combine(day(1), datetime.time(5), tzinfo=datetime.UTC)


@pytest.fixture
def at(monkeypatch):
    """at(moment): what time it is for everybody."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


def audience() -> dict[str, int]:
    from rightswire.newsletters.models import Sending

    return {sending.kind: sending.audience for sending in Sending.objects.all()}


def test_news_that_went_out_since_is_not_sent_again(source, bring_back, at):
    """At once, and daily where the hour has come since; who was not written to meanwhile gets it in time."""
    from rightswire.newsletters.models import MailSettings

    with source.at():
        at(morning())
        MailSettings.current()
        MailSettings.objects.update(weekly_day=(morning().weekday() + 3) % 7)
        for address, rhythm in ((ADA, "now"), (BEN, "daily"), (CLEO, "weekly")):
            subscribe(address, rhythm)
        clock_ticks_unlocked()  # the digests of yesterday and of last week have gone out
        item("A verdict")
        back_up(bring_back.file)
    at(morning() + datetime.timedelta(hours=4))
    with source.at():
        clock_ticks_unlocked()
        assert {"now": 1, "daily": 1}.items() <= audience().items()
    target, done = bring_back()
    with target.at():
        clock_ticks_unlocked()
        assert waits() == 0
        assert "2 subscribers" in notices()
        assert any("2 subscribers" in words for words in done.words)
        at(morning() + datetime.timedelta(days=7, hours=4))
        clock_ticks_unlocked()
        assert audience() == {"weekly": 1}
        item("An appeal", timezone.localdate())
        clock_ticks_unlocked()
        assert audience()["now"] == 1


def test_an_item_that_appeared_by_itself_since_is_not_sent_again(source, bring_back, at):
    with source.at():
        at(morning())
        subscribe(ADA)
        made = item("A verdict")
        made.unpublish()
        made.go_live_at = morning() + datetime.timedelta(hours=1)
        made.save_revision().publish()
        back_up(bring_back.file)
    at(morning() + datetime.timedelta(hours=4))
    with source.at():
        clock_ticks_unlocked()
        assert audience() == {"now": 1}
    target, _done = bring_back()
    with target.at():
        clock_ticks_unlocked()
        assert waits() == 0
        made.refresh_from_db()
        assert made.live


def test_where_nobody_subscribes_nothing_is_said_of_mail(source, bring_back):
    with source.at():
        back_up(bring_back.file)
    target, done = bring_back()
    assert not any("subscri" in words or "mail" in words for words in done.words)
    with target.at():
        assert notices() == ""
    assert isinstance(done, Restored)
