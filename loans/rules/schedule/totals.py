"""Totals: what a book's movements add up to by day and by row, summed once for a whole view."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import accumulate

from loans.rules.exact import Fraction
from loans.rules.schedule.book import ZERO, Book


class Totals:
    """
    Running totals of a book as it stands; a book that changed needs new ones.

    A view asks for the same sums row by row. Without them it would add every payment up again for
    every row.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._cuts = _cut_days(book)
        self._drawn_days = [day for day, _ in book.drawn]
        self._drawn = _running(amount for _, amount in book.drawn)
        # What a prepayment repays later is on no row before it: the least that follows counts.
        self._kept = list(accumulate(reversed(self._drawn), min))[::-1]
        moved = sorted(book.movements, key=lambda movement: movement[0])
        self._moved_days = [day for day, _, _ in moved]
        self._repaid = _running(amount for _, _, amount in moved)
        self._by_row: dict[int, Fraction] = defaultdict(Fraction)
        for _, row, amount in moved:
            self._by_row[row] += amount
        self._rows = sorted(self._by_row)
        self._on_and_after = _from_the_end(self._by_row[row] for row in self._rows)
        self._held = _from_the_end(self._held_on(row) for row in self._rows)
        self.drawn_in_all = self._drawn[-1]
        self.last_row = self._rows[-1] if self._rows else -1
        self.last_day = self._cuts[-1] if self._cuts else date.min

    def cuts(self, start: date, end: date, at: date | None) -> list[date]:
        """Give the days at which a stretch falls into pieces, both ends included."""
        inside = self._cuts[bisect_right(self._cuts, start) : bisect_left(self._cuts, end)]
        if at is not None and start < at < end and at not in inside:
            inside = sorted([*inside, at])
        return [start, *inside, end] if start < end else [start]

    def drawn_for(self, row: int) -> Fraction:
        """
        Give what was drawn before a row's end, and taken back into it or an earlier one.

        The last row has all: a loan may be called on the day of a drawdown.
        """
        at = max(
            bisect_left(self._drawn_days, self.book.period(row).end),
            bisect_right(self._drawn_days, self.book.start),
        )
        return self._with_extras(self._kept[-1 if row + 1 == self.book.count else at], row)

    def all_for(self, row: int) -> Fraction:
        """Give all that was drawn, whenever, and what was taken back up to a row."""
        return self._with_extras(self.drawn_in_all, row)

    def _with_extras(self, drawn: Fraction, row: int) -> Fraction:
        if not self.book.extras:
            return drawn
        return drawn + sum((e.principal for e in self.book.extras if e.row <= row), ZERO)

    def earning_by(self, day: date) -> Fraction:
        """Give what earns interest: what came back does not, if interest is planned."""
        drawn = self._drawn[bisect_right(self._drawn_days, day)]
        if not self.book.extras or not self.book.on_balance:
            return drawn
        return drawn + sum((e.principal for e in self.book.extras if e.on <= day), ZERO)

    def repaid_by(self, day: date) -> Fraction:
        """Give the principal paid up to and including a day."""
        return self._repaid[bisect_right(self._moved_days, day)]

    def repaid_from(self, row: int, day: date) -> Fraction:
        """Give the principal paid on a row and later ones up to and including a day."""
        if not self._rows or row > self._rows[-1]:
            return ZERO
        if day >= self._moved_days[-1]:
            return self._on_and_after[bisect_left(self._rows, row)]
        return sum((a for d, r, a in self.book.movements if d <= day and r >= row), ZERO)

    def paid_on(self, row: int) -> Fraction:
        """Give the principal paid on a row."""
        return self._by_row.get(row, ZERO)

    def held_after(self, row: int) -> Fraction:
        """Give the principal already paid on later rows, without what came back into them."""
        return self._held[bisect_right(self._rows, row)]

    def _held_on(self, row: int) -> Fraction:
        book = self.book
        if row in book.closed:
            return book.closed[row][0]
        own = self._by_row[row] - book.extra_of(row)[0]
        return max(own, book.settled.get(row, ZERO))


def _cut_days(book: Book) -> list[date]:
    days = {day for day, _ in book.drawn}
    days.update(day for day, _ in book.rates)
    days.update(day for day, _, _ in book.movements)
    if book.on_balance:
        days.update(extra.on for extra in book.extras)
    return sorted(days)


def _running(amounts: Iterable[Fraction]) -> list[Fraction]:
    """Give the sums of the first none, one, two ... amounts."""
    return list(accumulate(amounts, initial=ZERO))


def _from_the_end(amounts: Iterable[Fraction]) -> list[Fraction]:
    """Give for each place the sum from it to the end; the last is zero."""
    return _running(reversed(list(amounts)))[::-1]
