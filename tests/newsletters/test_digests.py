"""When the news goes out, to whom, and that it does so once."""

import datetime
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from rightswire.newsletters import freezing
from rightswire.newsletters.digests import due_day, note_news, send_at_once, send_digests
from rightswire.newsletters.freezing import fill, freeze_newsletter
from rightswire.newsletters.models import (
    DigestRun,
    Handover,
    MailSettings,
    Newsletter,
    NewsletterState,
    Rhythm,
    Sending,
    SendingState,
    Subscriber,
)

pytestmark = pytest.mark.django_db
ZONES = ["America/Toronto", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns", "UTC"]
FRIDAY = 4


def morning(zone: str, day: datetime.date, hour: int = 7, minute: int = 5) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour, minute), tzinfo=zoneinfo.ZoneInfo(zone))


def shown(subscriber) -> list[list[int]]:
    """The items of each mail that was written down for somebody."""
    rows = Handover.objects.filter(subscriber=subscriber.pk).order_by("pk").select_related("rendering")
    return [row.rendering.items for row in rows]


def test_at_once_means_each_item_once_and_only_what_comes_after(subscribe, news):
    before = news("Before she came")
    ada = subscribe("ada@example.org")
    first = news("A verdict")
    send_at_once()
    send_at_once()
    second = news("An appeal")
    send_at_once()
    assert shown(ada) == [[first.pk], [second.pk]]
    assert all(before.pk not in items for items in shown(ada))


def test_what_somebody_chose_is_what_she_gets(subscribe, news):
    everything = subscribe("a@example.org")
    canada = subscribe("b@example.org", countries=("CA", "EG"))
    topic = subscribe("c@example.org", topics=("privacy",))
    kind = subscribe("d@example.org", kinds=("report",), countries=("CA",))
    french = subscribe("e@example.org", language="fr")
    one = news("In Canada", countries=["CA"])
    two = news("On privacy", topics=["privacy"], countries=["MX"])
    send_at_once()
    assert shown(everything) == [[two.pk, one.pk]]
    assert shown(canada) == [[one.pk]]
    assert shown(topic) == [[two.pk]]
    assert shown(kind) == shown(french) == []


def test_nothing_is_sent_where_there_is_nothing(subscribe, news):
    subscribe("ada@example.org", countries=("FR",))
    news("In Canada", countries=["CA"])
    assert send_at_once() is None
    assert not Sending.objects.exists()


def test_a_daily_digest_comes_at_the_readers_own_hour_and_once(subscribe, news):
    cairo = subscribe("a@example.org", rhythm="daily", zone="Africa/Cairo")
    toronto = subscribe("b@example.org", rhythm="daily", zone="America/Toronto")
    item = news("A verdict")
    today = datetime.date(2026, 12, 1)
    DigestRun.objects.create(rhythm="daily", zone="Africa/Cairo", day=today - datetime.timedelta(days=1))
    DigestRun.objects.create(rhythm="daily", zone="America/Toronto", day=today - datetime.timedelta(days=1))
    assert not send_digests(morning("Africa/Cairo", today, 6, 59))
    assert [sending.zone for sending in send_digests(morning("Africa/Cairo", today))] == ["Africa/Cairo"]
    assert not send_digests(morning("Africa/Cairo", today, 8))
    assert [sending.zone for sending in send_digests(morning("America/Toronto", today))] == ["America/Toronto"]
    assert shown(cairo) == shown(toronto) == [[item.pk]]
    # The clock goes back by a day, then on again.
    assert not send_digests(morning("Africa/Cairo", today - datetime.timedelta(days=1)))
    assert not send_digests(morning("Africa/Cairo", today, 12))
    assert not send_digests(morning("Africa/Cairo", today + datetime.timedelta(days=1)))  # nothing is new


def test_looking_for_digests_costs_the_same_however_many_time_zones_there_are(subscribe):
    noon = morning("UTC", datetime.date(2026, 12, 1), 12)

    def queries() -> int:
        send_digests(noon)
        with CaptureQueriesContext(connection) as captured:
            assert not send_digests(noon)  # all have gone out
        return len(captured)

    subscribe("a@example.org", rhythm="daily", zone="UTC")
    few = queries()
    for number, zone in enumerate(ZONES[:5]):
        subscribe(f"b{number}@example.org", rhythm="daily", zone=zone)
        subscribe(f"c{number}@example.org", rhythm="weekly", zone=zone)
    assert queries() == few


def test_a_weekly_digest_comes_on_its_day_also_when_the_worker_slept(subscribe, news):
    ada = subscribe("ada@example.org", rhythm="weekly", zone="Africa/Cairo")
    friday = datetime.date(2026, 12, 4)
    assert not send_digests(morning("Africa/Cairo", friday))  # nothing yet, but the week is done
    first, second = news("A verdict"), news("An appeal")
    assert not send_digests(morning("Africa/Cairo", friday + datetime.timedelta(days=6)))
    assert send_digests(morning("Africa/Cairo", friday + datetime.timedelta(days=9)))  # it slept on the Friday
    assert shown(ada) == [[second.pk, first.pk]]


def test_who_changes_her_time_zone_gets_the_digest_at_its_hour_there(subscribe, news):
    """Also in a zone that somebody had long ago, and that nobody has had since."""
    friday = datetime.date(2026, 12, 4)
    ada = subscribe("ada@example.org", rhythm="weekly", zone="Asia/Kathmandu")
    DigestRun.objects.create(rhythm="weekly", zone="Africa/Cairo", day=datetime.date(2026, 1, 2))
    first = news("A verdict")
    for each in (friday - datetime.timedelta(days=1), friday):
        send_digests(morning("Asia/Kathmandu", each))
    assert shown(ada) == [[first.pk]]
    second = news("An appeal")
    Subscriber.objects.update(zone="Africa/Cairo")
    assert not send_digests(morning("Africa/Cairo", friday, 9))
    assert not send_digests(morning("Africa/Cairo", friday + datetime.timedelta(days=6)))
    assert send_digests(morning("Africa/Cairo", friday + datetime.timedelta(days=7)))
    assert shown(ada) == [[first.pk], [second.pk]]


def test_however_long_mail_was_locked_the_digest_goes_out_when_it_is_unlocked(subscribe, news):
    ada = subscribe("ada@example.org", rhythm="weekly", zone="UTC")
    send_digests(morning("UTC", datetime.date(2026, 10, 1)))
    item = news("A verdict")
    assert send_digests(morning("UTC", datetime.date(2026, 12, 1)))
    assert shown(ada) == [[item.pk]]


def test_the_hour_and_the_day_can_be_set(subscribe, news):
    current = MailSettings.current()
    current.digest_hour, current.weekly_day = 20, 0
    current.save()
    subscribe("ada@example.org", rhythm="daily", zone="UTC")
    DigestRun.objects.create(rhythm="daily", zone="UTC", day=datetime.date(2026, 11, 30))
    news("A verdict")
    assert not send_digests(morning("UTC", datetime.date(2026, 12, 1), 19, 59))
    assert send_digests(morning("UTC", datetime.date(2026, 12, 1), 20, 0))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 2, 7, 23])
def test_every_day_of_a_year_has_one_digest(zone, hour):
    """Looked at every twenty minutes through both changes of the clocks."""
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    days = []
    while now.year == 2026:
        day = due_day("daily", zone, now, hour, FRIDAY)
        if not days or days[-1] != day:
            days.append(day)
            if len(days) > 1:  # it has only just become due
                local = now.astimezone(zoneinfo.ZoneInfo(zone))
                assert local.date() == day
                assert hour <= local.hour <= hour + 1
        now += datetime.timedelta(minutes=20)
    assert days == [days[0] + datetime.timedelta(days=number) for number in range(len(days))]


@given(
    st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2035, 1, 1)),
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 6),
)
def test_a_weekly_digest_is_due_on_its_weekday_and_never_early(moment, zone, hour, weekday):
    now = moment.replace(tzinfo=datetime.UTC)
    day = due_day("weekly", zone, now, hour, weekday)
    assert day.weekday() == weekday
    begins = datetime.datetime.combine(day, datetime.time(hour), tzinfo=zoneinfo.ZoneInfo(zone))
    assert begins <= now < begins + datetime.timedelta(days=7, hours=2)


def test_whoever_gets_the_same_gets_the_one_mail_that_was_rendered(subscribe, news, monkeypatch):
    """They subscribed before and after an item that none of them chose."""
    first = subscribe("a@example.org", countries=("CA",))
    french = subscribe("b@example.org", countries=("CA",), language="fr")
    news("In Egypt", countries=["EG"])
    second = subscribe("c@example.org", countries=("CA",))
    shared, french_item = news("In Canada", countries=["CA"]), news("Au Canada", countries=["CA"], language="fr")
    third = subscribe("d@example.org", countries=("CA",))
    last = news("Again in Canada", countries=["CA"])
    rendered, honest = [], freezing.render_news

    def counting(kind, language, pages, *rest):
        rendered.append((language, [page.pk for page in pages]))
        return honest(kind, language, pages, *rest)

    monkeypatch.setattr(freezing, "render_news", counting)
    send_at_once()
    assert shown(first) == shown(second) == [[last.pk, shared.pk]]
    assert shown(third) == [[last.pk]]
    assert shown(french) == [[french_item.pk]]
    assert sorted(rendered) == [("en", [last.pk]), ("en", [last.pk, shared.pk]), ("fr", [french_item.pk])]


def test_what_comes_in_a_pause_is_not_sent_after_it(subscribe, news):
    ada = subscribe("ada@example.org")
    Subscriber.objects.update(paused_until=datetime.date.today() + datetime.timedelta(days=14))
    news("A verdict")
    send_at_once()
    Subscriber.objects.update(paused_until=None)
    after = news("An appeal")
    send_at_once()
    assert shown(ada) == [[after.pk]]


def test_an_item_dated_long_ago_is_no_news(subscribe, publish):
    ada = subscribe("ada@example.org")
    publish("An old one", date="2018-11-29")
    assert note_news() == 0
    send_at_once()
    assert shown(ada) == []


def test_what_an_import_brings_is_not_mailed(subscribe, news):
    ada = subscribe("ada@example.org")
    news("Brought in", source_id="listing:1")
    send_at_once()
    assert shown(ada) == []


def test_an_embargoed_item_is_not_news_before_its_time(subscribe, publish):
    ada = subscribe("ada@example.org")
    item = publish("Under embargo", date=datetime.date.today().isoformat(), is_live=False)
    assert note_news() == 0
    item.get_latest_revision().publish()
    assert note_news() == 1
    send_at_once()
    assert shown(ada) == [[item.pk]]


def test_whoever_goes_from_daily_to_at_once_misses_nothing_and_gets_nothing_twice(subscribe, news):
    ada = subscribe("ada@example.org", rhythm="daily", zone="UTC")
    first = news("A verdict")
    Subscriber.objects.update(rhythm=Rhythm.NOW)
    second = news("An appeal")
    send_at_once()
    Subscriber.objects.update(rhythm=Rhythm.DAILY)
    assert not send_digests(morning("UTC", datetime.date(2026, 12, 1)))
    assert shown(ada) == [[second.pk, first.pk]]


def test_an_audience_whose_freezing_broke_off_is_written_down_to_its_end_and_once(subscribe, news, monkeypatch):
    people = [subscribe(f"reader.{number}@example.org") for number in range(7)]
    item = news("A verdict")
    monkeypatch.setattr(freezing, "PART", 3)
    honest, parts = freezing._write_down, []

    def breaking(*arguments):
        if len(parts) == 1:
            raise OSError
        parts.append(1)
        honest(*arguments)

    monkeypatch.setattr(freezing, "_write_down", breaking)
    with pytest.raises(OSError):  # noqa: PT011 - the disk's, whatever it says
        send_at_once()
    sending = Sending.objects.get()
    assert sending.state == SendingState.FREEZING
    assert Handover.objects.count() == 3
    monkeypatch.setattr(freezing, "_write_down", honest)
    fill(sending)
    fill(sending)
    assert sending.state == SendingState.RUNNING
    assert sending.audience == 7
    assert [shown(person) for person in people] == [[[item.pk]]] * 7


@pytest.fixture
def released(proven, staff):
    """released(subject="…") -> a newsletter that two people have released."""
    from rightswire.newsletters import releasing

    def make(**fields) -> Newsletter:
        given = {"language": "en", "subject": "A trial", "body": [("text", "<p>Read this.</p>")]}
        newsletter = Newsletter.objects.create(**(given | fields))
        newsletter = Newsletter.objects.get(pk=newsletter.pk)
        releasing.ask(newsletter, staff[0])
        releasing.agree(newsletter, staff[1])
        return Newsletter.objects.get(pk=newsletter.pk)

    return make


@pytest.fixture
def staff(db):
    from rightswire.accounts.models import User

    return [User.objects.create_superuser(name, password="not a real password") for name in ("first", "second")]


def test_a_newsletter_goes_to_those_who_want_newsletters_in_its_language(subscribe, released):
    ada, french, without = (
        subscribe("a@example.org"),
        subscribe("b@example.org", language="fr"),
        subscribe("c@example.org"),
    )
    Subscriber.objects.filter(pk=without.pk).update(wants_letters=False)
    sending = freeze_newsletter(released())
    assert sending.audience == 1
    assert [len(shown(person)) for person in (ada, french, without)] == [1, 0, 0]
    assert Newsletter.objects.get().state == NewsletterState.SENT


def test_a_release_that_was_taken_back_is_not_sent(subscribe, released, staff):
    from rightswire.newsletters import releasing

    subscribe("a@example.org")
    newsletter = released()
    releasing.withdraw(newsletter, staff[0])
    assert freeze_newsletter(newsletter) is None
    assert not Handover.objects.exists()
    assert Newsletter.objects.get().state == NewsletterState.DRAFT
