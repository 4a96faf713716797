"""Findings: stated with a reason, approved by a second person, in force until another one is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from retail_claims.models import Finding, Policy, Programme
from retail_claims.operations.adjudication import merging
from retail_claims.rules import findings as rules
from retail_claims.rules import policy as policy_rules
from retail_claims.rules.findings import CODES, PAYEES
from retail_claims.rules.states import FINDING_MOVES, FindingState
from retail_claims.rules.texts import NotReadable, read_id
from together import Refused
from together.controls.models import Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle

KIND = "claims.finding"


class NotAFinding(Refused):
    """Raised when a finding cannot be so; says which field, its value and the rule."""


@transaction.atomic(durable=True)
def propose(
    *,
    programme: Programme,
    role: str,
    cells: Mapping[str, str],
    counts: bool,
    reason: str,
    by: Person,
    at: datetime,
) -> Finding:
    """
    State a row of the evidence, or that a row with its key does not count; another approves it.

    ``cells`` are texts by column, as in a file of the role. A hold is in force at once.

    :raises NotAFinding: if a cell is not what a run would read, no reason is given, the same
        stands already, or another finding about it waits
    """
    people.demand(by, "claims.write")
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    if not reason.strip() or len(reason) > 400:
        raise NotAFinding("reason: must be given, in up to 400 letters")
    kept = _kept(programme, role, cells, counts=counts)
    finding = Finding(
        number=next_number(Finding, "FD"),
        programme=programme,
        role=role,
        key=rules.key_of(role, kept),
        about=rules.about(kept),
        cells=kept,
        counts=counts,
        reason=reason.strip(),
        state=FindingState.PROPOSED,
        proposed_by=by,
        proposed_at=at,
    )
    _demand_news(finding)
    asked = effect(finding)
    finding.effect_digest = approvals.digest(asked)
    if rules.is_at_once(role, counts=counts):
        _supersede(finding, by, at)
        finding.state = FindingState.IN_FORCE
        finding.save(force_insert=True)
        record(what="finding.in_force", subject=finding.number, by=by, at=at, details=asked)
        return finding
    finding.save(force_insert=True)
    approvals.request(kind=KIND, subject=finding.number, effect=asked, amount_cents=0, by=by, at=at)
    return finding


@transaction.atomic(durable=True)
def put_in_force(*, finding: Finding, by: Person, at: datetime) -> None:
    """
    Let an approved finding stand in place of what the files and earlier findings say.

    :raises NotApproved: if exactly this was not approved
    :raises NotPossibleNow: if it is in force, superseded or withdrawn
    """
    people.demand(by, "claims.write")
    finding = _locked(finding)
    approvals.demand(kind=KIND, subject=finding.number, effect=effect(finding))
    _supersede(finding, by, at)
    _move(finding, FindingState.IN_FORCE, by, at)


@transaction.atomic(durable=True)
def withdraw(*, finding: Finding, by: Person, at: datetime) -> None:
    """
    Give up a finding that is not in force.

    :raises NotPossibleNow: if it is, or was
    """
    people.demand(by, "claims.write")
    _move(_locked(finding), FindingState.WITHDRAWN, by, at)


def effect(finding: Finding) -> dict[str, Any]:
    """Give what the approval binds: the row, whether it counts, and why."""
    return {
        "number": finding.number,
        "programme": finding.programme_id,
        "role": finding.role,
        "cells": finding.cells,
        "counts": finding.counts,
        "reason": finding.reason,
    }


def _kept(
    programme: Programme, role: str, cells: Mapping[str, str], *, counts: bool
) -> dict[str, str]:
    """Give the cells of a finding as they are kept, or refuse them with every fault."""
    if role not in rules.ROLES:
        raise NotAFinding(f"role: {role!r} is none of {', '.join(rules.ROLES)}")
    if not counts and not rules.may_not_count(role):
        raise NotAFinding("counts: an account always has an owner: say which")
    names = [column.name for column in rules.columns(role)]
    wanted = names if counts else list(rules.keys(role))
    kept = {name: cells.get(name, "").strip() for name in wanted}
    faults = _faults(programme, role, kept, is_whole=counts)
    if faults:
        raise NotAFinding("; ".join(faults))
    return kept


def _faults(programme: Programme, role: str, kept: dict[str, str], *, is_whole: bool) -> list[str]:
    """Read the cells as a run of the newest policy would, and say what it would reject."""
    if role == PAYEES:
        return [fault for name, text in kept.items() if (fault := _id_fault(name, text))]
    newest = Policy.objects.filter(programme=programme).order_by("-version").first()
    if newest is None:
        return [f"programme: {programme.code} has no policy yet, which says what may stand there"]
    policy = policy_rules.recall(newest.document, newest.salt)
    names = [column.name for column in rules.columns(role)]
    row = (
        tuple(kept[name] for name in names)
        if is_whole
        else rules.as_row(role, kept, policy.default_class)
    )
    found = merging.rejects(policy, role, row)
    return [f"{name}: {value!r} {CODES.get(code, code)}" for name, code, value in found]


def _id_fault(name: str, text: str) -> str:
    try:
        read_id(text)
    except NotReadable as fault:
        return f"{name}: {text!r} {fault}"
    return ""


def _demand_news(finding: Finding) -> None:
    """Refuse what stands already, or what another finding that waits is about."""
    same = Finding.objects.filter(programme=finding.programme, role=finding.role, key=finding.key)
    waiting = same.filter(state=FindingState.PROPOSED).first()
    if waiting:
        raise NotAFinding(f"{waiting.number} about the same waits: decide or withdraw it first")
    standing = same.filter(state=FindingState.IN_FORCE).first()
    if standing and (standing.cells, standing.counts) == (finding.cells, finding.counts):
        raise NotAFinding(f"{standing.number} says the same and is in force")


def _supersede(finding: Finding, by: Person, at: datetime) -> None:
    standing = Finding.objects.select_for_update().filter(
        programme=finding.programme,
        role=finding.role,
        key=finding.key,
        state=FindingState.IN_FORCE,
    )
    for one in standing:
        _move(one, FindingState.SUPERSEDED, by, at, {"by": finding.number})


def _locked(finding: Finding) -> Finding:
    return Finding.objects.select_for_update(of=("self",)).get(pk=finding.pk)


def _move(
    finding: Finding,
    to: FindingState,
    by: Person,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    finding.state = lifecycle.move(
        FINDING_MOVES, finding.state, to, what=f"finding {finding.number}"
    )
    if to != FindingState.IN_FORCE:
        finding.ended_at = at
    finding.save(update_fields=["state", "ended_at"])
    record(what=f"finding.{to}", subject=finding.number, by=by, at=at, details=details or {})
