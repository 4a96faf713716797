"""What is possible: proposals for the lines that no rule is certain of, the likeliest first."""

from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from together.treasury.rules.matching.board import Board, agrees
from together.treasury.rules.matching.shapes import Expected, Found, Line, one_to_one
from together.treasury.rules.matching.texts import LONG_ENOUGH, Agreement, is_slip, is_whole, plain

MOST = 3
MONEY = ("payment", "return", "receipt")


def possible(board: Board) -> list[Found]:
    """Give up to three proposals for each line that is left; nothing is taken off the board."""
    found: list[Found] = []

    @lru_cache(maxsize=256)
    def references(amount: int) -> dict[Expected, str]:
        """Give the plain references of all that is open of an amount."""
        return {one: plain(one.reference) for one in board.by_amount.get(amount, {}).values()}

    for line in board.lines.values():
        near = _near(board, line, references(line.amount)) if line.type in MONEY else []
        offered: dict[tuple[str, int], Found] = {}
        for one, rule, reason in _offers(board, line, near):
            parts = one_to_one(line, one)
            offered.setdefault((one.kind, one.id), Found(rule, reason, parts, is_certain=False))
        found += list(offered.values())[:MOST]
    return found


def _near(board: Board, line: Line, references: dict[Expected, str]) -> list[Expected]:
    """Give what has the amount of a line and, but for a slip or two, its reference."""
    said = board.said[line.id]
    if is_whole(line.account):  # then its payments alone are meant, and they are offered anyway
        return []
    near = process.extract(
        said, references, scorer=OSA.distance, score_cutoff=2, limit=MOST * 2, processor=None
    )
    return [
        one
        for text, _, one in near
        if is_slip(said, text) and board.may_be(line, one) and agrees(line, one) is not Agreement.NO
    ]


def _offers(board: Board, line: Line, near: list[Expected]) -> Iterator[tuple[Expected, str, str]]:
    referred = board.referred(line)
    same = [one for one in referred if one.amount == line.amount]
    yield from ((one, "claimed", _doubt(line, one, referred)) for one in same)
    theirs = [one for one in board.of_payee(line) if one.amount == line.amount]
    words = "amount and counterparty; the reference is another"
    yield from ((one, "counterparty", words) for one in theirs)
    words = "amount, and a reference with slips that something else could mean"
    yield from ((one, "slip", words) for one in near)
    words = "reference; the amount is another"
    yield from ((one, "other amount", words) for one in referred if one not in same)
    yield from _of_amount(board, line)
    for name in board.names[line.id]:
        named = board.open_of(board.by_reference.get(name, {}), line)
        yield from ((one, "named", "named in the details; the amount is another") for one in named)


def _of_amount(board: Board, line: Line) -> Iterator[tuple[Expected, str, str]]:
    if line.type not in MONEY or len(board.by_amount.get(line.amount, {})) > LONG_ENOUGH:
        return
    same = board.only_of_amount(line)
    if same and agrees(line, same) is Agreement.UNKNOWN:
        yield same, "amount", "amount, which nothing else has in these days"


def _doubt(line: Line, one: Expected, referred: list[Expected]) -> str:
    if agrees(line, one) is Agreement.NO:
        return "reference and amount; the counterparty is another"
    if len(referred) > 1:
        return "reference and amount; several payments have this reference"
    return "reference and amount; several lines say so, and one may mean another payment"
