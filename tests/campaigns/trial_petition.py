"""What trials of signing need of Django, on the data folder and the database that the environment names.

`make`: database, a small organisation, an open petition, published. `links N FILE`: N confirmation links that have
gone to nobody, a line each: the link's token and the key of its address. `check FILE`: FILE holds the keys that were
acknowledged; prints what became of them, after the day's log was written and published.
"""

# ruff: noqa: E402 - after the settings
import json
import os
import secrets
import sys
import time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "settings_for_tests"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.utils import timezone
from wagtail.models import Site

from migrated import make_tables
from rightswire.bake.baking import bake_due, queue_everything
from rightswire.campaigns.counting import recount
from rightswire.campaigns.daily_log import write_head
from rightswire.campaigns.facts import load_facts
from rightswire.campaigns.founding import make_act
from rightswire.campaigns.models import (
    Addressee,
    Official,
    OfficialWording,
    Petition,
    PetitionKey,
    PetitionPage,
    RecipientKey,
    Signature,
    SignatureState,
)
from rightswire.newsroom.founding import make_tree
from rightswire.pages.models import Organisation, OrganisationWording
from rightswire.seal.box import PrivateKey, commitment, seal
from rightswire.seal.keys import Keys
from rightswire.seal.links import Confirmation, confirmation_link
from rightswire.seal.record import Record
from rightswire.seal.verifying import verify

SLUG = "free-them"
COUNTRIES = ("CA", "US", "FR", "EG", "MX")
UNWATCHED = bytes(8)  # the marks of a sign-up that no running server has seen


def make() -> None:
    make_tables()
    make_tree()
    organisation = Organisation.for_site(Site.objects.get())
    organisation.email, organisation.address = "hello@everyname.example", "1 Example Street"
    organisation.wordings = [OrganisationWording(language="en", name="Every Name", description="Every Name.")]
    organisation.save()
    official = Official(name="A. Minister", country="CA", languages="en")
    official.wordings = [OfficialWording(language="en", role="minister", salutation="Dear Minister,")]
    official.save()
    opened = timezone.now()
    petition = Petition(name=SLUG, slug=SLUG, state="open", opened_at=opened, first_goal=100)
    petition.addressees = [Addressee(official=official)]
    petition.save()
    key = RecipientKey.objects.create(public=PrivateKey.generate().public.text(), label="Key of the trial")
    PetitionKey.objects.create(petition=petition, key=key, proven_at=opened)
    Keys(Path(settings.HOME) / "keys").make_pepper(petition.id_bytes)
    index = make_act()["en"]
    page = PetitionPage(
        petition=petition, title="Free them", slug=SLUG, introduction="They are in prison.", ask="Free them.",
        locale=index.locale,
    )  # fmt: skip
    index.add_child(instance=page)
    page.save_revision().publish()
    queue_everything()
    assert not bake_due()


def write_links(number: int, file: Path) -> None:
    facts = next(one for one in load_facts() if one.slug == SLUG)
    keys = Keys(Path(settings.HOME) / "keys")
    now = int(time.time())
    with file.open("w", encoding="ascii") as lines:
        for each in range(number):
            own, country = secrets.token_bytes(32), COUNTRIES[each % len(COUNTRIES)]
            record = Record(own, f"Ada Example {each}", "For all of them.", country, "en", (), ())
            sealed = seal(record.pack(), facts.id_bytes, facts.keys)
            link = Confirmation(facts.id_bytes, now, own, UNWATCHED, country, "en", sealed)
            lines.write(f"{confirmation_link(link, keys)} {own.hex()}\n")


def check(acknowledged: Path) -> dict[str, object]:
    """Counts, then lets the day end. `lost`: acknowledged and not there. `is_logged`: the log has every row, once."""
    wanted = acknowledged.read_text(encoding="ascii").split()
    petition = Petition.objects.get(slug=SLUG)
    rows = list(Signature.objects.filter(petition=petition, state=SignatureState.CONFIRMED))
    found = [bytes(row.address_key).hex() for row in rows]
    counted = recount(petition).confirmed
    write_head(petition, timezone.localdate())  # today's, as if the day were over
    failed = bake_due()
    logged = [bytes(value) for value in petition.log_entries.values_list("value", flat=True)]
    report = verify(str(settings.SITE_FOLDER), key_file=None, receipt=None)
    committed = {commitment(bytes(row.sealed), petition.id_bytes) for row in rows}
    return {
        "acknowledged": len(wanted),
        "rows": len(rows),
        "counted": counted,
        "held": Signature.objects.exclude(state=SignatureState.CONFIRMED).count(),
        "lost": len(set(wanted) - set(found)),
        "doubled": len(found) - len(set(found)),
        "is_logged": sorted(logged) == sorted(committed),
        "is_sound": _is_sound(),
        "is_verified": not failed and all(not log.problem and log.days for log in report.logs) and bool(report.logs),
    }


def _is_sound() -> bool:
    """Whether the database's own check finds nothing; PostgreSQL has none that a client could ask for."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(1000000)")
        # SQLite 3.40 sees NULL where the key's columns are not the first ones; no column of ours takes NULL.
        return all(line == "ok" or line.startswith("NULL value in ") for (line,) in cursor.fetchall())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make"]:
            make()
        case ["links", number, file]:
            write_links(int(number), Path(file))
        case ["check", file]:
            print(json.dumps(check(Path(file))))
