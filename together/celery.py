"""Background work: the Celery application of the project."""

import os

from celery import Celery
from celery.signals import worker_init

from together.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "together.settings")

app = Celery("together")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@worker_init.connect
def refuse_an_unsafe_database(**_: object) -> None:
    """Start no worker on a database whose guards are missing or whose role is too strong."""
    from together.controls.operations import startup

    startup.demand_safe_database()
