"""Movements: the debits and credits of one entry, before they are posted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from together.ledger.rules.chart import BY_CODE
from together.ledger.rules.money import Money


class NotBalanced(ValueError):
    """Raised when the movements of an entry do not sum to zero in each asset."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One line to post: ``amount`` in minor units, debits positive, credits negative."""

    code: str
    subject: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Posting:
    """
    One entry to post.

    ``key`` is built from the event and unique for ever; the same key with the same content is
    posted once, with other content it is refused. ``on`` is the day it happened.
    """

    key: str
    kind: str
    on: date
    movements: tuple[Movement, ...]
    narrative: str = ""
    reverses: str = ""


def debit(code: str, subject: str, money: Money) -> Movement:
    """Debit an account; the amount must be positive."""
    return _movement(code, subject, money, 1)


def credit(code: str, subject: str, money: Money) -> Movement:
    """Credit an account; the amount must be positive."""
    return _movement(code, subject, money, -1)


def _movement(code: str, subject: str, money: Money, sign: int) -> Movement:
    if code not in BY_CODE:
        raise NotBalanced(f"account {code!r} is not in the chart of accounts")
    if money.minor_units <= 0:
        raise NotBalanced(f"{code} {subject}: {money} is not a positive amount")
    return Movement(code, subject, money.asset, sign * money.minor_units)


def check(posting: Posting) -> None:
    """
    Check one posting before it goes to the database, for the sake of a kinder message.

    :raises NotBalanced: if it has fewer than two movements or does not sum to zero per asset
    """
    if len(posting.movements) < 2:
        raise NotBalanced(f"entry {posting.key}: needs at least two movements")
    for asset, total in sums(posting.movements).items():
        if total:
            raise NotBalanced(f"entry {posting.key}: off by {Money(total, asset)}")


def sums(movements: Iterable[Movement]) -> dict[str, int]:
    """Sum movements per asset, in minor units."""
    totals: dict[str, int] = {}
    for movement in movements:
        totals[movement.asset] = totals.get(movement.asset, 0) + movement.amount
    return totals


def reversed_movements(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """Give the movements that undo these."""
    return tuple(Movement(m.code, m.subject, m.asset, -m.amount) for m in movements)
