"""Signatures as they are kept: encrypted, without an address, a time or an order."""

from django.db import models

from rightswire.campaigns.models.petition import Petition


class SignatureState(models.IntegerChoices):
    CONFIRMED = 0, "Confirmed"
    UNCONFIRMED = 1, "Unconfirmed"
    HELD = 2, "Held"


class Signature(models.Model):
    """One mailbox's signature. The table is kept in the order of its key, which is no order of time (see 0001)."""

    pk = models.CompositePrimaryKey("petition", "address_key")
    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="signatures", db_index=False)
    address_key = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=12)
    day = models.DateField()
    state = models.PositiveSmallIntegerField(choices=SignatureState)
    is_logged = models.BooleanField(default=False)
    batch = models.CharField(max_length=16, default="", blank=True)  # of held ones: what looked alike
    reason = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["petition", "day", "state", "country"], name="signature_counts")]

    def __str__(self) -> str:
        return f"a signature of petition {self.petition_id}"


class DayTotal(models.Model):
    """How many rows there are of a day, country and state: the recount of what no longer changes."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="day_totals")
    day = models.DateField()
    country = models.CharField(max_length=2)
    state = models.PositiveSmallIntegerField(choices=SignatureState)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["petition", "day", "country", "state"], name="one_total_a_day")]

    def __str__(self) -> str:
        return f"{self.number} on {self.day}"


class AskedTotal(models.Model):
    """To how many mailboxes a link for confirming went on a day. A number: nothing tells whose they are."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="asked_totals")
    day = models.DateField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["petition", "day"], name="one_asked_total_a_day")]

    def __str__(self) -> str:
        return f"{self.number} on {self.day}"


class ChangedDay(models.Model):
    """A day of which a signature was erased, held, released or dropped: it is counted again. A row for each time."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="changed_days")
    day = models.DateField()

    def __str__(self) -> str:
        return str(self.day)


class Count(models.Model):
    """What the site shows now of a petition."""

    petition = models.OneToOneField(Petition, on_delete=models.CASCADE, related_name="count")
    confirmed = models.PositiveIntegerField(default=0)
    unconfirmed = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.confirmed)


class HourTotal(models.Model):
    """The count at the end of an hour, so that the course of a petition can be shown without any row's time."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="hour_totals")
    hour = models.DateTimeField()
    confirmed = models.PositiveIntegerField()

    class Meta:
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["petition", "hour"], name="one_total_an_hour")]

    def __str__(self) -> str:
        return f"{self.confirmed} at {self.hour}"
