"""The waterfall: which open amounts a payment settles, in the order that the terms agree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.terms import Allocation

ZERO = Fraction(0)
Bucket = tuple[str, str]


@dataclass(slots=True)
class Open:
    """What is open of one instalment, by timing and component; the walk takes from it."""

    row: int
    amounts: dict[Bucket, Fraction]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a payment: the row and the component that it settles."""

    row: int
    component: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Way:
    """How to walk: the allocation, the direction, and how a spread surplus is rounded."""

    allocation: Allocation
    is_vertical: bool
    unit: Fraction
    mode: str


def timing(due_on: date, at: date) -> str:
    """Say whether an instalment is past due, due, or in advance on a day."""
    return "past_due" if due_on < at else "due" if due_on == at else "in_advance"


def split(
    amount: Fraction, opened: Sequence[Open], way: Way, principal_left: Fraction
) -> tuple[list[Share], Fraction]:
    """
    Split a payment over open amounts and give its shares, and what is left over.

    ``principal_left`` is the most principal that may be settled. Horizontal groups are settled
    instalment by instalment, vertical ones component by component (contract, section 7.3).
    Example: 25.00 on two overdue instalments of 5.00 interest and 10.00 principal each.

    >>> late = {("past_due", "interest"): Fraction(5), ("past_due", "principal"): Fraction(10)}
    >>> way = Way(Allocation(), False, Fraction(1, 100), "half_even")
    >>> shares, _ = split(Fraction(25), [Open(0, {**late}), Open(1, {**late})], way, Fraction(20))
    >>> [(share.row, share.component, int(share.amount)) for share in shares]
    [(0, 'interest', 5), (0, 'principal', 10), (1, 'interest', 5), (1, 'principal', 5)]
    """
    walk = _Walk(amount, principal_left)
    for timing_, components in _groups(way):
        rows = [one for one in opened if any((timing_, c) in one.amounts for c in components)]
        if timing_ == "in_advance" and way.allocation.surplus == "spread":
            _spread(walk, rows, components, way)
            continue
        if timing_ == "in_advance" and way.allocation.surplus == "last_instalment":
            rows = rows[::-1]
        _one_by_one(walk, rows, [(timing_, component) for component in components])
    return walk.shares, walk.rest


def _one_by_one(walk: "_Walk", rows: Sequence[Open], buckets: Sequence[Bucket]) -> None:
    """Settle rows in order, each wholly before the next, until nothing is left."""
    for one in rows:
        if walk.rest <= 0:
            return
        for bucket in buckets:
            walk.take(one, bucket, walk.rest)


def _groups(way: Way) -> Iterator[tuple[str, list[str]]]:
    if way.is_vertical:
        for timing_, component in way.allocation.order:
            yield timing_, [component]
        return
    for timing_, buckets in groupby(way.allocation.order, key=lambda bucket: bucket[0]):
        yield timing_, [component for _, component in buckets]


class _Walk:
    """What is left of a payment, and the shares that it was used for."""

    def __init__(self, amount: Fraction, principal_left: Fraction) -> None:
        self.rest, self.principal_left = amount, principal_left
        self.shares: list[Share] = []

    def take(self, one: Open, bucket: Bucket, most: Fraction) -> Fraction:
        """Settle up to ``most`` of a bucket and give how much it was."""
        amount = min(one.amounts.get(bucket, ZERO), most, self.rest)
        if bucket[1] == "principal":
            amount = min(amount, self.principal_left)
        if amount <= 0:
            return ZERO
        one.amounts[bucket] -= amount
        self.rest -= amount
        if bucket[1] == "principal":
            self.principal_left -= amount
        self.shares.append(Share(one.row, bucket[1], amount))
        return amount

    def is_open(self, one: Open, buckets: Sequence[Bucket]) -> bool:
        """Say whether anything of a row can still be settled."""
        return any(
            one.amounts.get(bucket, ZERO) > 0
            and (bucket[1] != "principal" or self.principal_left > 0)
            for bucket in buckets
        )


def _spread(walk: _Walk, rows: Sequence[Open], components: list[str], way: Way) -> None:
    """Give every open row the same part, the latest also the odd difference, until none moves."""
    buckets = [("in_advance", component) for component in components]
    while walk.rest > 0:
        takers = [one for one in rows if walk.is_open(one, buckets)]
        if not takers:
            return
        each = rounded(walk.rest / len(takers), way.unit, way.mode)
        parts = [each] * (len(takers) - 1) + [walk.rest - each * (len(takers) - 1)]
        moved = ZERO
        for one, part in zip(takers, parts, strict=True):
            left = part
            for bucket in buckets:
                left -= walk.take(one, bucket, left)
            moved += part - left
        if moved == 0:
            return
