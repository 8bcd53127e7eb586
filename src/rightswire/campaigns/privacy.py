"""What the privacy page says of petitions, as long as signatures are kept."""

from typing import Any

from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver

from rightswire.bake.models import Due
from rightswire.campaigns.models import ConfirmedBy, Petition, State
from rightswire.pages.privacy import add_part
from rightswire.pages.sheet import Sheet

# The promise, here and on the form, as large as docs/threat-model.md shows that it can be kept, and no larger.


@add_part
def petitions(sheet: Sheet) -> tuple[str, dict[str, Any]] | None:
    """The part about signing; none while no petition was opened, or all their signatures are destroyed."""
    kept = Petition.objects.exclude(state=State.DRAFT).filter(records_destroyed_at__isnull=True)
    rows = list(kept.values_list("keep_days", "confirmed_by"))
    if not rows:
        return None
    days = [keep_days for keep_days, _way in rows]
    hosts = sheet.frame.organisation.recipients.filter(role="host").values_list("country", flat=True)
    return "campaigns/privacy.html", {
        "fewest_days": min(days),
        "most_days": max(days),
        "some_unconfirmed": any(way == ConfirmedBy.NOTHING for _days, way in rows),
        "host_countries": sheet.joined(sorted({sheet.country(code) for code in hosts})),
    }


@receiver(post_save, sender=Petition, dispatch_uid="rightswire.campaigns.privacy")
def render_privacy(sender: type[Petition], instance: Petition, **kwargs: Any) -> None:
    """Opening, closing, other terms: the page is rendered again. Where nothing changed, its file stays as it is."""
    if instance.state != State.DRAFT:
        Due.objects.add(f"fixed:{code}/privacy" for code, _name in settings.LANGUAGES)
