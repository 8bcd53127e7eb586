"""A petition for tests: opened by two people, with a key that opens what is signed."""

import asyncio
import datetime
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rightswire.seal.box import PrivateKey, open_sealed
from rightswire.seal.record import Record


@pytest.fixture(scope="session")
def offline_key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def staff(db):
    from rightswire.accounts.models import User

    return [User.objects.create_superuser(name, password="not a real password") for name in ("first", "second")]


@pytest.fixture
def draft(newsroom, home, staff, offline_key) -> Callable:
    """draft("slug", **fields) -> a petition with pages in three languages and a proven key, not yet open."""
    from rightswire.campaigns.delivery import prove, write_test
    from rightswire.campaigns.founding import make_act
    from rightswire.campaigns.models import (
        Addressee,
        Official,
        OfficialWording,
        Petition,
        PetitionPage,
        RecipientKey,
    )
    from rightswire.pages.models import Organisation
    from rightswire.seal.offline.delivery import Delivery
    from rightswire.seal.offline.opening import open_test
    from rightswire.seal.offline.own_keys import OwnKeys

    organisation = Organisation.current()
    organisation.address, organisation.controller = "1 Example Street", "Every Name"
    organisation.save()
    indexes = make_act()
    key, _created = RecipientKey.objects.get_or_create(
        public=offline_key.public.text(), defaults={"label": "Key of the tests"}
    )

    def make(slug: str = "free-them", **fields):
        official = Official(name="A. Minister", country="CA", languages="en fr")
        official.wordings = [OfficialWording(language="en", role="minister", salutation="Dear Minister,")]
        official.save()
        petition = Petition(name=slug, slug=slug, first_goal=100, **fields)
        petition.addressees = [Addressee(official=official)]
        petition.save()
        original = None
        for code, index in indexes.items():
            page = PetitionPage(
                petition=petition,
                title=f"Free them ({code})",
                slug=slug,
                introduction="They are in prison for what they said.",
                ask="Free them.",
                locale=index.locale,
            )
            if original:
                page.translation_key = original.translation_key
            index.add_child(instance=page)
            page.save_revision().publish()
            original = original or page
        with tempfile.TemporaryDirectory() as folder:
            test = Path(folder) / "test"
            write_test(petition, key, test)
            (code,) = open_test(Delivery(test), OwnKeys((offline_key,), frozenset({offline_key.public.id})))
        assert prove(petition, key, code)
        return petition

    return make


@pytest.fixture
def petition(draft, staff):
    """An open petition."""
    from rightswire.campaigns.models import Act, Petition
    from rightswire.campaigns.opening import agree, ask, open_petition

    made = draft()
    approval = ask(made, Act.OPEN, staff[0])
    agree(approval, staff[1])
    open_petition(approval)
    return Petition.objects.get(pk=made.pk)


@pytest.fixture
def sign(petition, home, offline_key) -> Callable:
    """sign("ada@example.org", name="Ada", country="CA", days_ago=0) -> the row of a confirmed signature."""
    from rightswire.campaigns.facts import load_facts
    from rightswire.campaigns.models import Signature
    from rightswire.campaigns.sign_form import read_form
    from rightswire.campaigns.signing import INSERT, prepare, row
    from rightswire.seal.keys import Keys

    def make(email: str, *, name: str = "Ada Example", country: str = "CA", state: int = 0, **fields):
        from django.db import connection

        facts = next(one for one in load_facts() if one.slug == petition.slug)
        days_ago = fields.pop("days_ago", 0)
        form = read_form({"name": name, "email": email, "country": country, **fields}, needs_address=True)
        assert form.is_valid, form.errors
        prepared = prepare(form, facts, "en", Keys(home / "keys"))
        with connection.cursor() as cursor:
            cursor.execute(INSERT.text, row(facts, prepared, state))
        found = Signature.objects.filter(petition=petition, address_key=prepared.address_key)
        if days_ago:
            found.update(day=datetime.date.today() - datetime.timedelta(days=days_ago))
        return found.first()

    return make


@pytest.fixture
def opened(offline_key) -> Callable:
    """opened(row) -> the Record that the key of the tests opens."""

    def read(row) -> Record:
        return Record.unpack(open_sealed(bytes(row.sealed), row.petition.id_bytes, offline_key))

    return read


class Visitor:
    """Somebody with a browser and a mailbox, before the desk."""

    def __init__(self, desk, loop) -> None:
        self.desk = desk
        self.loop = loop

    def send(self, name: str, rest: str, fields: dict | None = None, method: str = "POST", **more):
        sending = self.desk.sending(
            peer=more.pop("peer", "127.0.0.1:4000"),
            forwarded=more.pop("forwarded", ""),
            method=method,
            rest=rest,
            language=more.pop("language", "en"),
            user_agent="Mozilla/5.0",
            fields=fields or {},
        )
        status, body = self.loop.run_until_complete(self._answer(name, sending))
        return status, body.decode()

    async def _answer(self, name: str, sending):
        answer = await getattr(self.desk, name)(sending)
        await asyncio.gather(*self.desk._tasks)  # what goes on behind an answer
        return answer

    def sign(self, slug: str, email: str = "ada@example.org", **fields):
        form = {"lang": "en", "name": "Ada Example", "email": email, "country": "CA", "website": "", **fields}
        return self.send("sign", f"{slug}/", form)

    def links(self) -> list[tuple[str, str]]:
        """The tokens (confirmation, erasure) of every mail that waits, the newest last."""
        import re

        from rightswire.outbox.models import Message
        from rightswire.outbox.queue import unpack

        found = []
        for row in Message.objects.all():
            text = unpack(row).text
            found.append((re.search(r"/do/confirm/([\w-]+)/", text)[1], re.search(r"/do/erase/([\w-]+)/", text)[1]))
        return found


@pytest.fixture
def visitor(petition, home):
    """Before a desk of its own, which keeps what it is given in the test's database."""
    from rightswire.campaigns.desk import Desk

    loop = asyncio.new_event_loop()
    desk = Desk()
    yield Visitor(desk, loop)
    if desk._nights:
        desk._nights.cancel()
        loop.run_until_complete(asyncio.gather(desk._nights, return_exceptions=True))
    desk.stop()
    loop.close()


@pytest.fixture
def later(time_machine) -> Callable:
    """later(days=8): the clock goes on."""

    def move(**step: float) -> None:
        time_machine.move_to(time.time() + datetime.timedelta(**step).total_seconds())

    return move
