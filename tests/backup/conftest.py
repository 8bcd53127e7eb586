"""An installation with everything that a backup must hold, and empty ones to restore into."""

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import installation
import pytest
from django.db import connection
from installation import Installation, day, petition, sign

from rightswire.seal.box import PrivateKey


@pytest.fixture(scope="session")
def offline_key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture(scope="session")
def template(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[str | Path]:
    """The test run's own database as the migrations leave it, to make installations from."""
    if installation.IS_SQLITE:
        file = tmp_path_factory.mktemp("template") / "db.sqlite3"
        with django_db_blocker.unblock():
            connection.ensure_connection()
            with sqlite3.connect(file) as copy:
                connection.connection.backup(copy)
            copy.close()
        yield file
        return
    with django_db_blocker.unblock():
        connection.close()  # nobody may be at a template
        name = connection.settings_dict["NAME"] + "_template"
        installation.drop(name)
        installation.create(name, connection.settings_dict["NAME"])
    yield name
    installation.drop(name)


@pytest.fixture(scope="session")
def prepared(template, tmp_path_factory, offline_key, django_db_blocker) -> Iterator[Installation]:
    """A newsroom with a draft and a picture; a petition that ada signed before yesterday's log, ben and cleo since."""
    where = Installation(tmp_path_factory.mktemp("prepared") / "home", template)
    with django_db_blocker.unblock(), where.at():
        fill(where, offline_key)
    yield where
    where.remove()


def fill(where: Installation, key: PrivateKey) -> None:
    from django.core.files.base import ContentFile
    from PIL import Image

    from rightswire.campaigns.daily_log import write_head
    from rightswire.newsroom.founding import make_tree
    from rightswire.newsroom.models import NewsItem
    from rightswire.pages.models import Picture

    index = make_tree()["en"]
    item = NewsItem(
        title="Not published yet", slug="not-yet", date=day(0), locale=index.locale, rank=1, live=False, body=[]
    )
    index.add_child(instance=item)
    item.save_revision()
    content = ContentFile(b"", "river.png")
    Image.new("RGB", (4, 3), "teal").save(content, "PNG")
    Picture.objects.create(title="A river", file=content)
    opened = petition(key)
    sign("free-them", "ada@example.org", on=day(-1))
    write_head(opened, day(-1))
    for name in ("ben", "cleo"):
        sign("free-them", f"{name}@example.org")
    (where.home / "keys" / "secret_key").write_text("not a real secret", encoding="ascii")


@pytest.fixture
def make(tmp_path: Path, template, db) -> Iterator[Callable[..., Installation]]:
    """make() -> an installation with a fresh database; make(like=…) -> a copy; make(is_empty=True) -> nothing in it."""
    numbers, made = itertools.count(1), []

    def one(*, is_empty: bool = False, like: Installation | None = None) -> Installation:
        of = like.database if like else template
        made.append(Installation(tmp_path / f"home-{next(numbers)}", None if is_empty else of))
        if like:
            for name in ("keys", "media"):
                shutil.copytree(like.home / name, made[-1].home / name)
        return made[-1]

    yield one
    for each in made:
        each.remove()


@pytest.fixture
def source(make, prepared) -> Installation:
    """An installation like the prepared one, for a test to go on with."""
    return make(like=prepared)
