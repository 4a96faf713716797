"""A small world with a record of each kind, for tests that attack or count rows."""

from datetime import timedelta

from django.db import connection, transaction

from loans.models import Application, CollateralPolicy, Event, Institution, Loan, MarginCall
from loans.operations import market_files, servicing, verifications
from loans.operations.servicing import Facts
from retail_claims.models import Evidence, Policy, Programme, Run
from tests import factories
from tests.factories import NOW, TODAY
from tests.loans import collateral, market
from tests.loans import factories as loan_factories
from together.controls.models import Approval, Decision, Person
from together.controls.operations import approvals, documents
from together.treasury.models import Pool, StatementLine
from together.treasury.operations import breaks, confirmations, disbursements, files, statements
from together.treasury.operations.disbursements import Order, Payment
from together.treasury.operations.matching import policies
from together.treasury.rules.destinations import Details

LEI = "5493001KJTIIGC8Y1R12"
TERMS = {"method": "bullet", "rate": "0.04", "day_count": "ACT/365F", "instalments": 1}


def build() -> None:
    """Write the world down; everything commits."""
    pool = factories.funded_pool("retail", amount="1000000")
    officer = factories.person("treasury_officer", name="officer")
    factories.person("claims_officer", name="claims-officer")
    factories.person("claims_approver", name="claims-approver")
    factories.person("treasury_approver", name="treasury-approver")
    factories.person(name="nobody")
    factories.released(pool, factories.payments(["10", "20"], prefix="OUT"), subject="RUN-OUT")
    disbursements.prepare(
        pool=pool,
        order=Order("award", "RUN-NEXT", "retail.payout", ("fund.available", pool.code)),
        payments=factories.payments(["30"], prefix="NEXT"),
        by=officer,
        at=NOW,
    )
    _given_up(pool, officer)
    _destinations(pool, officer)
    _statement(pool)
    _breaks(pool, officer)
    _claims(pool)
    _loans(pool)
    _documents()
    _market()
    _collateral(pool)


def _given_up(pool: Pool, officer: Person) -> None:
    """Prepare a disbursement that is approved and then withdrawn."""
    given_up = disbursements.prepare(
        pool=pool,
        order=Order("award", "RUN-UP", "retail.payout", ("fund.available", pool.code)),
        payments=factories.payments(["40"], prefix="UP"),
        by=officer,
        at=NOW,
    )
    factories.approve(Approval.objects.get(subject=given_up.number))
    disbursements.withdraw(disbursement=given_up, by=officer, at=NOW)


def _destinations(pool: Pool, officer: Person) -> None:
    """Register destinations, and prepare files: one handed over, one approved, one not."""
    factories.registered("WAITING", details=Details("exchange", "USDC", "wallet-waiting"))
    account = factories.account(pool, "chain")
    for n, name in enumerate(("OUT", "APPROVED", "WAITING"), start=1):
        details = Details("chain", "USDC", "0x" + f"{n:040x}", "1")
        to = factories.destination(f"PAYEE-{name}", kind="claimant", details=details)
        row = Payment(f"{name}:F", f"{name}-F", to.payee, 5_000_000, to)
        order = factories.released(pool, [row], subject=f"RUN-F-{n}", account=account)
        file = files.prepare(batch=order.batches.get(), execute_on=TODAY, by=officer, at=NOW)
        if name != "WAITING":
            factories.approve(Approval.objects.get(kind="payment.file", subject=file.number))
        if name == "OUT":
            carrier = factories.person("treasury_officer", name="carrier")
            files.hand_over(file=file, by=carrier, at=NOW)
            confirmations.name_transactions(
                file=file, hashes=[(row.reference, "0x" + "a" * 64)], by=officer, at=NOW
            )


def _statement(pool: Pool) -> None:
    head = "record,entry_id,booked_at,type,amount,asset,reference,counterparty\n"
    at = "2025-10-14T12:00:00+00:00"
    data = (
        f"{head}opening,1,{at},,0,USDC,{pool.main_account.identifier},\n"
        f"entry,e1,{at},receipt,28,USDC,SOMETHING,payer\n"
        f"entry,e2,{at},payment,-7,USDC,NOT-OURS,payee\n"
        f"entry,e3,{at},payment,-3,USDC,NOT-OURS-TOO,payee\n"
        f"closing,1,{at},,18,USDC,{pool.main_account.identifier},\n"
    )
    statements.import_file(account=pool.main_account, data=data.encode(), by=None, at=NOW)


def _breaks(pool: Pool, officer: Person) -> None:
    """Let matching do a little, resolve one break, and propose how to resolve the other."""
    account = pool.main_account
    factories.approve(
        policies.propose(account=account, fees=[], charges_up_to=0, days=10, by=officer, at=NOW)
    )
    policies.put_in_force(account=account, by=officer, at=NOW)
    for entry_id, kind in (("e2", "charge"), ("e3", "claim")):
        line = StatementLine.objects.get(entry_id=entry_id)
        asked = breaks.propose(line=line, kind=kind, reason="letter", by=officer, at=NOW)
        if entry_id == "e2":
            factories.approve(asked)
            breaks.book(resolution=line.resolutions.get(), by=officer, at=NOW)


def _documents() -> None:
    """File a document about an institution, and take it out."""
    by = factories.person("loan_officer", name="filer")
    filed = documents.file(
        area="loans",
        subject="I-0001",
        kind="kyb.register",
        title="Extract of the register",
        name="extract.pdf",
        data=b"%PDF-1.7",
        by=by,
        at=NOW,
    )
    documents.take_out(document=filed, by=by, at=NOW)


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


def _claims(pool: Pool) -> None:
    by = factories.person("claims_officer", name="run-maker")
    programme = Programme.objects.create(
        code="october", name="October crash", pool=pool, announced_at=NOW
    )
    policy = Policy.objects.create(
        programme=programme,
        version=1,
        name="announced",
        document={},
        salt="s" * 16,
        digest="p" * 64,
        entered_by=by,
        entered_at=NOW,
    )
    evidence = Evidence.objects.create(
        programme=programme, files={}, digest="e" * 64, entered_by=by, entered_at=NOW
    )
    run = Run.objects.create(
        number="R-0001",
        programme=programme,
        policy=policy,
        evidence=evidence,
        made_by=by,
        made_at=NOW,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT retail_claims_open_partition(%s)", [run.pk])
        cursor.execute(
            f"INSERT INTO retail_claims_decision_r{run.pk} VALUES (1, %s, 0, 'ann', 'ref', 'ann',"
            " 'award', '{}', '[]', '[]', 1, 0, NULL, NULL, NULL, 100, 100, 0, 0, 100)",
            [run.pk],
        )
        cursor.execute("SELECT retail_claims_close_partition(%s)", [run.pk])
    run.run_digest, run.state = "d" * 64, "decided"
    run.persons, run.awards, run.award_total, run.payable_total = 1, 1, 100, 100
    run.save()
    # A request with two stages; the first is passed, by the claims approver.
    with transaction.atomic():
        asked = approvals.request(
            kind="retail.run",
            subject="R-0001",
            effect={"run_digest": "other"},
            amount_cents=20_000_000_00,
            by=by,
            at=NOW,
        )
    first = Person.objects.get(username="claims-approver")
    approvals.decide(approval=asked, verdict=Decision.Verdict.APPROVED, by=first, at=NOW)


def _loans(pool: Pool) -> None:
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
    for days in (700, 600):
        verification = loan_factories.proposed_verification(institution, days=days)
        if days == 700:
            factories.approve(Approval.objects.get(subject=verification.number))
            verifications.put_in_force(verification=verification, by=by, at=NOW)
    _lent(_asked(institution, pool, "A-0001", by), "L-0001")
    _asked(institution, pool, "A-0002", by)
    drawn = _lent(_asked(institution, pool, "A-0003", by), "L-0002")
    drawn.state = "drawing"
    drawn.save()
    drawn.state, drawn.business_date = "active", TODAY
    drawn.save()
    _adjustments(drawn, by)


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
    Event.objects.create(
        loan=loan, sequence=1, type="drawdown", on=TODAY, amount=loan.amount, recorded_at=NOW
    )
    return loan


def _adjustments(loan: Loan, by: Person) -> None:
    """Propose two charges; the first is approved, neither is booked."""
    first, _ = (
        servicing.propose(
            loan=loan, facts=Facts("charge", TODAY, 10**6 * n), reason="A fee", by=by, at=NOW
        )
        for n in (1, 2)
    )
    factories.approve(first.approval)
