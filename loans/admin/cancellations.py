"""The console's page over cancellations of commitments, and the act that proposes one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from loans.models import Cancellation, Loan
from loans.operations import cancellation_bookings, cancellations
from loans.operations.cancellations import KIND, Paper
from loans.rules.cancellations import MOST_LETTERS, WORDS, Side
from loans.rules.institution_states import CancellationState
from loans.rules.states import LoanState
from together.controls.admin.acts import Act, Call, Done, Effect, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import FileInput
from together.controls.admin.four_eyes import approval_fact, stages_to_pass
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    column,
    day,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.controls.rules.documents import MOST_BYTES
from together.ledger.rules.money import Money
from together.treasury.admin.pools import read_amount

PROPOSED = CancellationState.PROPOSED


class ProposeCancellation(forms.Form):
    side = forms.ChoiceField(
        label="Cancelled",
        choices=[(one.value, WORDS[one]) for one in (Side.LENDER, Side.BORROWER)],
        help_text="By the borrower needs the paper on which it asked for it.",
    )
    amount = forms.CharField(
        max_length=30,
        required=False,
        help_text="In whole units of the loan's asset; empty: all that is not drawn.",
    )
    reason = forms.CharField(
        max_length=MOST_LETTERS, help_text="Such as the event of default; the institution reads it."
    )
    file = forms.FileField(
        label="Paper",
        required=False,
        widget=FileInput,
        help_text=f"The notice, or what the lender relies on; up to {MOST_BYTES // 2**20} MB.",
    )


def _propose(call: Call) -> Done:
    loan, values = call.record, call.values
    amount, file = values["amount"], values["file"]
    asked = cancellations.enter(
        loan=loan,
        side=Side(values["side"]),
        amount=read_amount(amount, loan.pool.asset) if amount else None,
        reason=values["reason"],
        paper=Paper(file.name, file.read()) if file else None,
        by=call.by,
        at=call.at,
    )
    made = Cancellation.objects.get(number=asked.subject)
    return Done(f"{made} is proposed; {stages_to_pass(asked)}.", made)


def _book(call: Call) -> str:
    cancellation_bookings.book(cancellation=call.record, by=call.by, at=call.at)
    amount = Money(call.record.amount, call.record.loan.pool.asset)
    return f"{amount} is available in {call.record.loan.pool} again."


def _withdraw(call: Call) -> str:
    cancellations.withdraw(cancellation=call.record, by=call.by, at=call.at)
    return f"{call.record} is taken back: the loan may be drawn as before."


def _of_loan(loan: Any) -> Effect:
    return (
        ("Institution", loan.institution),
        ("Committed and not drawn", money(Money(loan.commitment, loan.pool.asset))),
        ("What it does", "the amount goes back to its pool, and its commitment fee stops"),
    )


def _effect(record: Any) -> Effect:
    loan, asset = record.loan, record.loan.pool.asset
    return (
        ("Loan", loan),
        ("Cancelled", record.get_side_display()),
        ("Committed before", money(Money(loan.commitment, asset))),
        ("Cancelled amount", money(Money(record.amount, asset))),
        ("Left to be drawn", money(Money(loan.commitment - record.amount, asset))),
        ("Available in the pool rises by", money(Money(record.amount, asset))),
    )


def _is_officers(record: Any) -> bool:
    return bool(record.state == PROPOSED and record.effect_digest)


CANCEL_ACT = Act(
    "cancel",
    "Propose a cancellation",
    "loans.write",
    _propose,
    _of_loan,
    in_state(LoanState.COMMITTED),
    form=ProposeCancellation,
    tone="danger",
    button="Propose it",
    warning="A second officer approves it; nothing is drawn meanwhile. What took effect is not"
    " undone: the institution would apply anew.",
)


class CancellationAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = (
        "No commitment was cancelled yet. An officer proposes it on the page of a committed loan,"
        " its borrower gives notice in the portal, and the end of its availability period does it"
        " by itself."
    )
    list_display = (
        "number",
        state_column(),
        column("loan", lambda c: link(c.loan), lambda c: c.loan.number),
        column("side", lambda c: c.get_side_display(), lambda c: c.get_side_display()),
        amount_column("amount", lambda c: Money(c.amount, c.loan.pool.asset), order="amount"),
        column("booked_on", lambda c: day(c.booked_on), lambda c: c.booked_on),
        moment_column("asked_at", "asked"),
    )
    list_filter = ("state", "side", "loan__pool")
    found_by = ("number", "loan__number")
    ordering = ("-id",)
    waits_for = {
        PROPOSED: "its approval and to be put into effect; a borrower's own notice, for its day",
        CancellationState.BOOKED: "nothing: the pool has the amount again",
        CancellationState.WITHDRAWN: "nothing",
    }
    acts = (
        Act(
            "book",
            "Put into effect",
            "loans.write",
            _book,
            _effect,
            _is_officers,
            has_step_up=True,
            warning="Passes only when exactly this was approved. It cannot be undone.",
        ),
        Act("withdraw", "Withdraw", "loans.write", _withdraw, _effect, _is_officers, tone="danger"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("loan__pool", "loan__institution", "document", "asked_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        loan, asset = record.loan, record.loan.pool.asset
        shown = [approval_fact(KIND, record.number)] if record.effect_digest else []
        return (
            ("Loan", link(loan)),
            ("Institution", link(loan.institution)),
            ("Cancelled", record.get_side_display()),
            ("Amount", money(Money(record.amount, asset))),
            ("Approved for the loan", money(Money(loan.amount, asset))),
            ("Committed now", money(Money(loan.commitment, asset))),
            ("Reason", record.reason),
            ("Paper", link(record.document)),
            *shown,
            ("From the day", day(record.on)),
            ("In effect since", day(record.booked_on)),
            ("Asked by", record.asked_by or "the system"),
            ("Asked", moment(record.asked_at)),
        )

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.loan.number, record.number)


def cancelled_facts(loan: Loan) -> Sequence[Fact]:
    """Give what of a loan was cancelled; nothing where nothing was."""
    if not loan.cancelled:
        return ()
    asset = loan.pool.asset
    return (
        ("Cancelled", money(Money(loan.cancelled, asset))),
        ("Commitment left", money(Money(loan.commitment, asset))),
    )


def cancellations_table(loan: Any) -> list[Table]:
    """Give the cancellations of a loan; no table where there was none."""
    rows = [
        [link(one), badge(one.state), one.get_side_display()]
        + [money(Money(one.amount, loan.pool.asset)), day(one.on), one.reason]
        for one in loan.cancellations.order_by("-id")[:20]
    ]
    heads = ["Cancellation", "State", "Cancelled", "Amount", "From the day", "Reason"]
    return [Table("Cancellations", heads, rows, frozenset({3}))] if rows else []
