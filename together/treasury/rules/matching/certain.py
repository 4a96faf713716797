"""
What is certain: lines explained by more than one sign, where nothing else could be meant.

See Note [no false match]: a rule takes a line only if it points to one expected thing, that thing
is pointed to by no other line as well, and no sign speaks against it. What is left in doubt is
left to a person.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from together.treasury.rules.matching.shapes import (
    Expected,
    Found,
    Line,
    MatchingRules,
    Part,
    one_to_one,
    total,
)
from together.treasury.rules.matching.texts import (
    LONG_ENOUGH,
    Agreement,
    agreement,
    is_slip,
    plain,
    words,
)

EARLY = timedelta(days=1)


class Board:
    """
    What is still open: lines, and what they may be, by what they are found by.

    ``explained`` is what lines name and what was explained before: who names it may mean it, and
    have it stand there twice, rather than have slipped in the reference of something else.
    ``declined`` is what a person said that a line (its id) is not (a kind and an id).
    """

    def __init__(
        self,
        lines: Iterable[Line],
        expected: Iterable[Expected],
        rules: MatchingRules,
        explained: Iterable[Expected] = (),
        declined: Iterable[tuple[int, str, int]] = (),
    ) -> None:
        self.rules = rules
        self.declined = set(declined)
        self.lines = {line.id: line for line in lines}
        self.expected = {(one.kind, one.id): one for one in expected}
        self.named: dict[str, list[Expected]] = defaultdict(list)
        for one in (*self.expected.values(), *explained):
            self.named[plain(one.reference)].append(one)
        self.by_reference: dict[str, list[Expected]] = defaultdict(list)
        self.by_amount: dict[int, list[Expected]] = defaultdict(list)
        self.by_group: dict[str, list[Expected]] = defaultdict(list)
        self.said: dict[int, str] = {line.id: plain(line.reference) for line in self.lines.values()}
        for one in self.expected.values():
            self.by_reference[plain(one.reference)].append(one)
            self.by_amount[one.amount].append(one)
            if one.group:
                self.by_group[plain(one.group)].append(one)

    def is_open(self, one: Expected) -> bool:
        """Say whether something is still expected."""
        return (one.kind, one.id) in self.expected

    def referred(self, line: Line) -> list[Expected]:
        """Give what has the reference of a line and goes the same way as its money."""
        return self._open(self.by_reference.get(self.said[line.id], ()), line)

    def of_amount(self, line: Line, amount: int) -> list[Expected]:
        """Give what is open of an amount and may stand where a line does."""
        return [
            one
            for one in self._open(self.by_amount.get(amount, ()), line)
            if line.booked_on - one.since <= timedelta(days=self.rules.days)
        ]

    def may_be(self, line: Line, one: Expected) -> bool:
        """Say whether a line may be something: it is open, goes the same way and is not later."""
        return (
            self.is_open(one)
            and (line.id, one.kind, one.id) not in self.declined
            and (one.amount < 0) == (line.amount < 0)
            and line.booked_on >= one.since - EARLY
        )

    def _open(self, found: Iterable[Expected], line: Line) -> list[Expected]:
        return [one for one in found if self.may_be(line, one)]

    def take(self, found: Found) -> None:
        """Take away what was explained."""
        for part in found.parts:
            self.lines.pop(part.line, None)
            if part.target is not None:
                self.expected.pop((part.kind, part.target), None)


def agrees(line: Line, one: Expected) -> Agreement:
    """Say whether a line's counterparty is the one that is expected."""
    return agreement(accounts=(line.account, one.account), names=(line.name, one.name))


def by_reference(board: Board) -> Iterator[Found]:
    """Find lines with the reference and amount of one thing, or its amount and a known fee."""
    for fee in (0, *sorted(board.rules.fees)):
        claims: dict[Expected, list[Line]] = defaultdict(list)
        for line in board.lines.values():
            referred = board.referred(line)
            is_one = len(referred) == 1 and referred[0].amount - fee == line.amount
            if is_one and agrees(line, referred[0]) is not Agreement.NO:
                claims[referred[0]].append(line)
        for one, lines in claims.items():
            known = [line for line in lines if agrees(line, one) is Agreement.YES] or lines
            if len(known) > 1 and _has_twin(board, one):
                continue
            line = min(known, key=lambda candidate: (candidate.booked_on, candidate.id))
            words_ = "reference and amount" if not fee else "reference, and amount less a fee"
            name = "reference" if not fee else "netted fee"
            yield Found(name, words_, one_to_one(line, one, fee=fee))


def _has_twin(board: Board, one: Expected) -> bool:
    """Say whether a slip in another reference would give this one, for the same amount."""
    me = plain(one.reference)
    same = (other for other in board.by_amount[one.amount] if other != one and board.is_open(other))
    return any(is_slip(me, plain(other.reference)) for other in same)


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


def merged(board: Board) -> Iterator[Found]:
    """Find lines that are several things at once: those they name, or a batch that they name."""
    for line in list(board.lines.values()):
        for named, what in _named(board, line):
            if len(named) < 2:
                continue
            for fee in (0, *sorted(board.rules.fees)):
                if total(named) - fee == line.amount and not any(
                    agrees(line, one) is Agreement.NO and what != "batch" for one in named
                ):
                    parts = tuple(Part(line.id, x.kind, x.amount, x.id) for x in named)
                    more = (Part(line.id, "charge", -fee),) if fee else ()
                    less = " less a fee" if fee else ""
                    reason = f"{what} of {len(named)} payments, and their sum{less}"
                    yield Found("merged", reason, parts + more)
                    break


def _named(board: Board, line: Line) -> Iterator[tuple[list[Expected], str]]:
    """Give the groups of things that a line may name, with the word for how it names them."""
    found: dict[tuple[str, int], Expected] = {}
    for word in words(f"{line.reference} {line.details}"):
        one = board.by_reference.get(word, ())
        if len(one) == 1 and board.may_be(line, one[0]):
            found[one[0].kind, one[0].id] = one[0]
        yield [x for x in board.by_group.get(word, ()) if board.may_be(line, x)], "batch"
    yield list(found.values()), "references"


def by_slip(board: Board) -> Iterator[Found]:
    """Find lines whose reference has slips: amount and counterparty tell, or the amount alone."""
    claims: dict[Expected, list[tuple[Line, str]]] = defaultdict(list)
    for line in board.lines.values():
        for fee in (0, *sorted(board.rules.fees)):
            same = board.of_amount(line, line.amount + fee)
            found = _meant(board, line, same)
            if found is not None:
                reason = "reference with slips, amount and counterparty"
                if agrees(line, found) is Agreement.UNKNOWN:
                    reason = "reference with a slip, and an amount that nothing else has"
                claims[found].append((line, reason + (" less a fee" if fee else "")))
                break
    for one, lines in claims.items():
        if len(lines) == 1:
            line, reason = lines[0]
            yield Found("slip", reason, one_to_one(line, one, fee=one.amount - line.amount))


def _meant(board: Board, line: Line, same: list[Expected]) -> Expected | None:
    """Give the one thing of the right amount that a damaged reference means."""
    said = board.said[line.id]
    named = board.named.get(said, ())
    if any(one.amount == line.amount or agrees(line, one) is not Agreement.NO for one in named):
        return None
    known = [one for one in same if agrees(line, one) is Agreement.YES]
    if known:
        near = [one for one in known if is_slip(said, plain(one.reference))]
        return near[0] if len(near) == 1 else None
    if len(same) == 1 and agrees(line, same[0]) is Agreement.UNKNOWN and not named:
        is_near = len(said) >= LONG_ENOUGH and is_slip(said, plain(same[0].reference))
        return same[0] if is_near else None
    return None


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
                if one.lines <= board.lines.keys() and all(
                    part.target is None or (part.kind, part.target) in board.expected
                    for part in one.parts
                ):
                    board.take(one)
                    found.append(one)
        if len(found) == before:
            return found
