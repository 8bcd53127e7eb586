"""Two campaigners before their screens, an organisation in order, and a petition that can be opened."""

import io
import secrets
import zipfile

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from admin_desk import Desk
from rightswire.accounts.models import User
from rightswire.accounts.roles import CAMPAIGNER
from rightswire.campaigns.delivery import ROW
from rightswire.campaigns.founding import make_act
from rightswire.campaigns.models import (
    Addressee,
    Official,
    OfficialWording,
    Petition,
    PetitionPage,
    RecipientKey,
    Signature,
    SignatureState,
)
from rightswire.pages.models import Organisation
from rightswire.seal.box import PrivateKey, open_sealed
from rightswire.seal.record import Record


class Campaigner(Desk):
    def code_of_test(self, petition, key, private):
        """Downloads a test file and opens it as whoever keeps the private key does."""
        answer = self.post(reverse("petitions:download_test", args=[petition.pk]), {"key": key.pk})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            sealed = archive.read("records.bin")[ROW.size :]
        return Record.unpack(open_sealed(sealed, petition.id_bytes, private)).name

    def prove(self, petition, key, private):
        code = self.code_of_test(petition, key, private)
        return self.do("petitions:prove", petition.pk, key=key.pk, code=code)

    def agree_and_open(self, petition):
        seen = self.look("petitions:overview", petition.pk).context["seen"]
        return self.do("petitions:agree_and_open", petition.pk, seen=seen)


@pytest.fixture
def make_desk(newsroom):
    def make(name, role=CAMPAIGNER, **flags):
        user = User.objects.create_user(name, password="a long pass phrase", **flags)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return Campaigner(user)

    return make


@pytest.fixture
def first(make_desk):
    return make_desk("ada")


@pytest.fixture
def second(make_desk):
    return make_desk("grace")


@pytest.fixture
def organisation(newsroom):
    organisation = Organisation.current()
    organisation.address = "1 Example Street"
    organisation.controller = "Every Name, a registered charity"
    organisation.save()
    return organisation


@pytest.fixture
def official(db):
    official = Official(name="A. Example", country="US", languages="en")
    official.wordings = [OfficialWording(language="en", role="chief executive", organisation="Example Inc.")]
    official.save()
    return official


@pytest.fixture
def indexes(newsroom):
    return make_act()


@pytest.fixture
def petition(organisation, official, indexes):
    """With a published page in English; not opened yet."""
    petition = Petition(name="Drop the app", slug="drop-the-app")
    petition.addressees = [Addressee(official=official)]
    petition.save()
    page = PetitionPage(
        petition=petition,
        title="Drop the app",
        slug="drop-the-app",
        introduction="What it is about.",
        ask="Drop it.",
        locale=indexes["en"].locale,
    )
    indexes["en"].add_child(instance=page)
    page.save_revision().publish()
    return petition


@pytest.fixture
def private():
    return PrivateKey.generate()


@pytest.fixture
def key(db, private):
    return RecipientKey.objects.create(label="Safe in Ottawa", public=private.public.text())


@pytest.fixture
def opened(petition, key, private, first, second):
    """The petition, open."""
    first.prove(petition, key, private)
    first.do("petitions:ask_to_open", petition.pk)
    second.agree_and_open(petition)
    petition.refresh_from_db()
    return petition


@pytest.fixture
def collect():
    """collect(petition, 20, country="CA", state=…): rows as confirming leaves them, with nothing in them."""

    def add(petition, number, *, country="CA", state=SignatureState.CONFIRMED, day=None, batch="", reason=""):
        Signature.objects.bulk_create(
            Signature(
                petition=petition,
                address_key=secrets.token_bytes(32),
                sealed=secrets.token_bytes(300),
                country=country,
                language="en",
                day=day or timezone.localdate(),
                state=state,
                batch=batch,
                reason=reason,
            )
            for _ in range(number)
        )

    return add
