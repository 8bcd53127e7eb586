"""What newsletters hear of from the apps below, and what they offer there."""

from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from rightswire.bake.models import Due
from rightswire.bake.pieces import every_piece
from rightswire.campaigns.models import PetitionPage
from rightswire.campaigns.wishes import Ticks, offer
from rightswire.newsletters.consent import follow_words, updates_words
from rightswire.newsletters.models import MailingKey
from rightswire.newsletters.subscribing import confirm_beside_petition, organisation_name


def ticks(language: str) -> Ticks | None:
    """Beside a petition's form; nothing while there is no key to encrypt addresses for."""
    if not MailingKey.objects.in_use().exists():
        return None
    return Ticks(updates_words(language, organisation_name(language)), follow_words(language))


offer(ticks, confirm_beside_petition)


@receiver((post_save, post_delete), sender=MailingKey, dispatch_uid="rightswire.newsletters.keys")
def show_forms(sender: type[MailingKey], instance: MailingKey, **kwargs: Any) -> None:
    """A key that is proven lets people subscribe: the pages with forms, and listings, which lead there, are due."""
    listings = every_piece("listing", "older")
    pages = PetitionPage.objects.filter(live=True).values_list("pk", flat=True)
    fixed = [f"fixed:{code}/{name}" for code, _name in settings.LANGUAGES for name in ("subscribe", "privacy")]
    Due.objects.add([*fixed, *listings, *(f"page:{pk}" for pk in pages)])
