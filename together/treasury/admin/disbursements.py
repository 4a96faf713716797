"""The console's page over disbursements: waves, what may go wrong at most, the brake."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Effect, WithReason
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    Table,
    amount_column,
    digest,
    moment,
    moment_column,
    money,
    number,
    number_column,
    state_column,
)
from together.ledger.rules.money import Money
from together.treasury.admin import disbursement_tables as tables
from together.treasury.admin import files
from together.treasury.models import Brake, Instruction
from together.treasury.operations import brakes, disbursements
from together.treasury.operations.file_contents import BY_KIND
from together.treasury.queries import waves
from together.treasury.rules.states import DisbursementState
from together.treasury.tasks import pay_batch

STOPPED = "stopped"


def _release(call: Call) -> str:
    numbers = disbursements.release(
        disbursement=call.record, on=call.at.date(), by=call.by, at=call.at
    )
    return on_their_way(call, numbers)


def on_their_way(call: Call, numbers: Sequence[str]) -> str:
    """Ring for the batches that were released, and say what became of them."""
    funded = "1 batch is" if len(numbers) == 1 else f"{len(numbers):,} batches are"
    if call.record.account.kind in BY_KIND:
        return f"Released: {funded} funded; each waits for a payment file."

    def ring() -> None:
        for batch in numbers:
            pay_batch.delay(batch)

    # The release is committed; a doorbell that does not ring is rung again by the sweep. Not a
    # partial: where the broker is away, Django logs the name of what failed, and that has none.
    transaction.on_commit(ring, robust=True)
    return f"Released: {funded} funded and on {'its' if len(numbers) == 1 else 'their'} way."


def _withdraw(call: Call) -> str:
    disbursements.withdraw(disbursement=call.record, by=call.by, at=call.at)
    return f"{call.record.number} is given up; its payments can never be instructed again."


def _halt(call: Call) -> str:
    brakes.halt(disbursement=call.record, by=call.by, at=call.at, **call.values)
    return f"{call.record.number} is stopped: nothing more of it is sent until somebody resumes."


def _resume(call: Call) -> str:
    brakes.resume(disbursement=call.record, by=call.by, at=call.at, **call.values)
    return f"{call.record.number} goes on; workers find by themselves what is due."


def whole(disbursement: Any) -> Effect:
    """Tell in numbers what a disbursement is."""
    total = Money(disbursement.total, disbursement.account.asset)
    return (
        ("Payments", number(disbursement.count)),
        ("Total", money(total)),
        ("Batches", number(disbursement.batches.count())),
        ("From", f"{disbursement.source_code} {disbursement.source_subject}"),
        ("Pool", disbursement.pool.name),
        ("Paid from", str(disbursement.account)),
        ("Digest of every payment", digest(disbursement.effect_digest)),
    )


def _next(disbursement: Any) -> Effect:
    """Tell what the release of the next wave lets happen, at most, and what stands in its way."""
    loss, wave = waves.worst_loss(disbursement), waves.next_wave(disbursement)
    if loss is None or wave is None:
        return ()
    return (
        ("Next wave", f"{loss.wave}: {loss.payments:,} payments"),
        ("Can leave wrongly at most", money(loss.money)),
        ("Of the pool at most", loss.of_pool),
        ("In its way", waves.obstacle(wave) or "nothing"),
    )


def _of_release(disbursement: Any) -> Effect:
    return (*_next(disbursement), *whole(disbursement))


def _of_brake(disbursement: Any) -> Effect:
    open_ = waves.exposed(disbursement)
    return (
        ("Released and not taken yet", money(open_)),
        ("Not explained", "; ".join(waves.unexplained(disbursement)) or "nothing"),
    )


def brake_of(disbursement: Any) -> Brake | None:
    """Give the brake that stops a disbursement now."""
    found: Brake | None = disbursement.brakes.filter(resumed_at=None).first()
    return found


def _is_prepared(disbursement: Any) -> bool:
    return bool(disbursement.state == DisbursementState.PREPARED)


def _has_wave(disbursement: Any) -> bool:
    return (
        disbursement.state != DisbursementState.WITHDRAWN
        and waves.next_wave(disbursement) is not None
        and brake_of(disbursement) is None
    )


def _may_stop(disbursement: Any) -> bool:
    return disbursement.state == DisbursementState.RELEASED and brake_of(disbursement) is None


ACTS = (
    Act(
        "release",
        "Release the next wave",
        "treasury.write",
        _release,
        _of_release,
        lambda d: _has_wave(d) and not d.is_tested,
        has_step_up=True,
        warning="Passes only when exactly these payments were approved and the wave before is"
        " complete and explained to the cent. It cannot be undone.",
    ),
    Act(
        "withdraw",
        "Withdraw",
        "treasury.write",
        _withdraw,
        whole,
        _is_prepared,
        tone="danger",
    ),
    Act(
        "stop", "Stop", "treasury.halt", _halt, _of_brake, _may_stop, form=WithReason, tone="danger"
    ),
    Act(
        "resume",
        "Let it go on",
        "treasury.approve",
        _resume,
        _of_brake,
        lambda d: brake_of(d) is not None,
        form=WithReason,
        has_step_up=True,
        warning="Passes only when every cent is explained, and not for who stopped it or released"
        " a wave of it.",
    ),
)


class DisbursementAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "number",
        state_column(),
        "kind",
        "subject",
        number_column("count", "payments"),
        amount_column("total", lambda d: Money(d.total, d.account.asset), order="total"),
        moment_column("prepared_at", "prepared"),
        moment_column("released_at", "released"),
    )
    list_filter = ("state", "kind", "pool")
    found_by = ("number", "subject", "effect_digest")
    ordering = ("-id",)
    waits_for = {
        DisbursementState.PREPARED: "approval and release of its first wave",
        DisbursementState.RELEASED: "its payments to be settled, and the next wave to be released",
        DisbursementState.WITHDRAWN: "nothing: it was given up before release",
        STOPPED: "what stopped it to be explained, and somebody else to let it go on",
    }
    acts: ClassVar[tuple[Act, ...]] = ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = (
            super().get_queryset(request).select_related("pool", "account", "prepared_by")
        )
        return found

    def state_of(self, record: Any) -> str:
        return STOPPED if brake_of(record) else str(record.state)

    def note(self, record: Any) -> str:
        brake = brake_of(record)
        if brake:
            return f"Stopped on {brake.pulled_at:%-d %b %Y, %H:%M:%S} UTC: {brake.reason}"
        loss = waves.worst_loss(record)
        if loss is None or record.state == DisbursementState.WITHDRAWN:
            return ""
        return (
            f"Released next: {loss.wave}, {loss.payments:,} payments. Whatever is wrong with them,"
            f" at most {loss.money} leaves wrongly: {loss.of_pool} of the pool."
        )

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            *_next(record),
            *tables.pace_facts(record),
            *whole(record),
            ("Kind", record.kind),
            ("Subject", record.subject),
            ("Prepared by", record.prepared_by),
            ("Prepared", moment(record.prepared_at)),
            ("Released", moment(record.released_at)),
            approval_fact(record.approval_kind, record.number, record.effect_digest),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        by_state = files.by_state(
            Instruction.objects.filter(batch__disbursement=record), record.account.asset
        )
        waves_table, stops = tables.of_waves(record), tables.of_stops(record)
        return (waves_table, *stops, by_state, tables.of_batches(record))
