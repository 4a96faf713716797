"""Small boards: lines and what they may be, of which a test names only what matters."""

from datetime import date, timedelta
from itertools import count

from together.treasury.rules.matching.board import Board
from together.treasury.rules.matching.certain import certain
from together.treasury.rules.matching.shapes import Expected, Line, MatchingRules

DAY = date(2025, 10, 15)
RULES = MatchingRules(fees=frozenset({25, 100}), charges_up_to=0, days=10)
_number = count(1)


def line(amount=-400, reference="R-0001-00000017", account="A00000001", *, after=0, **changes):
    values = {
        "id": next(_number),
        "type": "payment" if amount < 0 else "return",
        "booked_on": DAY + timedelta(days=after),
    }
    values |= changes
    return Line(amount=amount, reference=reference, account=account, **values)


def payment(amount=400, reference="R-0001-00000017", account="A00000001", **changes):
    values = {"id": next(_number), "since": DAY, "group": "D-00001-0001"} | changes
    return Expected("payment", reference=reference, amount=-amount, account=account, **values)


def found(lines, expected, *, rules=RULES, explained=(), declined=()):
    """Give what is certain: for each line its references, or what else its parts are."""
    names = {(one.kind, one.id): one.reference for one in (*expected, *explained)}
    told = {}
    for one in certain(Board(lines, expected, rules, explained, declined)):
        for part in one.parts:
            # A return of what was paid on the same board is known by its payment.
            name = names.get((part.kind, part.target)) or names.get(("payment", part.target))
            told.setdefault(part.line, []).append((name or part.kind, part.amount))
    return told


def sole(one, expected, **changes):
    """Give what one line alone is, or None."""
    return found([one], expected, **changes).get(one.id)
