"""What several do to a petition's signatures at the same moment."""

import contextlib
import threading

import pytest
from django.db import connection, transaction

from rightswire.bake.models import Due
from rightswire.campaigns import commits, counting, holding
from rightswire.campaigns.counting import recount
from rightswire.campaigns.erasing import erase
from rightswire.campaigns.models import Petition, Signature, SignatureState, TakenAway

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@contextlib.contextmanager
def meanwhile(do):
    """Somebody else does it, on a connection of her own; waits for her at the end."""

    def run() -> None:
        try:
            do()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.5)  # she may have to wait for us
    yield
    thread.join(20)
    assert not thread.is_alive()


def test_an_erasure_during_a_count_is_counted(petition, sign, monkeypatch):
    old = sign("old@example.org", days_ago=30)
    sign("other@example.org", days_ago=30)
    erase(petition.pk, petition.id_bytes, bytes(sign("first@example.org", days_ago=30).address_key))  # a mark is there
    honest, did = counting._count_days, []

    def with_company(*arguments):
        found = honest(*arguments)
        if not did:
            did.append(True)
            erase(petition.pk, petition.id_bytes, bytes(old.address_key))
        return found

    monkeypatch.setattr(counting, "_count_days", with_company)
    recount(petition)
    assert recount(petition).confirmed == Signature.objects.count() == 1


def test_a_count_that_began_before_another_does_not_replace_it(petition, sign, monkeypatch):
    sign("a@example.org")
    honest, did = counting._count_days, []

    def with_company(*arguments):
        found = honest(*arguments)
        if not did:
            did.append(True)
            sign("b@example.org")
            recount(petition)
        return found

    monkeypatch.setattr(counting, "_count_days", with_company)
    assert recount(petition).confirmed == 2
    assert Petition.objects.get().count.confirmed == 2


def test_a_count_whose_pages_cannot_be_queued_is_counted_again(petition, sign, monkeypatch):
    sign("a@example.org")
    with monkeypatch.context() as patch:
        patch.setattr(counting, "queue_pages", lambda petition: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            recount(petition)
    Due.objects.all().delete()
    assert recount(petition).confirmed == 1
    assert Due.objects.filter(piece__startswith="page:").exists()


def test_only_what_was_seen_is_dropped(petition, sign, monkeypatch):
    def held(address: str) -> None:
        row = sign(address, state=SignatureState.HELD)
        petition.signatures.filter(address_key=row.address_key).update(batch="n-1", reason="network")

    held("a@example.org")
    held("b@example.org")
    honest = holding.remember

    def with_company(found):
        others = meanwhile(lambda: held("c@example.org"))
        with others if connection.vendor == "postgresql" else contextlib.nullcontext():
            honest(list(found))

    monkeypatch.setattr(holding, "remember", with_company)
    holding.drop(petition, "n-1", 2)
    left = 1 if connection.vendor == "postgresql" else 0
    assert (Signature.objects.count(), TakenAway.objects.count()) == (left, 2)
    assert Petition.objects.get().dropped == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_an_old_link_pressed_while_its_signature_is_erased_does_not_bring_it_back(petition, sign):
    from rightswire.campaigns.facts import load_facts
    from rightswire.campaigns.signing import INSERT, Prepared, row

    kept = sign("a@example.org")
    (facts,) = load_facts()
    again = row(facts, Prepared(bytes(kept.address_key), bytes(kept.sealed), kept.country, kept.language), kept.state)

    def press() -> None:
        commits._write(INSERT, [again])

    with contextlib.ExitStack() as stack, transaction.atomic():
        erase(petition.pk, petition.id_bytes, bytes(kept.address_key))
        stack.enter_context(meanwhile(press))
    assert not Signature.objects.exists()
