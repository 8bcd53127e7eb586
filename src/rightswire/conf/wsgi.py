"""Django as a WSGI application; it answers `/do/` and `/admin/` only."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightswire.conf.settings")
application = get_wsgi_application()
