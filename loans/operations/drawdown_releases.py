"""Releases of drawdowns: tested once more, and released in the same transaction."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from loans.models import DrawdownTest, Loan
from loans.operations import books, soundness
from loans.queries import collateral, limits, verifications
from loans.queries.term_sheets import accepted
from loans.rules.loan_to_value import percent
from loans.rules.states import LoanState
from together import Refused
from together.controls.models import Person
from together.controls.rules import lifecycle
from together.ledger.rules.money import Money
from together.treasury.models import Disbursement
from together.treasury.operations import disbursements
from together.treasury.rules.states import DISBURSEMENT_MOVES, DisbursementState


class Stopped(Refused):
    """Raised when a drawdown must not go out by now; says everything against it, and what helps."""


WHAT_HELPS = "It goes on once that is put right; else withdraw it, and it may be asked for anew."


@transaction.atomic(durable=True)
def release(*, disbursement: Disbursement, on: date, by: Person, at: datetime) -> list[str]:
    """
    Ask once more for all that a drawdown rests on, and release its order, which is approved.

    Between asking and releasing days may pass: a hit on a sanctions list, a breach, an expired
    verification, a lowered limit, a fall in prices or the end of the availability period stops it.
    What was found is kept. Gives the numbers of the batches.

    :raises Stopped: if something stands against it, with all of it
    :raises NotAllowed: if it is no treasury officer who asks
    :raises NotApproved: if exactly this payment did not pass its stages
    :raises NotPossibleNow: if it was released or withdrawn, or is the drawdown of no loan
    :raises Overdrawn: if the commitment holds less
    """
    loan = _locked(disbursement)
    now = Disbursement.objects.select_for_update().get(pk=disbursement.pk)
    lifecycle.move(
        DISBURSEMENT_MOVES,
        now.state,
        DisbursementState.RELEASED,
        what=f"disbursement {now.number}",
    )
    why = soundness.stops(loan, at)
    if why:
        raise Stopped(f"{disbursement.number} is stopped: {'; '.join(why)}. {WHAT_HELPS}")
    DrawdownTest.objects.create(
        loan=loan,
        disbursement=disbursement,
        amount=disbursement.total,
        found=_found(loan, at),
        tested_by=by,
        tested_at=at,
    )
    return disbursements.release_tested(disbursement=disbursement, on=on, by=by, at=at)


def stops(disbursement: Disbursement, at: datetime) -> list[str]:
    """Say everything that would stop the release of a drawdown by now."""
    loan = _read().filter(disbursement=disbursement).first()
    return soundness.stops(loan, at) if loan else []


def room(test: DrawdownTest, said: dict[str, Any]) -> str:
    """Say how much of a limit was used when a drawdown was tested."""
    asset = test.disbursement.account.asset
    return f"{Money(said['used'], asset)} of {Money(said['limit'], asset)} used"


def _locked(disbursement: Disbursement) -> Loan:
    waiting = Loan.objects.filter(disbursement=disbursement, state=LoanState.DRAWING).first()
    if waiting is None or books.locked(waiting).state != LoanState.DRAWING:
        said = f"disbursement {disbursement.number}: no loan waits for it"
        raise lifecycle.NotPossibleNow(said)
    return _read().get(pk=waiting.pk)


def _read() -> QuerySet[Loan]:
    return Loan.objects.select_related("pool", "institution__group", "application__pool")


def _found(loan: Loan, at: datetime) -> dict[str, Any]:
    """Write down what a drawdown rests on: names, the room in each limit, the loan to value."""
    rooms = limits.borrower_headrooms(loan.institution, Money(0, loan.pool.asset))
    verified = verifications.in_force(loan.institution, at.date())
    cover = collateral.covering(loan.application, at).cover
    return {
        "verification": verified.number if verified else None,
        "term_sheet": str(accepted(loan)),
        "limits": [
            {"name": one.name, "limit": one.limit.minor_units, "used": one.used.minor_units}
            for one in rooms
        ],
        "loan_to_value": percent(cover.ltv) if cover and cover.ltv is not None else None,
    }
