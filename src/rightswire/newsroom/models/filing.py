"""What the archive looked like when it was last compared, and where its listings are cut into pages."""

from django.db import models


class Filed(models.Model):
    """An item as the listings last showed it. Only what is public is ever filed."""

    item_id = models.BigIntegerField(primary_key=True)
    language = models.CharField(max_length=12, db_index=True)
    entry = models.JSONField()

    def __str__(self) -> str:
        return str(self.item_id)


class Cut(models.Model):
    """The newest place of a full older page of a listing; pages are numbered from the oldest.

    A page holds what lies above the page before it, up to its own cut: withdrawing an item leaves it shorter,
    an item with an older date joins it, a new one does not touch it.
    """

    scope = models.CharField(max_length=160)
    number = models.PositiveIntegerField()
    date = models.DateField()
    rank = models.BigIntegerField()
    item_id = models.BigIntegerField()

    class Meta:
        ordering = ["scope", "number"]
        constraints = [models.UniqueConstraint(fields=["scope", "number"], name="one_cut_a_page")]

    def __str__(self) -> str:
        return f"{self.scope}/page/{self.number}"
