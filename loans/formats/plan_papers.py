"""Plans on papers: the instalments of a loan as the rows of a table that is printed."""

from collections.abc import Sequence

from loans.rules.exact import Fraction
from loans.rules.rounding import text
from loans.rules.schedule.plan import Instalment

RIGHT = frozenset({1, 2, 3, 4})


def rows(plan: Sequence[Instalment], decimals: int, most: int) -> tuple[list[tuple[str, ...]], str]:
    """
    Give due date, principal, interest, due and balance of each instalment, and what is left out.

    A plan longer than ``most`` is told by its first instalments and its last one.
    """
    shown = plan if len(plan) <= most else [*plan[: most - 1], plan[-1]]
    left_out = len(plan) - len(shown)
    said = f"{left_out} instalments between are left out." if left_out else ""
    return [_row(one, decimals) for one in shown], said


def interest(plan: Sequence[Instalment], decimals: int) -> str:
    """Write the interest of a whole plan."""
    return grouped(sum((one.interest for one in plan), Fraction(0)), decimals)


def _row(one: Instalment, decimals: int) -> tuple[str, ...]:
    amounts = (one.principal, one.interest, one.due, one.balance)
    return (f"{one.period.due_on:%d %b %Y}", *(grouped(amount, decimals) for amount in amounts))


def grouped(value: Fraction, decimals: int) -> str:
    """
    Write an amount with its thousands apart; the unit of the terms is all that it has.

    >>> grouped(Fraction("-1234.5"), 2)
    '-1,234.50'
    """
    whole, point, rest = text(abs(value), decimals).partition(".")
    return f"{'-' if value < 0 else ''}{int(whole):,}{point}{rest}"
