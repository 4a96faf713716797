"""Stages of the applications that are under way, in as many queries for many as for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from loans.models import (
    Application,
    Condition,
    InformationRequest,
    Loan,
    TermSheet,
    Worksheet,
)
from loans.queries import confidential
from loans.rules.institution_states import InformationState
from loans.rules.stages import Asked, Facts, Stage, stage_of
from loans.rules.states import UNDECIDED, ApplicationState, ConditionState, LoanState
from together.controls.models import Approval
from together.controls.queries.approvals import progress
from together.controls.queries.held import Visitor
from together.ledger.rules.money import Money

UNDER_WAY = Q(state__in=UNDECIDED) | Q(loan__state__in=(LoanState.COMMITTED, LoanState.DRAWING))


@dataclass(frozen=True, slots=True)
class UnderWay:
    """
    An application that is not drawn yet, with its loan once it has one, and its stage.

    It ``is_confidential`` as long as it has no loan: then nobody is told more than its number.
    """

    application: Application
    loan: Loan | None
    stage: Stage
    is_confidential: bool

    @property
    def amount(self) -> Money:
        """Give the amount that is asked for."""
        return Money(self.application.amount, self.application.pool.asset)


def under_way(on: date, pool: str = "", seen_by: Visitor | None = None) -> list[UnderWay]:
    """
    Give the applications that are not drawn yet, with their stages on a day; four queries.

    For somebody who looks, without those that are hidden from them.
    """
    found = _with_facts(Application.objects.filter(UNDER_WAY))
    if seen_by is not None:
        hidden = confidential.hidden_from(seen_by).filter(**confidential.at(""))
        found = found.filter(~Exists(hidden) | Q(loan__isnull=False))
    if pool:
        found = found.filter(pool_id=pool)
    rows = list(found.order_by("id"))
    asked = _asked([_request_of(one) for one in rows])
    return [
        UnderWay(
            one,
            _loan(one),
            stage_of(_facts(one, asked.get(_request_of(one))), on),
            is_confidential=one.is_held and _loan(one) is None,
        )
        for one in rows
    ]


def stage_on(application: Application, on: date) -> Stage | None:
    """Give the stage of one application on a day, None if it is not under way."""
    one = _with_facts(Application.objects.filter(UNDER_WAY)).filter(pk=application.pk).first()
    if one is None:
        return None
    return stage_of(_facts(one, _asked([_request_of(one)]).get(_request_of(one))), on)


def _with_facts(found: QuerySet[Application]) -> QuerySet[Any]:
    sheets = TermSheet.objects.filter(loan=OuterRef("loan__pk")).order_by("-version")
    prepared = Worksheet.objects.filter(application=OuterRef("pk")).order_by("-version")
    opened = Condition.objects.filter(application=OuterRef("pk"), state=ConditionState.OPEN)
    told = InformationRequest.objects.filter(application=OuterRef("pk"))
    asked = told.filter(state=InformationState.OPEN).order_by("due_on", "id")
    answered = told.filter(state=InformationState.ANSWERED).order_by("-ended_at")
    counted = opened.order_by().values("application").annotate(n=Count("pk")).values("n")
    return found.select_related(
        "institution", "pool", "submitted_by", "loan__disbursement"
    ).annotate(
        is_held=Exists(confidential.in_force().filter(**confidential.at(""))),
        prepared_at=Subquery(prepared.values("prepared_at")[:1]),
        asked_at=Subquery(asked.values("asked_at")[:1]),
        answer_by=Subquery(asked.values("due_on")[:1]),
        answered_at=Subquery(answered.values("ended_at")[:1]),
        sheet_state=Coalesce(Subquery(sheets.values("state")[:1]), Value("")),
        sheet_lapses_on=Subquery(sheets.values("lapses_on")[:1]),
        sheet_at=Subquery(
            sheets.annotate(at=Coalesce("accepted_at", "issued_at")).values("at")[:1]
        ),
        sheet_digest=Coalesce(Subquery(sheets.values("terms_digest")[:1]), Value("")),
        open_conditions=Coalesce(Subquery(counted), 0),
    )


def _loan(one: Any) -> Loan | None:
    return getattr(one, "loan", None)


def _request_of(one: Any) -> tuple[str, str]:
    """Give kind and subject of the request that an application waits for, or waited for last."""
    loan = _loan(one)
    if loan is not None and loan.disbursement is not None:
        return "loan.drawdown", loan.disbursement.number
    return "loan.approval", one.number


def _asked(requests: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Asked]:
    """Give how far each request came; the newest of a subject counts."""
    subjects = {subject for _, subject in requests}
    rows = progress(
        Approval.objects.filter(kind__in=("loan.approval", "loan.drawdown"), subject__in=subjects)
    )
    return {
        (one.kind, one.subject): Asked(
            since=one.decided_at or one.requested_at,
            role="" if one.passed >= len(one.roles) else one.roles[one.passed],
            is_declined=bool(one.declined),
        )
        for one in rows.order_by("id")
    }


def _facts(one: Any, asked: Asked | None) -> Facts:
    loan = _loan(one)
    return Facts(
        state=one.state,
        submitted_at=one.submitted_at,
        prepared_at=one.prepared_at,
        approval=asked,
        loan_state=loan.state if loan else "",
        approved_at=loan.approved_at if loan else None,
        sheet_state=one.sheet_state,
        sheet_lapses_on=one.sheet_lapses_on,
        sheet_at=one.sheet_at,
        sheet_is_of_terms=bool(loan and one.sheet_digest == loan.terms_digest),
        open_conditions=one.open_conditions,
        asked_at=one.asked_at,
        answer_by=one.answer_by,
        answered_at=one.answered_at,
    )


def open_conditions(seen_by: Visitor) -> QuerySet[Condition]:
    """Give the open conditions under way that somebody may see, the oldest first."""
    found = Condition.objects.filter(
        Q(application__state=ApplicationState.PROPOSED)
        | Q(application__loan__state=LoanState.COMMITTED),
        state=ConditionState.OPEN,
    )
    found = confidential.seen_until_lent(found, seen_by)
    return found.select_related("application__institution").order_by("added_at", "id")


def lapsing(on: date, seen_by: Visitor) -> QuerySet[TermSheet]:
    """
    Give the term sheets of undrawn loans that wait to be accepted, the next to lapse first.

    Only those that somebody may see.
    """
    found = TermSheet.objects.filter(state="issued", loan__state=LoanState.COMMITTED)
    found = confidential.seen_by(found, seen_by, "loan__application")
    return (
        found.filter(terms_digest=F("loan__terms_digest"))
        .select_related("loan__institution", "loan__pool")
        .order_by("lapses_on", "id")
    )
