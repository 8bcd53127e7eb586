"""Taking back what was published: editorially, with a dated notice, or for safety, with nothing left."""

import html
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from rightswire.accounts.models import User
from rightswire.bake.models import Due
from rightswire.newsroom.models import NewsItem
from rightswire.newsroom.models.item import Withdrawal

LOG_WITHDRAW = "rightswire.withdraw"
LOG_RESTORE = "rightswire.restore"


def versions(item: NewsItem) -> list[NewsItem]:
    """The item in every language with the aliases that mirror any of them, the oldest first."""
    while item.alias_of_id:
        item = NewsItem.objects.get(pk=item.alias_of_id)
    known: set[object] = set()
    keys = {item.translation_key}
    while keys - known:
        known |= keys
        mirrors = NewsItem.objects.filter(alias_of__translation_key__in=known)
        keys = set(mirrors.values_list("translation_key", flat=True))
    return list(NewsItem.objects.filter(translation_key__in=known).select_related("locale").order_by("pk"))


def may_withdraw(item: NewsItem, user: User) -> bool:
    """Whoever may publish the item in all its languages; a lock on a page does not stop a withdrawal."""
    return all(page.permissions_for_user(user).can_publish() for page in versions(item))


@transaction.atomic
def withdraw(item: NewsItem, kind: str, notices: Mapping[str, str], user: User) -> None:
    """Withdraws the item in all languages at once.

    `kind` is a Withdrawal other than NONE; `notices` is the public reason by language, for an editorial one.
    Raises PermissionDenied where `user` may not; then nothing was changed.
    """
    pages = _checked(item, user)
    due = _due(pages)
    now = timezone.now()
    for page in pages:
        page.withdrawn, page.withdrawn_at = kind, now
        page.withdrawal_notice = notices.get(page.language, "") if kind == Withdrawal.EDITORIAL else ""
        _keep(page)
        if kind == Withdrawal.SAFETY:
            _take_down(page, user)
        log(instance=page, action=LOG_WITHDRAW, user=user, data={"kind": kind})
    Due.objects.add(due | _due(pages))


@transaction.atomic
def restore(item: NewsItem, user: User) -> None:
    """Ends a withdrawal in all languages: an editorial one comes back as it was, the other stays a draft.

    Raises PermissionDenied where `user` may not; then nothing was changed.
    """
    pages = _checked(item, user)
    for page in pages:
        page.withdrawn, page.withdrawn_at, page.withdrawal_notice = Withdrawal.NONE, None, ""
        _keep(page)
        log(instance=page, action=LOG_RESTORE, user=user)
    Due.objects.add(_due(pages))


def still_named(item: NewsItem) -> list[str]:
    """The addresses of public pages that hold the item's headlines, addresses or people, in any language.

    Read from the public folder as it is now, so that it is the truth also for what somebody typed by hand.
    """
    pages = versions(item)
    words = {page.title for page in pages} | {page.url_path for page in pages}
    words |= {name for page in pages for name in page.people_names}
    forms = {form.encode() for word in words for form in (word, html.escape(word))}
    folder = Path(settings.SITE_FOLDER)
    found = []
    for path in sorted(folder.rglob("*.html")):
        content = path.read_bytes()
        if any(form in content for form in forms):
            found.append(f"/{path.relative_to(folder)}".removesuffix("index.html"))
    return found


def _checked(item: NewsItem, user: User) -> list[NewsItem]:
    if not may_withdraw(item, user):
        raise PermissionDenied("Only somebody who may publish this item in all its languages may withdraw it.")
    return versions(item)


def _keep(page: NewsItem) -> None:
    """Writes the withdrawal to the row alone: revisions neither hold it nor bring it back (NewsItem.KEPT)."""
    fields = {name: getattr(page, name) for name in ("withdrawn", "withdrawn_at", "withdrawal_notice")}
    NewsItem.objects.filter(pk=page.pk).update(**fields)


def _take_down(page: NewsItem, user: User) -> None:
    if state := page.current_workflow_state:
        state.cancel(user=user)
    page.revisions.update(approved_go_live_at=None)
    page.unpublish(user=user)


def _due(pages: list[NewsItem]) -> set[str]:
    return set[str]().union(*(page.dependents() for page in pages))
