"""Encrypting the addresses that are there for a key that has come later, so that each key opens all of them."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from rightswire.newsletters.addresses import mailing_keys, open_address, seal_address
from rightswire.newsletters.models import MailingKey, MailNotice, Subscriber
from rightswire.seal.box import PrivateKey, PublicKey, SealError, key_ids
from rightswire.seal.how_many import how_many

PART = 500

Sealed = tuple[UUID, bytes]


def seal_for_all(keys: list[PrivateKey]) -> None:
    """With the keys that are unlocked. Addresses that none of them opens stay as they are, and staff are told."""
    if not MailingKey.objects.in_use().filter(is_for_all=False).exists():
        return
    recipients = mailing_keys()
    left, after = 0, UUID(int=0)
    while part := list(Subscriber.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "sealed")[:PART]):
        after = part[-1][0]
        left += _seal_part([(pk, bytes(sealed)) for pk, sealed in part], keys, recipients)
    if left:
        _tell(left)
    else:
        MailingKey.objects.filter(public__in=[key.text() for key in recipients]).update(is_for_all=True)


def _seal_part(part: Iterable[Sealed], keys: list[PrivateKey], recipients: tuple[PublicKey, ...]) -> int:
    """How many no key opens. All is sealed before anything is written, so that no other writer waits for it."""
    wanted = sorted(key.id for key in recipients)
    fresh: list[tuple[UUID, bytes, bytes]] = []
    left = 0
    for pk, sealed in part:
        if sorted(key_ids(sealed)) == wanted:
            continue
        try:
            fresh.append((pk, sealed, seal_address(open_address(sealed, *keys), recipients)))
        except SealError:
            left += 1
    with transaction.atomic():
        for pk, before, now in fresh:  # an address that was changed meanwhile is sealed for all already
            Subscriber.objects.filter(pk=pk, sealed=before).update(sealed=now)
    return left


def _tell(left: int) -> None:
    words = (
        f"{how_many(left, 'address of a subscriber', 'addresses of subscribers')} cannot be opened with the keys that "
        "mail is unlocked with: no mail goes there, and no key added later opens them. Unlock mail with the other "
        "mailing keys as well."
    )
    if not MailNotice.objects.filter(words=words, seen_at=None).exists():
        MailNotice.objects.create(words=words)
