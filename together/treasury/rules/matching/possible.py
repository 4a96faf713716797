"""What is possible: proposals for the lines that no rule is certain of, the likeliest first."""

from collections.abc import Iterator

from together.treasury.rules.matching.certain import Board, agrees
from together.treasury.rules.matching.shapes import Expected, Found, Line, one_to_one
from together.treasury.rules.matching.texts import Agreement, is_slip, plain, words

MOST = 3


def possible(board: Board) -> list[Found]:
    """Give up to three proposals for each line that is left; nothing is taken off the board."""
    found: list[Found] = []
    for line in board.lines.values():
        offered: dict[tuple[str, int], Found] = {}
        for one, rule, reason in _offers(board, line):
            parts = one_to_one(line, one)
            offered.setdefault((one.kind, one.id), Found(rule, reason, parts, is_certain=False))
        found += list(offered.values())[:MOST]
    return found


def _offers(board: Board, line: Line) -> Iterator[tuple[Expected, str, str]]:
    referred, same = board.referred(line), board.of_amount(line, line.amount)
    for one in referred:
        if one.amount == line.amount:
            yield one, "claimed", _doubt(line, one, referred)
    yield from _of_amount(board, line, same)
    for one in referred:
        if one.amount != line.amount:
            yield one, "other amount", "reference; the amount is another"
    if len(same) == 1 and agrees(line, same[0]) is Agreement.UNKNOWN:
        yield same[0], "amount", "amount, which nothing else has in these days"
    for one in _named(board, line):
        yield one, "named", "named in the details; the amount is another"


def _of_amount(
    board: Board, line: Line, same: list[Expected]
) -> Iterator[tuple[Expected, str, str]]:
    for one in same:
        if agrees(line, one) is Agreement.YES:
            yield one, "counterparty", "amount and counterparty; the reference is another"
    for one in same:
        is_near = is_slip(board.said[line.id], plain(one.reference))
        if is_near and agrees(line, one) is not Agreement.NO:
            yield one, "slip", "amount, and a reference with slips that something else could mean"


def _named(board: Board, line: Line) -> Iterator[Expected]:
    for word in words(line.details):
        for one in board.by_reference.get(word, ()):
            if board.is_open(one) and (one.amount < 0) == (line.amount < 0):
                yield one


def _doubt(line: Line, one: Expected, referred: list[Expected]) -> str:
    if agrees(line, one) is Agreement.NO:
        return "reference and amount; the counterparty is another"
    if len(referred) > 1:
        return "reference and amount; several payments have this reference"
    return "reference and amount; several lines say so, and one may mean another payment"
