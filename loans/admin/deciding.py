"""What officers do with proposed adjustments: deciding, offering, booking and withdrawing them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils import timezone

from loans.admin.proposals import Decline, WithOptionalReason
from loans.operations import amendment_letters, servicing
from loans.queries import amendments
from loans.rules.states import AdjustmentState
from loans.rules.term_sheets import MOST_DAYS
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.fields import DateInput
from together.controls.admin.showing import day, digest, link, money
from together.controls.models import Decision
from together.controls.operations import approvals
from together.ledger.rules.money import Money, from_cents, shown


def state(adjustment: Any) -> str:
    """
    Give the state of an adjustment as people see it.

    ``passed`` and ``declined`` are counted decisions, and it is read ``with_letters``.
    """
    if adjustment.state != AdjustmentState.PROPOSED:
        return str(adjustment.state)
    if adjustment.declined:
        return "declined"
    if adjustment.passed < len(adjustment.approval.roles):
        return "proposed"
    if not amendments.needs_borrower(adjustment):
        return "approved"
    return amendments.offer_state(adjustment, timezone.now().date())


# Of an accepted one the operation says whether it can still be given up.
OPEN_OFFERS = (amendments.TO_OFFER, amendments.OFFERED, amendments.ACCEPTED, amendments.REFUSED)


class IssueLetter(forms.Form):
    lapses_on = forms.DateField(
        label="Lapses on",
        widget=DateInput(),
        help_text=f"It can be accepted up to the day before; at most {MOST_DAYS} days from today.",
    )


def _issue(call: Call) -> Done:
    made = amendment_letters.issue(
        adjustment=call.record, lapses_on=call.values["lapses_on"], by=call.by, at=call.at
    )
    return Done(f"{made.number} waits for {made.loan.institution} in the portal.", made)


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


ISSUE_ACT = Act(
    "letter",
    "Issue the amendment letter",
    "loans.write",
    _issue,
    _bound,
    _in(amendments.TO_OFFER, amendments.OFFERED, amendments.REFUSED),
    IssueLetter,
    button="Issue it",
    warning="Its PDF is filed, and the borrower's Admin or Manager accepts or declines it in the"
    " portal. It tells the schedule before and after and the present value of both; not the reason"
    " below, who approved it, or the entry. A version before it is superseded.",
)
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
    ISSUE_ACT,
    Act(
        "book",
        "Book",
        "loans.write",
        _book,
        _bound,
        _in("approved", amendments.ACCEPTED),
        has_step_up=True,
    ),
    Act(
        "withdraw",
        "Withdraw",
        "loans.propose",
        _withdraw,
        _bound,
        _in("proposed", "approved", "declined", *OPEN_OFFERS),
        tone="danger",
    ),
)
