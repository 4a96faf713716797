"""Instructions of a disbursement, written down in batches of up to 1,000."""

from typing import TYPE_CHECKING

from django.db import connection

from together.treasury.models import Batch, Disbursement

if TYPE_CHECKING:
    from together.treasury.operations.disbursements import Payment

BATCH_SIZE = 1000


def write(disbursement: Disbursement, rows: "list[Payment]") -> None:
    """Write batches and instructions, the latter by COPY; part of preparing a disbursement."""
    asset = disbursement.pool.asset
    parts = [rows[at : at + BATCH_SIZE] for at in range(0, len(rows), BATCH_SIZE)]
    batches = Batch.objects.bulk_create(
        Batch(
            number=f"{disbursement.number}-{n:04d}",
            disbursement=disbursement,
            count=len(part),
            total=sum(row.amount for row in part),
        )
        for n, part in enumerate(parts, start=1)
    )
    with (
        connection.wrap_database_errors,  # the raw COPY speaks psycopg's errors
        connection.cursor() as cursor,
        cursor.copy(
            "COPY treasury_instruction (batch_id, kind, subject, reference, payee, amount, asset,"
            " state, tries, worker, rail_reference, destination_id) FROM STDIN"
        ) as copy,
    ):
        for batch, part in zip(batches, parts, strict=True):
            for row in part:
                copy.write_row(
                    [batch.pk, disbursement.kind, row.subject, row.reference, row.payee]
                    + [
                        row.amount,
                        asset,
                        "ready",
                        0,
                        "",
                        "",
                        row.destination and row.destination.pk,
                    ]
                )
