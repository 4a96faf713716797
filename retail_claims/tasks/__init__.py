"""Background work of the retail programme: what the rail took is booked as paid by itself."""

import structlog
from celery import shared_task
from django.utils import timezone

from retail_claims.models import Run
from retail_claims.operations import payments
from retail_claims.rules.states import RunState

log = structlog.get_logger(__name__)


@shared_task(name="retail.book_paid")
def book_paid() -> None:
    """Book of every published run what was taken and what came back since the last time."""
    for run in Run.objects.filter(state=RunState.PUBLISHED).order_by("pk"):
        change = payments.book_paid(run=run, on=timezone.now().date())
        if change:
            log.info("awards.booked", run=run.number, change=change)
