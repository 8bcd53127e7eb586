"""What staff save that is not a page: menus, settings, contacts, redirects, pictures; and what search reads."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from wagtail.contrib.redirects.models import Redirect

from rightswire.bake.baking import files_changed, public_folder
from rightswire.bake.models import Due
from rightswire.pages.models import Contact, Menu, Organisation, Picture
from rightswire.pages.search.documents import document_from_page
from rightswire.pages.search.index import SearchIndex


def queue_frame(sender: type, **kwargs: Any) -> None:
    Due.objects.add(["frame:"])


def queue_redirects(sender: type, **kwargs: Any) -> None:
    Due.objects.add(["redirects:"])


def queue_users_of(sender: type, instance: Picture, created: bool = False, **kwargs: Any) -> None:
    """A new focal point or description shows wherever the picture is used."""
    if created:
        return
    from wagtail.models import Page, ReferenceIndex  # noqa: PLC0415

    pages = [
        int(reference.object_id)
        for reference in ReferenceIndex.get_references_to(instance)
        if issubclass(reference.content_type.model_class() or object, Page)
    ]
    for page in Page.objects.filter(pk__in=pages).specific():
        Due.objects.add(page.dependents())


def index_what_changed(sender: None, written: dict[str, bytes], removed: list[str], **kwargs: Any) -> None:
    """Search knows what was rendered and nothing else, so that it can hold nothing that is not public."""
    index = SearchIndex(Path(settings.SEARCH_FOLDER))
    if index.needs_rebuild:
        site = public_folder().site
        written = {path: (site / path).read_bytes() for path in public_folder().files() if _is_page(path)}
    pages = {_address(path): content for path, content in written.items() if _is_page(path)}
    documents = {address: document_from_page(address, content) for address, content in pages.items()}
    unlisted = [address for address, document in documents.items() if document is None]
    gone = [_address(path) for path in removed if _is_page(path)]
    if documents or gone or index.needs_rebuild:
        index.update([document for document in documents.values() if document], [*gone, *unlisted])


def _is_page(path: str) -> bool:
    return path.endswith("/index.html")


def _address(path: str) -> str:
    return f"/{path.removesuffix('index.html')}"


def connect() -> None:
    files_changed.connect(index_what_changed, dispatch_uid="rightswire.pages.search")
    for model in (Organisation, Menu, Contact):
        post_save.connect(queue_frame, sender=model, dispatch_uid=f"rightswire.pages.{model.__name__}.saved")
        post_delete.connect(queue_frame, sender=model, dispatch_uid=f"rightswire.pages.{model.__name__}.deleted")
    for signal in (post_save, post_delete):
        signal.connect(queue_redirects, sender=Redirect, dispatch_uid=f"rightswire.pages.redirect.{id(signal)}")
    post_save.connect(queue_users_of, sender=Picture, dispatch_uid="rightswire.pages.picture")
