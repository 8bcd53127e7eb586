"""What the page of all ways to follow asks for, and listings that lead there."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from rightswire.pages import following
from rightswire.pages.sheet import Sheet

register = template.Library()


@register.simple_tag(takes_context=True)
def following_parts(context: template.Context) -> SafeString:
    """What the apps above offer, each in a template of its own."""
    sheet: Sheet = context["sheet"]
    known: dict[str, Any] = {str(name): value for name, value in context.flatten().items()}
    return mark_safe("\n".join(sheet.part(name, known | facts) for name, facts in following.parts(sheet)))


@register.simple_tag(takes_context=True)
def is_followed_by_mail(context: template.Context) -> bool:
    """Whether there is more than feeds; asked once a pass."""
    sheet: Sheet = context["sheet"]
    return sheet.edition.once(("following", sheet.language), lambda: bool(following.parts(sheet)))
