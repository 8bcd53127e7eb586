"""Mail that waits, encrypted; and how much of it could not be delivered, without saying to whom."""

import datetime
import uuid
from collections.abc import Mapping

from django.db import models
from django.db.models import F, Q

LONGEST_WAIT = 3600  # seconds; no attempt is ever put off for longer


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: float) -> "MessageQuerySet":
        """What may be sent now, the newest first: somebody is waiting before a screen.

        What was put off for longer than is possible comes from a clock that was wrong and has been set right.
        """
        put_off = Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + LONGEST_WAIT + 60)
        return self.filter(put_off, expires_at__gt=now).order_by("-next_attempt_at")

    def expired(self, now: float) -> "MessageQuerySet":
        return self.filter(expires_at__lte=now)


class Message(models.Model):
    """A mail until the mail server has taken it, for 24 hours at most. The row is the queue.

    Both moments are in seconds since 1970, so that the same values go into either database without Django. They are
    cut to the minute and to the hour: the row must not tell when exactly somebody was here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    next_attempt_at = models.BigIntegerField(db_index=True)
    expires_at = models.BigIntegerField(db_index=True)
    attempts = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()

    objects = MessageQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.id)


class MailTroubleQuerySet(models.QuerySet["MailTrouble"]):
    def add(self, day: datetime.date, failed: Mapping[tuple[str, str], int]) -> None:
        """Counts the mails that failed on `day`, by kind and reply."""
        for (kind, reply), number in failed.items():
            row, _ = self.get_or_create(day=day, kind=kind, reply=reply)
            self.filter(pk=row.pk).update(number=F("number") + number)


class MailTrouble(models.Model):
    """How many mails of a kind were given up on a day (UTC), and why.

    `reply`: the mail server's code, such as "550 5.1.1", or one of our own words (docs/operate/mail.md).
    """

    day = models.DateField()
    kind = models.CharField(max_length=40)
    reply = models.CharField(max_length=20)
    number = models.PositiveIntegerField(default=0)

    objects = MailTroubleQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "kind", "reply"]
        constraints = [models.UniqueConstraint(fields=["day", "kind", "reply"], name="one_total_a_day_kind_and_reply")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.reply}: {self.number}"
