"""Who writes, who looks after sendings, and who keeps the keys."""

import pytest

from rightswire.accounts.roles import ADMINISTRATOR, CAMPAIGNER, EDITOR, MODERATOR

pytestmark = pytest.mark.django_db

EVERYBODY = {"newsletters:index", "newsletters:add", "sendings:index", "subscriber-numbers:index"}
KEEPERS = {"mailing-keys:index", "mailing-keys:add", "mailing-keys:unlock"}


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (EDITOR, EVERYBODY),
        (CAMPAIGNER, EVERYBODY),
        (MODERATOR, EVERYBODY),
        (ADMINISTRATOR, EVERYBODY | KEEPERS),
        (None, set()),
    ],
)
def test_a_role_opens_what_is_its_own_and_nothing_else(make_desk, role, places):
    desk = make_desk("somebody", role)
    assert {name for name in EVERYBODY | KEEPERS if desk.look(name).status_code == 200} == places


@pytest.mark.parametrize(("role", "is_shown"), [(EDITOR, False), (ADMINISTRATOR, True)])
def test_the_pace_is_set_by_administrators(make_desk, role, is_shown):
    answer = make_desk("somebody", role).look("wagtailsettings:edit", "newsletters", "mailsettings")
    assert (answer.status_code == 302 and "settings" in answer["Location"]) == is_shown


@pytest.mark.parametrize("role", [EDITOR, ADMINISTRATOR])
def test_the_menu_leads_to_what_a_role_may_open(make_desk, role):
    page = make_desk("somebody", role).look("wagtailadmin_home").content.decode()
    assert "/admin/newsletters/" in page
    assert "/admin/subscriber-numbers/" in page
    assert ("/admin/mailing-keys/" in page) == (role == ADMINISTRATOR)
