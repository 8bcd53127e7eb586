import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from rightswire.pages.uploads import WIDEST, reencoded


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 128).save(buffer, kind, **options)
    return buffer.getvalue()


def test_where_and_with_what_it_was_taken_does_not_survive():
    exif = Image.Exif()
    exif[0x010F] = "Maker of Cameras"
    exif.get_ifd(0x8825)[1] = "N"
    content = picture(exif=exif)
    assert b"Maker of Cameras" in content
    clean, extension = reencoded(content)
    assert extension == "jpg"
    assert b"Maker of Cameras" not in clean
    assert not Image.open(io.BytesIO(clean)).getexif()


def test_what_is_hidden_behind_the_picture_does_not_survive():
    clean, _ = reencoded(picture("PNG") + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in clean
    assert b"PK\x03\x04" not in clean


def test_a_picture_that_lies_on_its_side_is_set_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    clean, _ = reencoded(picture(exif=exif))
    assert Image.open(io.BytesIO(clean)).size == (40, 60)


def test_a_huge_picture_is_made_as_wide_as_any_page_needs():
    clean, _ = reencoded(picture("PNG", (WIDEST + 500, 100)))
    assert Image.open(io.BytesIO(clean)).size[0] == WIDEST


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "CMYK", "I;16"])
def test_every_kind_of_colours_is_taken(mode: str):
    clean, _ = reencoded(picture("TIFF" if mode == "CMYK" else "PNG", mode=mode))
    Image.open(io.BytesIO(clean)).load()


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", picture("PNG")[:60], picture("JPEG")[:-300], b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
)
def test_what_is_not_a_whole_picture_is_refused_in_plain_words(content: bytes):
    with pytest.raises(ValidationError, match="Nothing was stored"):
        reencoded(content)


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ValidationError, match="not a whole picture"):
        reencoded(picture("PNG", (100, 100)))
