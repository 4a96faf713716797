"""Verifications: who an institution is, proposed on evidence, approved, in force until a day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans.models import Institution, Verification
from loans.operations.allowed import demand_any
from loans.queries import verifications as verified
from loans.rules.states import VERIFICATION_MOVES, VerificationState
from loans.rules.verifications import faults
from together import Refused
from together.controls.models import Approval, Document, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.queries import documents as filed
from together.controls.rules import lifecycle

KIND = "institution.kyb"


class NotVerifiable(Refused):
    """Raised when a verification cannot be so; says which field, its value and the rule."""


class NotVerified(Refused):
    """Raised when an institution's identity (KYB) is not verified on a day; says since when."""


@transaction.atomic(durable=True)
def propose(
    *,
    institution: Institution,
    documents: Sequence[Document],
    expires_on: date,
    finding: str,
    by: Person,
    at: datetime,
) -> Approval:
    """
    Say that documents show who an institution is, until a day; compliance approves it.

    :raises NotVerifiable: if the documents are not those of the institution, in force and of all
        kinds that are needed, if the day is too far off, or another verification waits
    """
    people.demand(by, "loans.write")
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    if not finding.strip() or len(finding) > 400:
        raise NotVerifiable("finding: must be stated, in up to 400 letters")
    waiting = Verification.objects.filter(institution=institution, state="proposed").first()
    if waiting:
        raise NotVerifiable(f"{waiting.number} of {institution.number} waits; withdraw it first")
    _demand_evidence(institution, documents, expires_on, at.date())
    verification = Verification(
        number=next_number(Verification, "V"),
        institution=institution,
        verified_on=at.date(),
        expires_on=expires_on,
        documents=sorted(document.number for document in documents),
        finding=finding,
        proposed_by=by,
        proposed_at=at,
    )
    asked = effect(verification)
    verification.effect_digest = approvals.digest(asked)
    verification.save(force_insert=True)
    return approvals.request(
        kind=KIND, subject=verification.number, effect=asked, amount_cents=0, by=by, at=at
    )


def _demand_evidence(
    institution: Institution, documents: Sequence[Document], expires_on: date, on: date
) -> None:
    in_force = {one.number for one in filed.valid([institution.number], on)}
    found = [
        f"documents: {one.number} is not of {institution.number}, expired or withdrawn"
        for one in documents
        if one.number not in in_force
    ]
    known = [(one.number, one.kind, one.expires_on) for one in documents]
    found += faults(known, on, expires_on)
    if found:
        raise NotVerifiable(f"{institution.number}: {'; '.join(found)}")


def effect(verification: Verification) -> dict[str, Any]:
    """Give what the approval binds: whom, on which documents, from when until when, and why."""
    return {
        "number": verification.number,
        "institution": verification.institution.number,
        "documents": verification.documents,
        "verified_on": verification.verified_on.isoformat(),
        "expires_on": verification.expires_on.isoformat(),
        "finding": verification.finding,
    }


@transaction.atomic(durable=True)
def put_in_force(*, verification: Verification, by: Person, at: datetime) -> None:
    """
    Let an approved verification hold.

    :raises NotApproved: if exactly this was not approved
    :raises NotVerifiable: if a document was withdrawn or expired since
    :raises NotPossibleNow: if it is in force, withdrawn or revoked
    """
    demand_any(by, "loans.write", "loans.comply")
    verification = _locked(verification)
    approvals.demand(kind=KIND, subject=verification.number, effect=effect(verification))
    looked_at = Document.objects.filter(number__in=verification.documents)
    _demand_evidence(verification.institution, list(looked_at), verification.expires_on, at.date())
    _move(verification, VerificationState.IN_FORCE, by, at)


@transaction.atomic(durable=True)
def withdraw(*, verification: Verification, by: Person, at: datetime) -> None:
    """
    Give up a verification that is not in force.

    :raises NotPossibleNow: if it is, or was
    """
    demand_any(by, "loans.write", "loans.comply")
    _move(_locked(verification), VerificationState.WITHDRAWN, by, at)


@transaction.atomic(durable=True)
def revoke(*, verification: Verification, reason: str, by: Person, at: datetime) -> None:
    """
    End a verification at once; one person is enough to stop what needs two to begin.

    :raises NotVerifiable: if no reason is given
    :raises NotPossibleNow: if it is not in force
    """
    demand_any(by, "loans.write", "loans.comply")
    if not reason.strip() or len(reason) > 200:
        raise NotVerifiable("reason: must be given, in up to 200 letters")
    _move(_locked(verification), VerificationState.REVOKED, by, at, reason)


def demand(institution: Institution, on: date) -> None:
    """
    Let only an institution pass whose identity is verified on a day.

    :raises NotVerified: otherwise, with the last verification and why it does not hold
    """
    if verified.in_force(institution, on) is None:
        why = verified.why_not(institution, on)
        raise NotVerified(f"{institution.legal_name} is not verified (KYB): {why}")


def _locked(verification: Verification) -> Verification:
    found = Verification.objects.select_for_update(of=("self",))
    return found.select_related("institution").get(pk=verification.pk)


def _move(
    verification: Verification, to: VerificationState, by: Person, at: datetime, reason: str = ""
) -> None:
    verification.state = lifecycle.move(
        VERIFICATION_MOVES, verification.state, to, what=f"verification {verification.number}"
    )
    verification.save(update_fields=["state"])
    said = {"institution": verification.institution.number}
    if reason:
        said["reason"] = reason
    record(what=f"verification.{to.value}", subject=verification.number, by=by, at=at, details=said)
