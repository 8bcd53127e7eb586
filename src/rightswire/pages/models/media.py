"""Uploads. What is uploaded is re-encoded before it is kept (rightswire.pages.uploads)."""

from django.db import models
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition


class Picture(AbstractImage):
    """An image. Its description is offered as alt text wherever it is used."""

    credit = models.CharField(
        max_length=200, blank=True, help_text="Who made it: “Photo: Name”. Shown under the picture."
    )

    admin_form_fields = ("title", "file", "description", "credit", "collection", "tags",
                         "focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height")  # fmt: skip

    class Meta(AbstractImage.Meta):
        permissions = [("choose_picture", "Can choose picture")]


class Rendition(AbstractRendition):
    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("image", "filter_spec", "focal_point_key"), name="one_rendition_a_filter")
        ]


class File(AbstractDocument):
    """A document that readers can download."""

    language = models.CharField(max_length=12, blank=True, help_text="The language it is written in, such as en.")

    admin_form_fields = ("title", "file", "language", "collection", "tags")

    class Meta(AbstractDocument.Meta):
        permissions = [("choose_file", "Can choose file")]
