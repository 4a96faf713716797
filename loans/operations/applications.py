"""Applications: from what an institution asks for to a loan that is committed."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from loans import postings
from loans.models import Application, CreditPolicy, Institution, Loan
from loans.operations import (
    conditions,
    confidentialities,
    covenants,
    cover,
    guarantees,
    information_requests,
    screenings,
    underwriting,
    verifications,
)
from loans.operations.allowed import demand, demand_any
from loans.operations.asking import Asked, BadTerms, demand_sound
from loans.operations.hidden import demand_seen
from loans.queries import limits
from loans.queries.underwriting import newest_worksheet
from loans.rules.limits import exceeded
from loans.rules.states import APPLICATION_MOVES, ApplicationState, PolicyState
from together import Refused
from together.controls.models import Approval, Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.operations import posting
from together.ledger.rules.money import Money, in_cents
from together.treasury.models import Pool

KIND = "loan.approval"


class LimitExceeded(Refused):
    """Raised when a loan would take more than a limit has left: pool, institution, group, ..."""


@transaction.atomic(durable=True)
def submit(
    *,
    institution: Institution,
    pool: Pool,
    amount: Money,
    purpose: str,
    terms: dict[str, Any],
    figures: dict[str, Any],
    by: Person,
    at: datetime,
    confidential_for: str = "",
) -> Application:
    """
    Write an application down; with a reason it is confidential from the first moment on.

    ``terms`` are the contract's terms and ``product``; ``figures`` what the applicant says of
    itself: nothing rests on them but the questions they raise.

    :raises BadTerms: if terms, figures or amount are not what they must be
    :raises NotAllowed: if it is to be confidential, and no officer enters it
    """
    demand(by, "loans.write", institution)
    asked = Asked(pool, amount, purpose, terms, figures)
    application = enter(institution, asked, by, at)
    if confidential_for:
        confidentialities.begin(application, confidential_for, by, at)
    return application


def enter(institution: Institution, asked: Asked, by: Person, at: datetime) -> Application:
    """
    Write an application down, in the transaction of who calls and has asked who may.

    :raises BadTerms: if terms, figures or amount are not what they must be
    """
    demand_sound(asked, at.date())
    application = Application.objects.create(
        number=next_number(Application, "A"),
        institution=institution,
        pool=asked.pool,
        amount=asked.amount.minor_units,
        purpose=asked.purpose,
        terms=asked.terms,
        figures=asked.figures,
        submitted_by=by,
        submitted_at=at,
    )
    record(
        what="application.submitted",
        subject=application.number,
        by=by,
        at=at,
        details={"institution": institution.number, "amount": str(asked.amount)},
    )
    return application


@transaction.atomic(durable=True)
def propose(*, application: Application, by: Person, at: datetime) -> Approval:
    """
    Check an application's worksheet and the limits, and ask for its approval.

    :raises NotRecommended: if no worksheet recommends to approve
    :raises BadWorksheet: if the worksheet rests on what is not the newest any more
    :raises NotVerified: if the institution's identity is not verified
    :raises HitStands: if it is like an entry of a sanctions list, or ``NotScreened``
    :raises LimitExceeded: if the pool or the institution has not enough left
    :raises NotAnswered: if its institution was asked for something and did not answer yet
    :raises NotPossibleNow: if it is not waiting to be proposed
    """
    people.demand(by, "loans.propose")
    application = locked(application)
    demand_seen(application, by)
    application.state = moved(application, ApplicationState.PROPOSED)
    information_requests.demand_answered(application)
    worksheet = underwriting.demand_worksheet(application, at)
    verifications.demand(application.institution, at.date())
    screenings.demand(application.institution, at)
    _demand_limits(application)
    application.assessment = worksheet.assessment
    application.proposed_by, application.proposed_at = by, at
    application.save(update_fields=["state", "assessment", "proposed_by", "proposed_at"])
    return approvals.request(
        kind=KIND,
        subject=application.number,
        effect=effect(application),
        amount_cents=in_cents(application.amount, application.pool.asset),
        by=by,
        at=at,
    )


def effect(application: Application) -> dict[str, Any]:
    """Give what an approval binds: who borrows how much, on which terms, on which worksheet."""
    worksheet = newest_worksheet(application)
    # Applications that were proposed before worksheets were kept have none.
    resting_on = (
        {"worksheet": worksheet.number, "worksheet_digest": worksheet.digest} if worksheet else {}
    )
    return {
        "institution": application.institution.number,
        "pool": application.pool_id,
        "amount": application.amount,
        "terms_digest": approvals.digest(application.terms),
        "assessment": application.assessment,
        **resting_on,
        **_agreed(application),
    }


def _agreed(application: Application) -> dict[str, Any]:
    """Give what was agreed beside the terms: conditions, covenants, guarantees, where there are."""
    parts = {
        "conditions": conditions.terms(application),
        "covenants": covenants.terms(application),
        "guarantees": guarantees.terms(application),
    }
    return {name: terms for name, terms in parts.items() if terms}


@transaction.atomic(durable=True)
def approve(*, application: Application, on: date, by: Person, at: datetime) -> Loan:
    """
    Commit the amount of an approved application, and make its loan.

    The pool is locked, so that approvals come one after the other: what one has taken, the next
    does not see as free.

    :raises NotApproved: if exactly this application did not pass its stages
    :raises NotRecommended: if its accounts do not recommend it any more
    :raises LimitExceeded: if the pool, or a limit of the borrower, has not enough left by now
    :raises NotCovered: if it is secured and not covered, or a price is missing or stale
    :raises NotPossibleNow: if it is not proposed
    """
    demand_any(by, "loans.propose", "loans.approve")
    pool = Pool.objects.select_for_update().get(pk=application.pool_id)
    # Groups, sectors and exchanges share limits over all pools: one commitment at a time.
    CreditPolicy.objects.select_for_update().get(state=PolicyState.IN_FORCE)
    application = locked(application)
    demand_seen(application, by)
    application.state = moved(application, ApplicationState.APPROVED)
    approvals.demand(kind=KIND, subject=application.number, effect=effect(application))
    verifications.demand(application.institution, on)
    screenings.demand(application.institution, at)
    underwriting.demand(application, at)
    cover.demand(application, at)
    _demand_limits(application)
    application.save(update_fields=["state"])
    loan = Loan.objects.create(
        number=next_number(Loan, "L"),
        application=application,
        institution=application.institution,
        pool=pool,
        amount=application.amount,
        terms=application.terms,
        terms_digest=approvals.digest(application.terms),
        approved_at=at,
    )
    money = Money(loan.amount, pool.asset)
    posting.post(postings.committed(loan=loan.number, pool=pool.code, money=money, on=on))
    record(
        what="loan.committed",
        subject=loan.number,
        by=by,
        at=at,
        details={"application": application.number, "amount": str(money)},
    )
    return loan


@transaction.atomic(durable=True)
def decline(*, application: Application, reason: str, by: Person, at: datetime) -> None:
    """
    Decline an application, for a reason that its institution reads.

    :raises BadTerms: if no reason is given
    :raises NotPossibleNow: if it is approved, declined or withdrawn already
    """
    demand_any(by, "loans.propose", "loans.approve")
    if not reason.strip() or len(reason) > 400:
        raise BadTerms("reason: must be given, in up to 400 letters")
    application = locked(application)
    demand_seen(application, by)
    application.state = moved(application, ApplicationState.DECLINED)
    application.decline_reason = reason
    application.save(update_fields=["state", "decline_reason"])
    record(
        what="application.declined",
        subject=application.number,
        by=by,
        at=at,
        details={"reason": reason},
    )


def locked(application: Application) -> Application:
    """Give an application, locked, with whose it is."""
    return (
        Application.objects.select_for_update(of=("self", "institution"))
        .select_related("institution__group", "pool")
        .get(pk=application.pk)
    )


def moved(application: Application, state: ApplicationState) -> ApplicationState:
    """Give the state that an application moves to, if its table lets it."""
    return lifecycle.move(
        APPLICATION_MOVES,
        ApplicationState(application.state),
        state,
        what=f"application {application.number}",
    )


def _demand_limits(application: Application) -> None:
    amount = Money(application.amount, application.pool.asset)
    broken = exceeded(limits.headrooms(application.institution, application.pool, amount))
    if broken:
        raise LimitExceeded(f"application {application.number}: {'; '.join(broken)}")
