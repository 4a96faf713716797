"""Background work of the retail programme: what the rail took is booked as paid by itself."""

import structlog
from celery import shared_task
from django.utils import timezone

from retail_claims.models import FactSet, Run
from retail_claims.operations import computations, fact_sets, payments
from retail_claims.rules.states import FactSetState, RunState

log = structlog.get_logger(__name__)


@shared_task(name="retail.book_paid")
def book_paid() -> None:
    """Book of every published run what was taken and what came back since the last time."""
    for run in Run.objects.filter(state=RunState.PUBLISHED).order_by("pk"):
        change = payments.book_paid(run=run, on=timezone.now().date())
        if change:
            log.info("awards.booked", run=run.number, change=change)


@shared_task(name="retail.gather_facts")
def gather_facts(number: str) -> None:
    """Gather a fact set, if nobody is at it already."""
    state = fact_sets.gather(fact_set=FactSet.objects.get(number=number), at=timezone.now())
    log.info("facts.gathered", fact_set=number, state=state)


@shared_task(name="retail.sweep_facts")
def sweep_facts() -> None:
    """Ring for every fact set that waits; a second ring for one that is worked on does nothing."""
    waiting = FactSet.objects.filter(state=FactSetState.WAITING).order_by("pk")
    for number in waiting.values_list("number", flat=True):
        gather_facts.apply_async((number,), expires=60)


@shared_task(name="retail.compute_run")
def compute_run(number: str) -> None:
    """Compute a run that was asked for, if nobody is at it already."""
    state = computations.work(run=Run.objects.get(number=number), at=timezone.now())
    log.info("run.computed", run=number, state=state)


@shared_task(name="retail.sweep_runs")
def sweep_runs() -> None:
    """Ring for every run that waits for a worker; a second ring for one does nothing."""
    waiting = Run.objects.filter(state=RunState.COMPUTING, computation__isnull=False)
    for number in waiting.order_by("pk").values_list("number", flat=True):
        compute_run.apply_async((number,), expires=60)
