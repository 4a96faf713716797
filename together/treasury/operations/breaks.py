"""Breaks: who looks into them, what was found out, and how they are resolved under four eyes."""

from datetime import datetime
from typing import Any

from django.db import transaction

from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import Money, in_cents
from together.treasury.models import (
    CashAccount,
    Instruction,
    Match,
    Proposal,
    Resolution,
    StatementLine,
)
from together.treasury.operations.matching import run
from together.treasury.operations.matching.proposals import NotOpen
from together.treasury.operations.settlements import settle_by_line
from together.treasury.queries.instructions import open_of
from together.treasury.rules.resolutions import fault
from together.treasury.rules.states import RESOLUTION_MOVES, LineState, ResolutionState

KIND = "break.resolution"


class NoResolution(Refused):
    """Raised when what is proposed for a break cannot be: the message says why."""


@transaction.atomic(durable=True)
def take_on(*, line: StatementLine, by: Person, at: datetime) -> None:
    """
    Take a break on, from nobody or from who looked into it so far.

    :raises NotOpen: if the line is matched
    """
    people.demand(by, "treasury.write")
    line = _break(line)
    before = line.owner
    line.owner = by
    line.save(update_fields=["owner"])
    _record("break.taken_on", line, by, at, {"before": before.username if before else ""})


@transaction.atomic(durable=True)
def note(*, line: StatementLine, text: str, by: Person, at: datetime) -> None:
    """Keep what was found out about a line in its trail."""
    people.demand(by, "treasury.write")
    _record("break.noted", line, by, at, {"note": text})


@transaction.atomic(durable=True)
def propose(
    *,
    line: StatementLine,
    kind: str,
    reason: str,
    by: Person,
    at: datetime,
    instruction: Instruction | None = None,
) -> Approval:
    """
    Say what a break is, wholly or beside an instruction; somebody else approves it.

    :raises NotOpen: if the line is matched
    :raises NoResolution: if the kind does not fit the line's direction, the instruction is not
        open on this account, or another resolution of the line waits
    """
    people.demand(by, "treasury.write")
    line = _break(line)
    if Resolution.objects.filter(line=line, state=ResolutionState.PROPOSED).exists():
        raise NoResolution(f"line {line.entry_id}: another resolution waits; withdraw it first")
    resolution = Resolution(
        line=line,
        kind=kind,
        instruction=instruction,
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(resolution)
    resolution.effect_digest = approvals.digest(asked)
    resolution.save(force_insert=True)
    details = {"kind": kind, "reason": reason}
    _record("break.resolution_proposed", line, by, at, details)
    return approvals.request(
        kind=KIND,
        subject=str(line.pk),
        effect=asked,
        amount_cents=in_cents(abs(line.amount), line.account.asset),
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def book(*, resolution: Resolution, by: Person, at: datetime) -> None:
    """
    Book a resolution as it was approved; the line is matched then.

    :raises NotApproved: if exactly this resolution did not pass its stages
    :raises NotOpen, NoResolution: if the line or the instruction was matched meanwhile
    :raises NotFinal: if the payment is a transfer on a chain with too few confirmations
    :raises NotPossibleNow: if it was booked or withdrawn
    """
    people.demand(by, "treasury.write")
    account = CashAccount.objects.select_for_update().get(pk=resolution.line.account_id)
    resolution = Resolution.objects.select_for_update().get(pk=resolution.pk)
    line = _break(resolution.line)
    asked = effect(resolution)
    approvals.demand(kind=KIND, subject=str(line.pk), effect=asked)
    _move(resolution, ResolutionState.BOOKED)
    target, rest = _parts(resolution)
    settle_by_line(resolution.instruction, line, at=at)
    kind = "receipt" if resolution.kind == "receipt" else "resolution"
    matches = [_match(resolution, kind, rest, by, at)] if rest else []
    if target:
        way = "payment" if target < 0 else "return"
        matches.insert(0, _match(resolution, way, target, by, at))
    Match.objects.bulk_create(matches)
    Proposal.objects.filter(line=line, declined_at=None).delete()
    run.close_lines(account, {line.pk: f"resolved: {resolution.get_kind_display()}"}, at)
    _record("break.resolved", line, by, at, {**asked})


@transaction.atomic(durable=True)
def withdraw(*, resolution: Resolution, by: Person, at: datetime) -> None:
    """
    Give up a resolution that was not booked.

    :raises NotPossibleNow: if it was
    """
    people.demand(by, "treasury.write")
    resolution = Resolution.objects.select_for_update().get(pk=resolution.pk)
    _move(resolution, ResolutionState.WITHDRAWN)
    _record("break.resolution_withdrawn", resolution.line, by, at, {"kind": resolution.kind})


def effect(resolution: Resolution) -> dict[str, Any]:
    """
    Give what an approval of a resolution binds: the line, its parts and the account of the rest.

    :raises NoResolution: as :func:`propose`
    """
    line, instruction = resolution.line, resolution.instruction
    target, rest = _parts(resolution)
    why = fault(resolution.kind, rest, has_instruction=instruction is not None)
    if why:
        amount = Money(abs(rest), line.account.asset)
        raise NoResolution(f"line {line.entry_id}, {amount}: kind {resolution.kind!r} {why}")
    return {
        "line": line.pk,
        "entry": line.entry_id,
        "amount": line.amount,
        "instruction": instruction.reference if instruction else None,
        "matched": target,
        "kind": resolution.kind,
        "rest": rest,
        "reason": resolution.reason,
    }


def _parts(resolution: Resolution) -> tuple[int, int]:
    """Give what is matched to the instruction, and what is left of the line."""
    line = resolution.line
    if resolution.instruction is None:
        return 0, line.amount
    target = open_of(resolution.instruction, line.account_id, is_return=line.amount > 0)
    if target == 0:
        raise NoResolution(
            f"instruction {resolution.instruction.reference}: nothing of it is open on account"
            f" {line.account_id} in the direction of line {line.entry_id}"
        )
    return target, line.amount - target


def _match(resolution: Resolution, kind: str, amount: int, by: Person, at: datetime) -> Match:
    return Match(
        line=resolution.line,
        kind=kind,
        instruction=resolution.instruction if kind in ("payment", "return") else None,
        amount=amount,
        rule="resolved",
        confirmed_by=by,
        effect_digest=resolution.effect_digest,
        matched_at=at,
    )


def _move(resolution: Resolution, to: ResolutionState) -> None:
    resolution.state = lifecycle.move(
        RESOLUTION_MOVES, resolution.state, to, what=f"resolution of {resolution.line.entry_id}"
    )
    resolution.save(update_fields=["state"])


def _break(line: StatementLine) -> StatementLine:
    line = StatementLine.objects.select_related("account", "owner").get(pk=line.pk)
    if line.state != LineState.BREAK:
        raise NotOpen(f"line {line.entry_id} is matched: {line.reason}")
    return line


def _record(what: str, line: StatementLine, by: Person, at: datetime, details: Any) -> None:
    subject = f"{line.account_id}:{line.entry_id}"
    record(what=what, subject=subject, by=by, at=at, details=details)
