"""The servicing of the demo: a fee half waived, receipts put right, two restructures, a loss."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from loans.models import Adjustment, Event, Loan
from loans.operations import amendment_letters, receipts, servicing
from loans.operations.servicing import Facts
from loans.queries import amendments
from loans.queries.receipts import is_allocated
from loans.rules.adjustments import words
from loans.rules.amendments import WORDING
from loans.rules.institution_states import LetterState
from loans.rules.states import AdjustmentState
from together.console.operations.demo import borrowers, funds, paying
from together.console.operations.demo.borrowers import MISNAMED, slug_of, wallet_of
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Person
from together.ledger.rules.money import parse
from together.treasury.models import Pool, StatementLine

OPEN_FOR = timedelta(days=14)
NORTHGATE, LAGOON, PERIHEL, FERROVIA = "Northgate", "Lagoon", "Perihel", "Ferrovia"
# Lagoon sends this without naming its loan, and it is put on the wrong one first.
NAMELESS, NAMELESS_AMOUNT, SENT_AFTER = "LAGOON WITH THANKS", "25000", 100
PUT_RIGHT_AFTER = 112
RECOVERED, RECOVERED_AFTER = "150000", 300


@dataclass(frozen=True, slots=True)
class Step:
    """What is proposed for a borrower so many days after its drawdown, and why."""

    borrower: str
    after: int
    kind: str
    reason: str
    amount: str = ""
    further: dict[str, Any] = field(default_factory=dict)


RESTRUCTURED = "Asked for before it was late: one market it makes was closed"
STEPS = (
    Step(NORTHGATE, 40, "charge", "Audited accounts came late", "1500", {"kind": "fee"}),
    Step(NORTHGATE, 45, "charge_waiver", "Half of it, for the first time", "750"),
    Step(NORTHGATE, PUT_RIGHT_AFTER, "reversal", "The money was Lagoon's: its bank says so"),
    Step(LAGOON, 150, "re_age", "Restructured as its lenders agreed", further={"instalments": 8}),
    Step(FERROVIA, 170, "rate_change", RESTRUCTURED, further={"rate": "0.03"}),
    Step(FERROVIA, 170, "extend", RESTRUCTURED, further={"instalments": 4}),
    Step(PERIHEL, 185, "charge_off", "Insolvent", further={"behaviour": "zero_interest"}),
    Step(PERIHEL, 215, "write_off", "The administrator expects little"),
)


def days(loan: Loan) -> set[date]:
    """Give the days on which something happens to a loan beside its schedule."""
    after = [step.after for step in STEPS if _is(loan, step.borrower)]
    if _is(loan, LAGOON):
        after += [SENT_AFTER, PUT_RIGHT_AFTER]
    if _is(loan, PERIHEL):
        after.append(RECOVERED_AFTER)
    return {paying.drawn(loan) + timedelta(days=one) for one in after}


def send(pool: Pool, day: date) -> None:
    """Send what comes in beside the schedules on a day: money without a name, a recovery."""
    for loan in _loans(pool):
        after = _after(loan, day)
        if _is(loan, LAGOON) and after == SENT_AFTER:
            _receive(loan, NAMELESS, NAMELESS_AMOUNT)
        if _is(loan, PERIHEL) and after == RECOVERED_AFTER:
            _receive(loan, loan.number, RECOVERED)


def live(pool: Pool, day: date, *, cast: People, at: datetime, tell: Tell) -> None:
    """Do what happens to the loans of the demo on a day."""
    for loan in _loans(pool):
        after = _after(loan, day)
        if _is(loan, NORTHGATE) and after == SENT_AFTER:
            _mistake(loan, cast=cast, at=at, tell=tell)
        for step in STEPS:
            if step.after == after and _is(loan, step.borrower):
                _do(loan, step, day, cast=cast, at=at, tell=tell)
        if _is(loan, LAGOON) and after == PUT_RIGHT_AFTER:
            reason = "Sent for this loan; it was put on another by mistake"
            _put_right(loan, NAMELESS, reason, cast=cast, at=at, tell=tell)
        if borrowers.of(loan.institution.lei).habit == MISNAMED:
            _found_out(loan, day, cast=cast, at=at, tell=tell)


def _found_out(loan: Loan, day: date, *, cast: People, at: datetime, tell: Tell) -> None:
    """Put money on its loan that named another one, or none, and waited since."""
    for reference in paying.MISNAMED.values():
        line = StatementLine.objects.filter(pool=loan.pool, reference=reference).first()
        if line and line.booked_at.date() + paying.FOUND_OUT <= day and not is_allocated(line):
            tell(f"{loan.number}: {funds.usdc(line.amount)} named {reference!r} and waited")
            reason = "It came from the wallet of this borrower, for the instalment of that day"
            _put_right(loan, reference, reason, cast=cast, at=at, tell=tell)


def _mistake(loan: Loan, *, cast: People, at: datetime, tell: Tell) -> None:
    """Put money that names no loan on the wrong one."""
    line = StatementLine.objects.filter(pool=loan.pool, reference=NAMELESS).first()
    if line is None or Event.objects.filter(line=line).exists():
        return
    receipts.assign(line=line, loan=loan, by=cast["loan_officer"], at=at)
    tell(f"{loan.number}: {funds.usdc(line.amount)} without a name are put on it, by mistake")


def _put_right(
    loan: Loan, reference: str, reason: str, *, cast: People, at: datetime, tell: Tell
) -> None:
    """Propose the money for the loan that it belongs to, with the day that it came in."""
    line = StatementLine.objects.filter(pool=loan.pool, reference=reference).first()
    if line is None or is_allocated(line):
        return
    known = _waiting(loan, line=line)
    asked = known or servicing.propose_receipt(
        loan=loan,
        line=line,
        reason=reason,
        by=cast["loan_officer"],
        at=at,
    )
    _book(asked, cast=cast, at=at, tell=tell)


def _do(loan: Loan, step: Step, day: date, *, cast: People, at: datetime, tell: Tell) -> None:
    """Propose a step, let it be approved, and book it; once, however often the day is lived."""
    if loan.events.filter(type=step.kind, on=day).exists():
        return
    asked = _waiting(loan, type=step.kind, on=day) or servicing.propose(
        loan=loan,
        facts=Facts(
            type=step.kind,
            on=day,
            amount=parse(step.amount, loan.pool.asset).minor_units if step.amount else None,
            further=_further(step, day),
            target=_mistaken(loan) if step.kind == "reversal" else None,
        ),
        reason=step.reason,
        by=cast["loan_officer"],
        at=at,
    )
    _book(asked, cast=cast, at=at, tell=tell)


def _further(step: Step, day: date) -> dict[str, Any]:
    if step.kind != "re_age":
        return step.further
    period = {"every": 3, "unit": "month"}
    first = (day + timedelta(days=90)).isoformat()
    return {**step.further, "first_due_date": first, "period": period}


def _book(asked: Adjustment, *, cast: People, at: datetime, tell: Tell) -> None:
    funds.agree(asked.approval, cast, at=at)
    _accepted(asked, cast=cast, at=at, tell=tell)
    servicing.book(adjustment=asked, by=cast["loan_officer"], at=at)
    before, after = (total["outstanding"] for total in asked.difference["totals"])
    tell(
        f"{asked.loan.number}: {words(asked.type)} of {asked.on} ({asked.number}) approved:"
        f" outstanding {funds.usdc(before)} -> {funds.usdc(after)}"
    )


def _accepted(asked: Adjustment, *, cast: People, at: datetime, tell: Tell) -> None:
    """Issue the letter of an amendment, and let the Admin of its borrower accept it."""
    if not amendments.needs_borrower(asked):
        return
    letter = amendments.newest(asked) or amendment_letters.issue(
        adjustment=asked, lapses_on=at.date() + OPEN_FOR, by=cast["loan_officer"], at=at
    )
    if letter.state == LetterState.ISSUED:
        name = asked.loan.institution.legal_name
        amendment_letters.accept(
            letter=letter,
            digest=letter.digest,
            wording=WORDING,
            may_sign=True,
            by=Person.objects.get(username=f"{slug_of(name)}-admin"),
            at=at,
        )
        tell(f"{asked.loan.number}: amendment letter {letter.number} is accepted by {name}")


def _mistaken(loan: Loan) -> Event:
    return loan.events.get(line__reference=NAMELESS)


def _waiting(loan: Loan, **facts: Any) -> Adjustment | None:
    """Give what was proposed before the demo was stopped."""
    waiting = loan.adjustments.filter(state=AdjustmentState.PROPOSED, **facts)
    return waiting.select_related("loan__pool", "approval").first()


def _receive(loan: Loan, reference: str, amount: str) -> None:
    money = parse(amount, loan.pool.asset)
    funds.world().receive(
        wallet=loan.pool.main_account.identifier,
        reference=reference,
        counterparty=wallet_of(loan.institution.legal_name),
        amount=money.minor_units,
        asset=money.asset,
        origin=f"{loan.number}:{reference}",
    )


def _loans(pool: Pool) -> list[Loan]:
    drawn = Loan.objects.filter(pool=pool, business_date__isnull=False)
    return list(drawn.select_related("institution", "pool").order_by("number"))


def _after(loan: Loan, day: date) -> int:
    return (day - paying.drawn(loan)).days


def _is(loan: Loan, borrower: str) -> bool:
    return loan.institution.legal_name.startswith(borrower)
