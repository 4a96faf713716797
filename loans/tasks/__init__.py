"""Background work of the loans: what was paid and received is written down, days are closed."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from loans.models import Loan
from loans.operations import closing, drawdowns, receipts, screenings
from together.treasury.models import Pool

log = structlog.get_logger(__name__)


@shared_task(name="loans.watch")
def watch() -> None:
    """Record drawdowns that were paid or given up, and allocate the receipts that came in."""
    now = timezone.now()
    for loan in drawdowns.record_drawn(on=now.date(), at=now):
        log.info("loan.drawn", loan=loan.number)
    for loan in drawdowns.take_back(at=now):
        log.info("loan.drawdown_given_up", loan=loan.number)
    for pool in Pool.objects.filter(pk__in=Loan.objects.values("pool").distinct()):
        for done in receipts.allocate(pool=pool, at=now):
            log.info("receipt.allocated", loan=done.loan.number, line=done.line.entry_id)


@shared_task(name="loans.screen")
def screen() -> None:
    """Screen the institutions that it is time for, against the lists of sanctions."""
    done = screenings.screen_due(at=timezone.now())
    if done.screened:
        log.info("institutions.screened", count=done.screened, opened=list(done.opened))


@shared_task(name="loans.close_day")
def close_day() -> None:
    """Close yesterday for every loan that needs it; what failed is logged loan by loan."""
    now = timezone.now()
    closed = closing.close_day(on=now.date() - timedelta(days=1), at=now)
    log.info("day.closed", loans=closed.loans, failed=sorted(closed.failed))
