"""Decisions into PostgreSQL: copied into the partition of their run, then checked."""

import tempfile
from pathlib import Path

from django.db import connection
from django.db.models import Sum

from retail_claims.models import Decision, Finding, Run
from retail_claims.queries import decision_rows
from retail_claims.rules.findings import PAYEES
from retail_claims.rules.states import FindingState
from together import Refused
from together.ledger.rules.money import ASSETS

CHUNK = 1 << 20


class NotWhatWasComputed(Refused):
    """Raised when the stored decisions do not add up to the run's summary."""


def copy_in(*, run: Run, file: Path, table: str, asset: str) -> None:
    """
    Copy a run's decisions file into a table of the database, with ids of the run.

    Money is turned from eight decimals into minor units of ``asset``, exactly or not at all.
    """
    accounts = run.evidence.files.get("accounts", {}).get("path")
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "decisions.csv"
        decision_rows.write_csv(
            decisions=file,
            accounts=accounts,
            chosen=chosen_payees(run.programme_id),
            run=run.pk,
            decimals=ASSETS[asset],
            out=rows,
        )
        with connection.cursor() as cursor, rows.open("rb") as source:
            names = ", ".join(decision_rows.COLUMNS)
            statement = f"COPY {table} ({names}) FROM STDIN (FORMAT csv, NULL '\\N')"
            with cursor.copy(statement) as copy:
                while chunk := source.read(CHUNK):
                    copy.write(chunk)


def chosen_payees(programme: str) -> dict[str, str]:
    """Give the account that findings in force chose to pay each person of a programme on."""
    found = Finding.objects.filter(
        programme=programme, role=PAYEES, state=FindingState.IN_FORCE, counts=True
    )
    return {one.cells["person_id"]: one.cells["account_id"] for one in found}


def demand_totals(*, run: Run) -> None:
    """
    Compare the stored rows with the run's totals.

    :raises NotWhatWasComputed: if one differs
    """
    stored = Decision.objects.filter(run=run)
    sums = stored.aggregate(award=Sum("award"), escrow=Sum("escrow"), payable=Sum("payable"))
    found = (stored.count(), sums["award"] or 0, sums["escrow"] or 0, sums["payable"] or 0)
    expected = (run.persons, run.award_total, run.escrow_total, run.payable_total)
    if found != expected:
        raise NotWhatWasComputed(f"run {run.number}: stored {found}, computed {expected}")
