"""How many subscribers there are, day by day; what is too small to name is not named."""

import datetime
from collections import Counter

from django.db import transaction
from django.db.models import Count

from rightswire.newsletters.models import Choice, Subscriber, SubscriberTotal

ALL, LANGUAGE, RHYTHM, TOPIC = "all", "language", "rhythm", "topic"
EVERYTHING = ""  # the value of those who chose no topic: they get all
FEWEST = 5


@transaction.atomic
def write_totals(day: datetime.date) -> None:
    """Counts who is active now, as the day's totals; where they are written already it does nothing."""
    if SubscriberTotal.objects.filter(day=day).exists():
        return
    active = Subscriber.objects.active().order_by()
    rows = [SubscriberTotal(day=day, by=ALL, value="", number=active.count())]
    for by, field in ((LANGUAGE, "language"), (RHYTHM, "rhythm")):
        counted = active.values_list(field).annotate(n=Count("pk"))
        rows += [SubscriberTotal(day=day, by=by, value=value, number=number) for value, number in counted]
    chosen = dict(active.values_list("choice").annotate(n=Count("pk")))
    topics: Counter[str] = Counter()
    for choice in Choice.objects.filter(pk__in=chosen):
        topics.update(dict.fromkeys(choice.chosen.topics or (EVERYTHING,), chosen[choice.pk]))
    rows += [SubscriberTotal(day=day, by=TOPIC, value=value, number=number) for value, number in topics.items()]
    SubscriberTotal.objects.bulk_create(rows)


def told(number: int) -> str:
    """How many people: in words where they are so few that it could be somebody. So it is on every page for staff."""
    return f"{number:,}" if number >= FEWEST or number == 0 else f"fewer than {FEWEST}"
