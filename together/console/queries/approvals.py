"""Approvals that nobody needs to decide any more: what they were asked for was withdrawn."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from loans.models import (
    Adjustment,
    Application,
    Cancellation,
    CovenantTest,
    CreditPolicy,
    Impairment,
    MarketEntry,
    PaperAcceptance,
    Pledge,
    ProfileChange,
    Verification,
)
from retail_claims.models import Finding
from together.controls.models import Approval, Hit
from together.treasury.models import (
    Conversion,
    Destination,
    Disbursement,
    PaymentFile,
    Remedy,
    Resolution,
)

# What is named by its number, and is withdrawn as a whole when it is given up.
NUMBERED: dict[str, Any] = {
    "claims.finding": Finding,
    "collateral.pledge": Pledge,
    "credit.policy": CreditPolicy,
    "institution.kyb": Verification,
    "institution.profile": ProfileChange,
    "loan.approval": Application,
    "loan.cancellation": Cancellation,
    "loan.impairment": Impairment,
    "market.entry": MarketEntry,
    "payment.file": PaymentFile,
    "payment.remedy": Remedy,
    "pool.conversion": Conversion,
}


def was_withdrawn() -> Q:
    """Give the condition of a request about something that was given up, whatever it is."""
    named = {"number": OuterRef("subject")}
    adjustments = Adjustment.objects.filter(approval=OuterRef("pk"), state="withdrawn")
    disbursements = Disbursement.objects.filter(
        **named, approval_kind=OuterRef("kind"), state="withdrawn"
    )
    revoked = Destination.objects.filter(**named, state="revoked")
    # A hit that changed, or was decided otherwise meanwhile, is proposed anew.
    overtaken = Hit.objects.filter(**named).exclude(effect_digest=OuterRef("effect_digest"))
    # Another version was issued, or the institution accepted in the portal meanwhile.
    papers = PaperAcceptance.objects.filter(**named).exclude(state="accepted")
    letters = papers.exclude(state="proposed", letter__state="issued")
    sheets = papers.exclude(state="proposed", sheet__state="issued")
    # What was cured meanwhile needs no waiver.
    kept = CovenantTest.objects.filter(**named, state__in=("kept", "cured"))
    # The same words may be proposed again after they were withdrawn: then they wait again.
    resolutions = Resolution.objects.filter(effect_digest=OuterRef("effect_digest"))
    live = resolutions.exclude(state="withdrawn")
    found = (
        Q(Exists(adjustments))
        | Q(Exists(disbursements))
        | Q(Exists(revoked), kind="destination.confirmation")
        | Q(Exists(overtaken), kind="screening.clearing")
        | Q(Exists(sheets), kind="term_sheet.paper")
        | Q(Exists(letters), kind="amendment.paper")
        | Q(Exists(kept), kind="covenant.waiver")
        | Q(Exists(resolutions.filter(state="withdrawn")), ~Exists(live), kind="break.resolution")
    )
    for kind, model in NUMBERED.items():
        found |= Q(Exists(model.objects.filter(**named, state="withdrawn")), kind=kind)
    return found


def withdrawn(approvals: list[Approval]) -> QuerySet[Approval]:
    """Give those of some requests that nobody needs to decide any more."""
    return Approval.objects.filter(was_withdrawn(), pk__in=[one.pk for one in approvals])


def name_of(approval: Approval) -> str:
    """Say what a request is about, from its effect alone: a number, a line, a day."""
    effect = approval.effect
    # A line is named by its entry on a statement; what an adjustment books is an entry too.
    if isinstance(effect.get("entry"), str):
        return f"Line {effect['entry']}"
    if approval.kind.startswith("period."):
        return f"Books through {effect['through']}" if effect["through"] else "Books, every day"
    return approval.subject
