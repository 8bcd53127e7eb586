"""What newsletters hear of from the apps below, and what they offer there."""

import re
from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from rightswire.bake.baking import files_changed
from rightswire.bake.models import Baked, Due
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

LISTING_OF_COUNTRY = re.compile(r"[^/]+/news/country/[^/]+/index\.html")


@receiver((post_save, post_delete), sender=MailingKey, dispatch_uid="rightswire.newsletters.keys")
def show_forms(sender: type[MailingKey], instance: MailingKey, **kwargs: Any) -> None:
    """A key that is proven lets people subscribe: the pages with forms, and listings, which lead there, are due."""
    listings = every_piece("listing", "older")
    pages = PetitionPage.objects.filter(live=True).values_list("pk", flat=True)
    fixed = [f"fixed:{code}/{name}" for code, _name in settings.LANGUAGES for name in ("subscribe", "privacy")]
    Due.objects.add([*fixed, *listings, *(f"page:{pk}" for pk in pages)])


@receiver(files_changed, dispatch_uid="rightswire.newsletters.countries")
def show_countries(sender: None, written: dict[str, bytes], removed: list[str], **kwargs: Any) -> None:
    """A country's listing came or went: the form that has the countries in the news first is due."""
    listings = set(filter(LISTING_OF_COUNTRY.fullmatch, written))
    came = listings.difference(Baked.objects.filter(path__in=listings).values_list("path", flat=True))
    if came or any(map(LISTING_OF_COUNTRY.fullmatch, removed)):
        Due.objects.add(f"fixed:{code}/subscribe" for code, _name in settings.LANGUAGES)
