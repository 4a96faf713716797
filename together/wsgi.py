"""The site for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "together.settings")
application = get_wsgi_application()

import together.celery  # noqa: E402, F401 -- what a page rings for goes to our broker
from together.controls.operations import startup  # noqa: E402 -- needs the applications ready

startup.demand_safe_database()
