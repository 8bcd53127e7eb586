"""Closing: everything that readers see says when it was, and nobody's promise is lost over it."""

import datetime

import pytest
import time_machine
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from rightswire.bake.models import Due
from rightswire.campaigns import ending
from rightswire.campaigns.counting import close_those_past_closing
from rightswire.campaigns.delivery import facts as delivery_facts
from rightswire.campaigns.ending import end_what_is_over
from rightswire.campaigns.facts import ANNOUNCED, load_facts
from rightswire.campaigns.models import Act, Petition, RegisterEntry, Signature
from rightswire.campaigns.opening import close_petition

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PLANNED = datetime.datetime(2030, 12, 31, 15, tzinfo=datetime.UTC)  # ten in the morning in Toronto
SHOWN = {
    "en": ("December 31, 2030, 10:00 a.m., Eastern Standard Time", "November 27, 2030, 9:30 a.m., Eastern"),
    "fr": ("31 décembre 2030 à 10 h, heure normale de l’Est", "27 novembre 2030 à 9 h 30, heure normale"),
    "ar": ("٣١ ديسمبر ٢٠٣٠، ١٠:٠٠ ص، التوقيت الرسمي الشرقي", "٢٧ نوفمبر ٢٠٣٠، ٩:٣٠ ص، التوقيت الرسمي"),
}


@pytest.fixture
def shown(bake, site):
    """shown("en"): the texts of the petition's page, its embed and the listing, as they are after rendering."""

    def read(language: str) -> list[str]:
        bake()
        files = [site / language / "act" / part / "index.html" for part in ("free-them", "free-them/embed", "")]
        bodies = [LexborHTMLParser(file.read_text(encoding="utf-8")).css_first("main") for file in files]
        return [" ".join(body.text(separator=" ").split()) for body in bodies]

    bake(everything=True)
    return read


def planned(petition: Petition) -> Petition:
    petition.closes_at = PLANNED
    petition.save()
    return petition


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_closing_hour_stands_there_with_its_time_zone(petition, shown, language):
    from rightswire.campaigns.opening import show

    show(planned(petition))
    for text in shown(language):
        assert SHOWN[language][0] in text


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_petition_closed_early_shows_the_day_it_was_closed(petition, staff, shown, language):
    with time_machine.travel(datetime.datetime(2030, 11, 27, 14, 30, tzinfo=datetime.UTC), tick=False):
        close_petition(planned(petition), staff[0])
        for text in shown(language):
            assert SHOWN[language][1] in text
            assert SHOWN[language][0].split(",")[0] not in text
    assert delivery_facts(petition)["petition"]["closes"] == "2030-11-27"


def test_a_form_on_its_way_while_somebody_closes_still_counts(visitor, petition, staff):
    visitor.send("confirm", "nothing/")  # the desk has read its facts
    close_petition(petition, staff[0])
    visitor.desk.petitions._read_at += 3600  # it has not read them again
    assert visitor.sign(petition.slug)[0] == 200
    ((confirm, _erase),) = visitor.links()
    visitor.desk.petitions._read_at = 0.0
    assert visitor.sign(petition.slug, email="late@example.org")[0] == 403
    assert visitor.send("confirm", f"{confirm}/")[0] == 200
    assert Signature.objects.count() == 1


def test_what_is_begun_after_everybody_knows_of_a_closing_does_not_count(petition, staff):
    close_petition(planned(petition), staff[0])
    (facts,) = load_facts()
    ended = petition.closed_at.timestamp()
    assert facts.takes_confirmation(ended + ANNOUNCED - 1, ended + 60)
    assert not facts.takes_confirmation(ended + ANNOUNCED + 1, ended + 60)
    assert not facts.takes_confirmation(ended, ended + 8 * 86400)


def test_a_planned_closing_is_known_to_the_second(petition):
    moment = timezone.now() - datetime.timedelta(minutes=1)
    Petition.objects.update(state="closed", closes_at=moment, closed_at=moment)
    (facts,) = load_facts()
    assert facts.takes_confirmation(moment.timestamp() - 1, moment.timestamp() + 60)
    assert not facts.takes_confirmation(moment.timestamp() + 1, moment.timestamp() + 60)


def test_once_the_secret_is_gone_the_page_no_longer_offers_to_take_a_signature_back(petition, staff, bake, site):
    page = site / "en/act/free-them/index.html"
    close_petition(petition, staff[0])
    bake()
    assert "/do/erase/" in page.read_text(encoding="utf-8")
    with time_machine.travel(timezone.now() + datetime.timedelta(days=31)):
        end_what_is_over()
        bake()
        assert "/do/erase/" not in page.read_text(encoding="utf-8")


def test_a_destroyed_secret_is_noted_also_where_that_failed_at_first(petition, staff, home, monkeypatch):
    close_petition(petition, staff[0])
    with time_machine.travel(timezone.now() + datetime.timedelta(days=31)):
        with monkeypatch.context() as patch:
            patch.setattr(ending, "queue_pages", lambda petition: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                end_what_is_over()
        assert not (home / "keys/petitions" / petition.uid.hex).exists()
        end_what_is_over()
        end_what_is_over()
    assert RegisterEntry.objects.filter(act=Act.DESTROY_PEPPER).count() == 1
    assert Due.objects.filter(piece__startswith="page:").exists()


def test_signatures_are_not_destroyed_before_the_log_holds_them(petition, sign, staff):
    sign("ada@example.org")
    close_petition(petition, staff[0])
    long_ago = timezone.now() - datetime.timedelta(days=40)
    Petition.objects.update(opened_at=long_ago, closed_at=long_ago, delivered_at=long_ago, keep_days=3)
    end_what_is_over()
    assert Signature.objects.count() == 1
    with time_machine.travel(timezone.now() + datetime.timedelta(days=1, hours=1)):
        end_what_is_over()  # it is logged
        end_what_is_over()
    assert not Signature.objects.exists()
    assert petition.log_entries.count() == 1


def test_a_closing_by_the_clock_is_in_the_register(petition):
    Petition.objects.update(closes_at=timezone.now() - datetime.timedelta(minutes=1))
    close_those_past_closing()
    close_those_past_closing()
    (entry,) = RegisterEntry.objects.filter(act=Act.CLOSE)
    assert (entry.by, entry.petition_name) == ("", petition.name)


def test_a_closed_petition_gives_back_what_was_typed(visitor, petition, staff):
    close_petition(petition, staff[0])
    typed = {"name": "Ada <b>", "comment": "For all of them & more", "email": "ada@example.org"}
    status, page = visitor.sign(petition.slug, **typed)
    assert status == 403
    for words in ("Ada &lt;b&gt;", "For all of them &amp; more", "ada@example.org"):
        assert words in page
