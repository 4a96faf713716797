"""Concentration: how much of a whole hangs on few of its parts."""

from collections.abc import Sequence

from loans.rules.exact import Fraction


def herfindahl(parts: Sequence[int], whole: int) -> Fraction:
    """
    Give the Herfindahl-Hirschman index of parts of a whole: squared shares times 10,000, summed.

    Source: US Department of Justice, Horizontal Merger Guidelines (2010), section 5.3. Example:
    four equal parts have 2,500, one alone 10,000.

    >>> str(herfindahl([5, 5, 5, 5], 20)), str(herfindahl([7], 7)), str(herfindahl([], 0))
    ('2500', '10000', '0')
    """
    if not whole:
        return Fraction(0)
    return sum((Fraction(part, whole) ** 2 for part in parts), Fraction(0)) * 10_000
