"""What officers do with adjustments: proposing, deciding, booking and withdrawing them."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from loans.admin.proposals import (
    Charge,
    ChargeOff,
    Credit,
    Decline,
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
    WithOptionalReason,
    WriteOff,
)
from loans.models import Adjustment, Event, Loan
from loans.operations import servicing
from loans.operations.effects import NotAdjustable
from loans.operations.servicing import Facts
from loans.queries.standing import standing
from loans.rules.states import AdjustmentState, LoanState
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.showing import day, digest, link, money
from together.controls.models import Decision
from together.controls.operations import approvals
from together.ledger.rules.money import Money, from_cents, shown
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


def state(adjustment: Any) -> str:
    """Give the state of an adjustment as people see it; ``passed`` and ``declined`` are counted."""
    if adjustment.state != AdjustmentState.PROPOSED:
        return str(adjustment.state)
    if adjustment.declined:
        return "declined"
    return "approved" if adjustment.passed >= len(adjustment.approval.roles) else "proposed"


def _decide(verdict: Decision.Verdict) -> Callable[[Call], str]:
    def do(call: Call) -> str:
        decision = approvals.decide(
            approval=call.record.approval,
            verdict=verdict,
            reason=call.values["reason"],
            by=call.by,
            at=call.at,
        )
        return f"{call.record.number}: stage {decision.stage} is {verdict.value}."

    return do


def _book(call: Call) -> Done:
    done = servicing.book(adjustment=call.record, by=call.by, at=call.at)
    return Done(f"{done.number} is booked as event {done.event.sequence}.", done)


def _withdraw(call: Call) -> str:
    servicing.withdraw(adjustment=call.record, by=call.by, at=call.at)
    return f"{call.record.number} is withdrawn."


def _bound(adjustment: Any) -> Effect:
    asset = adjustment.loan.pool.asset
    moved = sum(amount for _, _, amount in adjustment.difference["entry"] if amount > 0)
    was, now = (total["outstanding"] for total in adjustment.difference["totals"])
    return (
        ("Loan", link(adjustment.loan)),
        ("Kind", adjustment.get_type_display()),
        ("Its own day", day(adjustment.on)),
        ("Moves in the books", money(Money(moved, asset))),
        ("Outstanding before", money(Money(was, asset))),
        ("Outstanding after", money(Money(now, asset))),
        *_worth(adjustment.difference.get("modification", {}), asset),
        ("Amount to approve", money(from_cents(adjustment.approval.amount_cents, asset))),
        ("Reason", adjustment.reason),
        ("Digest of the effect", digest(adjustment.approval.effect_digest)),
    )


def _worth(worth: dict[str, Any], asset: str) -> Effect:
    if "gain" not in worth:
        return ()
    lost = "Gain" if worth["gain"] > 0 else "Loss"
    return (
        ("Present value before", money(Money(worth["before"], asset))),
        ("Present value after", money(Money(worth["after"], asset))),
        (f"{lost} on the modification", f"{shown(worth['gain'], asset)} ({worth['per_cent']} %)"),
    )


def _in(*states: str) -> Callable[[Any], bool]:
    return lambda adjustment: state(adjustment) in states


ADJUSTMENT_ACTS = (
    Act(
        "approve",
        "Approve",
        "loans.approve",
        _decide(Decision.Verdict.APPROVED),
        _bound,
        _in("proposed"),
        WithOptionalReason,
        has_step_up=True,
    ),
    Act(
        "decline",
        "Decline",
        "loans.approve",
        _decide(Decision.Verdict.DECLINED),
        _bound,
        _in("proposed"),
        Decline,
        tone="danger",
        has_step_up=True,
    ),
    Act("book", "Book", "loans.write", _book, _bound, _in("approved"), has_step_up=True),
    Act(
        "withdraw",
        "Withdraw",
        "loans.propose",
        _withdraw,
        _bound,
        _in("proposed", "approved", "declined"),
        tone="danger",
    ),
)
