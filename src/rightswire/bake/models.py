"""What is due to be rendered, and what was rendered: the queue and the account of the public folder."""

import uuid
from collections.abc import Iterable

from django.db import models, transaction

from rightswire.bake.wake import wake_worker


class DueQuerySet(models.QuerySet["Due"]):
    def add(self, pieces: Iterable[str], *, is_urgent: bool = False) -> set[uuid.UUID]:
        """Asks for `pieces` to be rendered; asking again while one waits changes only its token.

        In the caller's transaction, so that nothing published is ever forgotten. What is urgent comes before all
        else, in the middle of a rendering of the whole site too. Returns the new tokens.
        """
        from rightswire.bake.pieces import priority_of  # noqa: PLC0415 - pieces may use models

        rows = [Due(piece=piece, priority=0 if is_urgent else priority_of(piece)) for piece in sorted(set(pieces))]
        if not rows:
            return set()
        Due.objects.bulk_create(
            rows,
            batch_size=400,
            update_conflicts=True,
            unique_fields=["piece"],
            update_fields=["token", "priority"],
        )
        transaction.on_commit(wake_worker)
        return {row.token for row in rows}

    def tokens(self) -> set[uuid.UUID]:
        """What is asked for now; asked again, a piece has another token."""
        return set(self.values_list("token", flat=True))

    def done(self, rows: Iterable["Due"]) -> None:
        """Strikes off the rendered rows, but not those asked for again in the meantime."""
        tokens = [row.token for row in rows]
        for start in range(0, len(tokens), 500):
            self.filter(token__in=tokens[start : start + 500]).delete()


class Due(models.Model):
    """A piece of the public site that waits to be rendered. The row is the queue."""

    piece = models.CharField(max_length=400, unique=True)
    priority = models.PositiveSmallIntegerField()
    token = models.UUIDField(default=uuid.uuid4)  # a new one each time it is asked for

    objects = DueQuerySet.as_manager()

    class Meta:
        ordering = ["priority", "id"]

    def __str__(self) -> str:
        return self.piece


class Baked(models.Model):
    """A file of the public folder, by the piece that made it. Two pieces may share a picture."""

    piece = models.CharField(max_length=400)
    path = models.CharField(max_length=500, db_index=True)
    sha256 = models.CharField(max_length=64)  # empty: nothing is written at this address
    answer = models.CharField(max_length=500, default="", blank=True)  # see pieces.File

    class Meta:
        constraints = [models.UniqueConstraint(fields=["piece", "path"], name="one_row_a_file_and_piece")]

    def __str__(self) -> str:
        return self.path


class Imprint(models.Model):
    """The one row that says with which code, settings and frame everything was last rendered."""

    fingerprint = models.CharField(max_length=64, default="")
    frame = models.CharField(max_length=64, default="")  # a digest of what stands on every page

    def __str__(self) -> str:
        return self.fingerprint[:12]
