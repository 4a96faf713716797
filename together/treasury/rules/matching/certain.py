"""
What is certain: lines explained by more than one sign, where nothing else could be meant.

Note [no false match]: a rule takes a line only if it points to one expected thing, that thing is
pointed to by no other line as well, and no sign speaks against it. What is left in doubt is left
to a person.

Note [a payment that left twice]: where a payment stands there twice and comes back once, the
payee was paid; a servicer that takes its own booking back and books it again looks the same. So
nothing is a return as long as a line that names the payment is unexplained.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

from together.treasury.rules.matching.board import Board, agrees
from together.treasury.rules.matching.merges import merged, of_payee
from together.treasury.rules.matching.shapes import Expected, Found, Line, Part, one_to_one, total
from together.treasury.rules.matching.texts import (
    LONG_ENOUGH,
    Agreement,
    is_slip,
    plain,
    resembles,
    same_shape,
)

__all__ = ["Board", "agrees", "certain"]


def by_reference(board: Board) -> Iterator[Found]:
    """Find lines with the reference and amount of one thing, or its amount and a known fee."""
    claims: dict[Expected, list[tuple[int, Line]]] = defaultdict(list)
    for line in board.lines.values():
        referred = board.referred(line)
        if len(referred) != 1 or agrees(line, referred[0]) is Agreement.NO:
            continue
        fee = board.fee(line, referred[0])
        if fee == 0 or (fee and not _may_be_two(board, line, referred[0])):
            claims[referred[0]].append((fee, line))
    for one, claiming in claims.items():
        least = min(fee for fee, _ in claiming)
        lines = [line for fee, line in claiming if fee == least]
        known = [line for line in lines if agrees(line, one) is Agreement.YES]
        if len(known or lines) > 1 and _has_twin(board, one, is_known=bool(known)):
            continue
        line = min(known or lines, key=lambda candidate: (candidate.booked_on, candidate.id))
        reason = "reference, and amount less a fee" if least else "reference and amount"
        name = "netted fee" if least else "reference"
        yield Found(name, reason, one_to_one(line, one, fee=least))


def _may_be_two(board: Board, line: Line, one: Expected) -> bool:
    """Say whether what looks like a fee may be another payment of the line or of its payee."""
    others = board.open_of(board.by_account.get(plain(one.account), {}), line)
    return len(board.names[line.id]) > 1 or any(
        other != one and other.amount + one.amount == line.amount for other in others
    )


def _has_twin(board: Board, one: Expected, *, is_known: bool) -> bool:
    """
    Say whether a slip in another reference would give this one, for the same amount.

    Where the lines tell the payee it has to be another payment of the same one.
    """
    me, account = plain(one.reference), plain(one.account)
    same = board.by_account[account] if is_known and account else board.by_amount[one.amount]
    return any(
        is_slip(me, plain(other.reference))
        for other in same.values()
        if other != one and other.amount == one.amount
    )


def split(board: Board) -> Iterator[Found]:
    """Find several lines with the reference of one thing that add up to it."""
    groups: dict[Expected, list[Line]] = defaultdict(list)
    for line in board.lines.values():
        referred = board.referred(line)
        if len(referred) == 1 and agrees(line, referred[0]) is not Agreement.NO:
            groups[referred[0]].append(line)
    for one, lines in groups.items():
        days = sorted(line.booked_on for line in lines)
        is_near = days[-1] - days[0] <= timedelta(days=board.rules.days)
        if len(lines) > 1 and is_near and total(lines) == one.amount:
            parts = tuple(Part(line.id, one.kind, line.amount, one.id) for line in lines)
            yield Found("split", f"reference, and amount with {len(lines)} lines", parts)


def by_slip(board: Board) -> Iterator[Found]:
    """Find lines whose reference has slips: amount and counterparty tell, or the amount alone."""
    claims: dict[Expected, list[tuple[Line, str]]] = defaultdict(list)
    for line in board.lines.values():
        one = _of_payee(board, line) or _of_amount(board, line)
        if one is not None:
            reason = "reference with slips, amount and counterparty"
            if agrees(line, one) is not Agreement.YES:
                reason = "reference with a slip, and an amount that nothing else has"
            claims[one].append((line, reason + (" less a fee" if one.amount > line.amount else "")))
    for one, lines in claims.items():
        if len(lines) == 1:
            line, reason = lines[0]
            yield Found("slip", reason, one_to_one(line, one, fee=one.amount - line.amount))


def _means_another(board: Board, line: Line) -> bool:
    """Say whether a line names something known that it may really be."""
    return any(
        one.amount == line.amount or agrees(line, one) is not Agreement.NO
        for name in board.names[line.id]
        for one in board.known[name]
    )


def _of_payee(board: Board, line: Line) -> Expected | None:
    """Give the one thing of a line's payee and amount that its damaged reference means."""
    same = [one for one in board.of_payee(line) if board.fee(line, one) is not None]
    if not same or _means_another(board, line):
        return None
    near = [one for one in same if resembles(line.reference, plain(one.reference))]
    return near[0] if len(near) == 1 else None


def _of_amount(board: Board, line: Line) -> Expected | None:
    """
    Give the one thing of a line's amount that its damaged reference means, whoever was paid.

    A reference that may be another one of its kind is left alone.
    """
    said = board.said[line.id]
    if len(said) < LONG_ENOUGH or board.names[line.id]:
        return None
    same = board.only_of_amount(line)
    if same is None or agrees(line, same) is not Agreement.UNKNOWN:
        return None
    meant = plain(same.reference)
    return same if is_slip(said, meant) and not same_shape(said, meant) else None


def charges(board: Board) -> Iterator[Found]:
    """Find what the servicer charges by itself, up to what the account allows."""
    for line in board.lines.values():
        if line.type == "fee" and 0 < -line.amount <= board.rules.charges_up_to:
            part = Part(line.id, "charge", line.amount)
            yield Found("charges", "charges of the servicer, within what is allowed", (part,))


RULES: tuple[Callable[[Board], Iterator[Found]], ...] = (
    by_reference,
    split,
    merged,
    by_slip,
    of_payee,
    charges,
)


def certain(board: Board) -> list[Found]:
    """
    Give all that is certain, and take it off the board.

    Rules run in turn until none finds more: what one explains leaves less doubt for the others.
    """
    found: list[Found] = []
    while True:
        before = len(found)
        for rule in RULES:
            for one in list(rule(board)):
                if board.is_open(one):
                    board.take(one)
                    found.append(one)
        if len(found) == before:
            return found
