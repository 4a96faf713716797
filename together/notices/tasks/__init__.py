"""Background work of the notices. A message is only a doorbell: the outbox is in PostgreSQL."""

import os
import socket

import structlog
from celery import shared_task
from django.utils import timezone

from together.notices.operations import outbox
from together.notices.queries import notices

log = structlog.get_logger(__name__)


@shared_task(name="notices.mail")
def mail() -> None:
    """Mail what is due; rings again by itself while something is."""
    worker = f"{socket.gethostname()[:20]}:{os.getpid()}"
    done = outbox.work(worker=worker, seconds=20, at=timezone.now())
    if done.failed:
        log.warning("notices.failed", notices=done.failed)
    if done.sent or done.waiting:
        log.info("notices.mailed", sent=len(done.sent), waiting=done.waiting)
    if done.sent and notices.is_due():
        mail.delay()


@shared_task(name="notices.sweep")
def sweep() -> None:
    """Ring if a notice is due: a message was lost, a worker killed, or another try has come."""
    if notices.is_due():
        mail.delay()
