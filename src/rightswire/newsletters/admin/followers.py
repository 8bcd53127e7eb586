"""From a petition's page to those who follow it."""

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.widgets.button import HeaderButton

from rightswire.campaigns.models import Petition
from rightswire.newsletters.admin.deeds import may
from rightswire.newsletters.models import Newsletter, Subscriber
from rightswire.newsletters.totals import told


def by_language(petition: Petition) -> list[tuple[str, int]]:
    """How many follow it and can be written to, by the language they read; the most first."""
    following = Subscriber.objects.receiving(timezone.localdate()).filter(follows__petition=petition).order_by()
    counted = following.values_list("language").annotate(n=Count("pk"))
    return sorted(counted, key=lambda row: (-row[1], row[0]))


def write_button(petition: Petition, user: Any) -> list[HeaderButton]:
    """None where nobody follows it, or the person may not write newsletters."""
    number = sum(number for _code, number in by_language(petition))
    if not number or not may(user, "add", Newsletter):
        return []
    address = f"{reverse('newsletters:add')}?petition={petition.pk}"
    return [HeaderButton(f"Write to its followers ({told(number)})", url=address, icon_name="mail")]
