"""Installations for tests: each a data folder and a database of its own, on which Django works while it is `at` it."""

import contextlib
import datetime
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.test import override_settings

from rightswire.seal.box import PrivateKey
from rightswire.seal.keys import Keys

PASSPHRASE = "not a real passphrase"
TODAY = datetime.date.today()
IS_SQLITE = connection.vendor == "sqlite"


def day(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


@contextlib.contextmanager
def server() -> Iterator:
    """PostgreSQL's own database, to make and drop others from."""
    import psycopg

    given = connection.settings_dict
    with psycopg.connect(
        host=given["HOST"], port=given["PORT"] or 5432, user=given["USER"], password=given["PASSWORD"],
        dbname="postgres", autocommit=True,
    ) as session:  # fmt: skip
        yield session


def create(name: str, template: str) -> None:
    with server() as session:
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(name: str) -> None:
    with server() as session:
        session.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Installation:
    """`database`: a copy of the test run's own, or an empty one where `template` is None."""

    def __init__(self, home: Path, template: str | Path | None) -> None:
        self.home = home
        home.mkdir(mode=0o700)
        if IS_SQLITE:
            self.database = str(home / "db.sqlite3")
            if template:
                with (
                    contextlib.closing(sqlite3.connect(template)) as one,
                    contextlib.closing(sqlite3.connect(self.database)) as other,
                ):
                    one.backup(other)
        else:
            self.database = f"rightswire_backup_{secrets.token_hex(4)}"
            create(self.database, str(template or "template0"))

    def remove(self) -> None:
        if not IS_SQLITE:
            drop(self.database)

    @property
    def keys(self) -> Keys:
        return Keys(self.home / "keys")

    def files(self) -> set[str]:
        """What is in the data folder, but for the database."""
        return {
            str(file.relative_to(self.home))
            for file in self.home.rglob("*")
            if not file.is_dir() and not file.name.startswith("db.sqlite3")
        }

    @contextlib.contextmanager
    def at(self) -> Iterator["Installation"]:
        before = connections["default"]
        connections["default"] = type(before)({**before.settings_dict, "NAME": self.database}, "default")
        changed = {
            "HOME": self.home,
            "SITE_FOLDER": self.home / "site",
            "SEARCH_FOLDER": self.home / "search",
            "MEDIA_ROOT": str(self.home / "media"),
            "BASE_URL": "https://everyname.example",
        }
        try:
            with override_settings(**changed):
                yield self
        finally:
            connections["default"].close()
            connections["default"] = before


def key_file(folder: Path, key: PrivateKey, name: str = "offline.key") -> Path:
    file = folder / name
    file.write_text(key.protected(PASSPHRASE) + "\n", encoding="ascii")
    return file


def passphrase_file(folder: Path, words: str = PASSPHRASE) -> Path:
    file = folder / f"passphrase-{secrets.token_hex(2)}"
    file.write_text(words + "\n", encoding="utf-8")
    return file


def petition(key: PrivateKey, slug: str = "free-them"):
    """An open petition, with the secret and the key that it needs."""
    from django.utils import timezone

    from rightswire.campaigns.models import Petition, PetitionKey, RecipientKey

    recipient, _made = RecipientKey.objects.get_or_create(
        public=key.public.text(), defaults={"label": "Key of the tests"}
    )
    made = Petition.objects.create(name=slug, slug=slug, state="open", opened_at=timezone.now())
    PetitionKey.objects.create(petition=made, key=recipient, proven_at=timezone.now())
    Keys(Path(settings.HOME) / "keys").make_pepper(made.id_bytes)
    return made


def sign(slug: str, address: str, *, on: datetime.date = TODAY, state: int = 0, **fields):
    """The row that is kept for this address, whether this signing brought it or an earlier one."""
    from rightswire.campaigns.facts import load_facts
    from rightswire.campaigns.models import Signature
    from rightswire.campaigns.sign_form import read_form
    from rightswire.campaigns.signing import INSERT, prepare, row

    facts = next(one for one in load_facts() if one.slug == slug)
    given = {"name": "Ada Example", "email": address, "country": "CA", **fields}
    form = read_form(given, needs_address=True)
    assert form.is_valid, form.errors
    prepared = prepare(form, facts, "en", Keys(Path(settings.HOME) / "keys"))
    before = Signature.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(INSERT.text, row(facts, prepared, state))
    kept = Signature.objects.filter(petition_id=facts.number, address_key=prepared.address_key)
    if Signature.objects.count() > before:
        kept.update(day=on)
    return kept.first()


def erase_row(row) -> None:
    from rightswire.campaigns.erasing import erase

    erase(row.petition_id, row.petition.id_bytes, bytes(row.address_key))


def publish_logs(site: Path) -> Path:
    """The published logs, in a folder."""
    from rightswire.bake.pieces import Edition, kind_of

    for name in ("logs", "log", "logday"):
        kind = kind_of(name)
        for _argument, files in kind.render(list(kind.every()), Edition()):
            for file in files:
                (site / file.path).parent.mkdir(parents=True, exist_ok=True)
                (site / file.path).write_bytes(file.content)
    return site
