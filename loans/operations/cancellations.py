"""Cancellations: what is asked or proposed not to be drawn of a commitment, and taking it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from loans.models import Cancellation, Loan
from loans.operations import books
from loans.operations.allowed import demand_own
from loans.rules.cancellations import WORDS, Side, faults
from loans.rules.institution_states import CANCELLATION_MOVES, CancellationState
from loans.rules.states import LoanState
from together import Refused
from together.controls.models import Approval, Document, Person
from together.controls.operations import approvals, documents, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import Money, in_cents

KIND = "loan.cancellation"
DOCUMENT_KIND = "commitment.cancellation"
DAY = timedelta(days=1)
log = structlog.get_logger(__name__)


class BadCancellation(Refused):
    """Raised when a cancellation cannot be so; says which field, its value and the rule."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What shows that a cancellation was asked for, or may be declared, as it came in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What shall be cancelled, by whom and why: all that is not drawn if no ``amount`` is named.

    ``on`` is the day at whose end a borrower's own notice takes effect; else it is today.
    """

    side: Side
    amount: Money | None
    on: date | None
    reason: str


@transaction.atomic(durable=True)
def ask(
    *, loan: Loan, amount: Money | None, on: date, reason: str, by: Person, at: datetime
) -> Cancellation:
    """
    Give notice that a borrower will not draw an amount, all of it if none is named.

    By its own people in the portal, who need nobody's consent. It takes effect at the end of the
    day ``on``, and until then may be taken back; meanwhile nothing is drawn.

    :raises NotAllowed: if they do not act for the institution
    :raises BadCancellation: naming the field, its value and the rule
    :raises NotPossibleNow: if the loan is not committed, or a drawdown or cancellation is under way
    """
    loan = books.locked(loan)
    demand_own(by, "portal.act", loan.institution)
    found = _made(loan, Wanted(Side.BORROWER, amount, on, reason), at)
    found.asked_by = by
    found.save(force_insert=True)
    written(found, "asked", by, at)
    return found


@transaction.atomic(durable=True)
def enter(
    *,
    loan: Loan,
    side: Side,
    amount: Money | None,
    reason: str,
    paper: Paper | None,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Propose a cancellation: the lender's own, or one that the borrower asked for on paper.

    The paper is filed about the loan. A second officer approves just this; nothing is drawn
    meanwhile.

    :raises NotAllowed: if it is no loan officer who asks
    :raises BadCancellation: naming the field, its value and the rule
    :raises NotPossibleNow: if the loan is not committed, or a drawdown or cancellation is under way
    """
    people.demand(by, "loans.write")
    loan = books.locked(loan)
    if side not in (Side.BORROWER, Side.LENDER):
        raise BadCancellation(f"side: nobody enters what is cancelled {WORDS[side]}")
    if side == Side.BORROWER and paper is None:
        raise BadCancellation("paper: it must show that the borrower asked for it")
    found = _made(loan, Wanted(side, amount, None, reason), at)
    found.asked_by = by
    found.document = _filed(found, paper, by, at) if paper else None
    asked = effect(found)
    found.effect_digest = approvals.digest(asked)
    found.save(force_insert=True)
    written(found, "proposed", by, at)
    return approvals.request(
        kind=KIND,
        subject=found.number,
        effect=asked,
        amount_cents=in_cents(found.amount, loan.pool.asset),
        by=by,
        at=at,
    )


def effect(cancellation: Cancellation) -> dict[str, Any]:
    """Give what the approval binds: of which loan, by whom, how much, why, shown by what."""
    document = cancellation.document
    return {
        "number": cancellation.number,
        "loan": cancellation.loan.number,
        "pool": cancellation.loan.pool_id,
        "side": str(cancellation.side),
        "amount": cancellation.amount,
        "committed": cancellation.loan.commitment,
        "reason": cancellation.reason,
        "document": document.number if document else "",
        "document_digest": document.content_id if document else "",
    }


@transaction.atomic(durable=True)
def withdraw(*, cancellation: Cancellation, by: Person, at: datetime) -> None:
    """
    Take a cancellation back that did not take effect: the loan may be drawn as before.

    :raises NotAllowed: if it is neither the institution's own people who gave the notice, nor an
        officer for what officers entered
    :raises NotPossibleNow: if it took effect or was taken back
    """
    loan = books.locked(cancellation.loan)
    cancellation = locked(cancellation, loan)
    if cancellation.effect_digest:
        people.demand(by, "loans.write")
    else:
        demand_own(by, "portal.act", loan.institution)
    give_up(cancellation, by, at)


def _made(loan: Loan, wanted: Wanted, at: datetime) -> Cancellation:
    """Check a cancellation of a locked loan, and give it."""
    if loan.state != LoanState.COMMITTED:
        raise lifecycle.NotPossibleNow(f"loan {loan.number} is {loan.state}, not committed")
    waiting = loan.cancellations.filter(state=CancellationState.PROPOSED).first()
    if waiting is not None:
        said = f"{waiting.number} of loan {loan.number} waits already: withdraw it first"
        raise lifecycle.NotPossibleNow(said)
    whole = Money(loan.commitment, loan.pool.asset)
    amount, on = wanted.amount or whole, wanted.on or at.date()
    if amount.asset != whole.asset:
        raise BadCancellation(f"amount: {amount} is not in {whole.asset}")
    found = faults(amount, whole, on, at.date(), wanted.reason)
    if found:
        raise BadCancellation(f"loan {loan.number}: {'; '.join(found)}")
    return new(loan, Wanted(wanted.side, amount, on, wanted.reason.strip()), at)


def new(loan: Loan, wanted: Wanted, at: datetime) -> Cancellation:
    """Give a cancellation of a locked loan that is not written down yet; part of others."""
    amount = wanted.amount.minor_units if wanted.amount else loan.commitment
    return Cancellation(
        number=next_number(Cancellation, "CAN"),
        loan=loan,
        side=wanted.side,
        amount=amount,
        on=wanted.on or at.date(),
        reason=wanted.reason,
        asked_at=at,
    )


def _filed(cancellation: Cancellation, paper: Paper, by: Person, at: datetime) -> Document:
    return documents.keep(
        area="loans",
        subject=cancellation.loan.number,
        kind=DOCUMENT_KIND,
        title=f"Cancellation {cancellation.number} of loan {cancellation.loan.number}",
        name=paper.name,
        data=paper.data,
        by=by,
        at=at,
    )


def locked(cancellation: Cancellation, loan: Loan) -> Cancellation:
    """Lock a cancellation of a loan that is locked already; part of others."""
    found = Cancellation.objects.select_for_update(of=("self",)).select_related("document")
    cancellation = found.get(pk=cancellation.pk)
    cancellation.loan = loan
    return cancellation


def moved(cancellation: Cancellation, state: CancellationState) -> CancellationState:
    """Give the next state of a cancellation, along its table."""
    return lifecycle.move(
        CANCELLATION_MOVES,
        CancellationState(cancellation.state),
        state,
        what=f"cancellation {cancellation.number}",
    )


def give_up(cancellation: Cancellation, by: Person | None, at: datetime) -> None:
    """Take a locked cancellation back; part of others."""
    cancellation.state = moved(cancellation, CancellationState.WITHDRAWN)
    cancellation.save(update_fields=["state"])
    written(cancellation, "withdrawn", by, at)


def written(
    cancellation: Cancellation, what: str, by: Person | None, at: datetime, **more: Any
) -> None:
    """Write down what was done with a cancellation."""
    record(
        what=f"loan.cancellation_{what}",
        subject=cancellation.loan.number,
        by=by,
        at=at,
        details={
            "cancellation": cancellation.number,
            "side": str(cancellation.side),
            "amount": cancellation.amount,
            **more,
        },
    )
