"""Modifications: what an amendment is worth, by the present value of what is still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from loans.rules.exact import Fraction
from loans.rules.faults import Fault
from loans.rules.replay.fold import states_at
from loans.rules.replay.life import Life
from loans.rules.rounding import rounded
from loans.rules.schedule.plan import schedule
from loans.rules.target import target, units

Flow = tuple[date, Fraction]
DIGITS = 60
# Decimals that an effective rate is kept with: over decades it tells amounts to the cent.
KEPT = 16
A_YEAR = 365
MOST_STEPS = 200
# What gives back a million times as much within a year is no loan.
HIGHEST = 10**6
# IFRS 9 B3.3.6: from this difference on the terms are substantially different.
SUBSTANTIAL = Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class Modification:
    """
    What an amendment changes in present value, as of a day, at the original effective rate.

    ``rate`` is that rate a year; ``before`` and ``after`` are the present values in minor units.
    ``is_original`` is False for a floating loan, whose effective rate follows the market.
    """

    rate: Decimal
    before: int
    after: int
    is_original: bool = True

    @property
    def gain(self) -> int:
        """Give the gain of the lender in minor units; below zero it is a loss."""
        return self.after - self.before

    @property
    def share(self) -> Fraction:
        """Give the gain or loss as a fraction of what it was worth before."""
        return Fraction(self.gain, self.before)

    @property
    def is_substantial(self) -> bool:
        """
        Say whether the terms are substantially different: by 10 per cent or more.

        Source: IFRS 9 B3.3.6.

        >>> [Modification(Decimal(0), 1000, now).is_substantial for now in (901, 900, 1100)]
        [False, True, True]
        """
        return abs(self.share) >= SUBSTANTIAL


def modification(before: Life, after: Life, as_of: date, decimals: int) -> Modification | None:
    """
    Give what a change of the plan is worth as of a day; None if nothing is to come before it.

    Both plans are discounted at the original effective rate of the loan: that at which all that
    was drawn is worth all that the plan then agreed asked for. What is overdue counts in full.
    What a floating loan agreed is what its newest fixing makes of it: it is discounted at the rate
    at which what is to come before the change is worth what is owed on the day. Fees of the change
    itself are proposed by themselves and not counted. Source: IFRS 9 5.4.3, B3.3.6, B5.4.5.

    :raises Fault: ``no_solution`` if there is no such rate
    """
    was, now = to_come(before, as_of), to_come(after, as_of)
    if not any(amount > 0 for _, amount in was):
        return None
    is_original = before.terms.floating is None
    if is_original:
        drawn = before.book.drawn
        agreed = [(one.period.due_on, one.due) for one in schedule(before.terms, drawn)]
        rate = effective_rate(drawn, agreed)
    else:
        owed = target(before, as_of, decimals)
        in_all = owed.principal + owed.interest + owed.charges
        rate = effective_rate([(as_of, Fraction(in_all, 10**decimals))], was)
    found = [_units(before, present_value(flows, as_of, rate), decimals) for flows in (was, now)]
    return Modification(rate, found[0], found[1], is_original) if found[0] > 0 else None


def to_come(life: Life, as_of: date) -> list[Flow]:
    """Give what is open of each instalment by the day it is paid: what is overdue, on the day."""
    open_ones = [(one.row.period.due_on, one.outstanding) for one in states_at(life, as_of)]
    return [(max(due_on, as_of), amount) for due_on, amount in open_ones if amount]


def effective_rate(advances: Sequence[Flow], payments: Sequence[Flow]) -> Decimal:
    """
    Give the effective rate a year at which advances and payments are worth the same.

    Solves sum payment / (1 + r)^(days / 365) = sum advance / (1 + r)^(days / 365) for r, to 16
    decimals. Source: IFRS 9 Appendix A, effective interest rate; years of 365 days as XIRR counts
    them. Example: 1,000.00 lent, 1,100.00 back after 365 days.

    >>> lent, back = (date(2025, 1, 1), Fraction(1000)), (date(2026, 1, 1), Fraction(1100))
    >>> effective_rate([lent], [back])
    Decimal('0.1000000000000000')

    :raises Fault: ``no_solution`` if no rate makes both worth the same
    """
    first = min(day for day, _ in advances)
    flows = [((day - first).days, -_decimal(amount)) for day, amount in advances]
    flows += [((day - first).days, _decimal(amount)) for day, amount in payments]
    with localcontext() as context:
        context.prec = DIGITS
        rate = _root(flows) ** -A_YEAR - 1
        if rate > HIGHEST:
            raise _no_rate()
        return rate.quantize(Decimal(1).scaleb(-KEPT))


def _root(flows: Sequence[tuple[int, Decimal]]) -> Decimal:
    """Search the discount factor of a day by Newton's steps, in the decimals of the context."""
    factor, finest = Decimal(1), Decimal(1).scaleb(-DIGITS // 2)
    for _ in range(MOST_STEPS):
        worth = sum((amount * factor**days for days, amount in flows), Decimal(0))
        slope = sum((amount * days * factor ** (days - 1) for days, amount in flows), Decimal(0))
        if slope <= 0:
            break
        step = worth / slope
        # Never below a hundredth at once: a factor of a day is above zero.
        factor = max(factor - step, factor / 100)
        if abs(step) < finest:
            return factor
    raise _no_rate()


def _no_rate() -> Fault:
    return Fault("no_solution", "terms", "no effective rate makes what is due worth what is owed")


def present_value(flows: Sequence[Flow], as_of: date, rate: Decimal) -> Decimal:
    """
    Give what flows are worth on a day at a rate a year, exactly but for the last of 60 digits.

    sum amount / (1 + rate)^(days / 365). Example: 110.00 in 365 days at 10 %.

    >>> due = (date(2026, 1, 1), Fraction(110))
    >>> round(present_value([due], date(2025, 1, 1), Decimal("0.1")), 6)
    Decimal('100.000000')
    """
    with localcontext() as context:
        context.prec = DIGITS
        growth = (1 + rate) ** (Decimal(1) / A_YEAR)
        worth = (_decimal(amount) / growth ** (day - as_of).days for day, amount in flows)
        return sum(worth, Decimal(0))


def _units(life: Life, worth: Decimal, decimals: int) -> int:
    """Round a worth to the unit of the terms, and give it in minor units."""
    terms = life.terms
    return units(rounded(Fraction(worth), terms.unit, "half_even"), decimals)


def _decimal(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(int(value.numerator)) / Decimal(int(value.denominator))
