"""Uploads are hostile until they have been decoded and encoded again: then no metadata and no other file is left."""

import io
import struct
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageOps
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm
from willow.image import Image as WillowImage

FORMATS = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"), "WEBP": ("webp", "image/webp")}
WIDEST = 4000  # pixels; more than any page shows


# What Pillow raises on files that are cut off, mixed up or made to hurt.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


def broken_picture() -> ValidationError:
    return ValidationError(
        "This file is not a whole picture: it may have been cut off while it was sent, or be something "
        "else under a picture's name. Nothing was stored. Open it on your computer, save it as JPEG or PNG, "
        "and send it again.",
        code="broken_picture",
    )


def reencoded(content: bytes) -> tuple[bytes, str]:
    """The same picture, upright, with nothing but its pixels. Returns bytes and the file's extension.

    Raises ValidationError for what is not a whole picture.
    """
    try:
        with Image.open(io.BytesIO(content)) as probe:
            probe.verify()
        with Image.open(io.BytesIO(content)) as opened:
            opened.load()
            kind = opened.format if opened.format in FORMATS else "PNG"
            picture = ImageOps.exif_transpose(opened)
            if max(picture.size) > WIDEST:
                picture.thumbnail((WIDEST, WIDEST))
            if kind == "JPEG":
                picture = picture.convert("RGB")
            elif picture.mode not in ("RGB", "RGBA", "L"):
                picture = picture.convert("RGBA")
            clean = Image.new(picture.mode, picture.size)
            clean.paste(picture)
            buffer = io.BytesIO()
            clean.save(buffer, kind, **({"quality": 90} if kind in ("JPEG", "WEBP") else {"optimize": True}))
    except BROKEN as error:
        raise broken_picture() from error
    return buffer.getvalue(), FORMATS[kind][0]


class WholePictureField(WagtailImageField):
    """Wagtail's field, with a plain answer also where Pillow gives up on a broken file."""

    def to_python(self, data: Any) -> Any:
        try:
            return super().to_python(data)
        except BROKEN as error:
            raise broken_picture() from error


class PictureForm(BaseImageForm):
    """The form behind every upload of a picture in the admin."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.fields["file"]
        self.fields["file"] = WholePictureField(
            label=given.label, required=given.required, widget=given.widget, initial=given.initial
        )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload is None or not hasattr(upload, "content_type"):  # unchanged
            return upload
        upload.seek(0)
        content, extension = reencoded(upload.read())
        stem = (upload.name or "picture").rsplit(".", 1)[0][:80]
        clean = SimpleUploadedFile(f"{stem}.{extension}", content, f"image/{extension.replace('jpg', 'jpeg')}")
        setattr(clean, "image", WillowImage.open(clean))  # noqa: B010 - what Wagtail's own field adds
        clean.seek(0)
        return clean
