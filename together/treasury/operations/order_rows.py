"""Writing the waves, batches and instructions of an order down, the last by COPY."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

from together.treasury.models import Batch, Disbursement, RailPolicy, Wave
from together.treasury.operations.orders import Payment
from together.treasury.rules import waves as wave_rules

COPY = (
    "COPY treasury_instruction (batch_id, kind, subject, reference, payee, amount, asset,"
    " state, tries, worker, rail_reference, destination_id) FROM STDIN"
)
Cut = Mapping[int, Sequence[Payment]]


def cut(disbursement: Disbursement, rows: Sequence[Payment]) -> Cut:
    """Cut payments into waves as the policy of their rail has it; nothing if none is possible."""
    policy = RailPolicy.objects.get(pk=disbursement.account.kind).waves
    planned = wave_rules.plan(
        [(row.reference, row.amount) for row in rows],
        promised=disbursement.pool.promised,
        policy=policy,
    )
    # Within a wave payments stand in the order of their references.
    return {number: [rows[n] for n in sorted(found)] for number, found in planned.items()}


def sizes(waves: Cut) -> list[list[int]]:
    """Give number, count and total of each wave, as an approval binds them."""
    return [
        [number, len(rows), sum(row.amount for row in rows)]
        for number, rows in sorted(waves.items())
    ]


def write(disbursement: Disbursement, waves: Cut, *, batch_size: int) -> None:
    """Write a saved disbursement's waves, their batches and all instructions."""
    numbers = iter(range(1, disbursement.count + 1))
    pairs: list[tuple[Batch, Sequence[Payment]]] = []
    for number, count, total in sizes(waves):
        wave = Wave.objects.create(
            disbursement=disbursement, number=number, count=count, total=total
        )
        for part in _parts(waves[number], batch_size):
            batch = Batch(
                number=f"{disbursement.number}-{next(numbers):04d}",
                disbursement=disbursement,
                wave=wave,
                count=len(part),
                total=sum(row.amount for row in part),
            )
            pairs.append((batch, part))
    Batch.objects.bulk_create([batch for batch, _ in pairs])
    _copy(disbursement, pairs)


def _parts(rows: Sequence[Payment], size: int) -> Iterator[Sequence[Payment]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _copy(disbursement: Disbursement, pairs: Sequence[tuple[Batch, Sequence[Payment]]]) -> None:
    asset = disbursement.pool.asset
    with (
        connection.wrap_database_errors,  # the raw COPY speaks psycopg's errors
        connection.cursor() as cursor,
        cursor.copy(COPY) as copy,
    ):
        for batch, part in pairs:
            for row in part:
                named = [batch.pk, disbursement.kind, row.subject, row.reference, row.payee]
                to = row.destination and row.destination.pk
                copy.write_row([*named, row.amount, asset, "ready", 0, "", "", to])
