"""Tasks of who asked for something that was decided: to carry it out, or to take it back."""

from collections.abc import Iterator
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)

from loans.models import (
    Adjustment,
    Cancellation,
    Condition,
    CovenantTest,
    CreditPolicy,
    Impairment,
    MarginCall,
    MarketEntry,
    PaperAcceptance,
    Pledge,
    ProfileChange,
    Verification,
)
from loans.queries.amendments import with_officer
from retail_claims.models import Finding
from together.console.queries.approvals import name_of
from together.console.queries.tasks.found import For, Task
from together.console.rules.tasks import due
from together.controls.models import Approval, Hit
from together.controls.queries.approvals import progress
from together.treasury.models import Conversion, Destination, Remedy, Resolution

APPROVED, DECLINED = "request.approved", "request.declined"
# The table of the record that a kind of request is about, and which of it still waits for its
# effect. Applications and drawdowns stand with their stages already.
NUMBERED = {"number": OuterRef("subject")}
SAME = {"effect_digest": OuterRef("effect_digest")}
WAITS: dict[str, tuple[Any, dict[str, Any]]] = {
    "claims.finding": (Finding, {**NUMBERED, "state": "proposed"}),
    "institution.kyb": (Verification, {**NUMBERED, "state": "proposed"}),
    "institution.profile": (ProfileChange, {**NUMBERED, "state": "proposed"}),
    "credit.policy": (CreditPolicy, {**NUMBERED, "state": "proposed"}),
    "collateral.pledge": (Pledge, {**NUMBERED, "state": "proposed"}),
    "collateral.release": (Pledge, {**NUMBERED, "state": "in_force"}),
    "market.entry": (MarketEntry, {**NUMBERED, "state": "proposed"}),
    "loan.adjustment": (Adjustment, {"approval": OuterRef("pk"), "state": "proposed"}),
    "loan.cancellation": (Cancellation, {**NUMBERED, "state": "proposed"}),
    "loan.condition": (Condition, {**NUMBERED, "state": "open"}),
    "loan.impairment": (Impairment, {**NUMBERED, "state": "proposed"}),
    "covenant.waiver": (
        CovenantTest,
        {**NUMBERED, "state__in": ("overdue", "breached", "defaulted")},
    ),
    "term_sheet.paper": (PaperAcceptance, {**NUMBERED, "state": "proposed"}),
    "amendment.paper": (PaperAcceptance, {**NUMBERED, "state": "proposed"}),
    "margin.extension": (MarginCall, {**NUMBERED, "state__in": ("open", "extended")}),
    "screening.clearing": (Hit, {**NUMBERED, **SAME, "state": "open"}),
    "break.resolution": (Resolution, {**SAME, "state": "proposed"}),
    "payment.remedy": (Remedy, {**NUMBERED, "state": "proposed"}),
    "pool.conversion": (Conversion, {**NUMBERED, "state": "proposed"}),
    "destination.confirmation": (Destination, {**NUMBERED, "state": "registered"}),
}


def of_requests(asked: For) -> Iterator[Task]:
    """Give the requests of somebody that were decided, and whose effect waits for them; a query."""
    later = Approval.objects.filter(
        kind=OuterRef("kind"), subject=OuterRef("subject"), pk__gt=OuterRef("pk")
    )
    extended = MarginCall.objects.filter(**NUMBERED, extension_digest=OuterRef("effect_digest"))
    mine = Approval.objects.filter(~Exists(later), ~Exists(extended), requested_by=asked.person)
    decided = progress(mine.filter(kind__in=WAITS)).filter(
        Q(passed__gte=F("stages")) | Q(declined__gt=0)
    )
    for one in decided.annotate(record=_record()).filter(record__isnull=False).order_by("id"):
        kind = DECLINED if one.declined else APPROVED
        yield Task(
            kind=kind,
            name=name_of(one),
            whose=one.kind,
            since=one.decided_at,
            due_at=due(kind, one.decided_at),
            to=_page(one.kind),
            key=str(one.record),
        )


def _record() -> Case:
    """Give the key of the record that waits for the effect of a request, nothing if none does."""
    return Case(
        *(
            When(kind=kind, then=Subquery(_waiting(model).filter(**which).values("pk")[:1]))
            for kind, (model, which) in WAITS.items()
        ),
        default=None,
        output_field=BigIntegerField(),
    )


def _waiting(model: Any) -> QuerySet[Any]:
    """Give the records of a table that may wait for us; an amendment may be with its borrower."""
    found: QuerySet[Any] = model.objects.all()
    return with_officer(found) if model is Adjustment else found


def _page(kind: str) -> str:
    meta = WAITS[kind][0]._meta
    return f"{meta.app_label}_{meta.model_name}"
