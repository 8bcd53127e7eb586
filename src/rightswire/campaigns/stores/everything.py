"""Every store of personal data, so that none is forgotten.

A model that holds something about people belongs to a store; any other stands on a list with the reason why it
does not. A test walks them all.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

from django.conf import settings
from django.db.models import Model
from wagtail.models import Page

from rightswire.campaigns.stores.others import PAGES, PUBLIC, STAFF
from rightswire.campaigns.stores.store import Chapter
from rightswire.campaigns.stores.supporters import SUPPORTERS

NOTHING_ABOUT_PEOPLE = {
    **dict.fromkeys(
        (
            "auth.Group",
            "auth.Permission",
            "contenttypes.ContentType",
            "wagtailadmin.Admin",
            "wagtailcore.Collection",
            "wagtailcore.CollectionViewRestriction",
            "wagtailcore.GroupApprovalTask",
            "wagtailcore.GroupCollectionPermission",
            "wagtailcore.GroupPagePermission",
            "wagtailcore.GroupSitePermission",
            "wagtailcore.PageViewRestriction",
            "wagtailcore.Task",
            "wagtailcore.Workflow",
            "wagtailcore.WorkflowContentType",
            "wagtailcore.WorkflowPage",
            "wagtailcore.WorkflowTask",
        ),
        "which role may do what",
    ),
    **dict.fromkeys(
        (
            "wagtail_localize.LocaleSynchronization",
            "wagtailcore.Locale",
            "wagtailcore.Site",
            "pages.Menu",
            "pages.Account",
        ),
        "how the site is built",
    ),
    **dict.fromkeys(("bake.Due", "bake.Baked", "bake.Imprint"), "which public files are due, and their digests"),
    **dict.fromkeys(("newsroom.Filed", "newsroom.Cut"), "which item stands on which page of the archive"),
    **dict.fromkeys(
        ("newsroom.Topic", "newsroom.TopicWording", "newsroom.ItemCountry", "taggit.Tag", "taggit.TaggedItem"),
        "topics, countries and their names",
    ),
    "wagtailredirects.Redirect": "old addresses of public pages",
    "campaigns.Petition": "what a petition asks, its terms and its course",
    "campaigns.Addressee": "which official a petition is addressed to",
    "campaigns.ChangedDay": "days that are to be counted again",
    "campaigns.Count": "the number that the site shows",
    "campaigns.LogHead": "the public, signed number of entries of a day",
}

FILES_WITHOUT_PEOPLE = {
    "site": "what is public now, and nothing else",
    "search": "the words of the same pages",
    "staging": "public files on their way to site/",
    "static": "styles and scripts of the admin",
    "addresses.json": "old addresses; those that were withdrawn for safety as digests only",
    "bake.lock": "says that a worker runs",
    "worker.sock": "says that a worker runs",
    "*.count": "a petition's number on its way to site/",
    "db.sqlite3*": "the database: what is in it is in the list above",
    "keys/secret_key": "signs the sessions of staff",
    "keys/site.key": "signs the logs of petitions and counting codes",
    "keys/dkim.pem": "signs outgoing mail",
}


CHAPTERS = [
    Chapter("Supporters", SUPPORTERS),
    Chapter("Staff", STAFF),
    Chapter("People the organisation writes about or to", PUBLIC),
]


def add_chapter(chapter: Chapter, without_people: Mapping[str, str], files_without_people: Mapping[str, str]) -> None:
    """What an app above keeps of people, and which models and files of it hold nothing about them, and why."""
    CHAPTERS.insert(1, chapter)
    NOTHING_ABOUT_PEOPLE.update(without_people)
    FILES_WITHOUT_PEOPLE.update(files_without_people)


def place_of(model: type[Model]) -> str | None:
    """The store that holds a model, or why it holds nothing about people; None for one that nobody has thought of."""
    made_by = model._meta.auto_created  # a table of links belongs to the model that made it
    owner = made_by if isinstance(made_by, type) else model
    label = owner._meta.label
    for chapter in CHAPTERS:
        for store in chapter.stores:
            if label in store.models:
                return store.name
    if issubclass(owner, Page):
        return PAGES
    return NOTHING_ABOUT_PEOPLE.get(label)


def unknown_files() -> list[str]:
    """What lies in the data folder and is no part of Rightswire: somebody has to look what it is."""
    patterns = [*FILES_WITHOUT_PEOPLE]
    patterns += [pattern for chapter in CHAPTERS for store in chapter.stores for pattern in store.files]
    parents = {pattern.partition("/")[0] for pattern in patterns if "/" in pattern}
    found = []
    for entry in _entries(Path(settings.HOME), parents):
        if not any(fnmatch(entry, pattern) for pattern in patterns):
            found.append(entry)
    return found


def _entries(folder: Path, parents: Iterable[str]) -> list[str]:
    names: list[str] = []
    for entry in sorted(folder.iterdir()):
        if entry.name in parents and entry.is_dir():
            names += [f"{entry.name}/{inner.name}" for inner in sorted(entry.iterdir())]
        else:
            names.append(entry.name)
    return names
