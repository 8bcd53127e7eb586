"""The demo's day of action, in every language that the demo has words for."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

from rightswire.campaigns.founding import make_act
from rightswire.campaigns.models import DayOfActionPage, Petition
from rightswire.demo.content import blocks, target

FOLDER = Path(__file__).parent / "days"
SLUG = "against-dragonfly"


def make_day() -> None:
    """After the petition, which the day is for. Its news is left out where there is none."""
    facts = _read(SLUG)
    petitions = list(Petition.objects.filter(slug__in=facts["petitions"]))
    indexes = make_act()
    original: DayOfActionPage | None = None
    for code, _name in settings.LANGUAGES:
        text = facts["text"] if code == "en" else _read(f"{SLUG}.{code}").get("text")
        if text is None:
            continue
        page = DayOfActionPage(
            title=text["headline"],
            slug=SLUG,
            first_day=facts["first_day"],
            introduction=text["introduction"],
            body=blocks(text["body"]),
            news=[("item", page) for address in text["news"] if (page := target(address)["page"])],
            locale=indexes[code].locale,
        )
        if original:
            page.translation_key = original.translation_key
        else:
            page.petitions = petitions
        indexes[code].add_child(instance=page)
        page.save_revision().publish()
        original = original or page


def _read(name: str) -> dict[str, Any]:
    """A file of the demo; nothing, for a language that the day was not written in."""
    file = FOLDER / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
