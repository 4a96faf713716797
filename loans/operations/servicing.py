"""Servicing: an event of a loan is proposed with its difference, approved, and booked."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans.models import Adjustment, Event, Loan
from loans.operations import amendment_letters, books, effects
from loans.operations.closing import is_repaid
from loans.operations.effects import NotAdjustable
from loans.queries.differences import Difference
from loans.queries.lives import books_day, incoming
from loans.queries.receipts import DRAWN
from loans.rules.adjustments import RECEIVED, words
from loans.rules.states import ADJUSTMENT_MOVES, LOAN_MOVES, AdjustmentState, LoanState
from loans.rules.target import Target
from together import Refused
from together.controls.models import Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.treasury.models import StatementLine

KIND = "loan.adjustment"


class LoanHasChanged(Refused):
    """Raised when a loan has other events by now than a difference was computed on."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is proposed: an event as section 7 of the calculation contract names it.

    ``amount`` is in minor units; ``further`` holds the other fields of the kind; ``target`` is the
    earlier event that it points at.
    """

    type: str
    on: date
    amount: int | None = None
    further: dict[str, Any] = field(default_factory=dict)
    target: Event | None = None


@transaction.atomic(durable=True)
def propose(*, loan: Loan, facts: Facts, reason: str, by: Person, at: datetime) -> Adjustment:
    """
    Propose an event: compute what it changes, and ask for approval of exactly that.

    :raises NotAdjustable: if the engine refuses it, or it is no event that a person may propose
    """
    people.demand(by, "loans.propose")
    loan = drawn(loan)
    further = dict(facts.further)
    if facts.type == "charge" and facts.on > at.date():
        # It takes effect when it is recorded, and is due later.
        further["recorded_on"] = at.date().isoformat()
    return ask(
        Adjustment(
            loan=loan,
            type=facts.type,
            on=facts.on,
            amount=facts.amount,
            further=further,
            target=facts.target,
        ),
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def propose_receipt(
    *,
    loan: Loan,
    line: StatementLine,
    reason: str,
    by: Person,
    at: datetime,
    kind: str = "",
) -> Adjustment:
    """
    Propose to allocate a receipt of a day that the loan is closed for, with the bank's date.

    Without a ``kind`` it is a repayment, or a recovery if the loan was written off by then.

    :raises NotAdjustable: if the loan cannot take it, or it is on a loan already
    """
    people.demand(by, "loans.propose")
    loan = drawn(loan)
    if not line.is_receipt or line.pool_id != loan.pool_id:
        raise NotAdjustable(f"line: {line.entry_id} is no receipt of the pool of {loan.number}")
    if line.account.asset != loan.pool.asset:
        raise NotAdjustable(
            f"line: {line.entry_id} is in {line.account.asset}, {loan.number} in {loan.pool.asset}"
        )
    on = line.booked_at.date()
    adjustment = Adjustment(loan=loan, on=on, amount=line.amount, line=line)
    adjustment.type = kind or incoming(loan, on, line.amount).type
    return ask(adjustment, reason=reason, by=by, at=at)


def ask(adjustment: Adjustment, *, reason: str, by: Person, at: datetime) -> Adjustment:
    """Fill a proposal with what it changes, ask for its approval and record it; part of others."""
    if not reason.strip() or len(reason) > 400:
        raise NotAdjustable("reason: must be given, in up to 400 letters")
    adjustment.number = next_number(Adjustment, "ADJ")
    adjustment.reason, adjustment.proposed_by, adjustment.proposed_at = reason, by, at
    loan = adjustment.loan
    adjustment.event_count = len(loan.events.all())
    found = effects.difference(adjustment, at.date())
    adjustment.as_of = found.as_of
    adjustment.difference = effects.document(found, loan)
    adjustment.approval = approvals.request(
        kind=KIND,
        subject=adjustment.number,
        effect=effects.effect(adjustment),
        amount_cents=effects.cents(adjustment),
        by=by,
        at=at,
    )
    adjustment.save(force_insert=True)
    record(
        what="loan.adjustment_proposed",
        subject=loan.number,
        by=by,
        at=at,
        details={"adjustment": adjustment.number, "type": adjustment.type, "reason": reason},
    )
    return adjustment


@transaction.atomic(durable=True)
def withdraw(*, adjustment: Adjustment, by: Person, at: datetime) -> Adjustment:
    """
    Give a proposal up: what was not booked never will be.

    :raises Promised: if its borrower accepted it, and it can still be booked
    :raises NotPossibleNow: if it is booked or withdrawn already
    """
    people.demand(by, "loans.propose")
    books.locked(adjustment.loan)
    adjustment = _locked(adjustment)
    amendment_letters.demand_free(adjustment)
    _end(adjustment, AdjustmentState.WITHDRAWN, by, at)
    amendment_letters.take_back(adjustment, by, at)
    record(
        what="loan.adjustment_withdrawn",
        subject=adjustment.loan.number,
        by=by,
        at=at,
        details={"adjustment": adjustment.number},
    )
    return adjustment


@transaction.atomic(durable=True)
def book(*, adjustment: Adjustment, by: Person, at: datetime) -> Adjustment:
    """
    Record an approved event, and book the difference that was approved in the open period.

    If days were closed since it was shown, the interest that they change is booked beside it.

    :raises LoanHasChanged: if the loan has other events than the difference was computed on
    :raises NotApproved: if exactly this difference did not pass its stages
    :raises NotAgreed: if its borrower must accept just that, and did not
    :raises NotAdjustable: if its receipt was allocated meanwhile
    :raises NotPossibleNow: if it is booked or withdrawn already
    """
    people.demand(by, "loans.write")
    # The loan before its adjustment, as when it is proposed: whoever comes second waits.
    loan = books.locked(adjustment.loan)
    adjustment = _locked(adjustment)
    adjustment.loan = loan
    _moved(adjustment, AdjustmentState.BOOKED)
    _demand_unchanged(adjustment)
    found = effects.difference(adjustment, at.date())
    adjustment.difference = effects.document(found, loan)
    approvals.demand(kind=KIND, subject=adjustment.number, effect=effects.effect(adjustment))
    amendment_letters.demand(adjustment, at.date())
    day = max(books_day(loan) or found.as_of, found.as_of)
    event = effects.as_event(adjustment)
    event.adjustment, event.recorded_at = adjustment, at
    event = books.append(event, by=by)
    now = _bring(loan, event, found, day, adjustment)
    _follow(loan, found, now, at)
    _end(adjustment, AdjustmentState.BOOKED, by, at)
    record(
        what=f"loan.{event.type}",
        subject=loan.number,
        by=by,
        at=at,
        details={
            "adjustment": adjustment.number,
            "event": event.sequence,
            "on": event.on.isoformat(),
            "booked_on": day.isoformat(),
        },
    )
    return adjustment


def _bring(
    loan: Loan, event: Event, found: Difference, day: date, adjustment: Adjustment
) -> Target:
    """Book interest up to the open day, then what was approved, then what days since change."""
    name = f"event:{event.sequence}"
    reached = books.post(
        loan, event=f"{name}:accrued", kind="LOAN_INTEREST", on=day, as_of=day, life=found.before
    ).now
    reached = books.post(
        loan,
        event=name,
        kind="LOAN_RECEIPT" if event.type in RECEIVED else f"LOAN_{event.type.upper()}",
        on=day,
        as_of=day,
        life=found.after,
        was=reached,
        now=reached + (found.now - found.was),
        narrative=f"{adjustment.number}: {words(event.type)} of {event.on}",
    ).now
    return books.bring(
        loan,
        event=f"{name}:since",
        kind="LOAN_INTEREST",
        on=day,
        as_of=day,
        life=found.after,
        was=reached,
    ).now


def _follow(loan: Loan, found: Difference, now: Target, at: datetime) -> None:
    """Let the state of a loan follow its life: written off, owing again, or as it was."""
    then = LoanState.ACTIVE
    if found.after.seen_at is not None:
        then = LoanState.WRITTEN_OFF
    elif loan.state == LoanState.CLOSED and is_repaid(now):
        then = LoanState.CLOSED
    if then == loan.state:
        return
    loan.state = lifecycle.move(LOAN_MOVES, LoanState(loan.state), then, what=f"loan {loan.number}")
    loan.save(update_fields=["state"])
    record(what=f"loan.became_{then.value}", subject=loan.number, by=None, at=at)


def drawn(loan: Loan) -> Loan:
    """
    Lock a loan that money was lent on.

    :raises NotAdjustable: if nothing is drawn yet
    """
    loan = books.locked(loan)
    if loan.state not in DRAWN:
        raise NotAdjustable(f"loan {loan.number} is {loan.state}: nothing is drawn yet")
    return loan


def _locked(adjustment: Adjustment) -> Adjustment:
    return (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("loan__pool", "target", "line", "approval")
        .get(pk=adjustment.pk)
    )


def _moved(adjustment: Adjustment, state: AdjustmentState) -> AdjustmentState:
    return lifecycle.move(
        ADJUSTMENT_MOVES,
        AdjustmentState(adjustment.state),
        state,
        what=f"adjustment {adjustment.number}",
    )


def _end(adjustment: Adjustment, state: AdjustmentState, by: Person, at: datetime) -> None:
    adjustment.state = _moved(adjustment, state)
    adjustment.ended_by, adjustment.ended_at = by, at
    adjustment.save(update_fields=["state", "ended_by", "ended_at"])


def _demand_unchanged(adjustment: Adjustment) -> None:
    loan = adjustment.loan
    count = len(loan.events.all())
    if count != adjustment.event_count:
        raise LoanHasChanged(
            f"adjustment {adjustment.number} was computed on {adjustment.event_count} events of"
            f" loan {loan.number}, which has {count} by now: propose it anew"
        )
