"""Proposals: what a line may be is confirmed by a person, or declined for good."""

from datetime import datetime

from django.db import transaction

from together import Refused
from together.controls.models import Person
from together.controls.operations import people
from together.controls.operations.records import record
from together.ledger.rules.money import Money
from together.treasury.models import CashAccount, Match, Proposal, StatementLine
from together.treasury.operations.matching import run
from together.treasury.operations.settlements import settle_by_line
from together.treasury.rules.states import LineState


class NotOpen(Refused):
    """Raised when a line is matched already, or a proposal was declined."""


class DoesNotAddUp(Refused):
    """Raised when what is proposed is of another amount: the difference has to be resolved."""


@transaction.atomic(durable=True)
def confirm(*, proposal: Proposal, by: Person, at: datetime) -> None:
    """
    Match a line to what was proposed for it, and book it.

    :raises NotOpen: if it is matched or declined by now
    :raises DoesNotAddUp: if the amounts differ
    :raises NotFinal: if it is a transfer on a chain with too few confirmations
    """
    people.demand(by, "treasury.write")
    account, line = _open(proposal)
    if proposal.amount != line.amount:
        raise DoesNotAddUp(
            f"line {line.entry_id} is {Money(line.amount, account.asset)}, what is proposed is"
            f" {Money(proposal.amount, account.asset)}: propose a resolution of the difference"
        )
    settle_by_line(proposal.instruction, line, at=at)
    Match.objects.create(
        line=line,
        kind=proposal.kind,
        instruction_id=proposal.instruction_id,
        funding_id=proposal.funding_id,
        conversion_id=proposal.conversion_id,
        amount=line.amount,
        rule="confirmed",
        confirmed_by=by,
        matched_at=at,
    )
    run.close_lines(account, {line.pk: f"confirmed: {proposal.reason}"}, at)
    record(
        what="match.confirmed",
        subject=f"{account.code}:{line.entry_id}",
        by=by,
        at=at,
        details={"reason": proposal.reason, "rule": proposal.rule},
    )


@transaction.atomic(durable=True)
def decline(*, proposal: Proposal, by: Person, at: datetime) -> None:
    """
    Say that a line is not what was proposed; it is never proposed or matched to it again.

    :raises NotOpen: if it is matched or declined by now
    """
    people.demand(by, "treasury.write")
    account, line = _open(proposal)
    proposal.declined_by, proposal.declined_at = by, at
    proposal.save(update_fields=["declined_by", "declined_at"])
    record(
        what="match.declined",
        subject=f"{account.code}:{line.entry_id}",
        by=by,
        at=at,
        details={"reason": proposal.reason, "rule": proposal.rule},
    )


def _open(proposal: Proposal) -> tuple[CashAccount, StatementLine]:
    account = CashAccount.objects.select_for_update().get(pk=proposal.line.account_id)
    line = StatementLine.objects.get(pk=proposal.line_id)
    proposal.refresh_from_db()
    if line.state != LineState.BREAK or proposal.declined_at:
        raise NotOpen(f"line {line.entry_id}: this proposal is not open any more")
    return account, line
