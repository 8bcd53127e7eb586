"""What a sign-up shows: coarse, the same for every spelling of a thing, and never more than that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightswire.campaigns import traits
from rightswire.campaigns.disposable import MailDomain, kind_of
from rightswire.campaigns.traits import PLACE, TRAITS, UNKNOWN, Arrival, form_of, is_jumbled, read


def arrival(**known) -> Arrival:
    facts = {"petition": 1, "at": 0.0, "network": b"", "email": "a@example.org", "name": "Ann Lee", "country": "CA"}
    return Arrival(**{**facts, **known})


@pytest.mark.parametrize(
    "local", ["katarzyna.wisniewska", "nguyen", "schmidt1984", "mohamed", "oconnor", "jp.dubois", "lh2"]
)
def test_names_are_not_jumbled(local):
    assert not is_jumbled(local)


@pytest.mark.parametrize("local", ["xk29fjq8s", "qzvtgurk", "h9yhd22l", "tzv2607z", "bcdfghjk"])
def test_machines_letters_are(local):
    assert is_jumbled(local)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("anna.weber", "Anna Weber"), ("weber.anna", "ANNA WEBER")),
        (("annaweber", "Anna Weber"), ("weberanna", "Änna Weber")),
        (("aweber", "Anna Weber"), ("weber.a", "Weber Anna")),
        (("anna.weber12", "Anna Weber"), ("weber.anna7", "Anna M. Weber")),
        (("sunflower", "Anna Weber"), ("moonlight", "Omar Haddad")),
    ],
)
def test_the_same_way_to_write_oneself_is_one_form(first, second):
    assert form_of(*first) == form_of(*second)


def test_a_name_in_another_script_is_compared_with_nothing():
    assert form_of("layla90", "ليلى حداد") == form_of("sunflower", "هدى")


def test_what_is_not_known_says_nothing():
    bins = read(arrival())
    for name in ("puzzle", "confirm"):
        assert bins[PLACE[name]] == UNKNOWN


def test_behind_a_relay_the_address_says_nothing():
    bins = read(arrival(email="x7k2p9q4@privaterelay.appleid.com"))
    assert bins[PLACE["jumble"]] == bins[PLACE["form"]] == bins[PLACE["digits"]] == UNKNOWN


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("gmail.com", MailDomain.PROVIDER),
        ("riseup.net", MailDomain.PROVIDER),
        ("mozmail.com", MailDomain.RELAY),
        ("opayq.com", MailDomain.RELAY),  # though it is in the list of disposable ones
        ("mailinator.com", MailDomain.DISPOSABLE),
        ("a.b.mailinator.com", MailDomain.DISPOSABLE),
        ("university.example", MailDomain.OWN),
        ("com", MailDomain.OWN),
        ("", MailDomain.OWN),
    ],
)
def test_the_kind_of_a_mail_domain(domain, kind):
    assert kind_of(domain) is kind


@given(
    st.text(max_size=60),
    st.text(max_size=120),
    st.text(max_size=300),
    st.text(max_size=300),
    st.sampled_from([None, True, False]),
)
def test_whatever_is_typed_has_its_bin(email, name, comment, agent, has_solved):
    bins = read(arrival(email=email, name=name, comment=comment, user_agent=agent, has_solved_puzzle=has_solved))
    assert len(bins) == len(TRAITS)
    for trait, place in zip(TRAITS, bins, strict=True):
        assert place == UNKNOWN or 0 <= place < len(trait.people)


def test_the_first_guesses_are_shares():
    for trait in TRAITS:
        assert sum(trait.people) == pytest.approx(1)
        assert sum(trait.machines) == pytest.approx(1)
        assert len(trait.people) == len(trait.machines)
    assert len(traits.CONFIRM_ENDS) + 1 == len(TRAITS[PLACE["confirm"]].people)
