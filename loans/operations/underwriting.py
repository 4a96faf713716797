"""Underwriting: a worksheet says what was found of an application; nothing is lent without one."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.models import Application, Worksheet
from loans.operations.hidden import demand_seen
from loans.queries import limits
from loans.queries.underwriting import Found, newest_worksheet, underwrite
from loans.rules.credit.scorecard import APPROVE, DECLINE, REFER, Assessment
from loans.rules.states import ApplicationState
from together import Refused
from together.controls.models import Person
from together.controls.operations import approvals, people
from together.controls.operations.numbers import next_number
from together.controls.operations.records import record
from together.controls.rules import lifecycle
from together.ledger.rules.money import Money

RECOMMENDATIONS = (APPROVE, REFER, DECLINE)


class NotRecommended(Refused):
    """Raised when an applicant's accounts, or the worksheet, do not recommend to approve."""


class BadWorksheet(Refused):
    """Raised when a worksheet cannot be prepared so, or does not hold any more; says why."""


@transaction.atomic(durable=True)
def prepare(
    *, application: Application, recommendation: str, rationale: str, by: Person, at: datetime
) -> Worksheet:
    """
    Prepare the next version of an application's worksheet from what is known at a moment.

    :raises BadWorksheet: if nothing is recommended or no reason is given, or if approval is
        recommended although the scorecard does not
    :raises Hidden: if it is confidential and they are not let in
    :raises NotPossibleNow: if the application was proposed
    """
    people.demand(by, "loans.write")
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("institution__group", "pool")
        .get(pk=application.pk)
    )
    demand_seen(application, by)
    if application.state != ApplicationState.SUBMITTED:
        raise lifecycle.NotPossibleNow(f"application {application.number} is {application.state}")
    found = underwrite(application, at)
    _check(application, found.assessment, recommendation, rationale)
    last = newest_worksheet(application)
    worksheet = Worksheet(
        number=next_number(Worksheet, "W"),
        application=application,
        version=last.version + 1 if last else 1,
        policy=found.policy,
        recommendation=recommendation,
        rationale=rationale,
        prepared_by=by,
        prepared_at=at,
        headrooms=_headrooms(application),
        **_facts(found),
    )
    worksheet.digest = approvals.digest(content(worksheet))
    worksheet.save(force_insert=True)
    record(
        what="worksheet.prepared",
        subject=worksheet.number,
        by=by,
        at=at,
        details={
            "application": application.number,
            "version": worksheet.version,
            "recommendation": recommendation,
            "digest": worksheet.digest,
        },
    )
    return worksheet


def _check(
    application: Application, assessment: Assessment, recommendation: str, rationale: str
) -> None:
    if recommendation not in RECOMMENDATIONS:
        raise BadWorksheet(f"recommendation: must be one of {', '.join(RECOMMENDATIONS)}")
    if not rationale.strip() or len(rationale) > 4000:
        raise BadWorksheet("rationale: must be given, in up to 4,000 letters")
    if recommendation == APPROVE and assessment.recommendation != APPROVE:
        raise BadWorksheet(f"recommendation: {said(application, assessment)}")


def said(application: Application, assessment: Assessment) -> str:
    """Say in words what the scorecard says about an application, and why."""
    reasons = "; ".join(assessment.reasons)
    return (
        f"application {application.number}: the scorecard says {assessment.recommendation}"
        f" ({reasons})"
    )


def _facts(found: Found) -> dict[str, Any]:
    return {
        "spreads": [spread.number for spread in found.spreads],
        "figures": {name: figure.document for name, figure in found.figures.items()},
        "assessment": found.assessment.document,
        "loss": found.loss.document,
    }


def _headrooms(application: Application) -> list[dict[str, Any]]:
    amount = Money(application.amount, application.pool.asset)
    return [
        {
            "name": one.name,
            "asset": one.limit.asset,
            "limit": one.limit.minor_units,
            "used": one.used.minor_units,
            "asked": one.asked.minor_units,
        }
        for one in limits.headrooms(application.institution, application.pool, amount)
    ]


def content(worksheet: Worksheet) -> dict[str, Any]:
    """Give all that the digest of a worksheet covers."""
    return {
        "number": worksheet.number,
        "application": worksheet.application.number,
        "policy": worksheet.policy.number,
        "spreads": worksheet.spreads,
        "figures": worksheet.figures,
        "assessment": worksheet.assessment,
        "loss": worksheet.loss,
        "headrooms": worksheet.headrooms,
        "recommendation": worksheet.recommendation,
        "rationale": worksheet.rationale,
    }


def demand_worksheet(application: Application, at: datetime) -> Worksheet:
    """
    Give the worksheet that an application is proposed with.

    :raises NotRecommended: if there is none, or it does not recommend to approve
    :raises BadWorksheet: if it rests on accounts or a policy that are not the newest, or if what
        it found does not hold on the day
    """
    worksheet = newest_worksheet(application)
    if worksheet is None:
        raise NotRecommended(f"application {application.number}: no worksheet was prepared")
    if worksheet.recommendation != APPROVE:
        raise NotRecommended(f"{worksheet.number} recommends to {worksheet.recommendation}")
    found = underwrite(application, at)
    moved = _moved(worksheet, found)
    if moved:
        raise BadWorksheet(f"{worksheet.number}: {'; '.join(moved)}; prepare it anew")
    return worksheet


def _moved(worksheet: Worksheet, found: Found) -> list[str]:
    """Say what is not as it was when a worksheet was prepared."""
    moved = []
    if worksheet.policy_id != found.policy.pk:
        moved.append(f"policy: {found.policy.number} took the place of {worksheet.policy.number}")
    newest = [spread.number for spread in found.spreads]
    if worksheet.spreads != newest:
        moved.append(f"spreads: the accounts are {', '.join(newest) or 'none'} now")
    kept = ("score", "recommendation")
    was, now = worksheet.assessment, found.assessment.document
    moved += [f"{name}: {was[name]} is {now[name]} now" for name in kept if was[name] != now[name]]
    return moved


def demand(application: Application, at: datetime) -> None:
    """
    Let only an applicant pass whose newest accounts recommend it at a moment, evidence in force.

    By the policy that the application was approved by, where it was. It is asked at the commitment
    and again at every drawdown, so what a borrower hid, or never renewed, stops the money.

    :raises NotRecommended: otherwise, with the score and its reasons
    """
    worksheet = newest_worksheet(application)
    found = underwrite(application, at, policy=worksheet.policy if worksheet else None)
    if found.assessment.recommendation != APPROVE:
        raise NotRecommended(said(application, found.assessment))
