"""Undoing a match, under four eyes: the line is a break again, and the books say so too."""

from datetime import datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.records import record
from together.ledger.operations import posting
from together.ledger.rules.money import in_cents
from together.treasury import postings
from together.treasury.models import CashAccount, Instruction, Match, Proposal, StatementLine
from together.treasury.operations.three_way import keep
from together.treasury.rules.states import InstructionState, LineState

KIND = "match.undo"


class NotMatched(Refused):
    """Raised when a line has no match that could be undone."""


class IsReturned(Refused):
    """Raised when a payment would be off its statement while its return is on one."""


@transaction.atomic(durable=True)
def propose_undo(*, line: StatementLine, reason: str, by: Person, at: datetime) -> Approval:
    """
    Ask for the match of a line to be undone; somebody else approves it.

    :raises NotMatched: if it is a break
    :raises IsReturned: if it is a payment whose return is matched to another line
    """
    people.demand(by, "treasury.write")
    matches = standing(line)
    _demand_last(line, matches)
    record(
        what="match.undo_proposed",
        subject=f"{line.account_id}:{line.entry_id}",
        by=by,
        at=at,
        details={"reason": reason},
    )
    return approvals.request(
        kind=KIND,
        subject=str(line.pk),
        effect=effect(line, matches, reason),
        amount_cents=in_cents(abs(line.amount), line.account.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def undo(*, line: StatementLine, reason: str, by: Person, at: datetime) -> None:
    """
    Undo the match of a line as it was approved: its parts, its entries, and what came back.

    What it was matched to is declined for it, so that no rule matches it so again.

    :raises NotMatched: if it is a break
    :raises NotApproved: if exactly this was not approved
    :raises Overdrawn: if the money was used since, as a receipt that was allocated
    """
    people.demand(by, "treasury.write")
    account = CashAccount.objects.select_for_update().get(pk=line.account_id)
    matches = standing(line)
    _demand_last(line, matches)
    asked = effect(line, matches, reason)
    approvals.demand(kind=KIND, subject=str(line.pk), effect=asked)
    undone = [_undone(match, approvals.digest(asked), by, at) for match in matches]
    Match.objects.bulk_create(undone)
    posting.post_all([_posting(account, line, match) for match in undone if match.funding is None])
    back = [m.instruction_id for m in matches if m.kind == "return" and m.instruction_id]
    Instruction.objects.filter(pk__in=back, state=InstructionState.RETURNED).update(
        state=InstructionState.SETTLED
    )
    StatementLine.objects.filter(pk=line.pk).update(
        state=LineState.BREAK, is_receipt=False, reason=f"its match was undone: {reason}"[:200]
    )
    for match in matches:
        _decline(line, match, by, at)
    keep(account, at)
    record(
        what="match.undone",
        subject=f"{account.code}:{line.entry_id}",
        by=by,
        at=at,
        details={"reason": reason, "parts": len(matches)},
    )


def _demand_last(line: StatementLine, matches: list[Match]) -> None:
    """Refuse to undo a payment before its return."""
    paid = [m.instruction_id for m in matches if m.kind == "payment" and m.instruction_id]
    back = Match.objects.filter(
        instruction__in=paid, kind="return", undoes=None, undone_by=None
    ).select_related("line", "instruction")
    for one in back.exclude(line=line)[:1]:
        raise IsReturned(
            f"{one.instruction} came back with line {one.line.entry_id}: undo that match first"
        )


def standing(line: StatementLine) -> list[Match]:
    """
    Give the parts of a line's match that stand.

    :raises NotMatched: if it has none
    """
    found = list(
        Match.objects.filter(line=line, undoes=None, undone_by=None)
        .select_related("instruction__batch", "funding", "conversion")
        .order_by("id")
    )
    if not found:
        raise NotMatched(f"line {line.entry_id} of {line.account_id} is not matched")
    return found


def effect(line: StatementLine, matches: list[Match], reason: str) -> dict[str, Any]:
    """Give what the approval of an undo binds: the line, each part, and why."""
    return {
        "line": line.pk,
        "entry": line.entry_id,
        "amount": line.amount,
        "parts": [[match.pk, match.kind, match.amount] for match in matches],
        "reason": reason,
    }


def _undone(match: Match, digest: str, by: Person, at: datetime) -> Match:
    return Match(
        line_id=match.line_id,
        kind=match.kind,
        instruction=match.instruction,
        funding=match.funding,
        conversion=match.conversion,
        amount=-match.amount,
        rule="undone",
        undoes=match,
        confirmed_by=by,
        effect_digest=digest,
        matched_at=at,
    )


def _posting(account: CashAccount, line: StatementLine, match: Match) -> Any:
    """Give the entry against the one of a part; a funding was in the books before its line."""
    part = postings.Line(
        match=match.pk,
        account=account.code,
        pool=account.pool_id,
        asset=account.asset,
        amount=match.amount,
        on=line.booked_at.date(),
        entry_id=line.entry_id,
    )
    if match.kind == "payment" and match.instruction:
        return postings.payment_off_statement(part, batch=match.instruction.batch.number)
    if match.kind == "resolution" and match.undoes:
        resolved = line.resolutions.get(state="booked", effect_digest=match.undoes.effect_digest)
        return postings.resolved(part, resolved.kind)
    return postings.OF_LINES[match.kind](part)


def _decline(line: StatementLine, match: Match, by: Person, at: datetime) -> None:
    """Remember that a line is not what it was matched to."""
    if match.instruction or match.funding or match.conversion:
        Proposal.objects.update_or_create(
            line=line,
            kind=match.kind,
            instruction=match.instruction,
            funding=match.funding,
            conversion=match.conversion,
            defaults={
                "amount": match.amount,
                "rule": match.rule,
                "reason": "was matched to it, and the match was undone",
                "proposed_at": at,
                "declined_by": by,
                "declined_at": at,
            },
        )
