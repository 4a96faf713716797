"""Accrual of open-term loans: interest, late interest and service fees by the second."""

from dataclasses import dataclass, field

from loans.rules.exact import Fraction
from loans.rules.rounding import rounded

YEAR_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """An open-term loan: rates are fractions per year, ``late_fee_rate`` is charged once."""

    principal: Fraction
    rate: Fraction
    due_after_seconds: int
    late_fee_rate: Fraction = Fraction(0)
    late_interest_premium_rate: Fraction = Fraction(0)
    service_fee_rates: dict[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accrued:
    """What an open-term loan owes besides its principal."""

    interest: Fraction
    late_interest: Fraction
    service_fees: dict[str, Fraction]


def accrue(loan: OpenTerm, elapsed_seconds: int, unit: Fraction, mode: str) -> Accrued:
    """
    Accrue for a number of seconds; each figure is rounded by itself.

    interest = principal x rate x elapsed / year; after the due time late interest = principal x
    premium x late seconds / year + principal x late fee. Example: 1,000,000 at 10 % for 146 of 73
    days, premium 5 %, late fee 0.9 %: interest 40,000.00, late 19,000.00. Amounts are fractions
    of the currency. Source: calculation contract, section 8.

    >>> late_fee, premium, day = Fraction("0.009"), Fraction("0.05"), 86_400
    >>> loan = OpenTerm(Fraction(10**6), Fraction("0.1"), 73 * day, late_fee, premium)
    >>> owed = accrue(loan, 146 * day, Fraction("0.01"), "half_even")
    >>> str(owed.interest), str(owed.late_interest)
    ('40000', '19000')
    """
    years = Fraction(elapsed_seconds, YEAR_SECONDS)
    late_years = Fraction(max(elapsed_seconds - loan.due_after_seconds, 0), YEAR_SECONDS)
    late = Fraction(0)
    if late_years:
        late = loan.principal * (loan.late_interest_premium_rate * late_years + loan.late_fee_rate)
    return Accrued(
        interest=rounded(loan.principal * loan.rate * years, unit, mode),
        late_interest=rounded(late, unit, mode),
        service_fees={
            name: rounded(loan.principal * rate * years, unit, mode)
            for name, rate in loan.service_fee_rates.items()
        },
    )
