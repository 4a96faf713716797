"""A small world with a record of each kind, for tests that attack or count rows."""

from datetime import timedelta

from django.db import connection, transaction

from loans.models import Loan
from loans.operations import confidentialities, letters
from retail_claims.models import Evidence, Finding, Policy, Programme, Run
from tests import factories, world_loans, world_portal
from tests.factories import NOW, TODAY
from tests.notices.factories import kept
from together.controls.models import Approval, Decision, Person
from together.controls.operations import approvals, documents
from together.notices.operations import outbox
from together.treasury.models import Instruction, Pool, StatementLine
from together.treasury.operations import (
    brakes,
    breaks,
    confirmations,
    disbursements,
    files,
    payouts,
    remedies,
    statements,
)
from together.treasury.operations.disbursements import Order, Payment
from together.treasury.operations.matching import policies
from together.treasury.operations.payouts import Answer
from together.treasury.rules.destinations import Details
from together.treasury.rules.programmes import PoolProgramme


def build() -> None:
    """Write the world down; everything commits."""
    pool = factories.funded_pool("retail", amount="1000000", given_for=PoolProgramme.LOANS)
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
    _waves(pool, officer)
    _destinations(pool, officer)
    _statement(pool)
    _breaks(pool, officer)
    _claims(pool)
    world_loans.build(pool)
    _documents()
    world_loans.market_and_collateral(pool)
    world_portal.build()
    _notices()
    _confidential()


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


def _waves(pool: Pool, officer: Person) -> None:
    """Release a canary, let one payment of it be refused and decided about, and stop the rest."""
    order = disbursements.prepare(
        pool=pool,
        order=Order("award", "RUN-WAVES", "retail.payout", ("fund.available", pool.code)),
        payments=factories.payments(["1"] * 104, prefix="WAVES"),
        by=officer,
        at=NOW,
    )
    factories.approve(Approval.objects.get(subject=order.number))
    (batch,) = disbursements.release(disbursement=order, on=TODAY, by=officer, at=NOW)
    shut, taken = payouts.claim(batch=batch, worker="world", lease=60, limit=2)
    answers = [
        Answer(shut, (("send", "refused"),), "refused"),
        Answer(taken, (("send", "rail"),), "settled", "rail", NOW),
    ]
    payouts.settle(answers=answers, worker="world")
    refused = Instruction.objects.get(pk=shut.id)
    remedies.propose(instruction=refused, payee="anew", reason="letter", by=officer, at=NOW)
    brakes.halt(disbursement=order, reason="a call", by=officer, at=NOW)


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


def _notices() -> None:
    """Say three things to an institution: one is mailed, one is being mailed, one waits."""
    kept("said:1")
    outbox.work(worker="world", seconds=5, at=NOW)
    kept("said:2", said="A second thing")
    outbox.claim(worker="world", lease=86_400, at=NOW)
    kept("said:3", said="A third thing")
    letters.say(loan=Loan.objects.get(number="L-0002"), day=TODAY + timedelta(days=21), at=NOW)


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
    for number, role, state in (
        ("FD-0001", "exclusions", "proposed"),
        ("FD-0002", "holds", "in_force"),
    ):
        Finding.objects.create(
            number=number,
            programme=programme,
            role=role,
            key='["account", "ann", "x"]',
            about="ann",
            cells={"subject_kind": "account", "subject": "ann", "code": "x", "expires_at": ""},
            counts=True,
            reason="said so",
            state=state,
            proposed_by=by,
            proposed_at=NOW,
        )
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


def _confidential() -> None:
    """Make an application confidential: one is let in, one was."""
    asked = Loan.objects.order_by("id")[0].application
    owner = asked.submitted_by
    held = confidentialities.make(application=asked, reason="A merger", by=owner, at=NOW)
    checker, guest = (
        factories.person("credit_checker"),
        factories.person("loan_officer", name="out"),
    )
    confidentialities.grant(confidentiality=held, to=checker, by=owner, at=NOW)
    ended = confidentialities.grant(confidentiality=held, to=guest, by=owner, at=NOW)
    confidentialities.end(grant=ended, reason="He left the team", by=owner, at=NOW)
