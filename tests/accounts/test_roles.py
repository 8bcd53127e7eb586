"""What each role can and cannot do in the admin."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate
from django.urls import reverse
from wagtail.models import GroupPagePermission, Workflow

from rightswire.accounts.models import User
from rightswire.accounts.roles import ADMINISTRATOR, EDITOR, MODERATOR, make_roles
from rightswire.pages.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client, newsroom):
    def enter(role):
        user = User.objects.create_user(role.lower(), password="a long pass phrase")
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return user

    return enter


def can_open(client, address):
    return client.get(address).status_code == 200


def places():
    """An address of the admin for each thing that a role may or may not do."""
    organisation = Organisation._meta
    return {
        "contacts": reverse("wagtailsnippets_pages_contact:add"),
        "topics": reverse("wagtailsnippets_newsroom_topic:add"),
        "menus": reverse("wagtailsnippets_pages_menu:add"),
        "pictures": reverse("wagtailimages:add_multiple"),
        "documents": reverse("wagtaildocs:add_multiple"),
        "settings": reverse("wagtailsettings:edit", args=[organisation.app_label, organisation.model_name]),
        "users": reverse("wagtailusers_users:add"),
        "redirects": reverse("wagtailredirects:add"),
        "translations": reverse("rightswire_translations"),
        "to look at": reverse("rightswire_to_look_at"),
    }


EVERYBODY = {"contacts", "pictures", "documents", "translations", "to look at"}
OPEN = {
    EDITOR: EVERYBODY,
    MODERATOR: EVERYBODY | {"topics"},
    ADMINISTRATOR: EVERYBODY | {"topics", "menus", "settings", "users", "redirects"},
}


@pytest.mark.parametrize("role", [EDITOR, MODERATOR, ADMINISTRATOR])
def test_a_role_opens_what_is_its_own_and_nothing_else(sign_in, client, role):
    sign_in(role)
    answers = {name: client.get(address, follow=True) for name, address in places().items()}
    home = reverse("wagtailadmin_home")
    opened = {name for name, answer in answers.items() if answer.status_code == 200 and not sent_to(answer, home)}
    assert opened == OPEN[role]


def sent_to(answer, address):
    return any(url == address for url, _status in answer.redirect_chain)


@pytest.mark.parametrize(("role", "may_publish"), [(EDITOR, False), (MODERATOR, True), (ADMINISTRATOR, True)])
def test_everybody_writes_and_moderators_publish(sign_in, publish, newsroom, role, may_publish):
    user = sign_in(role)
    item = publish("Told")
    may = item.permissions_for_user(user)
    assert may.can_edit()
    assert may.can_publish() == may_publish
    assert may.can_unpublish() == may_publish
    assert may.can_lock() == may_publish
    assert newsroom["en"].permissions_for_user(user).can_add_subpage()
    assert user.has_perm("wagtail_localize.submit_translation")


def test_an_editor_submits_and_a_moderator_approves(sign_in, publish, client):
    editor = sign_in(EDITOR)
    item = publish("For approval", is_live=False)
    assert item.get_workflow() == Workflow.objects.get()
    item.get_workflow().start(item, editor)
    task = item.current_workflow_task_state

    approve = reverse("wagtailadmin_pages:workflow_action", args=[item.pk, "approve", task.pk])
    client.post(approve)
    item.refresh_from_db()
    assert not item.live

    sign_in(MODERATOR)
    client.post(approve, {"next": "/admin/"})
    item.refresh_from_db()
    assert item.live


def test_nobody_without_a_role_enters(client, newsroom):
    client.force_login(User.objects.create_user("reader", password="a long pass phrase"))
    assert not can_open(client, reverse("wagtailadmin_home"))


def test_the_first_migration_makes_the_roles_and_a_later_one_keeps_what_was_added(db):
    Group.objects.all().delete()
    for config in apps.get_app_configs():  # as `migrate` tells every app when it is done
        post_migrate.send(
            sender=config,
            app_config=config,
            verbosity=0,
            interactive=False,
            using="default",
            plan=[],
            apps=apps,
        )
    for role in (EDITOR, MODERATOR, ADMINISTRATOR):
        assert GroupPagePermission.objects.filter(group__name=role).exists()
    added = Permission.objects.get(codename="add_topic")
    editors = Group.objects.get(name=EDITOR)
    editors.permissions.add(added)
    make_roles()
    assert added in editors.permissions.all()
