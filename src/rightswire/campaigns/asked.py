"""How many mailboxes were sent a link for confirming: gathered in memory, written as totals once a minute.

A server that is killed forgets its last minute. That makes the share of those who confirmed look a little better, and
costs no signature a wait.
"""

import datetime
from collections import Counter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rightswire.campaigns.models import AskedTotal

Numbers = Counter[tuple[int, datetime.date]]  # by petition and day


class Asked:
    """Of one process; only its event loop touches it."""

    def __init__(self) -> None:
        self._numbers: Numbers = Counter()

    def add(self, petition: int) -> None:
        self._numbers[petition, timezone.localdate()] += 1

    def take(self) -> Numbers:
        taken, self._numbers = self._numbers, Counter()
        return taken

    def put_back(self, numbers: Numbers) -> None:
        self._numbers.update(numbers)


@transaction.atomic
def write(numbers: Numbers) -> None:
    for (petition, day), number in sorted(numbers.items()):
        row, _created = AskedTotal.objects.get_or_create(petition_id=petition, day=day)
        AskedTotal.objects.filter(pk=row.pk).update(number=F("number") + number)
