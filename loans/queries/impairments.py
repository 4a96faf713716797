"""Impairments: what the loans of a pool are expected to lose on a day, and what the books say."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import OuterRef, Subquery, Sum

from loans.formats.credit_policy import read_policy
from loans.models import (
    CovenantTest,
    CreditPolicy,
    Impairment,
    Loan,
    LoanImpairment,
    MarginCall,
    Watch,
    Worksheet,
)
from loans.queries.collateral import Covering, coverings
from loans.queries.coming import Expected, expected
from loans.rules.credit.losses import LossRates, expected_loss
from loans.rules.exact import Fraction
from loans.rules.impairment import DAYS_OF_YEAR, Risk, Signs, allowance, stage
from loans.rules.rounding import rounded, text
from loans.rules.states import ImpairmentState, LoanState
from together.ledger.models import Line
from together.ledger.rules.money import ASSETS
from together.treasury.models import Pool

OWED = ("loan.interest", "loan.charges")
RESERVES = ("loan.allowance", "loan.suspended")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the assessment of a day looks at, for all loans of a pool at once."""

    rates: LossRates
    worksheets: Mapping[int, Worksheet]
    covers: Mapping[int, Covering]
    others: Mapping[str, int]
    watches: Mapping[int, str]
    defaults: Mapping[int, str]


def assess(pool: Pool, as_of: date, policy: CreditPolicy) -> list[LoanImpairment]:
    """
    Give what each loan of a pool that is owed or committed is expected to lose, not stored.

    As of a day that is closed; the number of queries does not grow with the loans. What is
    committed and not drawn counts as owed (IFRS 9, 5.5.1). Collateral counts at the prices of the
    end of the day, and not at all without fresh ones.
    """
    drawn = {one.loan.pk: one for one in expected(as_of, pool.code)}
    loans = Loan.objects.filter(pool=pool).select_related("application__pool").order_by("number")
    held = [
        loan
        for loan in loans
        if loan.pk in drawn or loan.state in (LoanState.COMMITTED, LoanState.DRAWING)
    ]
    seen = _seen(held, pool, as_of, policy)
    rows = (_row(loan, drawn.get(loan.pk), seen, as_of) for loan in held)
    return [row for row in rows if row.exposure]


def _seen(loans: Sequence[Loan], pool: Pool, as_of: date, policy: CreditPolicy) -> Seen:
    keys = [loan.pk for loan in loans]
    worksheets = Worksheet.objects.filter(application__loan__in=keys).order_by("version")
    watches = Watch.objects.filter(loan__in=keys, taken_off_at=None)
    calls = MarginCall.objects.filter(loan__in=keys, state="defaulted")
    tests = CovenantTest.objects.filter(loan__in=keys, state="defaulted")
    return Seen(
        rates=read_policy(policy.document).loss_rates,
        worksheets={one.application_id: one for one in worksheets},
        covers=coverings([loan.application for loan in loans], _end_of(as_of)),
        others=owed_besides(pool, as_of),
        watches={one.loan_id: f"on the watch list: {one.reason}"[:200] for one in watches},
        defaults={
            **{one.loan_id: f"covenant test {one.number} defaulted" for one in tests},
            **{one.loan_id: f"margin call {one.number} defaulted" for one in calls},
        },
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=UTC)


def owed_besides(pool: Pool, as_of: date) -> dict[str, int]:
    """Give the interest and charges in the books of each loan of a pool up to a day, by number."""
    numbers = Loan.objects.filter(pool=pool).values("number")
    return _sums(numbers, OWED, as_of)


def _sums(numbers: Iterable[object], codes: Sequence[str], as_of: date) -> dict[str, int]:
    lines = Line.objects.filter(
        account__chart_id__in=codes,
        account__subject__in=numbers,
        entry__happened_on__lte=as_of,
    )
    found = lines.values_list("account__subject").annotate(total=Sum("amount"))
    return {subject: int(total) for subject, total in found}


def _row(loan: Loan, one: Expected | None, seen: Seen, as_of: date) -> LoanImpairment:
    due = [(c.due_on, c.principal.minor_units) for c in one.instalments] if one else []
    due = [(day, amount) for day, amount in due if amount]
    if one is None:
        # Committed: as if it were drawn now and owed for a year at least.
        due = [(as_of + timedelta(days=DAYS_OF_YEAR), loan.commitment)]
    others = max(seen.others.get(loan.number, 0), 0) if one else 0
    exposure = sum(amount for _, amount in due) + others
    signs = Signs(
        one.days_past_due if one else 0,
        seen.defaults.get(loan.pk, ""),
        seen.watches.get(loan.pk, ""),
    )
    number, reason = stage(signs)
    suspended = others if number == 3 else 0
    worksheet = seen.worksheets[loan.application_id]
    risk = _risk(loan, worksheet, seen, exposure, one.rate if one else Fraction(0))
    lost = allowance(number, due, others - suspended, risk, as_of)
    return LoanImpairment(
        loan=loan,
        stage=number,
        reason=reason,
        days_past_due=signs.days_past_due,
        grade=worksheet.loss["grade"],
        probability=text(risk.probability, 6),
        given_default=text(risk.given_default, 6),
        exposure=exposure,
        allowance=int(rounded(lost, _cent(loan.application.pool.asset), "half_even")),
        suspended=suspended,
    )


def _cent(asset: str) -> Fraction:
    """Give a cent in minor units: allowances are estimates, and whole cents."""
    return Fraction(10 ** (ASSETS[asset] - 2))


def _risk(loan: Loan, worksheet: Worksheet, seen: Seen, exposure: int, rate: Fraction) -> Risk:
    cents = int(Fraction(exposure) / _cent(loan.application.pool.asset))
    found = seen.covers[loan.application_id]
    lendable = 0
    if found.cover is not None and not found.why_not:
        lendable = int(found.cover.lendable_value * 100)
    probability = Fraction(worksheet.loss["pd"])
    loss = expected_loss(worksheet.loss["grade"], probability, cents, lendable, seen.rates)
    return Risk(probability, loss.given_default, rate)


def rows_text(rows: Iterable[LoanImpairment]) -> str:
    """Write rows as the text whose digest the approval binds; the database writes the same."""
    parts = sorted(
        (
            one.loan.number,
            f"{one.loan.number}|{one.stage}|{one.exposure}|{one.allowance}|{one.suspended}",
        )
        for one in rows
    )
    return "\n".join(said for _, said in parts)


def rows_digest(rows: Iterable[LoanImpairment]) -> str:
    """Give the SHA-256 of rows as text, in hexadecimal."""
    return hashlib.sha256(rows_text(rows).encode()).hexdigest()


def last_booked(pool: Pool) -> Impairment | None:
    """Give the assessment that the books say now."""
    booked = Impairment.objects.filter(pool=pool, state=ImpairmentState.BOOKED)
    return booked.order_by("-as_of").first()


def rows_of(loans: Iterable[Loan], as_of: date) -> dict[int, LoanImpairment]:
    """Give what the last assessment that is booked for a day up to this one says; one query."""
    booked = Impairment.objects.filter(
        pool=OuterRef("loan__pool"), state=ImpairmentState.BOOKED, as_of__lte=as_of
    )
    last = Subquery(booked.order_by("-as_of").values("pk")[:1])
    found = LoanImpairment.objects.filter(
        impairment=last, loan__in=[one.pk for one in loans]
    ).select_related("impairment")
    return {row.loan_id: row for row in found}
