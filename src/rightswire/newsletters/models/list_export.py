"""Handing the list of subscribers out: one person asks, another one agrees, then it is written once."""

from django.conf import settings
from django.db import models


class ListExport(models.Model):
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    number = models.PositiveIntegerField(null=True)  # of subscribers that were written
    is_under_way = models.BooleanField(null=True, default=True, unique=True)  # none: done; so there is one at a time

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreed_by__isnull=True) | ~models.Q(agreed_by=models.F("asked_by")),
                name="lists_are_exported_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | models.Q(agreed_by__isnull=False),
                name="no_list_export_without_the_second",
            ),
        ]

    def __str__(self) -> str:
        return f"Export of the subscribers, asked for on {self.asked_at:%Y-%m-%d}"
