"""A petition's place in the admin: who comes in, what is written where, what an open petition has promised."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from rightswire.accounts.roles import ADMINISTRATOR, CAMPAIGNER, EDITOR, MODERATOR
from rightswire.bake.models import Due
from rightswire.campaigns.admin.viewsets import DeletePetition, EditPetition, PetitionViewSet
from rightswire.campaigns.models import Act, Official, Petition, PetitionPage, RegisterEntry, State

pytestmark = pytest.mark.django_db

PLACES = [
    "petitions:index",
    "petition-keys:index",
    "petition-register:index",
    "wagtailsnippets_campaigns_official:list",
]


@pytest.mark.parametrize("role", [CAMPAIGNER, ADMINISTRATOR])
def test_who_runs_petitions_finds_them_in_the_menu(make_desk, petition, role):
    desk = make_desk("ada", role)
    menu = desk.get("/admin/").content.decode()
    for place in PLACES:
        assert desk.look(place).status_code == 200
        assert reverse(place) in menu


@pytest.mark.parametrize("role", [EDITOR, MODERATOR])
def test_who_writes_news_neither_sees_nor_does_anything_with_petitions(make_desk, opened, role):
    desk = make_desk("nell", role)
    assert reverse("petitions:index") not in desk.get("/admin/").content.decode()
    for place in PLACES:
        assert desk.look(place).status_code == 302
    for name in ("overview", "numbers", "csv", "held", "paper", "delivery", "close_page"):
        assert desk.look(f"petitions:{name}", opened.pk).status_code == 302
    for name in ("close", "ask_to_export", "agree_to_export", "download_export", "release", "drop", "paper"):
        assert "do not have permission" in desk.do(f"petitions:{name}", opened.pk).said
    assert Petition.objects.get(pk=opened.pk).state == State.OPEN


def test_the_way_to_the_public_page_is_offered_when_there_is_one(first, opened):
    page = opened.pages.get()

    def links():
        editor = first.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
        return {link.attributes.get("href") for link in LexborHTMLParser(editor.content).css("a")}

    assert page.url_path in links()
    Petition.objects.filter(pk=opened.pk).update(state=State.DRAFT)
    assert page.url_path not in links()


def test_campaigners_publish_actions_and_write_news(first, petition, publish):
    assert petition.pages.get().permissions_for_user(first.user).can_publish()
    item = publish("Told")
    assert item.permissions_for_user(first.user).can_edit()
    assert not item.permissions_for_user(first.user).can_publish()


def form(petition, official, **fields):
    data = {
        "name": "Drop the app",
        "slug": "drop-the-app",
        "first_goal": 1000,
        "closes_at": "",
        "confirmed_by": "mail",
        "keep_days": 90,
        "addressees": inline_formset([{"official": official.pk}]),
        "elsewhere": inline_formset([]),
    }
    if petition:
        row = petition.addressees.get()
        data["addressees"] = inline_formset([{"official": official.pk, "id": row.pk}], initial=1)
    return nested_form_data(data | fields)


def test_a_petition_is_begun_and_its_page_says_what_comes_next(first, official, organisation, indexes):
    answer = first.post(reverse("petitions:add"), form(None, official), follow=True)
    petition = Petition.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("petitions:overview", args=[petition.pk])
    page = answer.content.decode()
    assert "It has a published page" in page
    assert "Write its page in" in page
    assert [row.official for row in petition.addressees.all()] == [official]


def test_its_page_is_written_with_the_petition_chosen(first, petition):
    address = reverse("petitions:write", args=[petition.pk, "fr"])
    assert address in first.look("petitions:overview", petition.pk).content.decode()
    answer = first.get(address)
    assert answer.context["form"].initial["petition"] == petition.pk
    assert answer.context["parent_page"].locale.language_code == "fr"


def test_pages_in_two_languages_are_each_others_translation(first, petition, indexes):
    data = nested_form_data(
        {
            "title": "Abandonnez l'application",
            "slug": "drop-the-app",
            "petition": petition.pk,
            "introduction": "De quoi il s'agit.",
            "ask": "Abandonnez-la.",
            "body": streamfield([]),
            "updates": streamfield([]),
            "next_steps": streamfield([]),
            "comments": inline_formset([]),
        }
    )
    address = reverse("wagtailadmin_pages:add", args=["campaigns", "petitionpage", indexes["fr"].pk])
    answer = first.post(address, data)
    assert answer.status_code == 302, answer.context["form"].errors
    english, french = (PetitionPage.objects.get(locale__language_code=code) for code in ("en", "fr"))
    assert english.translation_key == french.translation_key
    page = first.look("petitions:overview", petition.pk).content.decode()
    assert reverse("wagtailadmin_pages:edit", args=[french.pk]) in page
    assert reverse("petitions:write", args=[petition.pk, "fr"]) not in page


def test_a_language_without_a_place_for_actions_is_no_error(first, petition, indexes):
    indexes["ar"].delete()
    assert first.look("petitions:overview", petition.pk).status_code == 200
    assert first.get(reverse("petitions:write", args=[petition.pk, "ar"])).status_code == 404


def test_what_was_edited_of_an_open_petition_shows_on_its_page(first, opened, official):
    Due.objects.all().delete()
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, first_goal=500))
    assert answer.status_code == 302, answer.context["form"].errors
    assert Petition.objects.get(pk=opened.pk).first_goal == 500
    assert Due.objects.filter(piece=f"page:{opened.pages.get().pk}").exists()


def save_official(desk, official, *, deleted=False, more=(), country="US", **wording):
    row = official.wordings.get()
    words = {"language": "en", "shown_name": "", "role": "chair", "organisation": "Example Inc.", "salutation": ""}
    told = {"id": row.pk, **words, **wording} | ({"DELETE": "on"} if deleted else {})
    data = nested_form_data(
        {
            "name": official.name,
            "country": country,
            "languages": "en",
            "address": "2 Example Street",
            "email": "",
            "in_office_from": "",
            "in_office_until": "",
            "wordings": inline_formset([told, *(words | each for each in more)], initial=1),
        }
    )
    return desk.post(reverse("wagtailsnippets_campaigns_official:edit", args=[official.pk]), data)


def test_an_addressee_that_was_corrected_shows_on_the_page(first, opened, official):
    Due.objects.all().delete()
    answer = save_official(first, official, more=[{"language": "fr", "shown_name": "A. Exemple"}])
    assert answer.status_code == 302, answer.context["form"].errors
    assert official.wordings.get(language="en").role == "chair"
    assert Official.objects.get().address == "2 Example Street"
    assert Due.objects.filter(piece=f"page:{opened.pages.get().pk}").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"shown_name": "B. Other"},
        {"organisation": "Other Inc."},
        {"language": "fr"},
        {"country": "CA"},
        {"deleted": True, "more": [{"shown_name": "B. Other"}]},
    ],
)
def test_whom_signers_let_see_their_names_does_not_become_somebody_else(first, opened, official, changed):
    answer = save_official(first, official, **changed)
    assert "Signers let this person see their names: it stays as it is" in str(answer.context["form"].errors)
    wording = official.wordings.get()
    assert (wording.language, wording.shown_name, wording.organisation) == ("en", "", "Example Inc.")
    assert Official.objects.get().country == "US"


def test_an_official_is_corrected_freely_until_a_petition_to_them_is_opened(first, petition, official):
    assert save_official(first, official, shown_name="B. Other", country="CA").status_code == 302
    assert official.wordings.get().shown_name == "B. Other"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"slug": "another"}, "slug"),
        ({"confirmed_by": "nothing"}, "confirmed_by"),
        ({"keep_days": 91}, "keep_days"),
        ({"closes_at": "2018-11-29 10:00"}, "closes_at"),
    ],
)
def test_what_an_open_petition_promised_stays(first, opened, official, fields, wrong):
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, **fields))
    assert wrong in answer.context["form"].errors
    assert list(Petition.objects.filter(pk=opened.pk).values()) == [
        {**Petition.objects.filter(pk=opened.pk).values().get(), "slug": "drop-the-app", "keep_days": 90}
    ]


def test_nobody_joins_those_whom_signers_show_their_names_to(first, opened, official):
    joiner = Official.objects.create(name="B. Minister", country="CA", languages="en")
    row = opened.addressees.get()
    both = inline_formset([{"official": official.pk, "id": row.pk}, {"official": joiner.pk}], initial=1)
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, addressees=both))
    assert "they stay as they are" in str(answer.context["form"].errors)
    assert [each.official for each in opened.addressees.all()] == [official]


def test_what_people_have_signed_stays_as_it_was(opened):
    page = opened.pages.get()
    page.ask = "Something else."
    with pytest.raises(ValidationError, match="it stays as it is"):
        page.full_clean()
    page.refresh_from_db()
    page.introduction = "Told better."
    page.full_clean()


def republish(page, **fields):
    page = PetitionPage.objects.get(pk=page.pk)
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_what_people_have_signed_stays_while_its_page_is_unpublished(opened):
    page = opened.pages.get()
    page.unpublish()
    with pytest.raises(ValidationError, match="it stays as it is"):
        republish(page, ask="Something else.")
    republish(page, title="A better headline", introduction="Told better.")
    assert PetitionPage.objects.get(pk=page.pk).live


def test_a_language_that_comes_later_stays_as_it_was_first_published(opened, indexes):
    words = {"title": "Abandonnez", "introduction": "De quoi.", "ask": "Jamais."}
    french = PetitionPage(petition=opened, locale=indexes["fr"].locale, live=False, **words)
    indexes["fr"].add_child(instance=french)
    republish(french, ask="Abandonnez-la.")  # nobody could sign the draft
    french.refresh_from_db()
    french.unpublish()
    with pytest.raises(ValidationError, match="it stays as it is"):
        republish(french, ask="Autre chose.")


def test_what_is_asked_can_change_until_two_people_have_opened_it(petition):
    republish(petition.pages.get(), ask="Something else.")
    assert petition.pages.get().ask == "Something else."


def test_a_page_that_people_could_sign_cannot_be_deleted(first, opened, indexes, admin_user):
    """By itself, as one of several, and with the page above it; and not once it is unpublished either."""
    page, desk = opened.pages.get(), Client()
    page.unpublish()
    desk.force_login(admin_user)
    one = reverse("wagtailadmin_pages:delete", args=[page.pk])
    above = reverse("wagtailadmin_pages:delete", args=[indexes["en"].pk])
    several = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    for address in (one, above, f"{several}?id={page.pk}"):
        assert "Nothing was deleted: people have signed" in desk.post(address, follow=True).content.decode()
    with pytest.raises(ProtectedError):
        page.delete()
    assert PetitionPage.objects.filter(pk=page.pk).exists()


def test_a_page_that_nobody_could_sign_is_deleted(first, petition):
    first.post(reverse("wagtailadmin_pages:delete", args=[petition.pages.get().pk]))
    assert not petition.pages.exists()


def test_signatures_can_be_kept_for_less_long(first, opened, official):
    first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, keep_days=30))
    assert Petition.objects.get(pk=opened.pk).keep_days == 30
    entry = RegisterEntry.objects.get(act=Act.KEEP_LESS)
    assert (entry.by, entry.note) == ("ada", "30 days instead of 90")


@pytest.mark.parametrize(("state", "days"), [(State.OPEN, 0), (State.CLOSED, 30)])
def test_no_slip_of_the_pen_destroys_what_was_signed(first, opened, official, state, days):
    Petition.objects.update(state=state, closed_at=timezone.now() if state == State.CLOSED else None)
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, keep_days=days))
    assert "keep_days" in answer.context["form"].errors
    assert Petition.objects.get().keep_days == 90


def test_a_petition_past_its_closing_can_still_be_edited(first, opened, official):
    at = timezone.now() - datetime.timedelta(hours=2)
    Petition.objects.update(closes_at=at, state=State.CLOSED, closed_at=at)
    shown = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    data = form(opened, official, closes_at=shown, name="Another name")
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), data)
    assert answer.status_code == 302, answer.context["form"].errors
    kept = Petition.objects.get(pk=opened.pk)
    assert (kept.name, kept.closes_at) == ("Another name", at)


def test_a_new_petition_is_told_once_that_its_closing_is_over(first, opened, official):
    past = (timezone.now() - datetime.timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    answer = first.post(reverse("petitions:add"), form(opened, official, closes_at=past, slug="another"))
    assert answer.context["form"].errors["closes_at"] == ["This moment is over. Choose a later one, or none."]
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, closes_at=past))
    (told,) = answer.context["form"].errors["closes_at"]
    assert "use “Close…”" in told


def test_only_what_was_never_opened_and_has_no_page_is_deleted(first, opened, official):
    draft = Petition.objects.create(name="Never mind", slug="never-mind")
    assert "cannot be deleted" in first.do("petitions:delete", opened.pk).said
    Petition.objects.filter(pk=opened.pk).update(state=State.DRAFT)
    assert "Delete its pages first" in first.do("petitions:delete", opened.pk).said
    first.do("petitions:delete", draft.pk)
    assert list(Petition.objects.all()) == [opened]


def test_an_official_whom_a_petition_is_addressed_to_stays(first, petition, official):
    """Singly, and as one of several that were ticked in the list."""
    delete = reverse("wagtailsnippets_campaigns_official:delete", args=[official.pk])
    several = reverse("wagtail_bulk_action", args=["campaigns", "official", "delete"])
    for address in (delete, f"{several}?id={official.pk}"):
        assert "cannot be deleted" in first.post(address, follow=True).content.decode()
    assert Official.objects.filter(pk=official.pk).exists()


def test_an_official_whom_nothing_is_addressed_to_goes(first, official):
    first.post(reverse("wagtailsnippets_campaigns_official:delete", args=[official.pk]))
    assert not Official.objects.exists()


def test_names_of_officials_keys_and_petitions_are_text(first, petition, official, key):
    attack = "<img src=x onerror=alert(1)>"
    type(official).objects.update(name=attack)
    type(key).objects.update(label=attack)
    type(petition).objects.update(name=attack)
    for place in (
        reverse("petitions:overview", args=[petition.pk]),
        reverse("petitions:index"),
        reverse("petitions:edit", args=[petition.pk]),
        reverse("petition-keys:index"),
        reverse("petition-keys:retire", args=[key.pk]),
        reverse("wagtailsnippets_campaigns_official:list"),
    ):
        page = first.get(place).content.decode()
        assert "&lt;img src=x" in page, place
        assert attack not in page, place


@pytest.fixture
def just_before(monkeypatch):
    """just_before(EditPetition, happens): `happens` comes once the view has looked the petition up, from elsewhere."""

    def arrange(view, happens):
        look_up = view.get_object

        def late(self, *arguments, **named):
            found = look_up(self, *arguments, **named)
            happens()
            return found

        monkeypatch.setattr(view, "get_object", late)

    return arrange


def test_what_was_closed_while_somebody_edited_it_stays_closed(first, opened, official, just_before):
    now = timezone.now()
    ended = {"state": State.CLOSED, "closed_at": now, "delivered_at": now, "dropped": 7, "records_destroyed_at": now}
    just_before(EditPetition, lambda: Petition.objects.update(**ended))
    answer = first.post(reverse("petitions:edit", args=[opened.pk]), form(opened, official, name="Another name"))
    assert answer.status_code == 302, answer.context["form"].errors
    assert Petition.objects.filter(name="Another name", **ended).exists()


def test_what_was_opened_while_somebody_edited_it_keeps_its_addressees(first, petition, official, just_before):
    joiner = Official.objects.create(name="B. Minister", country="CA", languages="en")
    row = petition.addressees.get()
    both = inline_formset([{"official": official.pk, "id": row.pk}, {"official": joiner.pk}], initial=1)
    opened_at = timezone.now()
    just_before(EditPetition, lambda: Petition.objects.update(state=State.OPEN, opened_at=opened_at))
    answer = first.post(reverse("petitions:edit", args=[petition.pk]), form(petition, official, addressees=both))
    assert "they stay as they are" in str(answer.context["form"].errors)
    assert [each.official for each in petition.addressees.all()] == [official]
    assert Petition.objects.filter(state=State.OPEN, opened_at=opened_at).exists()


def test_editing_writes_only_what_the_form_shows(opened, official):
    """Other processes count what was dropped without waiting for anybody who edits."""
    form_class = PetitionViewSet().get_edit_handler().get_form_class()
    stale = form_class(form(opened, official, name="Another name"), instance=Petition.objects.get(pk=opened.pk))
    Petition.objects.update(dropped=7)
    assert stale.is_valid(), stale.errors
    stale.save()
    assert Petition.objects.filter(name="Another name", dropped=7).exists()


def test_what_was_opened_while_somebody_deleted_it_stays(first, official, just_before):
    draft = Petition.objects.create(name="Never mind", slug="never-mind")
    just_before(DeletePetition, lambda: Petition.objects.update(state=State.OPEN))
    assert "cannot be deleted" in first.do("petitions:delete", draft.pk).said
    assert Petition.objects.filter(pk=draft.pk).exists()
