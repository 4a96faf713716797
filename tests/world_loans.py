"""The loans of the small world: institutions, applications, loans, prices and collateral."""

from datetime import timedelta

from django.db import transaction

from loans.models import (
    Application,
    CollateralPolicy,
    Event,
    Impairment,
    Institution,
    Loan,
    LoanImpairment,
    MarginCall,
)
from loans.operations import (
    conditions,
    contacts,
    covenants,
    credit_policies,
    groups,
    guarantees,
    market_files,
    profiles,
    servicing,
    verifications,
    watches,
)
from loans.operations.servicing import Facts
from loans.queries.policies import policy_in_force
from loans.rules.contacts import Details as ContactDetails
from loans.rules.credit.start import START
from tests import factories, world_covenants
from tests.factories import NOW, TODAY
from tests.loans import collateral, credit, market, parties
from tests.loans import factories as loan_factories
from together.controls.models import Approval, Hit, Person
from together.controls.operations import approvals, hits
from together.treasury.models import Pool

LEI = "5493001KJTIIGC8Y1R12"
COVENANT = {
    "kind": "financial",
    "ratio": "equity_ratio",
    "bound": "0.25",
    "every_months": 3,
    "due_days": 45,
    "cure_days": 30,
}
DELIVERED = {
    "kind": "information",
    "text": "Accounts of the quarter",
    "every_months": 3,
    "due_days": 45,
    "cure_days": 15,
}
TERMS = {"method": "bullet", "rate": "0.04", "day_count": "ACT/365F", "instalments": 1}


def market_and_collateral(pool: Pool) -> None:
    """Observe prices, and pledge what is priced."""
    _market()
    _collateral(pool)


def _market() -> None:
    """Observe a price by feed and one by file; enter two by hand, of which one is approved."""
    made = market.instrument()
    market.price("BTC", "65000")
    head = b"instrument,observed_at,value,source\n"
    market_files.bring(
        data=head + b"BTC,2025-10-14T11:00:00Z,65100,composite\n", name="", by=None, at=NOW
    )
    for n in range(2):
        entry = market.by_hand(made, f"2025-10-14T0{n + 1}:00:00Z", "64000")
        if n == 0:
            factories.approve(Approval.objects.get(kind="market.entry", subject=entry.number))


def _collateral(pool: Pool) -> None:
    """Pledge for a secured application: in force, approved, waiting; and approve a substitute."""
    market.instrument("USDC", quantity_scale=6)
    collateral.policy()
    institution = Institution.objects.get(number="I-0001")
    by = Person.objects.get(username="loan-officer")
    asked = _asked(institution, pool, "A-0004", by, secured={"most_ltv": "0.72"})
    first = collateral.pledged(asked, "20", reference="ACC-FIRST")
    for quantity, more in (("5", {}), ("6", {"replaces": first}), ("7", {})):
        waits = collateral.proposed(asked, quantity, **more)
        if quantity != "7":
            request = Approval.objects.get(kind="collateral.pledge", subject=waits.number)
            factories.approve(request)
    _asked(institution, pool, "A-0005", by, secured={"most_ltv": "0.72"})
    MarginCall.objects.create(
        number="MC-0001",
        loan=Loan.objects.get(number="L-0002"),
        policy=CollateralPolicy.objects.get(),
        owed=10**12,
        market_value=10**8,
        prices={},
        band="margin call",
        opened_at=NOW,
        due_at=NOW + timedelta(hours=24),
    )


def build(pool: Pool) -> None:
    """Write institutions, applications and loans down."""
    by = factories.person("loan_officer", name="loan-officer")
    institution = Institution.objects.create(
        number="I-0001",
        legal_name="Alpha Markets",
        lei=LEI,
        jurisdiction="KY",
        limit=10**13,
        entered_by=by,
        entered_at=NOW,
    )
    group = groups.enter(name="Alpha group", by=by, at=NOW)
    first = parties.profile_change(institution, group=group.number)
    factories.approve(Approval.objects.get(subject=first.number))
    profiles.put_in_force(change=first, by=by, at=NOW)
    parties.profile_change(institution, limit=factories.usdc("20000000"))
    _contacts(institution, by)
    for days in (700, 600):
        verification = parties.proposed_verification(institution, days=days)
        if days == 700:
            factories.approve(Approval.objects.get(subject=verification.number))
            verifications.put_in_force(verification=verification, by=by, at=NOW)
    first = _asked(institution, pool, "A-0001", by)
    _agreed(first, by)
    offered = _lent(first, "L-0001")
    credit.underwritten(_asked(institution, pool, "A-0002", by))
    _policies(by)
    third = _asked(institution, pool, "A-0003", by)
    for said in (COVENANT, DELIVERED):
        covenants.agree(application=third, said=said, by=by, at=NOW)
    drawn = _lent(third, "L-0002")
    for loan in (offered, drawn):
        sheet = loan_factories.issued(loan)
    loan_factories.accept(sheet)
    drawn.state = "drawing"
    drawn.save()
    drawn.state, drawn.business_date = "active", TODAY
    drawn.save()
    _adjustments(drawn, by)
    _screened(institution, by)
    _assessed(drawn, by)
    world_covenants.build(drawn, by)


def _assessed(loan: Loan, by: Person) -> None:
    """Assess the loss allowance: one is withdrawn, another one waits; and watch the loan."""
    for number in ("IM-0001", "IM-0002"):
        made = Impairment.objects.create(
            number=number,
            pool=loan.pool,
            as_of=TODAY,
            policy=policy_in_force(),
            allowance=10**9,
            suspended=0,
            rows_digest="0" * 64,
            effect_digest="0" * 64,
            proposed_by=by,
            proposed_at=NOW,
        )
        if number == "IM-0001":
            Impairment.objects.update(state="withdrawn")
    LoanImpairment.objects.create(
        impairment=made,
        loan=loan,
        stage=3,
        reason="margin call MC-0001 defaulted",
        days_past_due=0,
        grade="A",
        probability="0.005000",
        given_default="0.450000",
        exposure=10**12,
        allowance=10**9,
        suspended=0,
    )
    watches.put_on(loan=loan, reason="Its auditor resigned", by=by, at=NOW)


def _contacts(institution: Institution, by: Person) -> None:
    """Enter two contacts; the second is ended."""
    for name in ("Ines", "Otto"):
        details = ContactDetails(name, "finance", f"{name.lower()}@example.test", "+442079460018")
        made = contacts.enter(
            institution=institution, details=details, starts_on=TODAY, by=by, at=NOW
        )
    contacts.end(contact=made, on=TODAY, reason="left", by=by, at=NOW)


def _screened(institution: Institution, by: Person) -> None:
    """Screen an institution: one hit is cleared, another one only proposed to be."""
    parties.listed(
        "E-1,entity,Alpha Market,,,x\n", "E-2,entity,Alpha Marketz,,,x\n", "E-3,entity,Else,,,x\n"
    )
    parties.screened(institution)
    for hit in Hit.objects.order_by("id"):
        asked = hits.propose_clearing(hit=hit, reason="Another country", by=by, at=NOW)
        if hit.number == "H-0001":
            factories.approve(asked)
            hits.clear(hit=hit, by=factories.person("compliance"), at=NOW)


def _agreed(application: Application, by: Person) -> None:
    """Agree a condition, a covenant and a guarantee with an application."""
    conditions.agree(application=application, text="The board has agreed", by=by, at=NOW)
    covenants.agree(application=application, said=COVENANT, by=by, at=NOW)
    guarantees.agree(application=application, guarantor="Harbour Holdings", by=by, at=NOW)


def _policies(by: Person) -> None:
    """Propose a version of the credit policy that nobody approved."""
    document = {**START, "accounts": {"least": 1, "most_age_days": 200}}
    credit_policies.propose(document=document, reason="Fewer accounts", by=by, at=NOW)


def _asked(
    institution: Institution, pool: Pool, number: str, by: Person, **terms: object
) -> Application:
    return Application.objects.create(
        number=number,
        institution=institution,
        pool=pool,
        amount=10**12,
        purpose="Liquidity",
        terms={**TERMS, **terms},
        figures={},
        submitted_by=by,
        submitted_at=NOW,
    )


def _lent(application: Application, number: str) -> Loan:
    """Make a loan with its drawdown, past the operations but not past the guards."""
    digest = approvals.digest(TERMS)
    application.state = "proposed"
    application.proposed_by, application.proposed_at = application.submitted_by, NOW
    application.save()
    with transaction.atomic():
        asked = approvals.request(
            kind="loan.approval",
            subject=application.number,
            effect={"terms_digest": digest, "amount": application.amount},
            amount_cents=1_000_000_00,
            by=application.submitted_by,
            at=NOW,
        )
    factories.approve(asked)
    loan = Loan.objects.create(
        number=number,
        application=application,
        institution=application.institution,
        pool=application.pool,
        amount=application.amount,
        terms=TERMS,
        terms_digest=digest,
        approved_at=NOW,
    )
    application.state = "approved"
    application.save()
    Event.objects.create(
        loan=loan, sequence=1, type="drawdown", on=TODAY, amount=loan.amount, recorded_at=NOW
    )
    return loan


def _adjustments(loan: Loan, by: Person) -> None:
    """
    Propose two charges and two extensions; the first of each is approved, none is booked.

    ADJ-0003 is offered to its borrower by AL-0001, which nobody answered yet.
    """
    first, _ = (
        servicing.propose(
            loan=loan, facts=Facts("charge", TODAY, 10**6 * n), reason="A fee", by=by, at=NOW
        )
        for n in (1, 2)
    )
    factories.approve(first.approval)
    third, _ = (
        servicing.propose(
            loan=loan,
            facts=Facts("extend", TODAY, further={"instalments": n}),
            reason="As it asked",
            by=by,
            at=NOW,
        )
        for n in (1, 2)
    )
    factories.approve(third.approval)
    loan_factories.offered(third)
