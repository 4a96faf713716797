"""What officers propose as adjustments of a loan, by forms."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from loans.admin.proposals import (
    Charge,
    ChargeOff,
    Credit,
    Extension,
    Margin,
    MoneyOut,
    MovedDueDate,
    Proposal,
    Rate,
    ReAge,
    Receipt,
    Reversal,
    Waiver,
    WriteOff,
)
from loans.models import Adjustment, Event, Loan
from loans.operations import servicing
from loans.operations.effects import NotAdjustable
from loans.operations.servicing import Facts
from loans.queries.standing import standing
from loans.rules.states import LoanState
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.showing import day, money
from together.ledger.rules.money import Money
from together.treasury.admin.pools import read_amount
from together.treasury.models import StatementLine

GROUP = "Propose an adjustment"
# Fields of a form that the event keeps under the contract's names.
FURTHER = ("kind", "rate", "spread", "instalments", "behaviour")


def _propose(kind: str) -> Callable[[Call], Done]:
    def do(call: Call) -> Done:
        loan, values = call.record, call.values
        amount = values.get("amount")
        further = {name: values[name] for name in FURTHER if name in values}
        further |= {n: values[n].isoformat() for n in ("to", "first_due_date") if n in values}
        if "unit" in values:
            further["period"] = {"every": values["every"], "unit": values["unit"]}
        facts = Facts(
            type=values.get("type", kind),
            on=values["on"],
            amount=read_amount(amount, loan.pool.asset, "amount").minor_units if amount else None,
            further=further,
            target=_event(loan, values.get("event")),
        )
        asked = servicing.propose(
            loan=loan, facts=facts, reason=values["reason"], by=call.by, at=call.at
        )
        return _asked(asked)

    return do


def _asked(asked: Adjustment) -> Done:
    roles = len(asked.approval.roles)
    return Done(
        f"{asked.number} is proposed. This is the difference it makes; nothing is booked before"
        f" {roles} {'stage has' if roles == 1 else 'stages have'} approved it.",
        asked,
    )


def _event(loan: Loan, sequence: int | None) -> Event | None:
    if sequence is None:
        return None
    found = loan.events.filter(sequence=sequence).select_related("target").first()
    if found is None:
        raise NotAdjustable(f"event: {loan.number} has no event {sequence}")
    return found


def _propose_receipt(call: Call) -> Done:
    values, loan = call.values, call.record
    line = StatementLine.objects.filter(
        account__pool=loan.pool, entry_id=values["entry_id"]
    ).first()
    if line is None:
        raise NotAdjustable(f"entry: {loan.pool} has no line {values['entry_id']}")
    asked = servicing.propose_receipt(
        loan=loan,
        line=line,
        kind=values["kind"],
        reason=values["reason"],
        by=call.by,
        at=call.at,
    )
    return _asked(asked)


def _owed(loan: Any) -> Effect:
    now = standing(loan, timezone.now().date())
    charges = sum(row.fees.minor_units + row.penalties.minor_units for row in now.instalments)
    return (
        ("Principal outstanding", money(now.principal_outstanding)),
        ("Interest accrued, unpaid", money(now.interest_accrued)),
        ("Charged so far", money(Money(charges, now.due_now.asset))),
        ("Overpaid", money(now.overpaid)),
        ("Closed up to", day(loan.business_date)),
    )


def _is_drawn(loan: Any) -> bool:
    return loan.state in (LoanState.ACTIVE, LoanState.CLOSED, LoanState.WRITTEN_OFF)


def _is_active(loan: Any) -> bool:
    return bool(loan.state == LoanState.ACTIVE)


def _floats(loan: Any) -> bool:
    return _is_active(loan) and bool(loan.terms.get("floating"))


WARNING = (
    "Nothing changes yet: the next page shows the difference, before and after, instalment by"
    " instalment. Somebody else approves exactly that."
)


def _act(name: str, label: str, form: type[Proposal], **named: Any) -> Act:
    given = {"do": _propose(name), "is_open": _is_drawn, **named}
    return Act(
        name.replace("_", "-"),
        label,
        "loans.propose",
        effect=_owed,
        form=form,
        warning=WARNING,
        group=GROUP,
        button="Propose",
        **given,
    )


PROPOSE_ACTS = (
    _act("charge", "Charge a fee or penalty", Charge),
    _act("waive", "Waive charges or interest", Waiver),
    _act("credit", "Credit the borrower", Credit),
    _act("late_receipt", "Allocate a receipt of a closed day", Receipt, do=_propose_receipt),
    _act("money_out", "Refund or charge back", MoneyOut),
    _act("reversal", "Reverse an event", Reversal),
    _act("rate_change", "Change the rate", Rate, is_open=_is_active),
    _act("margin_change", "Change the spread (margin)", Margin, is_open=_floats),
    _act("extend", "Extend", Extension, is_open=_is_active),
    _act("move_due_date", "Move a due date", MovedDueDate, is_open=_is_active),
    _act("re_age", "Restructure (re-age)", ReAge, is_open=_is_active),
    _act("charge_off", "Charge off", ChargeOff, is_open=_is_active),
    _act("write_off", "Write off", WriteOff, is_open=_is_active),
)
