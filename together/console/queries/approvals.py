"""Approvals that nobody needs to decide any more: what they were asked for was withdrawn."""

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


def was_withdrawn() -> Q:
    """Give the condition of a request about something that was given up, whatever it is."""
    adjustments = Adjustment.objects.filter(approval=OuterRef("pk"), state="withdrawn")
    disbursements = Disbursement.objects.filter(
        number=OuterRef("subject"), approval_kind=OuterRef("kind"), state="withdrawn"
    )
    files = PaymentFile.objects.filter(number=OuterRef("subject"), state="withdrawn")
    revoked = Destination.objects.filter(number=OuterRef("subject"), state="revoked")
    remedies = Remedy.objects.filter(number=OuterRef("subject"), state="withdrawn")
    conversions = Conversion.objects.filter(number=OuterRef("subject"), state="withdrawn")
    verifications = Verification.objects.filter(number=OuterRef("subject"), state="withdrawn")
    profiles = ProfileChange.objects.filter(number=OuterRef("subject"), state="withdrawn")
    findings = Finding.objects.filter(number=OuterRef("subject"), state="withdrawn")
    # A hit that changed, or was decided otherwise meanwhile, is proposed anew.
    hits = Hit.objects.filter(number=OuterRef("subject"))
    overtaken = hits.exclude(effect_digest=OuterRef("effect_digest"))
    policies = CreditPolicy.objects.filter(number=OuterRef("subject"), state="withdrawn")
    entries = MarketEntry.objects.filter(number=OuterRef("subject"), state="withdrawn")
    pledges = Pledge.objects.filter(number=OuterRef("subject"), state="withdrawn")
    applications = Application.objects.filter(number=OuterRef("subject"), state="withdrawn")
    cancellations = Cancellation.objects.filter(number=OuterRef("subject"), state="withdrawn")
    impairments = Impairment.objects.filter(number=OuterRef("subject"), state="withdrawn")
    # Another version was issued, or the institution accepted in the portal meanwhile.
    papers = PaperAcceptance.objects.filter(number=OuterRef("subject"))
    letters = papers.exclude(state="proposed", letter__state="issued")
    papers = papers.exclude(state="proposed", sheet__state="issued")
    # What was cured meanwhile needs no waiver.
    kept = CovenantTest.objects.filter(number=OuterRef("subject"), state__in=("kept", "cured"))
    # The same words may be proposed again after they were withdrawn: then they wait again.
    resolutions = Resolution.objects.filter(effect_digest=OuterRef("effect_digest"))
    live = resolutions.exclude(state="withdrawn")
    return (
        Q(Exists(adjustments))
        | Q(Exists(disbursements))
        | Q(Exists(files), kind="payment.file")
        | Q(Exists(revoked), kind="destination.confirmation")
        | Q(Exists(conversions), kind="pool.conversion")
        | Q(Exists(findings), kind="claims.finding")
        | Q(Exists(remedies), kind="payment.remedy")
        | Q(Exists(verifications), kind="institution.kyb")
        | Q(Exists(profiles), kind="institution.profile")
        | Q(Exists(overtaken), kind="screening.clearing")
        | Q(Exists(policies), kind="credit.policy")
        | Q(Exists(entries), kind="market.entry")
        | Q(Exists(pledges), kind="collateral.pledge")
        | Q(Exists(papers.exclude(state="accepted")), kind="term_sheet.paper")
        | Q(Exists(letters.exclude(state="accepted")), kind="amendment.paper")
        | Q(Exists(applications), kind="loan.approval")
        | Q(Exists(cancellations), kind="loan.cancellation")
        | Q(Exists(impairments), kind="loan.impairment")
        | Q(Exists(kept), kind="covenant.waiver")
        | Q(Exists(resolutions.filter(state="withdrawn")), ~Exists(live), kind="break.resolution")
    )


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
