"""The board: lines that are open, what they may be, and what each is found by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from together.treasury.rules.matching import texts
from together.treasury.rules.matching.shapes import Expected, Found, Line, MatchingRules
from together.treasury.rules.matching.texts import (
    Agreement,
    Piece,
    agreement,
    is_whole,
    plain,
)

EARLY = timedelta(days=1)
Key = tuple[str, int]
Index = dict[Key, Expected]
# What may be a reference in the reference of a line, and in its details.
Cut = tuple[list[Piece], list[Piece]]


class Board:
    """
    What is still open: lines, and what they may be, by what they are found by.

    ``explained`` is what lines name and what was explained before: who names it may mean it, and
    have it stand there twice, rather than have slipped in the reference of something else.
    ``declined`` is what a person said that a line (its id) is not (a kind and an id). ``pieces``
    are the texts of the lines as :func:`cut` gives them, if they were cut before.
    """

    def __init__(
        self,
        lines: Iterable[Line],
        expected: Iterable[Expected],
        rules: MatchingRules,
        explained: Iterable[Expected] = (),
        declined: Iterable[tuple[int, str, int]] = (),
        *,
        pieces: dict[int, Cut] | None = None,
    ) -> None:
        self.rules = rules
        self.fees = frozenset(rules.fees)
        self.declined = set(declined)
        # In one order, however they come: what is found must not depend on it.
        in_order = sorted(lines, key=lambda line: (line.booked_on, line.id))
        self.lines = {line.id: line for line in in_order}
        self.expected: Index = {}
        self.by_reference: dict[str, Index] = defaultdict(dict)
        self.by_amount: dict[int, Index] = defaultdict(dict)
        self.by_account: dict[str, Index] = defaultdict(dict)
        self.by_group: dict[str, Index] = defaultdict(dict)
        self.known: dict[str, list[Expected]] = defaultdict(list)
        self.pieces = cut(in_order) if pieces is None else pieces
        expected = sorted(expected, key=lambda one: (one.kind, one.id))
        for one in (*expected, *explained):
            self.known[plain(one.reference)].append(one)
        for one in expected:
            self.expect(one)
        self.said = {line.id: plain(line.reference) for line in self.lines.values()}
        self.names = {line.id: self._names(line) for line in self.lines.values()}
        self.paying: dict[str, set[int]] = defaultdict(set)
        for line in self.lines.values():
            for name in self.names[line.id] if line.type == "payment" else ():
                self.paying[name].add(line.id)

    def expect(self, one: Expected) -> None:
        """Put something on the board that is to stand on a statement."""
        key = one.kind, one.id
        for index in self._places(one):
            index[key] = one

    def _places(self, one: Expected) -> list[Index]:
        """Give the indexes that hold something."""
        places = [
            self.expected,
            self.by_reference[plain(one.reference)],
            self.by_amount[one.amount],
        ]
        if one.account:
            places.append(self.by_account[plain(one.account)])
        if one.group:
            places.append(self.by_group[plain(one.group)])
        return places

    def _names(self, line: Line) -> tuple[str, ...]:
        """
        Give the known references that a line names, in their order, each once.

        What is a part of a longer one is not named: L-1-2 does not name L-1.
        """
        found: dict[str, None] = {}
        if self.said[line.id] in self.known:
            found[self.said[line.id]] = None
        for those in self.pieces[line.id]:
            known = [one for one in those if one[2] in self.known]
            for first, end, name in known:
                inside = any(
                    a <= first and end <= b and (a, b) != (first, end) for a, b, _ in known
                )
                if not inside:
                    found[name] = None
        return tuple(found)

    def meant(self, line: Line) -> str:
        """Give the one known reference that a line names; empty if it names none or several."""
        if self.said[line.id] in self.known:
            return self.said[line.id]
        names = self.names[line.id]
        return names[0] if len(names) == 1 else ""

    def referred(self, line: Line) -> list[Expected]:
        """Give what is open of the reference that a line names."""
        return self.open_of(self.by_reference.get(self.meant(line), {}), line)

    def of_payee(self, line: Line) -> list[Expected]:
        """Give what is open of the counterparty of a line, if its account is told in full."""
        if not is_whole(line.account):
            return []
        return self._near(self.by_account.get(plain(line.account), {}), line)

    def only_of_amount(self, line: Line) -> Expected | None:
        """Give what is open of a line's amount and may stand where it does, if it is one thing."""
        # Amounts at a floor are those of thousands: the second one says enough.
        first = list(islice(self._those_near(self.by_amount.get(line.amount, {}), line), 2))
        return first[0] if len(first) == 1 else None

    def _near(self, index: Index, line: Line) -> list[Expected]:
        return list(self._those_near(index, line))

    def _those_near(self, index: Index, line: Line) -> Iterator[Expected]:
        earliest = line.booked_on - timedelta(days=self.rules.days)
        return (one for one in index.values() if one.since >= earliest and self.may_be(line, one))

    def open_of(self, index: Index, line: Line) -> list[Expected]:
        """Give what of an index a line may be."""
        return [one for one in index.values() if self.may_be(line, one)]

    def may_be(self, line: Line, one: Expected) -> bool:
        """Say whether a line may be something: it goes the same way and is not earlier."""
        return (
            (one.amount < 0) == (line.amount < 0)
            and line.booked_on >= one.since - EARLY
            and (line.id, one.kind, one.id) not in self.declined
            # See Note [a payment that left twice]
            and not (one.kind == "return" and self.is_paid_again(one))
        )

    def is_paid_again(self, one: Expected) -> bool:
        """Say whether a line that is still open names a payment as well."""
        return any(id_ in self.lines for id_ in self.paying.get(plain(one.reference), ()))

    def fee(self, line: Line, one: Expected) -> int | None:
        """Give what a line is more than something: nothing, a known fee, or None for neither."""
        fee = one.amount - line.amount
        return fee if fee == 0 or fee in self.fees else None

    def is_open(self, found: Found) -> bool:
        """Say whether all that was found is still on the board."""
        return found.lines <= self.lines.keys() and all(
            part.target is None or (part.kind, part.target) in self.expected for part in found.parts
        )

    def take(self, found: Found) -> None:
        """Take away what was explained; what was paid may come back from now on."""
        for part in found.parts:
            line = self.lines[part.line]
            if part.target is None:
                continue
            one = self.expected.get((part.kind, part.target))
            if one is None:
                continue
            for index in self._places(one):
                del index[one.kind, one.id]
            if one.kind == "payment":
                self.expect(
                    replace(one, kind="return", amount=-one.amount, since=line.booked_on, group="")
                )
        for id_ in found.lines:
            del self.lines[id_]


def cut(lines: Iterable[Line]) -> dict[int, Cut]:
    """Cut the texts of lines, by their ids, into what may be references."""
    return {line.id: (texts.pieces(line.reference), texts.pieces(line.details)) for line in lines}


def agrees(line: Line, one: Expected) -> Agreement:
    """Say whether a line's counterparty is the one that is expected."""
    return agreement(accounts=(line.account, one.account), names=(line.name, one.name))
