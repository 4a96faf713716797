"""Background work of the treasury. A message is only a doorbell: the work is in PostgreSQL."""

import os
import socket

import structlog
from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from together import Refused
from together.treasury.formats.parsed import Unreadable
from together.treasury.models import Batch, Brake, Instruction, StatementFile
from together.treasury.operations import brakes, payouts, statement_files, statements, three_way
from together.treasury.operations.rails import rail

log = structlog.get_logger(__name__)
OPEN = ("ready", "sending", "unknown")


@shared_task(name="treasury.pay_batch")
def pay_batch(batch: str) -> None:
    """Work on one batch; rings again by itself while work is left that is due."""
    worker = f"{socket.gethostname()[:20]}:{os.getpid()}"
    try:
        answered = payouts.work(batch=batch, worker=worker, rail=rail(), seconds=20)
    except payouts.Halted as halted:
        log.warning("payments.halted", batch=batch, reason=str(halted))
        return
    log.info("batch.worked", batch=batch, answered=answered)
    pulled = brakes.look_at_batch(batch=batch, at=timezone.now()) if answered else None
    if pulled:
        log.error("disbursement.stopped", batch=batch, reason=pulled.reason)
    elif answered and Instruction.objects.filter(batch__number=batch, state="ready").exists():
        pay_batch.delay(batch)


@shared_task(name="treasury.sweep")
def sweep() -> None:
    """Ring for every released batch that has an instruction due: nothing waits for a person."""
    due = Instruction.objects.filter(
        Q(state="ready") | Q(state__in=("sending", "unknown"), lease_until__lt=Now()),
        batch__released_at__isnull=False,
        batch__disbursement__account__kind="exchange",
    ).exclude(batch__disbursement__in=Brake.objects.filter(resumed_at=None).values("disbursement"))
    for number in (
        Batch.objects.filter(pk__in=due.values("batch_id").distinct())
        .order_by("number")
        .values_list("number", flat=True)
    ):
        pay_batch.delay(number)


@shared_task(name="treasury.watch_waves")
def watch_waves() -> None:
    """Compare every disbursement that is being paid; stop it where a cent is not explained."""
    for disbursement in brakes.to_watch():
        pulled = brakes.look(disbursement=disbursement, at=timezone.now())
        if pulled:
            log.error("disbursement.stopped", number=disbursement.number, reason=pulled.reason)


@shared_task(name="treasury.prove")
def prove() -> None:
    """Keep the three-way proof of every account; what is not true is told to whoever watches."""
    untrue = three_way.prove_all(at=timezone.now())
    if untrue:
        log.warning("three_way.not_true", accounts=untrue)


@shared_task(name="treasury.work_on_file")
def work_on_file(file: int) -> None:
    """Bring a file with statements to its end; a refusal is kept with the file."""
    try:
        ended = statements.work(file=StatementFile.objects.get(pk=file), at=timezone.now())
    except (Refused, Unreadable) as refusal:
        log.warning("statement_file.refused", file=file, reason=str(refusal)[:500])
        return
    log.info("statement_file.worked", file=file, state=ended.state, lines=ended.lines)


@shared_task(name="treasury.sweep_files")
def sweep_files() -> None:
    """Ring for every file that nobody works on: a message was lost, or a worker was killed."""
    for file in statement_files.left_behind(at=timezone.now()):
        work_on_file.delay(file.pk)
