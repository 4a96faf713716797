"""Instructions: what of them is still to stand on statements."""

from django.db.models import Q, Sum

from together.treasury.models import Instruction, Match
from together.treasury.rules.states import FiledState, InstructionState


def open_of(instruction: Instruction, account: str, *, is_return: bool) -> int:
    """
    Give what of an instruction may still stand on an account's statements, signed as there.

    A payment that is on no statement: all of it, below zero; a return of one that is: all of it.
    Zero if the instruction is another account's, partly there, or neither settled nor in a file
    that was handed over.
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
    return -instruction.amount if paid == 0 and (is_open or is_under_way(instruction)) else 0


def is_under_way(instruction: Instruction) -> bool:
    """Say whether a file with the payment was handed over, and nothing is known of it since."""
    if instruction.state not in (InstructionState.SENDING, InstructionState.UNKNOWN):
        return False
    found: bool = instruction.filed.filter(
        state=FiledState.LISTED, file__handed_over_at__isnull=False
    ).exists()
    return found
