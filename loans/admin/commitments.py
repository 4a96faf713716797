"""Commitments in the console: what is agreed, until when to draw, and what it cost so far."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from loans.formats.agreed import availability_of
from loans.formats.floating import percent
from loans.models import Loan
from loans.queries.commitments import commitment
from loans.rules.states import LoanState
from together.controls.admin.base import Fact
from together.controls.admin.showing import day, money
from together.ledger.rules.money import Money


def available_facts(terms: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Give what terms agree about a commitment; nothing if they agree nothing."""
    agreed = availability_of(terms)
    if agreed is None:
        return ()
    return (
        ("Available for", f"{agreed.days} days after acceptance"),
        ("Commitment fee a year", percent(agreed.fee_rate)),
    )


def commitment_facts(loan: Loan, today: date) -> Sequence[Fact]:
    """Give until when a loan may be drawn and its fee so far; nothing once it is drawn."""
    kept = commitment(loan)
    is_undrawn = loan.state in (LoanState.COMMITTED, LoanState.DRAWING)
    if kept is None or kept.since is None or not is_undrawn:
        return ()
    return (
        ("To be drawn before", day(kept.ends_on)),
        ("Commitment fee so far", money(Money(kept.fee(today), loan.pool.asset))),
    )
