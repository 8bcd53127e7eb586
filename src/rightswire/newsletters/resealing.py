"""Encrypting the addresses that are there for a key that has come later, so that each key opens all of them."""

from uuid import UUID

from django.db import transaction

from rightswire.newsletters.addresses import mailing_keys, open_address, seal_address
from rightswire.newsletters.models import MailingKey, Subscriber
from rightswire.seal.box import PrivateKey, SealError, key_ids

PART = 500


def seal_for_all(keys: list[PrivateKey]) -> int:
    """With the keys that are unlocked; returns how many addresses none of them opens, which stay as they are."""
    if not MailingKey.objects.filter(proven_at__isnull=False, is_for_all=False).exists():
        return 0
    recipients = mailing_keys()
    wanted = sorted(key.id for key in recipients)
    left, after = 0, UUID(int=0)
    while part := list(Subscriber.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "sealed")[:PART]):
        after = part[-1][0]
        for pk, sealed in part:
            if sorted(key_ids(bytes(sealed))) == wanted:
                continue
            try:
                fresh = seal_address(open_address(bytes(sealed), *keys), recipients)
            except SealError:
                left += 1
                continue
            Subscriber.objects.filter(pk=pk, sealed=sealed).update(sealed=fresh)
    if not left:
        with transaction.atomic():
            MailingKey.objects.filter(public__in=[key.text() for key in recipients]).update(is_for_all=True)
    return left
