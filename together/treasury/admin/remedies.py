"""The console's page over remedies, and the acts on a failed payment that begin one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from together.controls.admin.acts import Act, Call, Done, Effect, WithReason
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    amount_column,
    column,
    digest,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money
from together.treasury.models import Remedy, RemedyWay
from together.treasury.operations import remedies
from together.treasury.rules.states import RemedyState


class ToWhom(WithReason):
    payee = forms.CharField(
        max_length=120, help_text="The account that is paid instead, on the exchange's own rail."
    )
    field_order = ("payee", "reason")


def _propose(call: Call) -> Done:
    remedies.propose(instruction=call.record, by=call.by, at=call.at, **call.values)
    remedy = Remedy.objects.get(instruction=call.record, state=RemedyState.PROPOSED)
    return Done(f"{remedy.number} is proposed; a treasury approver decides.", remedy)


def _failed(instruction: Any) -> bool:
    return (
        instruction.state in remedies.FAILED
        and not instruction.remedies.exclude(state=RemedyState.WITHDRAWN).exists()
    )


def _of_payment(instruction: Any) -> Effect:
    code, subject = remedies.source_of(instruction)
    return (
        ("Payment", instruction.reference),
        ("Was to go to", instruction.payee),
        ("Amount", money(Money(instruction.amount, instruction.asset))),
        ("Its money is in", f"{code} {subject}"),
    )


INSTRUCTION_ACTS = (
    Act(
        "pay-again",
        "Pay again",
        "treasury.write",
        _propose,
        _of_payment,
        _failed,
        form=ToWhom,
        warning="Only proposes it. Once approved and booked, a new payment is prepared, approved"
        " and released; the old one can never be paid.",
    ),
    Act(
        "give-back",
        "Give back to the pool",
        "treasury.write",
        _propose,
        _of_payment,
        _failed,
        form=WithReason,
        warning="Only proposes it. Once approved and booked, the pool has the money again.",
    ),
)


def _book(call: Call) -> str:
    remedies.book(remedy=call.record, on=call.at.date(), by=call.by, at=call.at)
    return f"{call.record.number} is booked."


def _withdraw(call: Call) -> str:
    remedies.withdraw(remedy=call.record, by=call.by, at=call.at)
    return f"{call.record.number} is given up."


def _pay(call: Call) -> Done:
    order = remedies.pay_again(remedy=call.record, by=call.by, at=call.at)
    return Done(f"{order.number} is prepared; a treasury approver decides.", order)


def _effect(remedy: Any) -> Effect:
    row = remedy.instruction
    return (
        ("What", remedy.get_way_display()),
        ("Payment", link(row)),
        ("Was to go to", row.payee),
        ("Goes to", remedy.payee or f"{row.batch.disbursement.pool.name}, available"),
        ("Amount", money(Money(row.amount, row.asset))),
        ("Reason", remedy.reason),
    )


def _is_to_pay(remedy: Any) -> bool:
    return (
        remedy.state == RemedyState.BOOKED
        and remedy.way == RemedyWay.PAY_AGAIN
        and remedies.payment_of(remedy) is None
    )


def _is_proposed(remedy: Any) -> bool:
    return bool(remedy.state == RemedyState.PROPOSED)


class RemedyAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    nothing = "No payment that was refused or came back has been decided yet."
    list_display = (
        "number",
        state_column(),
        column("what", lambda r: r.get_way_display(), lambda r: r.way, order="way"),
        "instruction",
        amount_column("amount", lambda r: Money(r.instruction.amount, r.instruction.asset)),
        "payee",
        moment_column("proposed_at", "proposed"),
        moment_column("booked_at", "booked"),
    )
    list_filter = ("state", "way")
    found_by = ("number", "instruction__reference")
    ordering = ("-id",)
    waits_for = {
        RemedyState.PROPOSED: "approval, and to be booked",
        RemedyState.BOOKED: "nothing, or its new payment to be prepared and released",
        RemedyState.WITHDRAWN: "nothing: it was given up before it was booked",
    }
    acts = (
        Act("book", "Book", "treasury.write", _book, _effect, _is_proposed, has_step_up=True),
        Act("pay", "Prepare the payment", "treasury.write", _pay, _effect, _is_to_pay),
        Act(
            "withdraw",
            "Withdraw",
            "treasury.write",
            _withdraw,
            _effect,
            _is_proposed,
            tone="danger",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("instruction__batch__disbursement__pool", "origin")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            *_effect(record),
            ("First paid by", link(record.origin)),
            ("New payment", link(remedies.payment_of(record))),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            ("Booked", moment(record.booked_at)),
            ("Digest of the effect", digest(record.effect_digest)),
            approval_fact(remedies.KIND, record.number, record.effect_digest),
        )
