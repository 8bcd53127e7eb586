"""Pictures in one size, made by Wagtail from the upload."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rightswire.pages.models import Picture


def rendition_of(picture: "Picture", spec: str) -> Any:
    """A picture in one size; made again where its file is missing, as after a restore of the originals alone."""
    rendition = picture.get_rendition(spec)
    if not Path(rendition.file.path).exists():
        rendition.delete()
        rendition = picture.get_rendition(spec)
    return rendition
