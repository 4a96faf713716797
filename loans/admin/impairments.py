"""The console's pages over assessments of the loss allowance: proposed, approved, booked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest

from loans.models import Loan
from loans.operations import impairments
from loans.queries import books
from loans.queries import impairments as assessed
from loans.rules.exact import Fraction
from loans.rules.impairment import NAMES
from loans.rules.loan_to_value import percent
from loans.rules.states import ImpairmentState
from together.controls.admin.acts import Act, Call, Effect, in_state
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.fields import DateInput
from together.controls.admin.four_eyes import approval_fact
from together.controls.admin.showing import (
    Table,
    amount_column,
    badge,
    column,
    day,
    digest,
    link,
    moment,
    moment_column,
    money,
    state_column,
)
from together.ledger.rules.money import Money
from together.treasury.models import Pool

NONE = "No loan of the pool is owed any more: what was set aside is given back."
TONES = {1: "good", 2: "wait", 3: "bad"}


class Propose(forms.Form):
    pool = forms.ModelChoiceField(Pool.objects.all())
    as_of = forms.DateField(
        label="As of",
        widget=DateInput(),
        help_text="A day that every loan of the pool is closed for; as a rule a month's last one.",
    )


def _propose(call: Call) -> str:
    asked = impairments.propose(
        pool=call.values["pool"], as_of=call.values["as_of"], by=call.by, at=call.at
    )
    return f"Assessment {asked.subject} is proposed: look at its rows, then let it be approved."


def _book(call: Call) -> str:
    impairments.book(impairment=call.record, by=call.by, at=call.at)
    return f"{call.record} is booked."


def _withdraw(call: Call) -> str:
    impairments.withdraw(impairment=call.record, by=call.by, at=call.at)
    return f"{call.record} is withdrawn."


def _amount(name: str) -> Any:
    return lambda record: Money(getattr(record, name), record.pool.asset)


def _effect(record: Any) -> Effect:
    """Say what the books hold now, and what they would hold."""
    asset = record.pool.asset
    balance = books.balances(assessed.RESERVES, asset)
    numbers = set(Loan.objects.filter(pool=record.pool).values_list("number", flat=True))

    def held(code: str) -> int:
        return -sum(amount for (c, n), amount in balance.items() if c == code and n in numbers)

    found = []
    for name, code in (("allowance", "loan.allowance"), ("suspended", "loan.suspended")):
        was, now = held(code), getattr(record, name)
        found += [
            (f"{name.capitalize()} in the books", money(Money(was, asset))),
            (f"{name.capitalize()} by this assessment", money(Money(now, asset))),
            ("Difference", money(Money(now - was, asset))),
        ]
    return (("Pool", record.pool), ("As of", day(record.as_of)), *found)


def facts_of_impairment(loan: Any) -> Sequence[Fact]:
    """Give the stage and the allowance of a loan, by the last assessment that is booked."""
    row = assessed.rows_of([loan], date.max).get(loan.pk)
    if row is None:
        return ()
    asset = loan.pool.asset
    return (
        ("Stage", f"{NAMES[row.stage]} ({row.reason})"),
        ("Loss allowance", money(Money(row.allowance, asset))),
        ("In suspense", money(Money(row.suspended, asset))),
        ("Assessed by", link(row.impairment)),
    )


class ImpairmentAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No loss allowance was assessed yet: propose one for a closed day."
    list_display = (
        "number",
        state_column(),
        column("pool", lambda m: m.pool, lambda m: m.pool_id),
        "as_of",
        amount_column("allowance", _amount("allowance"), order="allowance"),
        amount_column("suspended", _amount("suspended"), order="suspended"),
        moment_column("proposed_at", "proposed"),
    )
    list_filter = ("state", "pool")
    found_by = ("number", "rows_digest")
    ordering = ("-id",)
    list_acts = (
        Act("propose", "Assess the loss allowance", impairments.WRITES, _propose, form=Propose),
    )
    acts = (
        Act(
            "book",
            "Book it",
            impairments.WRITES,
            _book,
            _effect,
            in_state(ImpairmentState.PROPOSED),
            warning="Passes only when exactly these rows were approved.",
        ),
        Act(
            "withdraw",
            "Withdraw",
            impairments.WRITES,
            _withdraw,
            _effect,
            in_state(ImpairmentState.PROPOSED),
            tone="danger",
        ),
    )
    waits_for = {
        ImpairmentState.PROPOSED: "its approval, then to be booked",
        ImpairmentState.BOOKED: "nothing: the books say it until the next one",
        ImpairmentState.WITHDRAWN: "nothing: it was given up",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found: QuerySet = super().get_queryset(request)
        return found.select_related("pool", "policy", "proposed_by")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Pool", link(record.pool)),
            ("As of", day(record.as_of)),
            ("Allowance", money(_amount("allowance")(record))),
            ("In suspense", money(_amount("suspended")(record))),
            ("Credit policy", link(record.policy)),
            ("Proposed by", record.proposed_by),
            ("Proposed", moment(record.proposed_at)),
            ("Digest of the rows", digest(record.rows_digest)),
            approval_fact(impairments.KIND, record.number),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return (_stages(record), _rows(record))


def _stages(record: Any) -> Table:
    asset = record.pool.asset
    sums = record.rows.values("stage").annotate(
        loans=Count("id"), exposure=Sum("exposure"), allowance=Sum("allowance")
    )
    rows = [
        [
            badge(NAMES[one["stage"]], TONES[one["stage"]]),
            one["loans"],
            money(Money(int(one["exposure"]), asset)),
            money(Money(int(one["allowance"]), asset)),
            percent(Fraction(int(one["allowance"]), int(one["exposure"]))),
        ]
        for one in sums.order_by("stage")
    ]
    heads = ["Stage", "Loans", "Exposure", "Allowance", "Covered"]
    return Table("By stage", heads, rows, frozenset({1, 2, 3, 4}), NONE)


def _rows(record: Any) -> Table:
    asset = record.pool.asset
    found = record.rows.select_related("loan").order_by("-stage", "-allowance", "loan__number")
    rows = [
        [
            link(one.loan),
            badge(str(one.stage), TONES[one.stage]),
            one.reason,
            one.grade,
            percent(Fraction(one.probability)),
            percent(Fraction(one.given_default)),
            *(money(Money(amount, asset)) for amount in (one.exposure, one.allowance)),
            money(Money(one.suspended, asset)),
        ]
        for one in found[:500]
    ]
    heads = ["Loan", "Stage", "Why", "Grade", "PD", "LGD", "Exposure", "Allowance", "In suspense"]
    return Table("Loans", heads, rows, frozenset({4, 5, 6, 7, 8}), NONE)
