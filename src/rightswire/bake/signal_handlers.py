"""What staff do in the admin makes pieces due. A page says itself which: `BasePage.dependents()`."""

from typing import Any

from django.db.models.signals import pre_delete
from wagtail.models import Page
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from rightswire.bake.models import Due


def queue_page(sender: type, instance: Page, **kwargs: Any) -> None:
    page = instance.specific
    if hasattr(page, "dependents"):
        Due.objects.add(page.dependents())


def queue_deleted(sender: type, instance: Any, **kwargs: Any) -> None:
    if isinstance(instance, Page) and hasattr(instance, "dependents"):
        Due.objects.add(instance.dependents())


def queue_subtree(sender: type, instance: Page, **kwargs: Any) -> None:
    for page in instance.get_descendants(inclusive=True).specific():
        queue_page(sender, page)


def connect() -> None:
    page_published.connect(queue_page, dispatch_uid="rightswire.bake.published")
    page_unpublished.connect(queue_page, dispatch_uid="rightswire.bake.unpublished")
    pre_delete.connect(queue_deleted, dispatch_uid="rightswire.bake.deleted")
    page_slug_changed.connect(queue_subtree, dispatch_uid="rightswire.bake.slug")
    post_page_move.connect(queue_subtree, dispatch_uid="rightswire.bake.moved")
