"""The sheet for collecting signatures on paper, as a PDF beside the petition's page.

A piece of its own: it is set when the petition or its page changes, never because the count moved, and what goes
wrong with it holds up no page.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightswire.bake.pieces import Edition, File, register
from rightswire.campaigns.models import Official, PetitionPage, State
from rightswire.pages.sheet import Sheet
from rightswire.seal.offline import fonts

TEMPLATE = Path(__file__).with_name("typst") / "paper_sheet.typ"
MOST_LINES = 40  # more than a page holds
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"  # around what runs its own way, in Arabic too


def _every_sheet() -> Iterable[str]:
    return [str(pk) for pk in PetitionPage.objects.filter(petition__state=State.OPEN).values_list("pk", flat=True)]


@register("sheet", priority=1, every=_every_sheet)
def bake_paper_sheets(arguments: Sequence[str], edition: Edition) -> Iterator[tuple[str, list[File]]]:
    """`sheet.pdf` of each page of an open petition; of a closed one nothing, so that nobody collects in vain."""
    readable = PetitionPage.objects.filter(pk__in=arguments).readable().select_related("locale", "petition")
    pages = {str(page.pk): page for page in readable}
    for argument in arguments:
        page = pages.get(argument)
        is_wanted = page is not None and page.petition.is_open
        yield argument, [_file(page, edition)] if page is not None and is_wanted else []


def _file(page: PetitionPage, edition: Edition) -> File:
    content = paper_sheet(page, Sheet(edition, page.language))
    return File(page.url_path.lstrip("/") + "sheet.pdf", set_in_type(json.dumps(content, ensure_ascii=False)))


@lru_cache(maxsize=32)
def set_in_type(content: str) -> bytes:
    """The PDF of a sheet's content, the same bytes whenever it is made on this machine."""
    pdf: bytes = typst.compile(TEMPLATE, font_paths=fonts.for_typst(), sys_inputs={"data": content}, timestamp=0)
    return pdf


def paper_sheet(page: PetitionPage, sheet: Sheet) -> dict[str, Any]:
    """Every word of the sheet, in the language of the page."""
    frame = sheet.frame
    with translation.override(page.language):
        before = _before(page, sheet)
        return {
            "language": page.language,
            "direction": frame.language.direction,
            "organisation": frame.wording.name,
            "banner": _("Demonstration. Facts as of %(date)s") % {"date": frame.demo_month}
            if frame.organisation.is_demo
            else "",
            "kind": _("Petition"),
            "title": page.title,
            "addressed-to": _("Addressed to"),
            "officials": [_official(official, sheet) for official in page.petition.officials()],
            "ask-heading": _("What you sign"),
            "ask": [part.strip() for part in page.ask.replace("\r", "").split("\n\n") if part.strip()],
            "before": {"heading": _("Before you sign"), "halves": [before[:2], before[2:]]},
            "columns": [_("Name"), _("Country"), _("Signature")],
            "numbers": [sheet.number(number) for number in range(MOST_LINES + 1)],
            "collector": _collector(),
            "tally": _tally(),
            "send": _send(page, sheet),
        }


def _official(official: Official, sheet: Sheet) -> str:
    wording = official.worded(sheet.language)
    if wording is None:
        return official.name
    return sheet.joined(
        [part for part in (wording.shown_name or official.name, wording.role, wording.organisation) if part]
    )


def _before(page: PetitionPage, sheet: Sheet) -> list[str]:
    organisation = sheet.frame.organisation
    here = _isolated(settings.BASE_URL.partition("://")[2] + page.url_path.rstrip("/"))
    days = page.petition.keep_days
    return [
        _(
            "Whoever signs after you can read what you write here. If that could harm you, do not sign on paper: "
            "at %(address)s your name is encrypted."
        )
        % {"address": here},
        _(
            "We count the lines and add their number to the petition, apart from what was signed on the web. Your name "
            "is copied nowhere, and only the number is handed over."
        ),
        ngettext(
            "The sheet is kept under lock and key, and destroyed %(count)s day after the petition was handed over.",
            "The sheet is kept under lock and key, and destroyed %(count)s days after the petition was handed over.",
            days,
        )
        % {"count": sheet.number(days)},
        _("Until then you can have your line struck out: write to %(email)s where and when you signed.")
        % {"email": _isolated(organisation.privacy_email or organisation.email)},
        _("If you are under %(age)s, you need a parent’s leave to sign.")
        % {"age": sheet.number(organisation.minimum_age)},
    ]


def _collector() -> dict[str, Any]:
    return {
        "heading": _("If you collect"),
        "paragraphs": [
            _(
                "Ask for nothing more than this sheet does. Leave it nowhere alone, let nobody photograph it, and "
                "strike out what is left empty."
            )
        ],
    }


def _tally() -> dict[str, Any]:
    return {
        "heading": _("When the sheet is full"),
        "rules": [
            _("Number of signatures"),
            _("Place"),
            _("Date"),
            _("Counted together with (name)"),
            _("Signature of this witness"),
        ],
    }


def _send(page: PetitionPage, sheet: Sheet) -> dict[str, Any]:
    frame, closes_at = sheet.frame, page.petition.closes_at
    lines = [line.strip() for line in frame.organisation.address.splitlines() if line.strip()]
    if not any(wording.name in lines for wording in frame.organisation.wordings.all()):
        lines.insert(0, frame.wording.name)
    until = ""
    if closes_at:
        day = sheet.long_date(timezone.localdate(closes_at))
        until = _("It must arrive by %(day)s.") % {"day": day}
    return {"heading": _("Send it to"), "address": [_isolated(line) for line in lines], "until": until}


def _isolated(address: str) -> str:
    return f"{FIRST_STRONG_ISOLATE}{address}{POP_ISOLATE}"
