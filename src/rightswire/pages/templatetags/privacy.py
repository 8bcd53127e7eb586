"""What the privacy page asks for."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from rightswire.pages import privacy
from rightswire.pages.sheet import Sheet

register = template.Library()


@register.simple_tag(takes_context=True)
def privacy_parts(context: template.Context) -> SafeString:
    """What the apps above keep of people, each in words of its own."""
    sheet: Sheet = context["sheet"]
    known: dict[str, Any] = {str(name): value for name, value in context.flatten().items()}
    return mark_safe("\n".join(sheet.part(name, known | facts) for name, facts in privacy.parts(sheet)))


@register.simple_tag(takes_context=True)
def recipients(context: template.Context) -> list[privacy.ShownRecipient]:
    """Who outside the organisation receives personal data."""
    return privacy.recipients(context["sheet"])
