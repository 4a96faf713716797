"""Periods: through which day the books are closed, and what speaks against closing more of them."""

from datetime import date

from django.db.models import Max

from together.ledger.models import Closing
from together.ledger.queries import checks as books
from together.ledger.rules.checks import Check, equal
from together.treasury.models import CashAccount, Instruction, StatementLine
from together.treasury.rules.states import InstructionState

NEVER = "never"
NO_OUTCOME = (InstructionState.SENDING, InstructionState.UNKNOWN, InstructionState.QUARANTINED)


def closed_through() -> date | None:
    """Give the last day that is closed, or None."""
    last = Closing.objects.first()
    return last.through if last else None


def checklist(through: date) -> list[Check]:
    """
    Say what should hold before the books are closed through a day.

    The statements of each account reach the day; no line up to it is a break; every payment that
    was released by then has its outcome; the books prove themselves.
    """
    accounts = CashAccount.objects.annotate(last=Max("statements__to_at"))
    found = [
        Check(
            f"statements of {account.code} reach {through}",
            f"{through} or later",
            account.last.date().isoformat() if account.last else NEVER,
            account.last is not None and account.last.date() >= through,
        )
        for account in accounts.order_by("code")
    ]
    breaks = StatementLine.objects.filter(waiting__isnull=False, booked_at__date__lte=through)
    waiting = Instruction.objects.filter(
        state__in=NO_OUTCOME, batch__released_at__date__lte=through
    )
    return [
        *found,
        equal(f"breaks up to {through}", 0, breaks.count()),
        equal(f"payments released by {through} without an outcome", 0, waiting.count()),
        *books.checks(),
    ]
