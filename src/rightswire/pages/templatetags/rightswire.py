"""Words, numbers and blocks in the language of the sheet."""

import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag(takes_context=True)
def number(context: template.Context, value: int) -> str:
    return str(context["sheet"].number(value))


@register.simple_tag(takes_context=True)
def long_date(context: template.Context, day: datetime.date) -> str:
    return str(context["sheet"].long_date(day))


@register.simple_tag(takes_context=True)
def long_moment(context: template.Context, moment: datetime.datetime) -> str:
    return str(context["sheet"].long_moment(moment))


@register.simple_tag(takes_context=True)
def zoned_moment(context: template.Context, moment: datetime.datetime) -> str:
    return str(context["sheet"].zoned_moment(moment))


@register.simple_tag(takes_context=True)
def items_count(context: template.Context, count: int) -> str:
    """“6 items”, in every plural form of the language and in its digits."""
    words = ngettext("%(count)s item", "%(count)s items", count)
    return words % {"count": context["sheet"].number(count)}


@register.simple_tag(takes_context=True)
def results_count(context: template.Context, count: int) -> str:
    words = ngettext("%(count)s result", "%(count)s results", count)
    return words % {"count": context["sheet"].number(count)}


@register.simple_tag(takes_context=True)
def blocks(context: template.Context, stream: Any) -> SafeString:
    """The blocks of a text, each in its own language."""
    known = context.flatten()
    return mark_safe("\n".join(block.render(context=known) for block in stream))


@register.simple_tag(takes_context=True)
def picture(context: template.Context, value: Any, specs: str) -> Any:
    """A picture in the widths of a column or of the whole page."""
    from rightswire.pages.sheet import COLUMN, LEAD  # noqa: PLC0415 - sheets render these tags

    if specs == "lead":
        return context["sheet"].picture(value, LEAD, "(min-width: 80rem) 76rem, 100vw")
    return context["sheet"].picture(value, COLUMN, "(min-width: 60rem) 39rem, 100vw")


@register.simple_tag(takes_context=True)
def document(context: template.Context, value: Any) -> str:
    return str(context["sheet"].document(value))


@register.simple_tag(takes_context=True)
def comma(context: template.Context, code: str = "") -> str:
    """The comma of a language with its space; of the page's where a block names none."""
    from rightswire.pages import language as languages  # noqa: PLC0415 - as above

    return languages.joined(["", ""], code or context["sheet"].language)


@register.simple_tag(takes_context=True)
def spoken(context: template.Context, codes: str) -> str:
    """The names of languages, given as codes: “English, French”."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    here = context["sheet"].frame.language.locale
    names = []
    for code in codes.replace(",", " ").split():
        try:
            names.append(Locale.parse(code, sep="-").get_display_name(here) or code)
        except (UnknownLocaleError, ValueError):
            names.append(code)
    return str(context["sheet"].joined(names))


@register.simple_tag(takes_context=True)
def contact_in_language(context: template.Context, contact: Any) -> dict[str, str]:
    """A contact's name and role in the language of the page, and the number as a phone dials it."""
    code = context["sheet"].language
    wording = next((w for w in contact.wordings.all() if w.language == code), None)
    return {
        "name": (wording.name if wording else "") or contact.name,
        "role": wording.role if wording else "",
        "dialled": "".join(sign for sign in contact.phone if sign in "+0123456789"),
    }
