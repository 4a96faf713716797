"""Level payments: the equal amount that pays a loan off over a number of periods."""

from collections.abc import Iterable
from decimal import Decimal, localcontext

from loans.rules.exact import Fraction

ZERO = Fraction(0)

# Digits that are kept: what cancels out at a tiny rate leaves more than a hundred of them.
DIGITS = 200


def level_payment(
    principal: Fraction, interest_per_unit: Iterable[Fraction], balloon: Fraction = ZERO
) -> Fraction:
    """
    Give the exact payment E with P = E x (v1 + ... + vn) + balloon x vn, v(i) = v(i-1) / (1 + fi).

    ``interest_per_unit`` is f(i), the interest on one unit of balance over period i. Computed
    forwards: growth A = product(1 + fi) and S(i) = S(i-1) x (1 + fi) + 1 give
    E = (P x A - balloon) / S. Source: present value of an annuity with a rate per period.
    Example: 1,000 over three periods of 0.01: 340.0221...

    >>> float(round(level_payment(Fraction(1000), [Fraction("0.01")] * 3), 4))
    340.0221

    :raises ZeroDivisionError: if there is no period
    """
    # A and S share one denominator; it is not reduced on the way, which would cost most of all.
    growth, payments, scale = 1, 0, 1
    for interest in interest_per_unit:
        size = interest.denominator
        factor = size + interest.numerator
        growth, payments, scale = growth * factor, payments * factor + scale * size, scale * size
    return (principal * growth - balloon * scale) / payments


def by_rate(
    principal: Fraction, rate: Fraction, instalments: int, periods_per_year: int, balloon: Fraction
) -> Fraction:
    """
    Give the payment at a yearly rate, by the closed formula of the ordinary annuity.

    With r = rate / periods: E = (P x (1 + r)^n - balloon) x r / ((1 + r)^n - 1), to at least a
    hundred digits. Source: calculation contract, section 8. Example: 100 at 12 % over 360 months
    is 1.028612596926.

    >>> float(round(by_rate(Fraction(100), Fraction("0.12"), 360, 12, Fraction(0)), 12))
    1.028612596926

    :raises ZeroDivisionError: if growth over the life is zero
    """
    r = rate / periods_per_year
    if r == 0:
        return (principal - balloon) / instalments
    # An exact power of thousands of periods would have a million digits.
    with localcontext(prec=DIGITS):
        growth = _decimal(1 + r) ** instalments
        if growth == 1:
            raise ZeroDivisionError("growth over the life is zero")
        paid = _decimal(principal) * growth - _decimal(balloon)
        return Fraction(paid * _decimal(r) / (growth - 1))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(int(value.numerator)) / Decimal(int(value.denominator))
