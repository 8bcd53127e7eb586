import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale
from wagtail_localize.models import Translation, TranslationSource

from rightswire.accounts.models import User
from rightswire.accounts.roles import EDITOR
from rightswire.newsroom.models import NewsItem
from rightswire.newsroom.reports import action_for, originals, with_states

pytestmark = pytest.mark.django_db

DAY = timezone.timedelta(days=1)


@pytest.fixture
def desk(client, newsroom):
    user = User.objects.create_user("editor", password="a long pass phrase")
    user.groups.add(Group.objects.get(name=EDITOR))
    client.force_login(user)
    return client


def states(item):
    row = with_states(originals()).get(pk=item.pk)
    return {code: getattr(row, f"state_{code}") for code in ("en", "fr", "ar")}


def test_a_language_is_missing_in_draft_or_up_to_date(publish):
    item = publish("The vote")
    publish("Le vote", language="fr", original=item)
    publish("التصويت", language="ar", original=item, is_live=False)
    assert states(item) == {"en": "", "fr": "current", "ar": "draft"}
    assert states(publish("Another")) == {"en": "", "fr": "missing", "ar": "missing"}


def test_a_translation_is_behind_once_its_original_was_published_again(publish, time_machine):
    item = publish("The vote")
    french = publish("Le vote", language="fr", original=item)
    time_machine.move_to(timezone.now() + DAY)
    item.save_revision().publish()
    assert states(item)["fr"] == "behind"
    french.save_revision().publish()
    assert states(item)["fr"] == "current"


def test_a_translation_published_from_an_old_text_is_still_behind(publish, time_machine):
    item = publish("The vote")
    source, _ = TranslationSource.get_or_create_from_instance(item)
    Translation.objects.create(source=source, target_locale=Locale.objects.get(language_code="fr"))
    french = publish("Le vote", language="fr", original=item)
    time_machine.move_to(timezone.now() + DAY)
    item.save_revision().publish()
    french.save_revision().publish()
    assert states(item)["fr"] == "behind"
    row = with_states(originals()).get(pk=item.pk)
    assert action_for(row, "fr") == reverse("wagtail_localize:update_translations", args=[source.pk])

    source.update_or_create_from_instance(item)
    french.save_revision().publish()
    assert states(item)["fr"] == "current"


def test_an_item_first_written_in_french_lacks_english(publish):
    assert states(publish("Le vote", language="fr")) == {"en": "missing", "fr": "", "ar": "missing"}


def test_the_report_lists_originals_with_links_to_translate_or_edit(publish, desk):
    item = publish("The vote")
    french = publish("Le vote", language="fr", original=item)
    page = desk.get(reverse("rightswire_translations")).content.decode()
    assert "The vote" in page
    assert "Le vote" not in page
    assert reverse("wagtail_localize:submit_page_translation", args=[item.pk]) in page
    assert reverse("wagtailadmin_pages:edit", args=[french.pk]) in page


def test_the_report_is_narrowed_to_what_a_language_lacks(publish, desk):
    lacking = publish("Only in English")
    whole = publish("In French as well")
    publish("Aussi en français", language="fr", original=whole)
    address = reverse("rightswire_translations")

    french = desk.get(address, {"language": "fr"}).content.decode()
    assert lacking.title in french
    assert whole.title not in french

    current = desk.get(address, {"language": "fr", "state": "current"}).content.decode()
    assert lacking.title not in current
    assert whole.title in current


def test_an_imported_item_waits_for_a_look_until_an_editor_saves_it(publish, desk):
    item = publish("Guessed from the opening", needs_look=True)
    publish("Written here")
    address = reverse("rightswire_to_look_at")
    page = desk.get(address).content.decode()
    assert "Guessed from the opening" in page
    assert "Written here" not in page

    edit = reverse("wagtailadmin_pages:edit", args=[item.pk])
    answer = desk.post(edit, form_data(desk.get(edit).context["form"]))
    assert answer.status_code == 302
    assert not NewsItem.objects.get(pk=item.pk).needs_look
    assert list(desk.get(address).context["object_list"]) == []


def test_the_machine_publishing_an_item_is_not_a_look(publish):
    item = publish("Guessed", needs_look=True)
    item.save_revision().publish()
    assert NewsItem.objects.get(pk=item.pk).needs_look


def form_data(form):
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    body = [("text", {"text": rich_text("<p>Told again.</p>"), "language": ""})]
    none = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    values = {name: form.initial.get(name) or "" for name in ("title", "slug", "kind", "date", "people", "kicker")}
    return nested_form_data(
        values
        | {"body": streamfield(body), "lead": streamfield([]), "corrections": streamfield([])}
        | {"notes": rich_text(""), "countries": none, "comments": none}
    )


def test_somebody_without_pages_sees_neither_report(client, newsroom):
    user = User.objects.create_user("nobody", password="a long pass phrase")
    client.force_login(user)
    assert client.get(reverse("rightswire_translations")).status_code == 302
