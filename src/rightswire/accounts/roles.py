"""The roles of staff, as groups of Wagtail's own permissions."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

EDITOR = "Editors"
MODERATOR = "Moderators"
ADMINISTRATOR = "Administrators"
CAMPAIGNER = "Campaigners"

PAGE_ACTIONS = {
    EDITOR: ("add_page", "change_page"),
    CAMPAIGNER: ("add_page", "change_page"),  # under “Act” they publish as well: campaigns/founding.py
    MODERATOR: ("add_page", "change_page", "publish_page", "lock_page", "unlock_page"),
    ADMINISTRATOR: (
        "add_page",
        "change_page",
        "publish_page",
        "lock_page",
        "unlock_page",
        "bulk_delete_page",
    ),
}
# Wagtail asks for the permissions of its own models, also where uploads are kept in ours.
UPLOADS = ("add_image", "change_image", "choose_image", "add_document", "change_document", "choose_document")
PETITIONS = ("petition", "official", "recipientkey")
MAIL = ("newsletter", "sending")  # written by anybody, released by any two; pausing is for whoever sees trouble first
OTHER_MODELS = {
    EDITOR: ("contact", *MAIL),
    CAMPAIGNER: ("contact", *PETITIONS, *MAIL),
    MODERATOR: ("contact", "topic", *MAIL),
    ADMINISTRATOR: (
        *PETITIONS,
        *MAIL,
        "mailingkey",
        "listexport",
        "mailsettings",
        "contact",
        "topic",
        "menu",
        "organisation",
        "redirect",
        "user",
        "group",
        "workflow",
        "task",
    ),
}
READ_ONLY_MODELS = {
    EDITOR: ("subscribertotal",),
    CAMPAIGNER: ("registerentry", "subscribertotal"),
    MODERATOR: ("subscribertotal",),
    ADMINISTRATOR: ("registerentry", "subscribertotal"),
}


def make_roles(app_config: Any = None, **kwargs: Any) -> None:
    """Gives each role its permissions; what an administrator added by hand stays.

    Runs after every migration. Permissions come app by app, so it waits for the last of ours.
    """
    if app_config is not None and app_config.name != "rightswire.newsroom":
        return
    from django.contrib.auth.management import create_permissions  # noqa: PLC0415 - needs loaded apps

    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    root_page, root_collection = Page.get_first_root_node(), Collection.get_first_root_node()
    for role, actions in PAGE_ACTIONS.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(Permission.objects.get(codename="access_admin"))
        group.permissions.add(*Permission.objects.filter(codename="submit_translation"))
        for model in OTHER_MODELS[role]:
            group.permissions.add(*Permission.objects.filter(content_type__model=model))
        for model in READ_ONLY_MODELS.get(role, ()):
            group.permissions.add(*Permission.objects.filter(codename=f"view_{model}"))
        for permission in Permission.objects.filter(codename__in=actions, content_type__app_label="wagtailcore"):
            GroupPagePermission.objects.get_or_create(group=group, page=root_page, permission=permission)
        for permission in Permission.objects.filter(
            codename__in=UPLOADS, content_type__app_label__in=("wagtailimages", "wagtaildocs")
        ):
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=root_collection, permission=permission
            )
