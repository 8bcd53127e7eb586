"""A throw-away Django project behind the web server under test."""

import hashlib
import os
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

if os.environ.get("TRIAL_IMPORT_FAILS"):
    raise ImportError("a package is missing")

time.sleep(float(os.environ.get("TRIAL_IMPORT_SECONDS", "0")))
settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for trials",
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
)
django.setup()


def note(words):
    with Path(os.environ["TRIAL_NOTES"]).open("a") as notes:
        notes.write(f"{words}\n")


def tell(request, **rest):
    keys = ("REQUEST_METHOD", "SCRIPT_NAME", "QUERY_STRING", "REMOTE_ADDR", "wsgi.url_scheme", "HTTP_COOKIE")
    answer = JsonResponse(
        {
            "path_info": request.path_info,
            "body_length": len(request.body),
            "body_hash": hashlib.sha256(request.body).hexdigest(),
            "forwarded": request.headers.get("X-Forwarded-Proto"),
            **{key: request.environ.get(key) for key in keys},
        }
    )
    answer.set_cookie("one", "1")
    answer.set_cookie("two", "2")
    return answer


def stream(request):
    def pieces():
        try:
            for number in range(40):
                yield f"piece {number}\n"
                time.sleep(0.1)
        finally:
            note("stream closed")

    return StreamingHttpResponse(pieces())


def count(request):
    note("counted")
    time.sleep(float(request.GET.get("seconds", "0")))
    return HttpResponse("counted")


def download(request):
    return FileResponse(Path(os.environ["TRIAL_FILE"]).open("rb"))


def fail(request):
    raise ValueError("Salma Haddad")


def lose_database(request):
    raise OperationalError("no connection")


urlpatterns = [
    path("do/stream/", stream),
    path("do/count/", count),
    path("do/download/", download),
    path("do/fail/", fail),
    path("do/database/", lose_database),
    path("do/<path:rest>", tell),
    path("admin/", tell),
]
application = get_wsgi_application()
