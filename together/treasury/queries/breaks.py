"""Breaks: how old they are, and what of an instruction is still to stand on statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from together.treasury.models import Instruction, Match, StatementLine
from together.treasury.rules.states import InstructionState, LineState

# Days and names, the oldest last.
AGES: tuple[tuple[int, str], ...] = ((1, "up to 1 day"), (3, "2 to 3 days"), (7, "4 to 7 days"))
OLDEST = "over 7 days"


@dataclass(frozen=True, slots=True)
class Age:
    """How many breaks of an account are of one age, and what they add up to (minor units)."""

    account: str
    asset: str
    name: str
    count: int
    amount: int


def age_of(line: StatementLine, today: date) -> int:
    """Give the days since a line was booked."""
    return max((today - line.booked_at.date()).days, 0)


def age_name(days: int) -> str:
    """Give the name of an age in days."""
    return next((name for most, name in AGES if days <= most), OLDEST)


def ages(today: date) -> Sequence[Age]:
    """Give the breaks of every account by age, amounts without their signs."""
    found: dict[tuple[str, str, str], list[int]] = {}
    lines = StatementLine.objects.filter(state=LineState.BREAK).select_related("account")
    for line in lines.order_by("account_id", "booked_at"):
        key = (line.account_id, line.account.asset, age_name(age_of(line, today)))
        found.setdefault(key, []).append(abs(line.amount))
    return [Age(*key, len(amounts), sum(amounts)) for key, amounts in found.items()]


def open_of(instruction: Instruction, account: str, *, is_return: bool) -> int:
    """
    Give what of an instruction may still stand on an account's statements, signed as there.

    A payment that is on no statement: all of it, below zero; a return of one that is: all of it.
    Zero if the instruction is another account's, not settled, or partly there.
    """
    if instruction.batch.disbursement.account_id != account:
        return 0
    sums = Match.objects.filter(instruction=instruction).aggregate(
        paid=Sum("amount", filter=Q(kind="payment")), back=Sum("amount", filter=Q(kind="return"))
    )
    paid, back = sums["paid"] or 0, sums["back"] or 0
    if is_return:
        is_paid = instruction.state == InstructionState.SETTLED and paid == -instruction.amount
        return instruction.amount if is_paid and back == 0 else 0
    is_open = instruction.state in (InstructionState.SETTLED, InstructionState.RETURNED)
    return -instruction.amount if is_open and paid == 0 else 0
