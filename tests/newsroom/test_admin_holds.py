"""What staff do by mistake or somebody does in bad faith in the admin gets a clear answer."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from rightswire.accounts.models import User
from rightswire.pages.models import Picture
from rightswire.pages.models.menu import check_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, newsroom):
    client.force_login(User.objects.create_superuser("somebody", password="a long enough password"))
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/pages/",
        "/admin/pages/1/",
        "/admin/pages/search/?q=home",
        "/admin/images/",
        "/admin/documents/",
        "/admin/reports/news/translations/",
        "/admin/reports/news/to-look-at/",
        "/admin/settings/pages/organisation/",
    ],
)
def test_the_places_of_the_menu_open(admin, address: str):
    assert admin.get(address, follow=True).status_code == 200


@pytest.mark.parametrize("place", ["pages/search", "images", "documents", "choose-page/search"])
@pytest.mark.parametrize("text", ['"', "'", '"""', "a\x00b", "*", "(", "حرية", "AND OR"])
def test_the_admins_own_search_never_fails(admin, place: str, text: str):
    assert admin.get(f"/admin/{place}/", {"q": text}).status_code == 200


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((200, 200), 80).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("content", [picture()[:3000], b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, b"<html>"])
def test_a_half_uploaded_or_poisoned_picture_is_refused_and_nothing_is_kept(admin, content: bytes):
    upload = SimpleUploadedFile("half.png", content, "image/png")
    response = admin.post("/admin/images/add/", {"title": "Half", "file": upload, "collection": "1"})
    assert response.status_code == 200
    assert response.context["form"].errors["file"]
    assert not Picture.objects.exists()


def test_a_whole_picture_is_taken(admin):
    upload = SimpleUploadedFile("whole.png", picture() + b"<script>", "image/png")
    response = admin.post("/admin/images/add/", {"title": "Whole", "file": upload, "collection": "1"})
    assert response.status_code == 302
    with Picture.objects.get().file.open() as file:
        assert b"script" not in file.read()


@pytest.mark.parametrize(
    "address", ["/en/news/", "https://example.org/a?b=c", "http://example.org", "mailto:a@b.example", ""]
)
def test_addresses_that_are_taken(address: str):
    check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:x",
        "data:text/html,x",
        "//evil.example/",
        "/\\evil",
        "x",
        "https://",
    ],
)
def test_addresses_that_are_refused(address: str):
    with pytest.raises(ValidationError):
        check_address(address)
