"""What matching works on: lines, what they may be, and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Line:
    """
    A statement line that nobody explained yet; ``amount`` is signed minor units.

    ``account`` and ``name`` are its counterparty's, ``details`` whatever else it says.
    """

    id: int
    type: str
    amount: int
    booked_on: date
    reference: str
    account: str = ""
    name: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """
    Something that is still to stand on a statement: a payment, a return or a funding.

    ``amount`` is signed as on the statement: what is open of it. ``since`` is the day from which
    on it may be there, ``account`` and ``name`` are its counterparty's, as far as known, ``group``
    is the batch of a payment.
    """

    kind: str
    id: int
    reference: str
    amount: int
    since: date
    account: str = ""
    name: str = ""
    group: str = ""

    def __hash__(self) -> int:
        """Tell it by its kind and id: it is looked up millions of times in a large statement."""
        return hash((self.kind, self.id))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line's amount that is explained, by something expected or by its kind alone."""

    line: int
    kind: str
    amount: int
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """
    Lines and what explains them, by which rule and why in words.

    What is not certain is a proposal that a person confirms or declines. Of a proposal whose
    parts do not add up to the line a person has to resolve the rest.
    """

    rule: str
    reason: str
    parts: tuple[Part, ...]
    is_certain: bool = True

    @property
    def lines(self) -> frozenset[int]:
        """Give the ids of the lines."""
        return frozenset(part.line for part in self.parts)


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """
    What one account allows: in minor units and days.

    ``fees`` are what its servicer takes off or adds to a payment; ``charges_up_to`` is the most
    that a line of charges may be to be booked by itself; ``days`` is how far from the day of a
    payment its lines may be where more than its reference has to tell.
    """

    fees: frozenset[int] = frozenset()
    charges_up_to: int = 0
    days: int = 10


def one_to_one(line: Line, expected: Expected, *, fee: int = 0) -> tuple[Part, ...]:
    """Give the parts of a line that is one expected thing, and perhaps a fee."""
    parts = (Part(line.id, expected.kind, expected.amount, expected.id),)
    return (*parts, Part(line.id, "charge", -fee)) if fee else parts


def total(amounts: Iterable[Expected | Line]) -> int:
    """Add amounts up."""
    return sum(one.amount for one in amounts)
