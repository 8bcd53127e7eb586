"""The organisation's public keys, and the proof that somebody can open what is encrypted for them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from rightswire.campaigns.models.petition import Petition
from rightswire.seal.box import MOST_RECIPIENTS, PublicKey


class RecipientKeyQuerySet(models.QuerySet["RecipientKey"]):
    def in_use(self) -> "RecipientKeyQuerySet":
        return self.filter(retired_at__isnull=True)


class RecipientKey(models.Model):
    """The public half of a pair made by `rightswire keygen`, away from the server."""

    label = models.CharField(max_length=80, help_text="Who keeps it, where: “Safe in Ottawa”.")
    public = models.CharField(
        "public key", max_length=80, unique=True, help_text="The line from the .pub file: rightswire-key-1:…"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    added_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RecipientKeyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        super().clean()
        others = RecipientKey.objects.in_use().exclude(pk=self.pk)
        if self.retired_at is None and others.count() >= MOST_RECIPIENTS:
            raise ValidationError(f"At most {MOST_RECIPIENTS} keys can be in use: retire one first.")

    @property
    def key(self) -> PublicKey:
        return PublicKey.parse(self.public)

    @property
    def id_hex(self) -> str:
        return self.key.id.hex()


class PetitionKey(models.Model):
    """A key for one petition; signatures are encrypted for it once a test signature came back opened."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="petition_keys")
    key = models.ForeignKey(RecipientKey, on_delete=models.PROTECT, related_name="petition_keys")
    test_code = models.CharField(max_length=64, default="", editable=False)  # a keyed digest of the code asked for
    tries = models.PositiveSmallIntegerField(default=0, editable=False)  # wrong codes for the newest test
    proven_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["petition", "key"], name="one_row_a_petition_and_key")]

    def __str__(self) -> str:
        return f"{self.petition}: {self.key}"
