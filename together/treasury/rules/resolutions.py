"""What a break may be resolved as: the account of the books for it, and which way money goes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """Where a resolved amount goes: the account against cash; ``goes`` is -1 out, +1 in, 0 both."""

    account: str
    goes: int


WAYS: dict[str, Way] = {
    "charge": Way("expense.charges", 0),
    "interest": Way("income.cash", 0),
    "claim": Way("cash.claimed", -1),
    "claim_settled": Way("cash.claimed", 1),
    "receipt": Way("receipts.unallocated", 1),
}


def fault(kind: str, rest: int, *, has_instruction: bool) -> str:
    """
    Say why an amount (minor units, negative if money left) cannot be resolved as a kind, or "".

    Beside an instruction there may be nothing left: then the kind says nothing.
    """
    way = WAYS.get(kind)
    if way is None:
        return f"is none of {', '.join(WAYS)}"
    if rest == 0:
        return "" if has_instruction else "has no amount to resolve"
    if way.goes and (rest > 0) != (way.goes > 0):
        return "is for money that came in" if way.goes > 0 else "is for money that left"
    return ""
