"""The place of actions in the tree of every language."""

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import GroupPagePermission

from rightswire.accounts.roles import CAMPAIGNER
from rightswire.campaigns.models import ActIndex
from rightswire.newsroom.models import HomePage

ACT = {"en": "Act", "fr": "Agir", "ar": "شارِك"}


@transaction.atomic
def make_act() -> dict[str, ActIndex]:
    """Makes what is missing, under home pages that are there. Safe to call again."""
    indexes: dict[str, ActIndex] = {}
    for code, _name in settings.LANGUAGES:
        home = HomePage.objects.filter(slug=code).first()
        if home is None:
            continue
        index = ActIndex.objects.child_of(home).first()
        if index is None:
            index = ActIndex(title=ACT.get(code, "Act"), slug="act", locale=home.locale)
            if indexes:
                index.translation_key = next(iter(indexes.values())).translation_key
            home.add_child(instance=index)
            index.save_revision().publish()
            _let_campaigners_publish(index)
        indexes[code] = index
    return indexes


def _let_campaigners_publish(index: ActIndex) -> None:
    """What stands under it; elsewhere they write as editors do. Once, so that an administrator can take it back."""
    campaigners = Group.objects.filter(name=CAMPAIGNER).first()
    may_publish = Permission.objects.get(codename="publish_page", content_type__app_label="wagtailcore")
    if campaigners:
        GroupPagePermission.objects.create(group=campaigners, page=index, permission=may_publish)
