"""Two people for what one should not do alone, and the register of what was done."""

from django.conf import settings
from django.db import models

from rightswire.campaigns.models.petition import Petition

LONGEST_NOTE = 300


class Act(models.TextChoices):
    OPEN = "open", "Open the petition"
    CLOSE = "close", "Close the petition"
    EXPORT = "export", "Export the signatures"
    RELEASE = "release", "Release held signatures"
    DROP = "drop", "Drop false signatures"
    ADD_KEY = "add-key", "Add a key"
    RETIRE_KEY = "retire-key", "Retire a key"
    PROVE_KEY = "prove-key", "Prove that a key opens"
    KEEP_LESS = "keep-less", "Keep signatures for fewer days"
    DELIVER = "deliver", "Record the delivery"
    DESTROY_PEPPER = "destroy-pepper", "Destroy the petition's secret"
    DESTROY_RECORDS = "destroy-records", "Destroy the encrypted signatures"
    DESTROY_COPY = "destroy-copy", "Destroy a copy"


class Approval(models.Model):
    """One person asks, another one agrees, then it is done once."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="approvals")
    act = models.CharField(max_length=16, choices=Act)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["petition", "act"],
                condition=models.Q(done_at__isnull=True),
                name="one_approval_under_way",
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by__isnull=True) | ~models.Q(agreed_by=models.F("asked_by")),
                name="two_different_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act}: {self.petition}"


class RegisterEntry(models.Model):
    """A line of the register that the data protection officer reads. Names no supporter."""

    at = models.DateTimeField(auto_now_add=True)
    petition_name = models.CharField(max_length=120, blank=True)
    act = models.CharField(max_length=16, choices=Act)
    by = models.CharField(max_length=150, blank=True)
    second = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "register entries"

    def __str__(self) -> str:
        return f"{self.act} at {self.at:%Y-%m-%d}"
