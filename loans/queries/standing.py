"""Standing: what a loan owes on a day, what is due when, and how late it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from loans.formats.agreed import read_agreed
from loans.models import Loan
from loans.queries.lives import life_of
from loans.rules.delinquency import delinquency
from loans.rules.exact import Fraction
from loans.rules.products import BUCKET_NAMES, USUAL_BUCKETS
from loans.rules.replay.finds import accrued
from loans.rules.replay.fold import State, checkpoint, states_at
from loans.rules.replay.life import Life
from loans.rules.schedule.book import ZERO
from loans.rules.schedule.plan import Instalment, schedule
from loans.rules.target import amount_of, units
from together.ledger.rules.money import ASSETS, Money


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment as people read it; ``balance`` is the principal left after it."""

    number: int
    due_on: date
    principal: Money
    interest: Money
    fees: Money
    penalties: Money
    due: Money
    paid: Money
    outstanding: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """
    The standing of a loan on a day.

    ``due_now`` is due on or before the day and open; ``next_due`` what is open on the first
    instalment after it. ``bucket`` is "current", or the bucket of arrears: of the terms, or the
    usual ones where the terms name none.
    """

    as_of: date
    principal_outstanding: Money
    interest_accrued: Money
    due_now: Money
    next_due_on: date | None
    next_due: Money
    overpaid: Money
    days_past_due: int
    bucket: str
    instalments: tuple[Row, ...]


def standing(loan: Loan, as_of: date) -> Standing:
    """Give the standing of a loan; before its drawdown everything is zero."""
    asset = loan.pool.asset
    life = life_of(loan)
    if life is None:
        nothing = Money(0, asset)
        return Standing(
            as_of, nothing, nothing, nothing, None, nothing, nothing, 0, BUCKET_NAMES[0], ()
        )
    found = checkpoint(life, "standing", as_of)
    paid = sum((part.amount for part in life.parts if part.component == "interest"), ZERO)
    # What was written off is not expected any more.
    unpaid = ZERO if life.seen_at is not None else accrued(life, as_of) - paid
    due_now = sum((s.outstanding for s in found.instalments if s.row.period.due_on <= as_of), ZERO)
    late = delinquency(
        [(state.row.period.due_on, state.outstanding) for state in found.instalments],
        as_of,
        life.terms.grace_days,
        life.terms.buckets or USUAL_BUCKETS,
    )
    coming = next(
        (s for s in found.instalments if s.row.period.due_on > as_of and s.outstanding), None
    )
    return Standing(
        as_of=as_of,
        principal_outstanding=_money(life.principal_outstanding, asset),
        interest_accrued=_money(unpaid, asset),
        due_now=_money(due_now, asset),
        next_due_on=coming.row.period.due_on if coming else None,
        next_due=_money(coming.outstanding if coming else ZERO, asset),
        overpaid=_money(found.overpaid, asset),
        days_past_due=late.days_past_due,
        bucket=late.bucket or BUCKET_NAMES[0],
        instalments=tuple(_row(state, asset) for state in found.instalments),
    )


def instalments(life: Life, as_of: date, asset: str) -> tuple[Row, ...]:
    """Give the instalments of a life on a day."""
    return tuple(_row(state, asset) for state in states_at(life, as_of))


def planned(terms: Mapping[str, Any], amount: Money, start: date) -> tuple[Row, ...]:
    """
    Give the plan of terms if an amount were drawn on a day.

    :raises Fault: if the terms make no sense
    """
    engine = read_agreed(terms)
    drawn = amount_of(amount.minor_units, ASSETS[amount.asset])
    return tuple(_planned(one, amount.asset) for one in schedule(engine, [(start, drawn)]))


def payoff(loan: Loan, on: date) -> Money:
    """Quote what pays a loan off on a day: principal, interest earned to it, and charges."""
    life = life_of(loan)
    if life is None:
        return Money(0, loan.pool.asset)
    owed = life.principal_outstanding + accrued(life, on)
    owed += sum((charge.amount for charge in life.charges), ZERO)
    paid = sum((part.amount for part in life.parts if part.component != "principal"), ZERO)
    return _money(owed - paid, loan.pool.asset)


def total(rows: Sequence[Standing], name: str, asset: str) -> Money:
    """Add one amount of many standings up."""
    return Money(sum(getattr(row, name).minor_units for row in rows), asset)


def _money(amount: Fraction, asset: str) -> Money:
    return Money(units(amount, ASSETS[asset]), asset)


def _row(state: State, asset: str) -> Row:
    return Row(
        number=state.number,
        due_on=state.row.period.due_on,
        principal=_money(state.due["principal"], asset),
        interest=_money(state.due["interest"], asset),
        fees=_money(state.due["fee"], asset),
        penalties=_money(state.due["penalty"], asset),
        due=_money(state.total(state.due), asset),
        paid=_money(state.total(state.paid), asset),
        outstanding=_money(state.outstanding, asset),
        balance=_money(state.row.balance, asset),
    )


def _planned(one: Instalment, asset: str) -> Row:
    return Row(
        number=one.number,
        due_on=one.period.due_on,
        principal=_money(one.principal, asset),
        interest=_money(one.interest, asset),
        fees=_money(one.fees, asset),
        penalties=_money(one.penalties, asset),
        due=_money(one.due, asset),
        paid=Money(0, asset),
        outstanding=_money(one.due, asset),
        balance=_money(one.balance, asset),
    )
