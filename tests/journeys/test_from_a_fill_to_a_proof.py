"""
The life of a fill: evidence, decision, approval, root, payment, statement, match, proof.

Ann lost 100 of 100 and Bob 200 of 500, on two accounts. Cat lost 300, but nothing is known of
her assets: her money is set aside. Dan lost 40, which is below the least loss. The pool of 1,000
covers all of it, so nobody is cut. Real workers pay over a rail that loses answers.
"""

import json

import pytest
from django.conf import settings
from django.core.management import call_command

from retail_claims.models import Decision, Run
from retail_claims.operations import payments, runs
from retail_claims.queries import proofs, proofs_of_books
from tests import factories, workers
from tests.factories import NOW, TODAY, approve, person
from tests.retail_claims import factories as claims
from together.console.operations.demo import funds
from together.controls.models import Approval, AuditRecord
from together.controls.operations.approvals import MayNotDecide, NotApproved
from together.controls.rules.lifecycle import NotPossibleNow
from together.ledger.models import Account, Entry
from together.treasury.models import Instruction, StatementLine
from together.treasury.operations import disbursements
from together.treasury.operations.rails import rail
from together.treasury.operations.rails.simulated import Conditions

HOSTILE = Conditions(seed=4, latency=0, lateness=0.3, timeout_after=3000, late=3000, returned=0)


def balance(code, subject="retail"):
    found = Account.objects.filter(chart_id=code, subject=subject).first()
    return found.balance if found else 0


def verify(proof, root):
    """Run the claimant's command and give its exit status."""
    with pytest.raises(SystemExit) as done:
        call_command("verify_award", proof=proof, root=root)
    return done.value.code


@pytest.fixture
def fleet(own_database, broker, tmp_path):
    """Real workers on this test's database and rail."""
    rail().set_conditions(HOSTILE)
    with workers.fleet(
        database=own_database,
        broker=broker.url,
        rail=settings.SIMULATED_RAIL_FILE,
        folder=tmp_path,
        workers=1,
    ) as running:
        yield running


def test_a_fill_becomes_a_payment_that_everybody_can_check(fleet, tmp_path, capsys):
    # The evidence comes in, and a claims officer has it decided under a policy.
    officer, treasurer = person("claims_officer"), person("treasury_officer")
    programme = claims.programme(amount="1000", officer=officer)
    files = claims.write(
        tmp_path / "evidence",
        fills=claims.losses(ann="100", bob1="150", bob2="50", cat="300", dan="40"),
        snapshot=claims.assets(ann="100", bob1="400", bob2="100", dan="50"),
        accounts=["bob1,bob", "bob2,bob"],
    )
    run = claims.computed(programme, files, tmp_path, by=officer)
    decided = {d.person_id: (d.decision, d.award, d.escrow) for d in Decision.objects.all()}
    assert decided == {
        "ann": ("award", 100_000_000, 0),
        "bob": ("award", 200_000_000, 0),
        "cat": ("hold", 0, 300_000_000),
        "dan": ("decline", 0, 0),
    }
    assert Decision.objects.get(person_id="dan").reasons == ["min_loss"]

    # Who made the run does not approve it, and nothing is published before it is approved.
    asked = runs.ask(run=run, by=officer, at=NOW)
    with pytest.raises(MayNotDecide, match="who asked for it"):
        factories.approvals.decide(approval=asked, verdict="approved", by=officer, at=NOW)
    with pytest.raises(NotApproved):
        runs.approve(run=run, by=officer, at=NOW)
    approve(asked)
    run = runs.approve(run=run, by=officer, at=NOW)

    # The root is public before a cent moves; only a published run is paid.
    with pytest.raises(NotPossibleNow):
        payments.prepare(run=run, by=treasurer, at=NOW)
    run = runs.publish(run=run, on=TODAY, by=officer, at=NOW)
    assert Instruction.objects.count() == 0
    assert balance("fund.awarded", run.number) == -300_000_000
    assert balance("fund.escrowed", run.number) == -300_000_000
    assert balance("fund.available") == -400_000_000

    # The treasury prepares, another person approves, the batch gets its allotment.
    order = payments.prepare(run=run, by=treasurer, at=NOW)
    approve(Approval.objects.get(kind="retail.payout", subject=order.number))
    disbursements.release(disbursement=order, on=TODAY, by=treasurer, at=NOW)
    assert balance("allotment", f"{order.number}-0001") == -300_000_000

    # Workers pay. Nobody rings for them: the beat finds what is due.
    workers.wait_until(
        lambda: set(Instruction.objects.values_list("state", flat=True)) == {"settled"}, seconds=90
    )
    left = rail().paid(wallet=programme.pool.main_account.identifier)
    assert sorted(left.values()) == [[100_000_000], [200_000_000]]

    # The statement comes in, once and again; every line is explained.
    payments.book_paid(run=run, on=TODAY)
    pool = programme.pool
    funding = Entry.objects.get(kind="POOL_FUNDED").key.removeprefix("funding:")
    funds.world().receive(
        wallet=pool.main_account.identifier,
        reference=funding,
        counterparty="treasury",
        amount=1_000_000_000,
        asset="USDC",
    )
    funds.bring_statements(pool, by=treasurer, at=NOW)
    assert set(StatementLine.objects.values_list("state", flat=True)) == {"matched"}
    before = Entry.objects.count()
    assert funds.bring_again(pool, at=NOW) is False
    assert Entry.objects.count() == before
    assert balance("cash") == 700_000_000
    assert balance("fund.paid") == -300_000_000

    # Bob checks his award against the published root, with a command that knows nothing else.
    proof = tmp_path / "bob.json"
    proof.write_text(json.dumps(proofs.proof_of(run, "bob")))
    root = Run.objects.get().merkle_root
    capsys.readouterr()
    assert verify(proof, root) == 0
    assert json.loads(capsys.readouterr().out)["award"] == "200.00000000"
    assert verify(proof, "0" * 64) == 1

    # And the books, the instructions and the statement say the same.
    assert [check.name for check in proofs_of_books.checks() if not check.holds] == []
    acts = set(AuditRecord.objects.filter(subject=run.number).values_list("what", flat=True))
    assert {"run.begun", "run.decided", "run.approved", "run.published"} <= acts
