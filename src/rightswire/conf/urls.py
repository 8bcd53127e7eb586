"""What the application answers: `/do/` for readers, `/admin/` for staff. All else is a file."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.views import serve as serve_static
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import include, path, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.static import serve as serve_file
from wagtail.admin import urls as admin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.documents.views.serve import serve as serve_document

from rightswire.demo.mail import mailbox
from rightswire.newsletters.returned_mail import PROVIDERS
from rightswire.newsroom.searching import search


def static(request: HttpRequest, path: str) -> HttpResponseBase:
    """The admin's own styles and scripts; with a version in the address they never change."""
    response = serve_static(request, path, insecure=True)
    response["Cache-Control"] = f"public, max-age={31536000 if 'v' in request.GET else 3600}"
    return response


@require_admin_access
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Uploads, for staff only. Readers get what was baked from them."""
    response = serve_file(request, path, document_root=str(settings.MEDIA_ROOT))
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@csrf_exempt
def mail_event(request: HttpRequest, provider: str) -> HttpResponseBase:
    """What a mail provider reports of our mails; it knows the secret of the setting."""
    if not settings.MAIL_WEBHOOK_SECRET or provider not in PROVIDERS:
        raise Http404
    found = resolve(f"/{provider}/tracking/", urlconf="anymail.urls")
    return found.func(request, *found.args, **found.kwargs)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's own page for what is not there."""
    page = Path(settings.SITE_FOLDER) / "404.html"
    return HttpResponse(page.read_bytes() if page.exists() else b"Nothing is at this address.", status=404)


handler404 = not_found

urlpatterns = [
    path("do/search/", search, name="search"),
    path("do/demo-mail/", mailbox),
    path("do/mail-event/<slug:provider>/", mail_event),
    path("admin/static/<path:path>", static),
    path("admin/media/<path:path>", media),
    path(
        "admin/file/<int:document_id>/<str:document_filename>",
        require_admin_access(serve_document),
        name="wagtaildocs_serve",
    ),
    path("admin/", include(admin_urls)),
]
