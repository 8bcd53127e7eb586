"""The mailing key: the public half, for which addresses are encrypted. The other half is kept by the organisation."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from rightswire.seal.box import MOST_RECIPIENTS, PublicKey


class MailingKeyQuerySet(models.QuerySet["MailingKey"]):
    def in_use(self) -> "MailingKeyQuerySet":
        """Those that addresses are encrypted for: somebody has unlocked mail with them."""
        return self.filter(proven_at__isnull=False)


class MailingKey(models.Model):
    """A key that opens subscribers' addresses; two of them, in two places, are the answer to a lost one.

    It takes part once somebody has unlocked mail with it: a key that nobody can use must not encrypt.
    """

    label = models.CharField(max_length=80, help_text="Who keeps it, where: “Press office, with Nadia”.")
    public = models.CharField(
        "public key", max_length=80, unique=True, help_text="The line from the .pub file: rightswire-key-1:…"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    added_at = models.DateTimeField(auto_now_add=True)
    proven_at = models.DateTimeField(null=True, editable=False)
    is_for_all = models.BooleanField(default=False, editable=False)  # every address is encrypted for it

    objects = MailingKeyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        super().clean()
        if MailingKey.objects.exclude(pk=self.pk).count() >= MOST_RECIPIENTS:
            raise ValidationError(f"At most {MOST_RECIPIENTS} mailing keys can be in use.")

    @property
    def key(self) -> PublicKey:
        return PublicKey.parse(self.public)
