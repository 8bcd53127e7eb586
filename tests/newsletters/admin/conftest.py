"""Editors before their screens, an organisation in order, and a newsletter that can be asked for."""

import json
import secrets

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from admin_desk import Desk
from rightswire.accounts.models import User
from rightswire.accounts.roles import ADMINISTRATOR, EDITOR
from rightswire.campaigns.founding import make_act
from rightswire.campaigns.models import Petition, PetitionPage, State
from rightswire.newsletters.models import (
    Choice,
    Chosen,
    Fate,
    Follow,
    Handover,
    Newsletter,
    Rendering,
    Rhythm,
    Sending,
    SendingKind,
    SendingState,
    Subscriber,
)
from rightswire.pages.models import Organisation


class Editor(Desk):
    def agree(self, newsletter):
        seen = self.look("newsletters:agree_page", newsletter.pk).context["seen"]
        return self.do("newsletters:agree", newsletter.pk, seen=seen)

    def save(self, newsletter, **changes):
        """Sends the form of an existing newsletter; None: the form for a new one."""
        return self.do(
            *(("newsletters:edit", newsletter.pk) if newsletter else ("newsletters:add",)), **fields_of(**changes)
        )


def fields_of(text="What happened.", **changes):
    """The fields of a newsletter's form as the browser sends them."""
    fields = {
        "subject": "Our autumn",
        "preheader": "",
        "language": "en",
        "petition": "",
        "send_at": "",
        "body-count": "1",
        "body-0-type": "heading",
        "body-0-value": text,
        "body-0-id": "",
        "body-0-order": "0",
        "body-0-deleted": "",
    }
    return fields | changes


@pytest.fixture
def form():
    return fields_of


@pytest.fixture
def make_desk(newsroom):
    def make(name, role=EDITOR, email="", **flags):
        user = User.objects.create_user(name, email=email, password="a long pass phrase", **flags)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return Editor(user)

    return make


@pytest.fixture
def first(make_desk):
    return make_desk("ada", email="ada@example.org")


@pytest.fixture
def second(make_desk):
    return make_desk("grace")


@pytest.fixture
def keeper(make_desk):
    """An administrator."""
    return make_desk("nadia", ADMINISTRATOR)


@pytest.fixture
def organisation(newsroom):
    organisation = Organisation.current()
    organisation.address, organisation.email = "1 Example Street", "hello@everyname.example"
    organisation.save()
    return organisation


@pytest.fixture
def newsletter(organisation):
    body = json.dumps([{"type": "heading", "value": "What happened.", "id": "0b8a3b0e-6c1e-4a0b-9a53-6a3f2c9f0001"}])
    return Newsletter.objects.create(language="en", subject="Our autumn", body=body)


@pytest.fixture
def released(newsletter, first, second):
    first.do("newsletters:ask", newsletter.pk)
    second.agree(newsletter)
    newsletter.refresh_from_db()
    return newsletter


@pytest.fixture
def subscribe(db):
    """subscribe(3, language="fr", follows=petition, topics=["china"]): subscribers with nothing in them."""

    def add(number, *, follows=None, topics=(), **fields):
        fields = {"language": "en", "rhythm": Rhythm.WEEKLY, "zone": "America/Toronto"} | fields
        choice = Choice.row(Chosen.of(topics))
        rows = Subscriber.objects.bulk_create(
            Subscriber(address_key=secrets.token_bytes(32), sealed=secrets.token_bytes(99), choice=choice, **fields)
            for _ in range(number)
        )
        if follows:
            Follow.objects.bulk_create(Follow(subscriber=row, petition=follows) for row in rows)
        return rows

    return add


@pytest.fixture
def petition(organisation):
    """Open, with a page in English that tells of one update."""
    petition = Petition.objects.create(name="Free them", slug="free-them", state=State.OPEN, opened_at=timezone.now())
    index = make_act()["en"]
    update = {"kind": "update", "date": "2018-11-20", "title": "They were heard", "text": "<p>In <b>court</b>.</p>"}
    page = PetitionPage(
        petition=petition,
        title="Free them",
        slug="free-them",
        introduction="They are in prison.",
        ask="Free them.",
        locale=index.locale,
        updates=json.dumps([{"type": "update", "value": update, "id": "0b8a3b0e-6c1e-4a0b-9a53-6a3f2c9f0002"}]),
    )
    index.add_child(instance=page)
    page.save_revision().publish()
    return petition


@pytest.fixture
def send(db):
    """send({Fate.HANDED_OVER: 5}, replies={…}): a sending whose ledger looks so."""

    def make(fates, *, replies=None, **fields):
        fields = {"kind": SendingKind.DAILY, "priority": 2, "state": SendingState.RUNNING} | fields
        sending = Sending.objects.create(audience=sum(fates.values()), frozen_at=timezone.now(), **fields)
        rendering = Rendering.objects.create(sending=sending, language="en", subject="News", text="t", html="h")
        for fate, number in fates.items():
            Handover.objects.bulk_create(
                Handover(
                    sending=sending,
                    rendering=rendering,
                    subscriber=secrets.token_hex(16),
                    fate=fate,
                    reply=(replies or {}).get(fate, "250" if fate == Fate.HANDED_OVER else ""),
                )
                for _ in range(number)
            )
        return sending

    return make
