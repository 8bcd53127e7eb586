"""What a supporter meets: signing, confirming, erasing, and every way in which it can go wrong."""

import asyncio
import re
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError
from selectolax.lexbor import LexborHTMLParser

from campaigns.test_puzzles import solved
from rightswire.campaigns import commits, holding
from rightswire.campaigns.counting import recount
from rightswire.campaigns.models import Petition, Signature, SignatureState, State
from rightswire.outbox.models import Message
from rightswire.outbox.queue import unpack

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


RARE = "".join(chr(0x20000 + number * 7919 % 40_000) for number in range(400))  # which no compression shortens


def signatures() -> int:
    return Signature.objects.filter(state=SignatureState.CONFIRMED).count()


def signed(visitor, petition, **fields) -> tuple[str, str]:
    """Fills in the form; returns the two links of the mail that came."""
    before = set(visitor.links())
    status, page = visitor.sign(petition.slug, **fields)
    assert status == 200, page
    (links,) = set(visitor.links()) - before
    return links


def test_the_whole_way(visitor, petition, opened):
    confirm, erase = signed(visitor, petition, comment="For all of them.", show_name="1")
    assert signatures() == 0
    status, page = visitor.send("confirm", f"{confirm}/", method="GET")
    assert (status, signatures()) == (200, 0)
    assert 'method="post"' in page
    status, page = visitor.send("confirm", f"{confirm}/")
    assert (status, signatures()) == (200, 1)
    record = opened(Signature.objects.select_related("petition").get())
    official = petition.officials()[0].pk
    assert (record.name, record.comment, record.country) == ("Ada Example", "For all of them.", "CA")
    assert (record.show_name_to, record.show_comment_to) == ((official,), ())
    status, _page = visitor.send("erase", f"{erase}/", method="GET")
    assert (status, signatures()) == (200, 1)
    status, _page = visitor.send("erase", f"{erase}/")
    assert (status, signatures()) == (200, 0)


def test_a_link_used_twice_says_the_same_and_counts_once(visitor, petition):
    confirm, _erase = signed(visitor, petition)
    pages = [visitor.send("confirm", f"{confirm}/") for _ in range(3)]
    assert len(set(pages)) == 1
    assert signatures() == 1


def test_fifty_at_once_count_once(visitor, petition):
    confirm, _erase = signed(visitor, petition)

    async def rush():
        sending = visitor.desk.sending(
            peer="127.0.0.1:1", forwarded="", method="POST", rest=confirm, language="en", fields={}
        )
        return await asyncio.gather(*(visitor.desk.confirm(sending) for _ in range(50)))

    answers = visitor.loop.run_until_complete(rush())
    assert {status for status, _body in answers} == {200}
    assert signatures() == 1


def test_one_mailbox_in_every_spelling_counts_once(visitor, petition):
    for address in ("ada.lovelace@gmail.com", "AdaLovelace+x@googlemail.com", "adalovelace@GMAIL.com"):
        confirm, _erase = signed(visitor, petition, email=address)
        assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert signatures() == 1


def test_who_erased_does_not_come_back_by_an_old_link_and_can_sign_anew(visitor, petition):
    confirm, erase = signed(visitor, petition)
    visitor.send("confirm", f"{confirm}/")
    visitor.send("erase", f"{erase}/")
    status, page = visitor.send("confirm", f"{confirm}/")
    assert (status, signatures()) == (410, 0)
    assert "was removed" in page
    assert "You have signed" not in page
    assert f'href="{petition.address("en")}"' in page
    again, _erase = signed(visitor, petition)
    assert "You have signed" in visitor.send("confirm", f"{again}/")[1]
    assert signatures() == 1
    assert "You have signed" in visitor.send("confirm", f"{confirm}/")[1]  # by the newer link
    assert recount(petition).confirmed == 1


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_link_of_a_removed_signature_says_so_in_its_language(visitor, petition, language):
    confirm, erase = signed(visitor, petition, lang=language)
    visitor.send("confirm", f"{confirm}/")
    visitor.send("erase", f"{erase}/")
    status, page = visitor.send("confirm", f"{confirm}/")
    assert status == 410
    assert f'<html lang="{language}"' in page


def test_only_whose_row_was_not_new_is_looked_up(visitor, petition, monkeypatch):
    from rightswire.campaigns import erasing

    looked_up = []
    monkeypatch.setattr(erasing, "is_taken_away", lambda *which: looked_up.append(which))
    for number in range(3):
        confirm, _erase = signed(visitor, petition, email=f"ada{number}@example.org")
        visitor.send("confirm", f"{confirm}/")
    assert not looked_up
    visitor.send("confirm", f"{confirm}/")
    assert len(looked_up) == 1


def test_mailboxes_that_were_sent_a_link_are_totals_by_day(visitor, petition):
    from rightswire.campaigns.models import AskedTotal

    for address in ("ada@example.org", "ada@example.org", "ADA@example.org", "grace@example.org"):
        visitor.sign(petition.slug, email=address)
    visitor.loop.run_until_complete(visitor.desk._note_asked())
    other = type(visitor.desk)()
    other.asked.add(petition.pk)
    other.stop()  # which writes what is left
    assert list(AskedTotal.objects.values_list("petition", "number")) == [(petition.pk, 3)]


def test_nobody_learns_whether_somebody_signed(visitor, petition):
    """The form's answer is the same before and after; so is that of the erasure link."""
    before = visitor.sign(petition.slug)
    confirm, erase = visitor.links()[-1]
    empty = visitor.send("erase", f"{erase}/", method="GET")
    visitor.send("confirm", f"{confirm}/")
    assert visitor.sign(petition.slug) == before
    assert visitor.send("erase", f"{erase}/", method="GET") == empty
    assert visitor.send("erase", f"{erase}/") == visitor.send("erase", f"{erase}/")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_everything_is_in_the_language_of_the_form(visitor, petition, language):
    _status, page = visitor.sign(petition.slug, lang=language)
    assert f'<html lang="{language}"' in page
    confirm, erase = visitor.links()[-1]
    assert unpack(Message.objects.get()).language == language
    for name, rest in (("confirm", confirm), ("erase", erase)):
        for method in ("GET", "POST"):
            _status, page = visitor.send(name, f"{rest}/", method=method, language="de")
            assert f'<html lang="{language}"' in page


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u202e\u200b "}, "name"),
        ({"name": "a" * 121}, "name"),
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b@c.org"}, "email"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "email"),
        ({"country": ""}, "country"),
        ({"country": "XX"}, "country"),
        ({"comment": "a" * 281}, "comment"),
        ({"comment": RARE[120:], "name": RARE[:120]}, "comment"),
        ({"website": "http://example.org"}, "website"),
    ],
)
def test_what_must_be_mended_is_said_at_its_field_and_nothing_typed_is_lost(visitor, petition, fields, field):
    status, page = visitor.sign(petition.slug, **{"name": "Ada <b>", "comment": "Kept & shown"} | fields)
    assert status == 422
    assert f'id="{field}-e"' in page or field == "website"
    assert "aria-invalid" in page or field == "website"
    if "comment" not in fields:
        assert "Kept &amp; shown" in page
    if "name" not in fields:
        assert "Ada &lt;b&gt;" in page
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "Plato",
        "María de los Ángeles García Fernández",
        "أسماء عبد الله",
        "🕊️ Ada",
        "Nguyễn Thị Minh Khai",
        "O'Brien-Łukasz",
        "王",
        "x" * 120,
    ],
)
def test_names_are_taken_as_they_are(visitor, petition, opened, name):
    confirm, _erase = signed(visitor, petition, name=name)
    visitor.send("confirm", f"{confirm}/")
    import unicodedata

    assert opened(Signature.objects.get()).name == unicodedata.normalize("NFC", name)


def test_signs_that_turn_the_writing_round_are_left_out(visitor, petition, opened):
    confirm, _erase = signed(visitor, petition, name="Ada\u202e\u0007 Example\u2066", comment="one\r\ntwo\x00")
    visitor.send("confirm", f"{confirm}/")
    record = opened(Signature.objects.get())
    assert (record.name, record.comment) == ("Ada Example", "one\ntwo")


def test_links_that_are_cut_flipped_or_of_nothing(visitor, petition):
    confirm, erase = signed(visitor, petition)
    flipped = confirm[:40] + ("A" if confirm[40] != "A" else "B") + confirm[41:]
    for name, token in [
        ("confirm", confirm[:-5]),
        ("confirm", flipped),
        ("confirm", ""),
        ("confirm", "x" * 5000),
        ("confirm", erase),
        ("erase", confirm),
        ("erase", erase[:-1]),
    ]:
        status, page = visitor.send(name, f"{token}/")
        assert status == 404
        assert "<h1>" in page
    assert signatures() == 0


def test_a_link_works_for_seven_days(visitor, petition, later):
    confirm, _erase = signed(visitor, petition)
    later(days=6)
    assert visitor.send("confirm", f"{confirm}/", method="GET")[0] == 200
    later(days=2)
    assert visitor.send("confirm", f"{confirm}/")[0] == 410
    assert signatures() == 0


def closing_in(petition, seconds: float) -> None:
    import datetime

    from django.utils import timezone

    Petition.objects.filter(pk=petition.pk).update(closes_at=timezone.now() + datetime.timedelta(seconds=seconds))


def test_a_form_kept_open_over_the_closing_hour(visitor, petition, later):
    closing_in(petition, 3600)
    confirm, _erase = signed(visitor, petition)
    later(hours=2)
    visitor.desk.petitions._read_at = 0.0
    status, page = visitor.sign(petition.slug, email="late@example.org")
    assert status == 403
    assert "Nothing was stored" in page
    assert visitor.send("confirm", f"{confirm}/")[0] == 200  # begun before closing
    assert signatures() == 1


def test_what_was_begun_before_closing_counts_for_seven_days(visitor, petition, later):
    confirm, _erase = signed(visitor, petition)
    import datetime

    from django.utils import timezone

    Petition.objects.update(state=State.CLOSED, closed_at=timezone.now() + datetime.timedelta(seconds=1))
    visitor.desk.petitions._read_at = 0.0
    later(days=6)
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert signatures() == 1


def test_an_unknown_petition(visitor):
    assert visitor.sign("no-such-petition")[0] == 404


def test_three_mails_a_day_and_the_page_stays_the_same(visitor, petition):
    pages = {visitor.sign(petition.slug) for _ in range(6)}
    assert len(pages) == 1
    assert Message.objects.count() <= 3


def test_the_counting_code_is_of_the_signature_that_counts(visitor, petition, home):
    from rightswire.seal.box import commitment
    from rightswire.seal.counting_code import check_signature, read
    from rightswire.seal.keys import Keys

    first, _erase = signed(visitor, petition)
    second, _erase = signed(visitor, petition)
    visitor.send("confirm", f"{first}/")
    _status, page = visitor.send("confirm", f"{second}/", {"check": "1"})
    import html

    code = read(html.unescape(re.search(r"\{[^}]*\}", page)[0]))
    assert check_signature(code, Keys(home / "keys").site_public_key())
    assert code.commitment == commitment(bytes(Signature.objects.get().sealed), petition.id_bytes)


def test_no_code_for_what_was_never_confirmed(visitor, petition):
    confirm, _erase = signed(visitor, petition)
    assert visitor.send("confirm", f"{confirm}/", {"check": "1"})[0] == 404
    assert signatures() == 0


def test_without_the_petitions_secret_nothing_is_taken(visitor, petition, home):
    for file in (home / "keys/petitions").iterdir():
        file.unlink()
    visitor.desk.keys.forget()
    with pytest.raises(visitor.desk.unavailable):
        visitor.sign(petition.slug)
    assert not Message.objects.exists()


def test_without_a_key_there_is_no_form_and_nothing_is_taken(visitor, petition, bake, site):
    from rightswire.campaigns.models import PetitionKey

    PetitionKey.objects.update(proven_at=None)
    visitor.desk.petitions._read_at = 0.0
    assert visitor.sign(petition.slug)[0] == 403
    bake(everything=True)
    assert 'name="email"' not in (site / "en/act/free-them/index.html").read_text()


def test_a_petition_without_confirmation_counts_apart_and_needs_no_address(visitor, petition):
    Petition.objects.update(confirmed_by="nothing")
    visitor.desk.petitions._read_at = 0.0
    assert visitor.sign(petition.slug, email="")[0] == 200
    assert visitor.sign(petition.slug, email="")[0] == 200
    assert visitor.sign(petition.slug, email="ada@example.org")[0] == 200
    assert visitor.sign(petition.slug, email="Ada@example.org")[0] == 200
    count = recount(petition)
    assert (count.confirmed, count.unconfirmed) == (0, 3)
    assert not Message.objects.exists()


def test_when_the_database_refuses_nobody_is_told_that_it_was_kept(visitor, petition, monkeypatch):
    confirm, _erase = signed(visitor, petition)
    real = commits._write

    def refuse(*row):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(commits, "_write", refuse)
    with pytest.raises(visitor.desk.unavailable):
        visitor.send("confirm", f"{confirm}/")
    with pytest.raises(visitor.desk.unavailable):
        visitor.sign(petition.slug, email="other@example.org")
    assert signatures() == 0
    monkeypatch.setattr(commits, "_write", real)
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert signatures() == 1


def fails_at_first(monkeypatch, module, name: str) -> Callable[[int], None]:
    """The database refuses what this function does, as often as the answer is told to; then it works again."""
    real, left = getattr(module, name), [0]

    def refuse(*found):
        if left[0]:
            left[0] -= 1
            raise OperationalError("database or disk is full")
        return real(*found)

    monkeypatch.setattr(module, name, refuse)
    return lambda times: left.__setitem__(0, times)


@pytest.fixture
def failing(monkeypatch):
    """failing(2): the next two commits fail."""
    return fails_at_first(monkeypatch, commits, "_write")


@pytest.mark.parametrize(("network", "most"), [("", 3), ("198.51.100.7", 2)])
def test_a_mail_that_was_refused_for_a_full_disk_is_not_one_of_the_day(visitor, petition, failing, network, most):
    fields = {"lang": "en", "name": "Ada", "email": "ada@example.org", "country": "CA", "website": ""}
    failing(most)
    for _ in range(most):
        with pytest.raises(visitor.desk.unavailable):
            visitor.send("sign", f"{petition.slug}/", fields, forwarded=network)
    for _ in range(most + 2):
        assert visitor.send("sign", f"{petition.slug}/", fields, forwarded=network)[0] == 200
    assert Message.objects.count() == most


def test_a_puzzle_is_not_used_up_by_a_form_that_was_refused_for_a_full_disk(visitor, petition, failing):
    solution = solved(visitor.desk.puzzles.issue())
    fields = {
        "lang": "en",
        "name": "Ada",
        "email": "ada@example.org",
        "country": "CA",
        "website": "",
        "puzzle": solution,
    }
    failing(1)
    with pytest.raises(visitor.desk.unavailable):
        visitor.send("sign", f"{petition.slug}/", fields, forwarded="198.51.100.7")
    assert visitor.desk.puzzles.check(solution) is True


def test_of_requests_at_once_only_the_mails_that_went_out_count(visitor, petition, failing):
    """One fails while the others are under way: no more than three mails come of it, and none is lost for the day."""
    failing(1)

    async def rush():
        fields = {"lang": "en", "name": "Ada", "email": "ada@example.org", "country": "CA", "website": ""}
        sending = visitor.desk.sending(
            peer="127.0.0.1:1", forwarded="", method="POST", rest=petition.slug, language="en", fields=fields
        )
        return await asyncio.gather(*(visitor.desk.sign(sending) for _ in range(3)), return_exceptions=True)

    answers = visitor.loop.run_until_complete(rush())
    failed = sum(isinstance(answer, Exception) for answer in answers)
    assert failed
    assert Message.objects.count() == 3 - failed
    for _ in range(3):
        visitor.sign(petition.slug)
    assert Message.objects.count() == 3


# What the watch finds late


def found_late(visitor, monkeypatch, petition, by: str):
    """Somebody confirmed; the watch names her as false once, when `by` confirms."""
    from rightswire.campaigns.watch import Held, Verdict

    confirm, _erase = signed(visitor, petition, email="false@example.org")
    visitor.send("confirm", f"{confirm}/")
    held = Held(petition.pk, bytes(Signature.objects.get().address_key), "network", "n-1")
    confirm, _erase = signed_from_a_network(visitor, petition, by)
    verdicts = iter([Verdict(False, also_hold=[held])])
    monkeypatch.setattr(visitor.desk.suspicions.watch, "confirm", lambda *_: next(verdicts, Verdict(False)))
    return confirm, held


def signed_from_a_network(visitor, petition, email):
    fields = {"lang": "en", "name": "Ada", "email": email, "country": "CA", "website": ""}
    before = set(visitor.links())
    visitor.send("sign", f"{petition.slug}/", fields, forwarded="198.51.100.7")
    (links,) = set(visitor.links()) - before
    return links


def behind_the_answer(visitor) -> None:
    async def wait():
        await asyncio.gather(*visitor.desk._tasks)

    visitor.loop.run_until_complete(wait())


def held() -> int:
    return Signature.objects.filter(state=SignatureState.HELD).count()


@pytest.fixture
def hold_fails(monkeypatch):
    """hold_fails(2): what is found cannot be held the next two times."""
    return fails_at_first(monkeypatch, holding, "hold")


def test_what_is_found_late_is_held_though_the_row_that_showed_it_could_not_be_kept(
    visitor, petition, monkeypatch, failing
):
    confirm, _held = found_late(visitor, monkeypatch, petition, by="ada@example.org")
    failing(1)
    with pytest.raises(visitor.desk.unavailable):
        visitor.send("confirm", f"{confirm}/")
    behind_the_answer(visitor)
    assert (signatures(), held()) == (0, 1)


def test_what_could_not_be_held_is_held_after_the_next_confirmation(visitor, petition, monkeypatch, hold_fails):
    confirm, _held = found_late(visitor, monkeypatch, petition, by="ada@example.org")
    hold_fails(1)
    assert visitor.send("confirm", f"{confirm}/")[0] == 200  # her own is kept
    assert (signatures(), held()) == (2, 0)
    confirm, _erase = signed(visitor, petition, email="grace@example.org")
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert (signatures(), held()) == (2, 1)


def test_what_could_not_be_held_by_night_is_tried_each_minute_and_the_log_waits(
    visitor, petition, monkeypatch, hold_fails, later
):
    import datetime

    from rightswire.campaigns import desk, to_hold
    from rightswire.campaigns.daily_log import write_logs

    monkeypatch.setattr(desk, "NIGHT_LOOK", 0.01)
    Petition.objects.update(opened_at=petition.opened_at - datetime.timedelta(days=5))
    _confirm, found = found_late(visitor, monkeypatch, petition, by="ada@example.org")
    Signature.objects.update(day=datetime.date.today())
    monkeypatch.setattr(visitor.desk.suspicions.watch, "end_day", lambda at: [found])
    visitor.loop.run_until_complete(asyncio.sleep(0.05))
    hold_fails(10**6)
    later(days=1)

    async def until(condition) -> None:
        for _ in range(500):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not happen within five seconds")

    visitor.loop.run_until_complete(until(to_hold.is_any_to_hold))
    write_logs()
    assert not petition.log_heads.exists()
    hold_fails(0)
    visitor.loop.run_until_complete(until(lambda: not to_hold.is_any_to_hold()))
    assert (signatures(), held()) == (0, 1)
    write_logs()
    assert [head.size for head in petition.log_heads.all()] == [0]


def look_for_releases(visitor) -> None:
    """What the desk does each minute."""
    visitor.loop.run_until_complete(visitor.desk.suspicions.learn_of_releases())


def signed_and_confirmed_from_a_network(visitor, petition, email) -> str:
    """Returns the link that erases it."""
    confirm, erase = signed_from_a_network(visitor, petition, email)
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    return erase


def test_what_is_like_a_batch_that_staff_released_is_not_held_again(visitor, petition):
    from rightswire.campaigns.holding import release

    signed_and_confirmed_from_a_network(visitor, petition, "one@mailinator.com")
    look_for_releases(visitor)
    signed_and_confirmed_from_a_network(visitor, petition, "two@mailinator.com")
    assert (signatures(), held()) == (0, 2)
    assert release(petition, Signature.objects.values_list("batch", flat=True)[0]) == 2
    look_for_releases(visitor)
    signed_and_confirmed_from_a_network(visitor, petition, "three@mailinator.com")
    assert (signatures(), held()) == (3, 0)


def test_what_is_like_a_batch_that_staff_dropped_is_held_again(visitor, petition):
    from rightswire.campaigns.holding import drop

    signed_and_confirmed_from_a_network(visitor, petition, "one@mailinator.com")
    look_for_releases(visitor)
    drop(petition, Signature.objects.get().batch, 1)
    look_for_releases(visitor)
    signed_and_confirmed_from_a_network(visitor, petition, "two@mailinator.com")
    assert (signatures(), held()) == (0, 1)


def test_a_busy_network_is_given_a_puzzle_and_others_are_not(visitor, petition):
    for number in range(20):
        signed_from_a_network(visitor, petition, f"ada{number}@example.org")
    answers = [visitor.send("challenge", "", method="GET", forwarded=peer) for peer in ("198.51.100.9", "203.0.113.9")]
    assert [status for status, _puzzle in answers] == [200, 204]


def test_nobody_releases_a_batch_by_erasing_and_signing_anew(visitor, petition, sign):
    erase = signed_and_confirmed_from_a_network(visitor, petition, "one@mailinator.com")
    look_for_releases(visitor)
    visitor.send("erase", f"{erase}/")
    sign("one@mailinator.com")  # counted, as if it came from where nobody was suspicious
    look_for_releases(visitor)
    signed_and_confirmed_from_a_network(visitor, petition, "two@mailinator.com")
    assert (signatures(), held()) == (1, 1)


def test_what_could_not_be_held_is_tried_once_more_when_the_server_ends(petition, sign, hold_fails):
    from rightswire.campaigns import to_hold
    from rightswire.campaigns.desk import Desk
    from rightswire.campaigns.watch import Held

    row = sign("false@example.org")
    desk = Desk()
    desk.suspicions.to_hold.add([Held(petition.pk, bytes(row.address_key), "network", "n-1")])
    assert to_hold.is_any_to_hold()
    desk.stop()
    assert held() == 1
    assert not to_hold.is_any_to_hold()


REST = (b"s", "CA", "en", "2026-01-01", 0, False, "", "")  # of a row, behind the key of the address


def keep_at_once(visitor, rows):
    """What each who waited was answered."""
    from rightswire.campaigns.commits import GroupCommit
    from rightswire.campaigns.signing import INSERT

    async def write():
        commits = GroupCommit()
        answers = await asyncio.gather(*(commits.keep(INSERT, row) for row in rows), return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, commits.stop)
        return answers

    return visitor.loop.run_until_complete(write())


def test_a_row_that_the_database_refuses_does_not_hold_up_the_others(visitor, petition):
    good = [(petition.pk, bytes([n]) * 32, *REST, bytes([n]) * 32) for n in range(5)]
    bad = (petition.pk, None, *REST, b"x" * 32)
    answers = keep_at_once(visitor, [*good, bad])
    assert [isinstance(answer, commits.NotKept) for answer in answers] == [False] * 5 + [True]
    assert signatures() == 5


def test_however_many_wait_all_are_kept_and_each_mailbox_once(visitor, petition):
    keys = [number.to_bytes(32, "big") for number in range(2 * commits.MOST_AT_ONCE)]
    answers = keep_at_once(visitor, [(petition.pk, key, *REST, key) for key in keys + keys[:9]])
    assert not any(isinstance(answer, Exception) for answer in answers)
    assert signatures() == len(keys)


def test_whatever_goes_wrong_with_one_the_next_is_kept(visitor, petition, monkeypatch):
    confirm, _erase = signed(visitor, petition)
    real, failed = commits._write, []

    def fail_once(*row):
        if not failed:
            failed.append(True)
            raise RuntimeError("ada@example.org")
        return real(*row)

    monkeypatch.setattr(commits, "_write", fail_once)
    with pytest.raises(visitor.desk.unavailable):
        visitor.send("confirm", f"{confirm}/")
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert signatures() == 1


def test_the_clock_set_back_leaves_links_working(visitor, petition, later):
    confirm, _erase = signed(visitor, petition)
    later(hours=-5)
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert signatures() == 1
    assert time.time() > 0


def again(visitor, petition, email):
    return visitor.send("erase", "", {"slug": petition.slug, "email": email, "lang": "en"})


def test_the_erasure_link_is_sent_again_to_whoever_signed_and_says_nothing_to_others(visitor, petition):
    confirm, _erase = signed(visitor, petition)
    visitor.send("confirm", f"{confirm}/")
    Message.objects.all().delete()
    assert again(visitor, petition, "stranger@example.org") == again(visitor, petition, "Ada@example.org")
    text = unpack(Message.objects.get()).text
    token = re.search(r"/do/erase/([\w-]+)/", text)[1]
    assert visitor.send("erase", f"{token}/")[0] == 200
    assert signatures() == 0


def test_an_erasure_link_that_could_not_be_queued_is_not_one_of_the_day(visitor, petition, failing):
    confirm, _erase = signed(visitor, petition)
    visitor.send("confirm", f"{confirm}/")
    Message.objects.all().delete()
    failing(3)
    for _ in range(3):
        again(visitor, petition, "ada@example.org")
    assert not Message.objects.exists()
    again(visitor, petition, "ada@example.org")
    assert Message.objects.count() == 1


def test_a_wrong_address_for_it_is_said(visitor, petition):
    for typed in ("", "nobody", 'no<body"'):
        status, page = again(visitor, petition, typed)
        assert status == 422
        found = LexborHTMLParser(page)
        assert found.css_first("#back").attributes["value"] == typed
        assert found.css_first("#back").attributes["aria-invalid"] == "true"
        assert "name@example.org" in found.css_first("#back-e").text()
        assert found.css_first('.errors a[href="#back"]')
        assert "open" in found.css_first("details:has(#back)").attributes
    assert visitor.send("erase", "", {"slug": "none", "email": "a@example.org"})[0] == 404


# At once: what the server asks first, before its loop hears of a request


@pytest.fixture
def press(visitor, petition):
    """press(link): how it was answered, "at once" or "later", and with which status."""

    async def whole(link: str) -> list[tuple[str, int]]:
        answers = []

        async def later(reply) -> None:
            try:
                status, page = await reply
                answers.append(("later", status))
                visitor.said = page.decode()
            except visitor.desk.unavailable:
                answers.append(("later", 503))

        await visitor.desk._know()
        await visitor.desk._slowly(
            visitor.desk.pages.shell, "thanks", visitor.desk.petitions.by_slug[petition.slug], "en"
        )
        visitor.said = ""
        assert visitor.desk.confirm_now(link, "fr", lambda status, _body: answers.append(("at once", status)), later)
        for _ in range(1000):
            if answers:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)  # nobody is answered twice
        return answers

    return lambda link: visitor.loop.run_until_complete(whole(link))


def test_most_confirmations_are_answered_by_the_thread_that_kept_them(visitor, petition, press):
    confirm, _erase = signed(visitor, petition)
    assert press(confirm) == [("at once", 200)]
    assert signatures() == 1
    assert press(confirm) == [("later", 200)]  # there is more to ask: was it removed?
    assert signatures() == 1


def test_from_a_network_the_watch_is_asked_first(visitor, petition, press, monkeypatch):
    from rightswire.campaigns.watch import Verdict

    confirm, _erase = signed_from_a_network(visitor, petition, "ada@example.org")
    assert press(confirm) == [("at once", 200)]
    confirm, _erase = signed_from_a_network(visitor, petition, "grace@example.org")
    verdict = Verdict(True, "network", "n-1")
    monkeypatch.setattr(visitor.desk.suspicions.watch, "confirm", lambda *_: verdict)
    assert press(confirm) == [("at once", 200)]  # nobody may tell from the answer
    assert (signatures(), held()) == (1, 1)


def test_what_the_watch_finds_at_once_is_held_whatever_becomes_of_the_row(
    visitor, petition, press, monkeypatch, failing
):
    confirm, _held = found_late(visitor, monkeypatch, petition, by="ada@example.org")
    failing(1)
    assert press(confirm) == [("later", 503)]
    behind_the_answer(visitor)
    assert (signatures(), held()) == (0, 1)
    assert press(confirm) == [("at once", 200)]
    assert (signatures(), held()) == (1, 1)


def test_a_watch_that_fails_leaves_nobody_without_an_answer(visitor, petition, press, monkeypatch):
    confirm, _erase = signed_from_a_network(visitor, petition, "ada@example.org")
    fails_at_first(monkeypatch, visitor.desk.suspicions.watch, "confirm")(1)
    assert press(confirm) == [("later", 200)]
    assert signatures() == 1


@pytest.mark.parametrize("link", ["", "none", "A" * 3000, "\x00\udcff", "é"])
def test_what_is_no_link_is_refused_in_the_usual_way_and_the_browsers_language(visitor, press, link):
    assert press(link) == [("later", 404)]
    assert '<html lang="fr"' in visitor.said


def test_a_removed_signature_is_not_brought_back_at_once(visitor, petition, press):
    confirm, erase = signed(visitor, petition)
    assert press(confirm) == [("at once", 200)]
    visitor.send("erase", f"{erase}/")
    assert press(confirm) == [("later", 410)]
    assert signatures() == 0


def test_when_too_many_wait_nothing_is_taken_at_once(visitor, petition, monkeypatch):
    confirm, _erase = signed(visitor, petition)
    monkeypatch.setattr(commits, "MOST_WAITING", 0)
    assert not visitor.desk.confirm_now(confirm, "en", None, None)
    assert signatures() == 0
