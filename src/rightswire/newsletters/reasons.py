"""Why somebody gets a mail, in words: what was subscribed to, and which news were chosen."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightswire.newsletters.models import Chosen, Newsletter, SendingKind
from rightswire.newsletters.petition_titles import petition_titles
from rightswire.newsroom.models import Kind, Topic
from rightswire.pages.language import COUNTRY_CODES
from rightswire.pages.sheet import Sheet

MOST_NAMES = 12


def why_news(kind: SendingKind, chosen: Chosen, sheet: Sheet) -> str:
    with translation.override(sheet.language):
        known = {"organisation": sheet.frame.wording.name}
        match kind:
            case SendingKind.DAILY:
                said = _("You get this e-mail because you subscribed to the news of %(organisation)s, once a day.")
            case SendingKind.WEEKLY:
                said = _("You get this e-mail because you subscribed to the news of %(organisation)s, once a week.")
            case _other:
                said = _("You get this e-mail because you subscribed to the news of %(organisation)s, at once.")
        return f"{said % known} {_chosen(chosen, sheet)}"


def why_newsletter(newsletter: Newsletter, sheet: Sheet) -> str:
    with translation.override(sheet.language):
        if newsletter.petition is None:
            words = _("You get this e-mail because you subscribed to news and newsletters of %(organisation)s.")
            return words % {"organisation": sheet.frame.wording.name}
        title = petition_titles([newsletter.petition.pk], sheet.language).get(newsletter.petition.pk)
        if not title:
            return _("You get this e-mail because you asked us to tell you what happens to a petition.")
        words = _("You get this e-mail because you asked us to tell you what happens to the petition “%(title)s”.")
        return words % {"title": title}


def _chosen(chosen: Chosen, sheet: Sheet) -> str:
    about = [*_topics(chosen.topics, sheet.language), *_countries(chosen.countries, sheet)]
    kinds = [str(Kind(kind).label) for kind in chosen.kinds if kind in Kind.values]
    said = []
    if about:
        said.append(_("You chose: %(choice)s.") % {"choice": _some(about, sheet)})
    if kinds:
        said.append(_("Of these kinds: %(kinds)s.") % {"kinds": _some(kinds, sheet)})
    return " ".join(said) or _("You chose everything.")


def _topics(slugs: Sequence[str], language: str) -> list[str]:
    if not slugs:
        return []
    return [topic.name_in(language) for topic in Topic.objects.filter(slug__in=slugs).prefetch_related("wordings")]


def _countries(codes: Sequence[str], sheet: Sheet) -> list[str]:
    return [sheet.country(code) for code in codes if code in COUNTRY_CODES]


def _some(names: Sequence[str], sheet: Sheet) -> str:
    """The names, or the first of many with the number of the others."""
    left = len(names) - MOST_NAMES
    if left <= 0:
        return sheet.joined(names)
    more = ngettext("%(count)s more", "%(count)s more", left) % {"count": sheet.number(left)}
    return sheet.joined([*names[:MOST_NAMES], more])
