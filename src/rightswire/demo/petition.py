"""The demo's petition, open from the start, with the key that opens it beside the passwords."""

import datetime
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from rightswire.accounts.models import User
from rightswire.campaigns.delivery import prove, write_test
from rightswire.campaigns.founding import make_act
from rightswire.campaigns.models import (
    Act,
    Addressee,
    Official,
    OfficialWording,
    Petition,
    PetitionPage,
    RecipientKey,
)
from rightswire.campaigns.opening import agree, ask, open_petition
from rightswire.demo.content import blocks, target
from rightswire.newsroom.models import NewsItem
from rightswire.seal.box import PrivateKey
from rightswire.seal.offline.delivery import Delivery
from rightswire.seal.offline.opening import open_test
from rightswire.seal.offline.own_keys import OwnKeys

FOLDER = Path(__file__).parent / "petitions"
SLUG = "drop-dragonfly"
PASSPHRASE = "demo"


def make_petition() -> None:
    """A petition in every language that the demo has words for, opened by its two accounts."""
    texts = {code: _texts(code) for code, _name in settings.LANGUAGES}
    facts = tomllib.loads((FOLDER / f"{SLUG}.toml").read_text(encoding="utf-8"))
    petition = Petition(
        name="Drop Project Dragonfly",
        slug=SLUG,
        first_goal=facts["first_goal"],
        keep_days=facts["keep_days"],
        closes_at=timezone.now() + datetime.timedelta(days=facts["closes_after_days"]),
    )
    petition.addressees = [Addressee(official=_official(row)) for row in facts["officials"]]
    petition.save()
    _make_pages(petition, {code: text for code, text in texts.items() if text})
    _prove(petition, _make_key())
    first, second = (User.objects.get(username=name) for name in ("demo", "demo-second"))
    approval = ask(petition, Act.OPEN, first)
    agree(approval, second)
    open_petition(approval)


def _texts(code: str) -> dict[str, Any] | None:
    file = FOLDER / (f"{SLUG}.toml" if code == "en" else f"{SLUG}.{code}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))["text"] if file.exists() else None


def _official(row: dict[str, Any]) -> Official:
    official = Official(name=row["name"], country=row["country"], languages=" ".join(row["languages"]))
    official.wordings = [
        OfficialWording(
            language=code,
            sort_order=number,
            shown_name=row[code].get("name", ""),
            **{name: row[code][name] for name in ("role", "organisation", "salutation")},
        )
        for number, (code, _name) in enumerate(settings.LANGUAGES)
        if code in row
    ]
    official.save()
    return official


def _make_pages(petition: Petition, texts: dict[str, dict[str, Any]]) -> None:
    indexes = make_act()
    original: PetitionPage | None = None
    for code, text in texts.items():
        page = PetitionPage(
            petition=petition,
            title=text["headline"],
            slug=petition.slug,
            introduction=text["introduction"],
            ask=text["ask"],
            body=blocks(text["body"]),
            updates=[("update", _update(row)) for row in text.get("updates", [])],
            next_steps=[
                ("next", {"title": row["title"], "text": row["text"], **target(row["link"])})
                for row in text.get("next", [])
            ],
            locale=indexes[code].locale,
        )
        if original:
            page.translation_key = original.translation_key
        indexes[code].add_child(instance=page)
        page.save_revision().publish()
        original = original or page


def _update(row: dict[str, Any]) -> dict[str, Any]:
    page: NewsItem | None = target(row.get("link", "")).get("page")
    return {
        "kind": row["kind"],
        "date": row["date"],
        "title": row["title"],
        "text": f"<p>{row['text']}</p>",
        "page": page,
    }


def _make_key() -> RecipientKey:
    """A key pair whose private half lies beside the data, for a demonstration only."""
    private = PrivateKey.generate()
    file = Path(settings.HOME) / "demo" / "offline.key"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(
        "# The key of the demonstration; its passphrase is: demo\n"
        "# A real organisation's key is made and kept away from the server.\n" + private.protected(PASSPHRASE) + "\n",
        encoding="ascii",
    )
    key = RecipientKey(label="Demonstration key", public=private.public.text())
    key.full_clean()
    key.save()
    return key


def _prove(petition: Petition, key: RecipientKey) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder) / "test.rightswire"
        write_test(petition, key, test)
        private = PrivateKey.load(
            (Path(settings.HOME) / "demo" / "offline.key").read_text(encoding="ascii"), PASSPHRASE
        )
        (code,) = open_test(Delivery(test), OwnKeys((private,), frozenset({private.public.id})))
        if not prove(petition, key, code):
            raise RuntimeError("The demonstration key did not open its test signature")
