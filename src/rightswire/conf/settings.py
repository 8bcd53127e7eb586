"""Rightswire's settings: one file, all from the environment (docs/operate/settings.md)."""

from pathlib import Path
from urllib.parse import urlsplit

from django.conf.locale import LANG_INFO

from rightswire.conf import env

HOME = env.folder("RIGHTSWIRE_HOME", "var")
SITE_FOLDER = HOME / "site"
SEARCH_FOLDER = HOME / "search"
PACKAGE = Path(__file__).resolve().parent.parent

BASE_URL = env.base_url("RIGHTSWIRE_BASE_URL", env.kept_address(HOME / "demo" / "address", "http://localhost:8000"))
SECRET_KEY = env.secret("RIGHTSWIRE_SECRET_KEY", HOME / "keys")
DATABASES = {"default": env.database("RIGHTSWIRE_DATABASE_URL", HOME)}

DEBUG = False
_host = urlsplit(BASE_URL).hostname or ""
_is_https = BASE_URL.startswith("https:")
ALLOWED_HOSTS = [_host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _is_https else None
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor's preview is a frame of the admin's own
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"  # readers get no cookie at all
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long article has many blocks
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

INSTALLED_APPS = [
    "wagtail.contrib.redirects",  # before bake: a redirect is made before it is made due
    "rightswire.doctor",
    "rightswire.demo",
    "rightswire.importing",
    "rightswire.newsletters",
    "rightswire.campaigns",
    "rightswire.newsroom",
    "rightswire.pages",
    "rightswire.bake",
    "rightswire.outbox",
    "rightswire.accounts",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.contrib.settings",
    "wagtail.sites",  # the page explorer links to it
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "rightswire.conf.middleware.ReaderHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "rightswire.conf.urls"
WSGI_APPLICATION = "rightswire.conf.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_I18N = True
USE_TZ = True
TIME_ZONE = env.time_zone("RIGHTSWIRE_TIME_ZONE", "America/Toronto")
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = env.languages("RIGHTSWIRE_LANGUAGES", "en,fr,ar")
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [PACKAGE / "locale"]
WAGTAILADMIN_PERMITTED_LANGUAGES = [pair for pair in LANGUAGES if pair[0] in LANG_INFO]

STATIC_URL = "/admin/static/"
STATIC_ROOT = HOME / "static"
MEDIA_URL = "/admin/media/"  # for staff only; readers get what was baked from it
MEDIA_ROOT = HOME / "media"

EMAIL_URL = env.email("RIGHTSWIRE_EMAIL_URL", "file:")
BOUNCE_ADDRESS = env.return_address("RIGHTSWIRE_BOUNCE_ADDRESS")
BOUNCE_MAILDIR = env.maildir("RIGHTSWIRE_BOUNCE_MAILDIR")
BOUNCE_MAILBOX = env.mailbox("RIGHTSWIRE_BOUNCE_MAILBOX")
MAIL_WEBHOOK_SECRET = env.webhook_secret("RIGHTSWIRE_MAIL_WEBHOOK_SECRET")
_signed_with = MAIL_WEBHOOK_SECRET.partition(":")[2]
WEBSUB_HUB = env.web_address("RIGHTSWIRE_WEBSUB_HUB")
ANYMAIL = {
    "WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET,
    "MAILGUN_WEBHOOK_SIGNING_KEY": _signed_with,
    "MAILERSEND_SIGNING_SECRET": _signed_with,
}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = HOME / "mail"

WAGTAIL_SITE_NAME = "Rightswire"
WAGTAIL_PASSWORD_RESET_ENABLED = False  # it needs e-mail
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "rightswire.conf.admin_search"}}
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILIMAGES_IMAGE_MODEL = "pages.Picture"
WAGTAILIMAGES_IMAGE_FORM_BASE = "rightswire.pages.uploads.PictureForm"
WAGTAILDOCS_DOCUMENT_MODEL = "pages.File"
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "odt", "ods", "pdf", "pptx", "rtf", "txt", "xlsx", "zip"]
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAIL_ENABLE_UPDATE_CHECK = False  # nothing leaves the machine
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILADMIN_COMMENTS_ENABLED = True
WAGTAIL_MODERATION_ENABLED = True
WAGTAILLOCALIZE_MACHINE_TRANSLATOR = None
WAGTAIL_LOCALIZE_DEFAULT_TRANSLATION_MODE = "synced"
TAGGIT_CASE_INSENSITIVE = True

TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}

# No request and no person ever appears in a log: errors are logged by their kind alone.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"impersonal": {"()": "rightswire.conf.logs.Impersonal"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["impersonal"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "rightswire": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "flufl.bounce": {"level": "CRITICAL"},  # it logs what it fails on: returned mail
    },
}
