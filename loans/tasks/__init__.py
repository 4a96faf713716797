"""Background work of loans: days closed, rates set, letters made, payments, covenants watched."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from loans.models import Loan
from loans.operations import (
    closing,
    covenant_tests,
    drawdowns,
    letters,
    margin_calls,
    rate_fixings,
    receipts,
    screenings,
)
from together.notices.tasks import mail
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


@shared_task(name="loans.fix_rates")
def fix_rates() -> None:
    """Set the rates whose fixings came in since, and close yesterday for loans that waited."""
    now = timezone.now()
    yesterday = now.date() - timedelta(days=1)
    done = rate_fixings.fix_rates(on=yesterday, at=now)
    for loan, why in done.waiting.items():
        log.warning("loan.waits_for_its_fixing", loan=loan, why=why)
    if done.fixings:
        log.info("rates.fixed", fixings=done.fixings, loans=done.loans)
        closed = closing.close_day(on=yesterday, at=now)
        log.info("day.closed", loans=closed.loans, failed=sorted(closed.failed))


@shared_task(name="loans.send_notices")
def send_notices() -> None:
    """Make the notices of yesterday and of days before it, and ring for their mail."""
    now = timezone.now()
    said = letters.send_notices(on=now.date() - timedelta(days=1), at=now)
    log.info("notices.made", notices=said.notices, failed=sorted(said.failed))
    if said.notices:
        mail.delay()


@shared_task(name="loans.watch_margins")
def watch_margins() -> None:
    """Value every secured loan, and act on its margin calls."""
    found = margin_calls.watch(at=timezone.now())
    for word in ("opened", "met", "defaulted"):
        for number in getattr(found, word):
            log.info(f"margin_call.{word}", call=number)
    for loan, why in found.unvalued.items():
        log.warning("loan.not_valued", loan=loan, why=why)


@shared_task(name="loans.watch_covenants")
def watch_covenants() -> None:
    """Open the tests of periods that ended, and let run out what nobody certified or cured."""
    found = covenant_tests.watch(at=timezone.now())
    for word in ("opened", "overdue", "defaulted"):
        for number in getattr(found, word):
            log.info(f"covenant_test.{word}", test=number)
    for number in found.unexamined:
        log.warning("covenant_test.unexamined", test=number)
