"""A petition's log, by which anybody can check the count: its entries, and one signed head a day."""

from django.db import models

from rightswire.campaigns.models.petition import Petition


class EntryKind(models.TextChoices):
    SIGNATURE = "s", "Signature"
    ERASURE = "e", "Erasure"


class LogEntry(models.Model):
    """The entry at one place of the log; it is never changed and never goes."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="log_entries")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=1, choices=EntryKind)
    value = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["petition", "place"], name="one_entry_a_place")]

    def __str__(self) -> str:
        return f"{self.kind} {bytes(self.value).hex()}"


class WaitingEntry(models.Model):
    """What erasing adds to the next day's log; for a signature that was not in it yet, both entries."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="waiting_entries")
    kind = models.CharField(max_length=1, choices=EntryKind)
    value = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["petition", "kind", "value"], name="one_waiting_entry")]

    def __str__(self) -> str:
        return self.kind


class LogHead(models.Model):
    """The signed head of one day."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="log_heads")
    day = models.DateField()
    size = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["petition", "day"], name="one_head_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.size}"


class TakenAway(models.Model):
    """What was erased, or dropped as false: its link, used again, brings nothing back. Kept while links last."""

    commitment = models.BinaryField(max_length=32, primary_key=True)
    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="taken_away")
    day = models.DateField()

    def __str__(self) -> str:
        return bytes(self.commitment).hex()
