"""What trials of sending need of Django, on the data folder and the database that the environment names.

`make N KEYFILE`: database, a small organisation, N subscribers, a newsletter frozen for them; the mailing key's raw
bytes go to KEYFILE. `run KEYFILE [careless]`: the post alone, until it is killed; careless: it notes afterwards what
it hands over. `check`: prints what the ledger says.
"""

# ruff: noqa: E402 - after the settings
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "settings_for_tests"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

django.setup()

from django.utils import timezone
from wagtail.models import Site

from migrated import make_tables
from rightswire.accounts.models import User
from rightswire.newsletters import ledger, releasing
from rightswire.newsletters.addresses import address_key, seal_address
from rightswire.newsletters.freezing import freeze_newsletter
from rightswire.newsletters.ledger import Outcome, recover
from rightswire.newsletters.models import (
    UNDER_WAY,
    Choice,
    Chosen,
    Fate,
    Handover,
    MailingKey,
    MailSettings,
    Newsletter,
    Subscriber,
)
from rightswire.newsletters.post import office, outcomes, pace
from rightswire.newsletters.strongbox import Strongbox
from rightswire.newsroom.founding import make_tree
from rightswire.pages.models import Organisation, OrganisationWording
from rightswire.seal.box import PrivateKey


def make(number: int, key_file: Path) -> None:
    make_tables()
    make_tree()
    organisation = Organisation.for_site(Site.objects.get())
    organisation.email, organisation.address = "hello@everyname.example", "1 Example Street"
    organisation.wordings = [OrganisationWording(language="en", name="Every Name", description="Every Name.")]
    organisation.save()
    current = MailSettings.current()
    current.a_minute = current.a_minute_a_domain = 1_000_000
    current.most_failures = 10_000
    current.save()
    key = PrivateKey.generate()
    key_file.write_bytes(key.raw)
    MailingKey.objects.create(label="Trial", public=key.public.text(), proven_at=timezone.now(), is_for_all=True)
    choice = Choice.row(Chosen())
    addresses = [f"reader.{each}.{secrets.token_hex(3)}@d{each}.example.org" for each in range(number)]
    Subscriber.objects.bulk_create(
        Subscriber(
            address_key=address_key(address),
            sealed=seal_address(address, (key.public,)),
            language="en",
            choice=choice,
            zone="UTC",
        )
        for address in addresses
    )
    newsletter = Newsletter.objects.create(language="en", subject="A trial", body=[("text", "<p>Read this.</p>")])
    users = [User.objects.create(username=name) for name in ("first", "second")]
    releasing.ask(newsletter, users[0])
    releasing.agree(newsletter, users[1])
    assert freeze_newsletter(Newsletter.objects.get())


def careless(about_to_go: Sequence[int], ended: Sequence[Outcome], write: Callable = ledger.write) -> None:
    """Notes nothing before the mail is gone."""
    write([], ended)


def run(key_file: Path) -> None:
    outcomes.PUT_OFF = (1,)  # seconds
    pace.FIRST_PENALTY, office.PRESSES = 0.5, 1
    box = Strongbox()
    box.put_in(PrivateKey.from_raw(key_file.read_bytes()))
    office.PostOffice(box).start()
    print("sending", flush=True)
    while Handover.objects.filter(fate__in=UNDER_WAY).exists():
        time.sleep(0.2)
    print("done", flush=True)
    time.sleep(600)


def check() -> dict[str, int]:
    recover()
    return {fate.name: Handover.objects.filter(fate=fate).count() for fate in Fate}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", number, file]:
            make(int(number), Path(file))
        case ["run", file]:
            run(Path(file))
        case ["run", file, "careless"]:
            ledger.write = careless
            run(Path(file))
        case ["check"]:
            print(json.dumps(check()))
