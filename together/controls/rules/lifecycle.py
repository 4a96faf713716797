"""Lives: a record moves from state to state along a table, never otherwise."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from together import Refused

State = TypeVar("State", bound=str)


class NotPossibleNow(Refused):
    """Raised when a record's state does not allow what is asked."""


def move(moves: Mapping[State, Collection[State]], now: str, then: State, *, what: str) -> State:
    """
    Move from one state to the next and give the new one.

    ``what`` names the record, for the person who reads the refusal.

    :raises NotPossibleNow: if the table has no such move
    """
    allowed = [state for start, ends in moves.items() if start == now for state in ends]
    if then not in allowed:
        may = ", ".join(sorted(allowed)) or "nothing"
        raise NotPossibleNow(f"{what} is {now}: it may become {may}, not {then}")
    return then
