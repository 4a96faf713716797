"""Rules for lines that are several things at once, or that tell their payee alone."""

from collections import defaultdict
from collections.abc import Iterator

from together.treasury.rules.matching.board import Board, agrees
from together.treasury.rules.matching.shapes import Expected, Found, Line, Part, one_to_one, total
from together.treasury.rules.matching.texts import SHORTEST_CUT, Agreement, plain


def merged(board: Board) -> Iterator[Found]:
    """
    Find lines that are several things at once: those they name, or a batch that they name.

    Lines that name some of the same things, and not all of them, are left alone.
    """
    groups: dict[Expected, set[frozenset[Expected]]] = defaultdict(set)
    offers = []
    for line in board.lines.values():
        offer = _merged(board, line)
        if offer is not None:
            offers.append(offer)
            named = frozenset(offer[1])
            for one in named:
                groups[one].add(named)
    for found, claimed in offers:
        if all(len(groups[one]) == 1 for one in claimed):
            yield found


def _merged(board: Board, line: Line) -> tuple[Found, list[Expected]] | None:
    """Give what a line is that names several things, with all of them."""
    for named, what in _named(board, line):
        fee = total(named) - line.amount
        if len(named) < 2 or (fee and fee not in board.fees):
            continue
        parts = tuple(Part(line.id, x.kind, x.amount, x.id) for x in named)
        more = (Part(line.id, "charge", -fee),) if fee else ()
        less = " less a fee" if fee else ""
        reason = f"{what} of {len(named)} payments, and their sum{less}"
        return Found("merged", reason, parts + more), named
    return None


def _named(board: Board, line: Line) -> Iterator[tuple[list[Expected], str]]:
    """Give the groups of things that a line may name, with the word for how it names them."""
    groups: dict[str, None] = {}
    for those in board.pieces[line.id]:
        groups |= dict.fromkeys(piece for _, _, piece in those if piece in board.by_group)
    for group in groups:
        yield board.open_of(board.by_group[group], line), "batch"
    found = [board.open_of(board.by_reference.get(n, {}), line) for n in board.names[line.id]]
    if all(len(open_) == 1 for open_ in found):
        named = [open_[0] for open_ in found]
        # Who is named on a line for several people is none of them, or just one.
        is_one = len({plain(one.account) for one in named}) == 1
        if not (is_one and any(agrees(line, one) is Agreement.NO for one in named)):
            yield named, "references"


def of_payee(board: Board) -> Iterator[Found]:
    """
    Find lines that tell a payee's account and no reference: one payment, or all there are.

    A line of all that are open of a payee may name one of them.
    """
    claims: dict[Expected, int] = defaultdict(int)
    offers = []
    for line in board.lines.values():
        offer = _of_payee(board, line)
        if offer is not None:
            offers.append(offer)
            for one in offer[1]:
                claims[one] += 1
    for found, claimed in offers:
        if all(claims[one] == 1 for one in claimed):
            yield found


def _of_payee(board: Board, line: Line) -> tuple[Found, list[Expected]] | None:
    """Give what a line finds by its payee, with all that it claims."""
    there = board.of_payee(line)
    same = [one for one in there if one.amount == line.amount]
    is_silent = not _tells_a_reference(board, line)
    if is_silent and len(same) == 1 and len(board.names[line.id]) == 0:
        reason = "amount and account of the payee; no reference is told"
        return Found("payee", reason, one_to_one(line, same[0])), same
    named = set(board.names[line.id])
    is_theirs = is_silent or (named and named <= {plain(one.reference) for one in there})
    is_all = len(there) > 1 and not same and total(there) == line.amount
    # A return is of one payment: several that came back at once are left to a person.
    if is_theirs and is_all and all(one.kind == "payment" for one in there):
        parts = tuple(Part(line.id, one.kind, one.amount, one.id) for one in there)
        reason = f"account of the payee, and the sum of all {len(there)} payments to it"
        return Found("merged", reason, parts), there
    return None


def _tells_a_reference(board: Board, line: Line) -> bool:
    """Say whether a line holds anything that looks like a reference, ours or not."""
    if any(sign.isdigit() for sign in line.reference):
        return True
    _, of_details = board.pieces[line.id]
    return any(len(piece) >= SHORTEST_CUT for _, _, piece in of_details)
